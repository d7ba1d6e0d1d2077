//! Bad input and bad days, each with the real helper: one line that says why and what to do, and nothing lost.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

mod causes;
mod config;
mod edge;
mod files;
mod keychain;
mod log_in;
mod streams;
mod tokens;

use std::path::Path;

use journeys::reach::{Running, Said};
use journeys::{Reach, origin};

/// A person before hosts that answer one line in capitals.
fn stage() -> Reach {
    Reach::to(origin::answering())
}

/// Carries one line to `host` and back, through whatever log-in that takes.
#[track_caller]
fn goes_through(reach: &Reach, host: &str) -> Said {
    let mut running = Running::start(&mut reach.logging(&["access", "ssh", "--hostname", host]));
    assert!(running.write(b"still here\n"));
    let said = running.ended().well();
    assert_eq!(said.text(), "STILL HERE\n", "{}", said.err);
    said
}

/// A file as it is, or nothing.
fn bytes(path: &Path) -> Option<Vec<u8>> {
    std::fs::read(path).ok()
}
