//! A question to the person at the terminal.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use crate::args::Misuse;

/// What the person said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// To go on.
    Yes,
    /// Anything else.
    No,
}

/// Asks unless the answer was `given`; where nobody can be asked, that is a mistake in the command line.
pub(super) fn whether(question: &str, given: bool, missing: &'static str) -> Result<Asked, Misuse> {
    if given {
        return Ok(Asked::Yes);
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Misuse::Missing(missing));
    }
    let mut err = io::stderr().lock();
    let _ = write!(err, "{question} [y/N] ").and_then(|()| err.flush());
    let mut line = String::new();
    let _ = io::stdin().lock().read_line(&mut line);
    let is_yes = ["y", "yes"].contains(&line.trim().to_ascii_lowercase().as_str());
    Ok(if is_yes { Asked::Yes } else { Asked::No })
}
