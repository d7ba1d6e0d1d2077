//! What the helper says: data on stdout, everything else on stderr, each line under its name.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::OnceLock;

use model::problem::Problem;
use model::{Platform, Words};
use wire::Cause;

use crate::args::Misuse;
use crate::called::Called;
use crate::log;

/// Writes data. A reader that went away is no mistake of ours: the rest is dropped.
pub(crate) fn data(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// The most bytes of one line; the longest link that browsers take is shorter.
const LONGEST: usize = 16 * 1024;

/// Whether every line on stderr is an object of JSON.
static IN_JSON: OnceLock<()> = OnceLock::new();

/// From now on, every line on stderr is an object of JSON, as `--output json` asks for.
pub(crate) fn in_json() {
    let _ = IN_JSON.set(());
}

/// Whether that was asked for.
pub(crate) fn is_json() -> bool {
    IN_JSON.get().is_some()
}

/// Writes one line for a person, under the name that they called.
pub(crate) fn note(line: &str) {
    write("info", line);
}

/// Writes what a person looks at, as it is; a program would not know what to do with it.
pub(crate) fn drawing(lines: &str) {
    if !is_json() {
        let _ = io::stderr().lock().write_all(lines.as_bytes());
    }
}

/// What went wrong and what to do, in one line.
pub(crate) fn line_of(cause: &Cause) -> String {
    words_of(cause).line()
}

/// Writes what went wrong and what to do, in one line; an object of JSON has the cause beside the words.
pub(crate) fn problem(cause: &Cause) {
    let line = plain(&line_of(cause));
    if is_json() {
        emit(&log::object("error", &line, Some(cause)));
    } else {
        say(&line);
    }
}

/// Writes what is wrong with what was asked for, and what explains it.
pub(crate) fn misuse(misuse: &Misuse, call: &str) {
    write("error", &format!("{misuse}; see: {call} --help"));
}

fn write(level: &str, line: &str) {
    let line = plain(line);
    if is_json() {
        emit(&log::object(level, &line, None));
    } else {
        say(&line);
    }
}

fn say(line: &str) {
    emit(&format!("{}: {line}\n", Called::now().name()));
}

fn emit(line: &str) {
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

/// One line that a terminal takes for text and nothing else, whatever was quoted in it.
fn plain(line: &str) -> String {
    let mut text = String::new();
    for letter in line.chars() {
        if text.len() >= LONGEST {
            text.push('…');
            break;
        }
        match letter.is_control() {
            true => text.extend(letter.escape_debug()),
            false => text.push(letter),
        }
    }
    text
}

/// What went wrong, in words.
pub(crate) fn words_of(cause: &Cause) -> Problem {
    Problem::of(cause, &Words::of(Platform::current(), None))
}

/// Whether a person can read stderr.
pub(crate) fn has_reader() -> bool {
    io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_can_neither_end_the_line_nor_draw() {
        assert_eq!(plain("a\nb\u{1b}[31mc\u{7f}"), "a\\nb\\u{1b}[31mc\\u{7f}");
        assert_eq!(plain("wörter – so"), "wörter – so");
        assert!(plain(&"a".repeat(100_000)).len() < LONGEST + 8);
    }
}
