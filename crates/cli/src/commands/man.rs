//! `sallyport man`: the manual page, made from the same tables that the command line is read by.

use crate::args::{Flag, Parsed, Takes};
use crate::commands::table::{Command, GLOBAL, PARTS, commands};
use crate::commands::{Failure, exit};
use crate::say;

const ABOUT: &str = "sallyport reaches SSH hosts, TCP services and HTTP APIs behind Cloudflare Access, and publishes this machine's. As the \
     ProxyCommand of ssh it logs in through the browser when that is needed, keeps the logins in the keychain of the operating system, and \
     carries the bytes. A command line that was written for cloudflared works with sallyport in its place.";

const FILES: [(&str, &str); 2] = [
    ("~/.ssh/config", "carries the hosts, in one block between two lines that name Sallyport"),
    ("settings.json", "the settings, in the configuration folder of the operating system or below --profile"),
];

/// Prints the page.
pub(crate) fn print(given: &Parsed) -> Result<(), Failure> {
    given.none()?;
    say::data(&page());
    Ok(())
}

fn page() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut out = format!(".TH SALLYPORT 1 \"\" \"sallyport {version}\" \"User Commands\"\n");
    out += ".SH NAME\nsallyport \\- reach SSH hosts behind Cloudflare Access\n";
    out += ".SH SYNOPSIS\n.B sallyport\n.RI [ flags ]\n.I command\n.RI [ arguments ]\n";
    out += &format!(".SH DESCRIPTION\n{}\n", text(ABOUT));
    out += ".SH COMMANDS\n";
    for part in PARTS {
        out += &format!(".SS {}\n", text(part.title));
        out.extend(part.commands.iter().filter(|command| !command.help.is_empty()).map(command_entry));
    }
    out += ".SH OPTIONS\nThese stand before the command.\n";
    out.extend(flag_entries(GLOBAL));
    out += ".SH \"EXIT STATUS\"\n";
    out.extend(exit::MEANINGS.iter().map(|(code, meaning)| entry(&code.to_string(), &plain(meaning))));
    out += ".SH ENVIRONMENT\n";
    out.extend(variables().iter().map(|(name, flag)| entry(name, &format!("Stands in for --{flag}"))));
    out += ".SH FILES\n";
    out.extend(FILES.iter().map(|(file, what)| entry(file, what)));
    out += ".SH \"SEE ALSO\"\n.BR ssh (1),\n.BR ssh_config (5)\n";
    out
}

fn command_entry(command: &Command) -> String {
    let words = text(&command.words.join(" "));
    let takes =
        if command.takes.is_empty() { String::new() } else { format!(" \\fI{}\\fR", text(command.takes)) };
    let mut out = format!(".TP\n\\fB{words}\\fR{takes}\n{}.\n", text(command.help));
    let flags: String = flag_entries(command.flags).collect();
    if !flags.is_empty() {
        out += &format!(".RS\n{flags}.RE\n");
    }
    out
}

fn flag_entries(flags: &[Flag]) -> impl Iterator<Item = String> {
    flags.iter().filter(|flag| !flag.help.is_empty()).map(|flag| {
        let names: Vec<String> = std::iter::once(&flag.name)
            .chain(flag.aliases)
            .map(|name| if name.len() == 1 { format!("-{name}") } else { format!("--{name}") })
            .collect();
        let value = if flag.takes == Takes::Nothing { "" } else { " \\fIVALUE\\fR" };
        format!(".TP\n\\fB{}\\fR{value}\n{}.\n", text(&names.join(", ")), text(flag.help))
    })
}

fn entry(term: &str, meaning: &str) -> String {
    format!(".TP\n\\fB{}\\fR\n{}.\n", text(term), text(meaning))
}

/// The variables that stand in for flags, each once.
fn variables() -> Vec<(&'static str, &'static str)> {
    let tables = commands().map(|command| command.flags).chain([GLOBAL]);
    let mut all: Vec<_> =
        tables.flatten().flat_map(|flag| flag.env.iter().map(|name| (*name, flag.name))).collect();
    all.sort_unstable();
    all.dedup_by_key(|(name, _)| *name);
    all
}

fn plain(meaning: &str) -> String {
    let mut letters = meaning.replace('`', "");
    if let Some(first) = letters.get_mut(..1).filter(|_| !meaning.starts_with('`')) {
        first.make_ascii_uppercase();
    }
    letters
}

/// Text in which roff sees nothing but text.
fn text(plain: &str) -> String {
    let escaped = plain.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq").replace('`', "\\(ga");
    if escaped.starts_with('.') { format!("\\&{escaped}") } else { escaped }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command as Process, Stdio};

    use super::*;

    #[test]
    fn text_cannot_become_a_request() {
        assert_eq!(text(".so /etc/passwd"), "\\&.so /etc/passwd");
        assert_eq!(text("a-b\\c's"), "a\\-b\\ec\\(aqs");
    }

    #[test]
    fn the_page_names_every_command_flag_and_exit_code() {
        let page = page();
        for command in commands().filter(|command| !command.help.is_empty()) {
            assert!(
                page.contains(&format!("\\fB{}\\fR", text(&command.words.join(" ")))),
                "{:?}",
                command.words
            );
            for flag in command.flags.iter().filter(|flag| !flag.help.is_empty()) {
                assert!(page.contains(&text(flag.name)), "{}", flag.name);
            }
        }
        for (code, _) in exit::MEANINGS {
            assert!(page.contains(&format!("\\fB{code}\\fR")), "{code}");
        }
    }

    #[test]
    fn groff_has_nothing_to_complain_about() {
        let mut groff = Process::new("groff");
        groff.args(["-man", "-ww", "-Tascii", "-P-cbou"]);
        groff.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let Ok(mut child) = groff.spawn() else { return };
        child.stdin.take().unwrap().write_all(page().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        for heading in ["NAME", "SYNOPSIS", "COMMANDS", "EXIT STATUS", "ENVIRONMENT"] {
            assert!(shown.contains(heading), "{heading}");
        }
    }
}
