//! Text that curl alone can read: in a file of the person's own.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::Command;

use tempfile::NamedTempFile;
use wire::Cause;

/// Files in the person's own temporary folder that the program to come can read, and that end with it.
#[derive(Default)]
pub(super) struct Passed(Vec<NamedTempFile>);

impl Passed {
    /// A name by which that program can read `text`.
    pub(super) fn pass(&mut self, text: &str) -> Result<OsString, Cause> {
        let file = || -> io::Result<NamedTempFile> {
            let mut file = NamedTempFile::new()?;
            file.write_all(text.as_bytes())?;
            file.flush()?;
            Ok(file)
        };
        let file = file().map_err(|error| Cause::Unexpected { what: error.to_string() })?;
        let name = file.path().as_os_str().to_owned();
        self.0.push(file);
        Ok(name)
    }
}

/// Runs that program and ends as it does; returns only when it cannot be started.
pub(super) fn become_program(command: &mut Command, passed: Passed) -> io::Error {
    match command.status() {
        Ok(status) => {
            drop(passed);
            std::process::exit(status.code().unwrap_or(1))
        }
        Err(error) => error,
    }
}
