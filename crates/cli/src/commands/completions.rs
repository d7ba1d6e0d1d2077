//! `sallyport completions SHELL`: what Tab offers, made from the same tables that the command line is read by.
//!
//! Each shell has a frame that finds out which words stand before the cursor; the tables fill in what may follow them.
//! Names of hosts are not in the script: it asks `sallyport host list` when they are wanted.

use std::collections::BTreeSet;

use crate::args::{Flag, Misuse, Parsed, Takes};
use crate::commands::Failure;
use crate::commands::table::{Command, Does, GLOBAL, commands};
use crate::say;

/// What is said of a word that more words follow.
const SEE: &str = "See its own commands";
const SHELLS: &str = "name the shell: bash, zsh, fish or powershell";

/// Prints the script for one shell.
pub(crate) fn print(given: &Parsed) -> Result<(), Failure> {
    let script = script(given.one(SHELLS)?).ok_or(Misuse::Missing(SHELLS))?;
    say::data(&script);
    Ok(())
}

fn script(shell: &str) -> Option<String> {
    let (frame, arms, valued) = match shell {
        "bash" => (include_str!("completions/bash.in"), lines(bash), valued().join("|")),
        "zsh" => (include_str!("completions/zsh.in"), lines(zsh), valued().join("|")),
        "fish" => (include_str!("completions/fish.in"), lines(fish), valued().join(" ")),
        "powershell" => {
            let valued: Vec<_> = valued().iter().map(|flag| in_powershell(flag)).collect();
            (include_str!("completions/powershell.in"), lines(powershell), valued.join(", "))
        }
        _ => return None,
    };
    Some(frame.replace("@VALUED@", &valued).replace("@ARMS@", arms.trim_end()))
}

/// What may follow the words before the cursor.
struct Place {
    /// Those words.
    after: String,
    /// Whether more words may stand between them and the cursor.
    is_command: bool,
    /// Words that may follow, each with what it means.
    words: Vec<(&'static str, &'static str)>,
    flags: Vec<&'static Flag>,
    hosts: bool,
}

/// Every command, then every group, then the beginning.
fn places() -> Vec<Place> {
    let of_commands = commands().map(|command| Place {
        after: command.words.join(" "),
        is_command: true,
        words: argument_words(command),
        flags: shown(command.flags),
        hosts: command.takes.split(' ').any(|taken| ["HOST", "[HOST]", "NAME", "URL"].contains(&taken))
            && command.does != Does::Beside,
    });
    let before = commands().flat_map(|command| (0..command.words.len()).map(|count| &command.words[..count]));
    let groups: BTreeSet<_> = before.collect();
    // The longest first, as the beginning is before everything.
    let groups = groups.into_iter().rev().map(|group| Place {
        after: group.join(" "),
        is_command: false,
        words: next_words(group),
        flags: shown(GLOBAL),
        hosts: false,
    });
    of_commands.chain(groups).collect()
}

/// What may follow these words: the last word of a command, or one with words of its own behind it.
fn next_words(group: &[&'static str]) -> Vec<(&'static str, &'static str)> {
    let mut words: Vec<(&str, &str)> = Vec::new();
    for command in visible() {
        match command.words.strip_prefix(group) {
            Some([last]) => words.push((last, command.help)),
            Some([next, ..]) if words.iter().all(|(word, _)| word != next) => words.push((next, SEE)),
            Some(_) | None => {}
        }
    }
    // Groups behind the commands.
    words.sort_by_key(|(_, help)| *help == SEE);
    words
}

fn visible() -> impl Iterator<Item = &'static Command> {
    commands().filter(|command| !command.help.is_empty())
}

/// A command whose argument is one of a few words says so in its table as `a|b|c`.
fn argument_words(command: &'static Command) -> Vec<(&'static str, &'static str)> {
    match command.takes.contains('|') {
        true => command.takes.split('|').map(|word| (word, "")).collect(),
        false => Vec::new(),
    }
}

fn shown(flags: &'static [Flag]) -> Vec<&'static Flag> {
    flags.iter().filter(|flag| !flag.help.is_empty()).collect()
}

/// The flags that a value follows, as they are typed.
fn valued() -> Vec<String> {
    let tables = commands().map(|command| command.flags).chain([GLOBAL]);
    let valued = tables.flatten().filter(|flag| flag.takes != Takes::Nothing);
    let typed: BTreeSet<String> = valued.flat_map(spellings).collect();
    typed.into_iter().collect()
}

fn spellings(flag: &Flag) -> Vec<String> {
    let dashes = |name: &&str| if name.len() == 1 { format!("-{name}") } else { format!("--{name}") };
    std::iter::once(&flag.name).chain(flag.aliases).map(dashes).collect()
}

fn lines(arm: fn(&Place) -> String) -> String {
    places().iter().map(arm).collect()
}

/// The pattern of a `case` that the words before the cursor, each with a blank behind it, have to match.
fn pattern(place: &Place) -> String {
    match (place.after.as_str(), place.is_command) {
        ("", _) => "''".to_owned(),
        (after, true) => format!("'{after} '*"),
        (after, false) => format!("'{after} '"),
    }
}

fn bash(place: &Place) -> String {
    let words: Vec<&str> = place.words.iter().map(|(word, _)| *word).collect();
    let flags: Vec<String> = place.flags.iter().flat_map(|flag| spellings(flag)).collect();
    let hosts = if place.hosts { " hosts=1" } else { "" };
    format!(
        "        {}) offered='{}' flags='{}'{hosts} ;;\n",
        pattern(place),
        words.join(" "),
        flags.join(" ")
    )
}

fn zsh(place: &Place) -> String {
    // A colon parts the word from its meaning; there is none in our words.
    let described = |word: &str, help: &str| format!("'{word}:{}'", help.replace('\'', "'\\''"));
    let words: Vec<_> = place.words.iter().map(|(word, help)| described(word, help)).collect();
    let flags = place.flags.iter().flat_map(|flag| spellings(flag).into_iter().map(|it| (it, flag.help)));
    let flags: Vec<_> = flags.map(|(flag, help)| described(&flag, help)).collect();
    let hosts = if place.hosts { " hosts=1" } else { "" };
    format!(
        "        ({}) offered=({}) flags=({}){hosts} ;;\n",
        pattern(place),
        words.join(" "),
        flags.join(" ")
    )
}

fn fish(place: &Place) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
    let at = format!("complete -c sallyport -n \"__sallyport_at '{}'\"", place.after);
    let within = format!("complete -c sallyport -n \"__sallyport_in '{}'\"", place.after);
    let mut out = String::new();
    for (word, help) in &place.words {
        out += &format!("{at} -a {word} -d {}\n", quoted(help));
    }
    if place.hosts {
        out += &format!("{at} -a '(__sallyport_hosts)'\n");
    }
    for flag in &place.flags {
        let names: String = std::iter::once(&flag.name)
            .chain(flag.aliases)
            .map(|name| format!(" -{} {name}", if name.len() == 1 { 's' } else { 'l' }))
            .collect();
        let value = if flag.takes == Takes::Nothing { "" } else { " -r -F" };
        let before = if place.is_command { &within } else { &at };
        out += &format!("{before}{names}{value} -d {}\n", quoted(flag.help));
    }
    out
}

fn powershell(place: &Place) -> String {
    let list = |words: Vec<String>| words.join(", ");
    let words = place.words.iter().map(|(word, _)| in_powershell(word)).collect();
    let flags = place.flags.iter().flat_map(|flag| spellings(flag)).map(|it| in_powershell(&it)).collect();
    let hosts = if place.hosts { "; $hosts = $true" } else { "" };
    let pattern = format!("{} {}", place.after, if place.is_command { "*" } else { "" });
    format!(
        "        '{pattern}' {{ $offered = @({}); $flags = @({}){hosts}; break }}\n",
        list(words),
        list(flags)
    )
}

fn in_powershell(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests;
