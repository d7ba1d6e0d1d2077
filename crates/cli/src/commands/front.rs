//! The flags that stand before a command, or between its two words.

use crate::args::{self, Flag, Takes};
use crate::commands::help::is_flag;
use crate::commands::table::{GLOBAL, commands};
use crate::commands::todays_name;

/// Splits a line into the flags that are for all commands, and the rest.
///
/// Before `access`, `cloudflared` takes every flag of its tunnels too. They mean nothing there, and are left out.
pub(super) fn split(words: &[String]) -> (Vec<String>, Vec<String>) {
    let (front, rest) = words.split_at(end(words));
    let (front, rest) = with_flags_of_group(front, behind_dashes(rest));
    let is_shared = rest.first().is_some_and(|word| ["access", "version"].contains(&todays_name(word)));
    (if is_shared { without_flags_of_tunnels(front) } else { front }, rest)
}

/// Two dashes say that no flags follow; a command does all the same.
fn behind_dashes(words: &[String]) -> &[String] {
    words.strip_prefix(&["--".to_owned()][..]).unwrap_or(words)
}

/// At the first word that is neither a flag nor the value of one.
fn end(words: &[String]) -> usize {
    let mut at = 0;
    while let Some((name, inline)) = words.get(at).and_then(|word| args::split_flag(word)) {
        let takes = find(GLOBAL, name).or_else(|| find(args::tunnel::FLAGS, name)).map(|flag| flag.takes);
        let has_value = inline.is_none() && takes.is_some_and(|takes| takes != Takes::Nothing);
        at += if has_value { 2 } else { 1 };
    }
    at.min(words.len())
}

fn without_flags_of_tunnels(front: Vec<String>) -> Vec<String> {
    let mut left = Vec::new();
    let mut words = front.into_iter();
    while let Some(word) = words.next() {
        let Some((name, inline)) = args::split_flag(&word) else {
            left.push(word);
            continue;
        };
        let (own, of_tunnel) = (find(GLOBAL, name), find(args::tunnel::FLAGS, name));
        let takes = own.or(of_tunnel).map(|flag| flag.takes);
        let has_value = inline.is_none() && takes.is_some_and(|takes| takes != Takes::Nothing);
        let value = if has_value { words.next() } else { None };
        // One whose value is missing is a mistake all the same.
        if own.is_some() || of_tunnel.is_none() || (has_value && value.is_none()) {
            left.push(word);
            left.extend(value);
        }
    }
    left
}

fn find(table: &'static [Flag], name: &str) -> Option<&'static Flag> {
    table.iter().find(|flag| flag.name == name || flag.aliases.contains(&name))
}

/// Flags between the two words of a command, as in `access --fedramp ssh`, count as if they stood before both.
fn with_flags_of_group(front: &[String], rest: &[String]) -> (Vec<String>, Vec<String>) {
    let Some((group, after)) = rest.split_first() else { return (front.to_vec(), Vec::new()) };
    let flags = match after.first() {
        Some(first) if !group.starts_with('-') && !is_flag(first) => end(after),
        _ => 0,
    };
    // One word is a whole command already: what follows it is its own.
    let is_group = commands().all(|command| command.words != [todays_name(group)]);
    let (flags, after) = after.split_at(if is_group { flags } else { 0 });
    let after = if is_group { behind_dashes(after) } else { after };
    ([front, flags].concat(), [std::slice::from_ref(group), after].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halves(line: &str) -> (String, String) {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let (front, rest) = split(&words);
        (front.join(" "), rest.join(" "))
    }

    #[test]
    fn flags_of_tunnels_are_left_out_before_access_alone() {
        for (line, front, rest) in [
            ("--no-autoupdate access ssh", "", "access ssh"),
            (
                "--edge-ip-version 4 -protocol=http2 --logfile f access ssh -T h",
                "--logfile f",
                "access ssh -T h",
            ),
            ("--metrics a:1 forward --fedramp ssh", "--fedramp", "forward ssh"),
            ("--config f version", "", "version"),
            ("--no-autoupdate status", "--no-autoupdate", "status"),
            ("--nope access ssh", "--nope", "access ssh"),
            ("access ssh --protocol x", "", "access ssh --protocol x"),
            ("--metrics", "--metrics", ""),
            ("--logfile f -- access --fedramp -- ssh -- x", "--logfile f --fedramp", "access ssh -- x"),
        ] {
            assert_eq!(halves(line), (front.to_owned(), rest.to_owned()), "{line}");
        }
    }
}
