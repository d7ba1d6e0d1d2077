//! Text that curl alone can read: in a pipe that it finds open.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use wire::Cause;

/// Pipes that the program to come finds open.
#[derive(Default)]
pub(super) struct Passed(Vec<OwnedFd>);

impl Passed {
    /// A name by which that program can read `text` once.
    pub(super) fn pass(&mut self, text: &str) -> Result<OsString, Cause> {
        let pipe = || -> io::Result<OwnedFd> {
            let (read, write) = rustix::pipe::pipe()?;
            // Nobody reads yet: what does not fit would wait for ever.
            fcntl_setfl(&write, fcntl_getfl(&write)? | OFlags::NONBLOCK)?;
            std::fs::File::from(write).write_all(text.as_bytes())?;
            Ok(read)
        };
        let read = pipe().map_err(|error| Cause::Unexpected { what: error.to_string() })?;
        let name = format!("/dev/fd/{}", read.as_raw_fd());
        self.0.push(read);
        Ok(name.into())
    }
}

/// Turns into that program; returns only when it cannot be started.
pub(super) fn become_program(command: &mut Command, _passed: Passed) -> io::Error {
    command.exec()
}
