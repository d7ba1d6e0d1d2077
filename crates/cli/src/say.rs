//! What the helper says: data on stdout, everything else on stderr, each line under its name.

use std::io::{self, IsTerminal as _, Write as _};

use model::problem::Problem;
use model::{Platform, Words};
use wire::Cause;

use crate::called::Called;

/// Writes data. A reader that went away is no mistake of ours: the rest is dropped.
pub(crate) fn data(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes one line for a person, under the name that they called.
pub(crate) fn note(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}: {line}", Called::now().name());
}

/// Writes what a person looks at, as it is.
pub(crate) fn drawing(lines: &str) {
    let _ = io::stderr().lock().write_all(lines.as_bytes());
}

/// Writes what went wrong and what to do, in one line.
pub(crate) fn problem(cause: &Cause) {
    note(&words_of(cause).line());
}

/// What went wrong, in words.
pub(crate) fn words_of(cause: &Cause) -> Problem {
    Problem::of(cause, &Words::of(Platform::current(), None))
}

/// Whether a person can read stderr.
pub(crate) fn has_reader() -> bool {
    io::stderr().is_terminal()
}
