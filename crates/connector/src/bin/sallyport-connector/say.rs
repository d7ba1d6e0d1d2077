//! What the program says apart from its log: data on stdout, and the last word of a failure on stderr.

use std::io::{self, Write as _};

/// Writes data. A reader that went away is no mistake of ours: the rest is dropped.
pub(crate) fn data(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes one line for a person, under the name of the program that was called.
pub(crate) fn note(line: &str) {
    let _ = writeln!(io::stderr().lock(), "sallyport: {line}");
}
