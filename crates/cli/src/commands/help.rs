//! What the program says about itself: its version, its commands and their flags.

use std::fmt::Write as _;

use crate::args;
use crate::called::Called;
use crate::commands::table::{Command, Does, GLOBAL, PARTS, Part, commands};
use crate::commands::todays_name;

const ABOUT: &str = "Reach SSH hosts behind Cloudflare Access, and publish this machine's";
/// What the groups are for that `cloudflared` shows in one line.
const ACCESS: &str = "Reach apps behind Cloudflare Access";
const SERVICE: &str = "Let the system run a tunnel";
const TUNNEL: &str = "Publish services of this machine";

/// One page of help.
struct Page {
    /// The words it is about, behind the program's name.
    words: String,
    about: String,
    /// What follows the words.
    takes: String,
    /// Lists of commands, each under its title.
    commands: Vec<(String, String)>,
    flags: String,
}

/// Whether this is the flag that asks for help.
pub(crate) fn is_flag(word: &str) -> bool {
    ["--help", "-help", "-h"].contains(&word)
}

/// What a command line asks about, in any of the ways there are; `None` when it asks for no help. No words mean
/// everything.
pub(crate) fn subject<'a>(words: &[&'a str]) -> Option<Vec<&'a str>> {
    match words {
        [] => Some(Vec::new()),
        [asks, rest @ ..] if is_word(asks) => Some(rest.to_vec()),
        [group] if is_group(group) => Some(vec![group]),
        [group, asks, rest @ ..] if is_group(group) && (is_word(asks) || is_flag(asks)) => {
            Some([&[*group], rest].concat())
        }
        // What follows `access curl` is curl's own, which has no help of ours in it.
        [first, second, asks, ..] if is_flag(asks) => {
            let curl = commands().find(|command| command.does == Does::Curl)?;
            (curl.words == [*first, *second]).then(|| curl.words.to_vec())
        }
        _ => None,
    }
}

/// What is to be said about a command or a group; `None` when there is no such thing under this name.
pub(crate) fn about(subject: &[&str], called: Called) -> Option<String> {
    let mut words = subject.to_vec();
    if let Some(first) = words.first_mut() {
        *first = todays_name(first);
    }
    if let Some(command) = known(called).find(|command| words == command.words) {
        return Some(of(command, called));
    }
    match *words {
        [] => Some(overview("", called)),
        [group] if known(called).any(|command| command.words[0] == group) => Some(overview(group, called)),
        _ => None,
    }
}

/// What there is: everything, or the commands of one group.
pub(crate) fn overview(group: &str, called: Called) -> String {
    let page = Page {
        words: group.to_owned(),
        about: ABOUT.to_owned(),
        takes: "[flags] command [arguments]".to_owned(),
        commands: match (called, group) {
            (Called::Sallyport, "") => PARTS.iter().map(part).collect(),
            _ => vec![(title(called).to_owned(), lines(&listed(group, called)))],
        },
        flags: args::help(&[GLOBAL]),
    };
    page.text(called)
}

/// The commands of one part, under its own title.
fn part(part: &Part) -> (String, String) {
    let shown: Vec<_> = part.commands.iter().filter(|command| shows(command)).map(whole).collect();
    (part.title.to_owned(), lines(&shown))
}

fn whole(command: &Command) -> (String, &str) {
    (command.words.join(" "), command.help)
}

/// The commands of a group, as they are listed under this name.
fn listed(group: &str, called: Called) -> Vec<(String, &'static str)> {
    let shown = known(called).filter(|it| shows(it) && (group.is_empty() || it.words[0] == group));
    let mut lines: Vec<(String, &str)> = match (called, group) {
        (Called::Cloudflared, "") => {
            vec![
                ("access, forward".to_owned(), ACCESS),
                ("service".to_owned(), SERVICE),
                ("tunnel".to_owned(), TUNNEL),
            ]
        }
        _ => Vec::new(),
    };
    lines.extend(shown.filter_map(|command| match called {
        Called::Sallyport => Some(whole(command)),
        Called::Cloudflared => Some((shortened(command, group)?, command.help)),
    }));
    lines
}

fn lines(commands: &[(String, &str)]) -> String {
    let width = commands.iter().map(|(words, _)| words.len()).max().unwrap_or_default();
    commands.iter().fold(String::new(), |mut lines, (words, help)| {
        let _ = writeln!(lines, "   {words:<width$}  {help}");
        lines
    })
}

/// The words behind those of the group; `None` where a group stands for the command.
fn shortened(command: &Command, group: &str) -> Option<String> {
    match command.words {
        [word] => Some((*word).to_owned()),
        [_, rest @ ..] => (!group.is_empty()).then(|| rest.join(" ")),
        [] => None,
    }
}

/// The version as a line, or its number alone.
pub(crate) fn version(short: bool, called: Called) -> String {
    match short {
        true => format!("{}\n", called.number()),
        false => format!("{} version {}\n", called.name(), called.version()),
    }
}

/// The commands that are answered to under this name.
pub(super) fn known(called: Called) -> impl Iterator<Item = &'static Command> {
    let both = |word: &str| ["access", "service", "tunnel", "version"].contains(&word);
    commands().filter(move |command| called == Called::Sallyport || both(command.words[0]))
}

impl Page {
    fn text(&self, called: Called) -> String {
        let Self { words, about, takes, commands, flags } = self;
        let call = [called.name(), words].join(" ");
        let (call, about) = (call.trim_end(), about.as_str());
        let usage = format!("{call} {takes}");
        let usage = usage.trim_end();
        let mut text = match called {
            Called::Sallyport => format!("{about}.\n\nUsage: {usage}\n"),
            Called::Cloudflared => format!("NAME:\n   {call} - {about}\n\nUSAGE:\n   {usage}\n"),
        };
        let of_flags = match called {
            Called::Sallyport => "Flags",
            Called::Cloudflared => "OPTIONS",
        };
        if called == Called::Cloudflared && words.is_empty() {
            let _ = write!(text, "\nVERSION:\n   {}\n", called.version());
        }
        let of_flags = (of_flags.to_owned(), flags.clone());
        for (title, lines) in commands.iter().chain([&of_flags]).filter(|(_, lines)| !lines.is_empty()) {
            let _ = write!(text, "\n{title}:\n{lines}");
        }
        text
    }
}

fn title(called: Called) -> &'static str {
    match called {
        Called::Sallyport => "Commands",
        Called::Cloudflared => "COMMANDS",
    }
}

/// What is to be said about a command.
pub(super) fn of(command: &Command, called: Called) -> String {
    let takes = [command.takes, if command.flags.is_empty() { "" } else { "[flags]" }];
    let page = Page {
        words: command.words.join(" "),
        about: command.help.to_owned(),
        takes: takes.join(" ").trim().to_owned(),
        commands: Vec::new(),
        flags: args::help(&[command.flags]),
    };
    page.text(called)
}

fn shows(command: &Command) -> bool {
    !command.help.is_empty()
}

fn is_word(word: &str) -> bool {
    word == "help" || word == "h"
}

fn is_group(word: &str) -> bool {
    commands().any(|command| command.words.len() > 1 && command.words[0] == todays_name(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str, called: Called) -> Option<String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        about(&subject(&words)?, called)
    }

    #[test]
    fn a_group_explains_its_own_commands() {
        for line in ["host", "host --help", "host help", "help host"] {
            let text = said(line, Called::Sallyport).unwrap();
            assert!(text.contains("  host add ") && !text.contains("  access ssh "), "{text}");
        }
        let text = said("forward -h", Called::Sallyport).unwrap();
        assert!(text.contains("  access ssh ") && !text.contains("  host add "), "{text}");
    }

    #[test]
    fn help_shows_what_follows_the_words() {
        let text = said("help login", Called::Sallyport).unwrap();
        assert_eq!(text, "Log in to a host's team.\n\nUsage: sallyport login HOST\n");
    }

    #[test]
    fn no_words_or_help_show_every_command() {
        for line in ["", "help"] {
            let text = said(line, Called::Sallyport).unwrap();
            for command in commands().filter(|command| shows(command)) {
                assert!(text.contains(&format!("\n   {} ", command.words.join(" "))), "{text}");
            }
            assert!(text.contains("\nPublish this machine:\n   share ssh "), "{text}");
        }
    }

    #[test]
    fn every_way_to_ask_for_a_command_gets_the_same_page() {
        let page = said("access help ssh", Called::Sallyport);
        assert!(page.as_ref().is_some_and(|page| page.contains("--hostname value")), "{page:?}");
        for line in ["help access ssh", "forward help ssh", "help forward ssh"] {
            assert_eq!(said(line, Called::Sallyport), page, "{line}");
        }
        assert!(
            said("access curl -h", Called::Sallyport).is_some_and(|page| page.contains("--allow-request"))
        );
        assert_eq!(said("access help nope", Called::Sallyport), None);
        assert_eq!(said("access curl https://a.test -h", Called::Sallyport), None, "that is curl's");
        assert_eq!(said("login help", Called::Sallyport), None, "that is a host");
    }

    #[test]
    fn in_the_place_of_cloudflared_it_looks_like_that() {
        let page = said("access help ssh", Called::Cloudflared).unwrap();
        assert!(page.starts_with("NAME:\n   cloudflared access ssh - "), "{page}");
        assert!(page.contains("\nOPTIONS:\n   --hostname value, --tunnel-host value, -T value  "), "{page}");
        let page = said("help", Called::Cloudflared).unwrap();
        assert!(page.contains("\nCOMMANDS:\n   access, forward  ") && !page.contains("host add"), "{page}");
        let page = said("forward", Called::Cloudflared).unwrap();
        assert!(page.contains("\n   ssh-config  ") && !page.contains("access ssh-config"), "{page}");
        assert_eq!(said("help host add", Called::Cloudflared), None);
    }
}
