//! The stream between two processes of one person on one machine.
//!
//! Each system has a file with the same three names: `Stream`, `Listening` and, for an address, `connect` and `bind`.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::{Listening, Stream, bind, connect};
#[cfg(windows)]
pub(crate) use windows::{Listening, Stream, bind, connect};

use crate::IpcError;

fn failed(step: &'static str) -> impl Fn(std::io::Error) -> IpcError {
    move |source| IpcError::Io { step, source }
}

fn foreign_address() -> IpcError {
    let source = std::io::Error::from(std::io::ErrorKind::Unsupported);
    IpcError::Io { step: "using another system's address", source }
}
