//! What the helper says: data on stdout, everything else on stderr, each line under its name.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::OnceLock;

use model::problem::Problem;
use model::{Platform, Words};
use wire::Cause;

use crate::called::Called;
use crate::log;

/// Writes data. A reader that went away is no mistake of ours: the rest is dropped.
pub(crate) fn data(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Whether every line on stderr is an object of JSON.
static IN_JSON: OnceLock<()> = OnceLock::new();

/// From now on, every line on stderr is an object of JSON, as `--output json` asks for.
pub(crate) fn in_json() {
    let _ = IN_JSON.set(());
}

/// Writes one line for a person, under the name that they called.
pub(crate) fn note(line: &str) {
    write("info", line);
}

/// Writes what a person looks at, as it is; a program would not know what to do with it.
pub(crate) fn drawing(lines: &str) {
    if IN_JSON.get().is_none() {
        let _ = io::stderr().lock().write_all(lines.as_bytes());
    }
}

/// Writes what went wrong and what to do, in one line.
pub(crate) fn problem(cause: &Cause) {
    wrong(&words_of(cause).line());
}

/// Writes what is wrong with what was asked for.
pub(crate) fn wrong(line: &str) {
    write("error", line);
}

fn write(level: &str, line: &str) {
    let line = match IN_JSON.get() {
        Some(()) => log::object(level, line),
        None => format!("{}: {line}\n", Called::now().name()),
    };
    let _ = io::stderr().lock().write_all(line.as_bytes());
}

/// What went wrong, in words.
pub(crate) fn words_of(cause: &Cause) -> Problem {
    Problem::of(cause, &Words::of(Platform::current(), None))
}

/// Whether a person can read stderr.
pub(crate) fn has_reader() -> bool {
    io::stderr().is_terminal()
}
