//! What was found, in lines: no file, no network, no clock here, so that every line can be tested by a table.

mod certificate;
mod here;
mod way;

use std::time::Duration;

use serde::Serialize;
use wire::Cause;

use crate::say;
pub(super) use certificate::{agent, certificates};
pub(super) use here::{
    Guarded, Program, block, cloudflared, cloudflared_lines, desktop, helper, keychain, permissions, ssh,
    ssh_config,
};
pub(super) use way::{Families, app, banner, clock, families, login, name, proxy, tls};

/// How a check came out. Declared in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Broken,
    Check,
    Fine,
    Skipped,
}

/// One check, one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) state: State,
    /// What was found.
    pub(super) what: String,
    /// What to do about it; empty when there is nothing to do.
    pub(super) next: String,
    /// The stable name of the cause, where the closed list has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cause: Option<String>,
}

impl Line {
    pub(super) fn new(name: &'static str, state: State, what: impl Into<String>, next: &str) -> Self {
        Self { name, state, what: what.into(), next: next.to_owned(), cause: None }
    }

    fn fine(name: &'static str, what: impl Into<String>) -> Self {
        Self::new(name, State::Fine, what, "")
    }

    pub(super) fn skipped(name: &'static str, why: &str) -> Self {
        Self::new(name, State::Skipped, why, "")
    }

    pub(super) fn broken(name: &'static str, cause: &Cause) -> Self {
        let problem = say::words_of(cause);
        let bare = |sentence: &str| sentence.trim_end_matches('.').to_owned();
        Self {
            name,
            state: State::Broken,
            what: bare(&problem.title),
            next: bare(&problem.next),
            cause: Some(cause.kind()),
        }
    }

    /// A check that found no end in its time.
    pub(super) fn late(name: &'static str, limit: Duration) -> Self {
        Self::new(name, State::Check, format!("no answer within {} s", limit.as_secs()), "try again")
    }

    pub(super) fn as_text(&self) -> String {
        let state = match self.state {
            State::Broken => "Broken",
            State::Check => "Check",
            State::Fine => "Fine",
            State::Skipped => "Skipped",
        };
        let next = if self.next.is_empty() { String::new() } else { format!(" ({})", self.next) };
        format!("{state:<7}  {}: {}{next}\n", self.name, self.what)
    }
}

/// The same lines, with one trouble told once: where a later check meets what an earlier one has found, it says so.
pub(super) fn without_echoes(lines: Vec<Line>) -> Vec<Line> {
    let mut told: Vec<Line> = Vec::new();
    for line in lines {
        let is_same = |other: &&Line| {
            other.state == State::Broken
                && other.cause.is_some()
                && other.cause == line.cause
                && other.what == line.what
        };
        let echo = told.iter().find(is_same).map(|first| format!("same as {}", first.name));
        told.push(match echo {
            Some(why) => Line::skipped(line.name, &why),
            None => line,
        });
    }
    told
}

/// The text without what is nobody else's business: tokens, addresses of people, the folder of the home.
pub(super) fn redacted(text: &str, home: Option<&str>) -> String {
    let text = match home.filter(|home| home.len() > 1) {
        Some(home) => text.replace(home, "~"),
        None => text.to_owned(),
    };
    let is_secret = |word: &str| word.contains('@') || word.contains("eyJ");
    let clean = |word: &str| if is_secret(word) { "[removed]".to_owned() } else { word.to_owned() };
    text.split('\n')
        .map(|line| line.split(' ').map(clean).collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join("\n")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
