//! Named pipes.
//!
//! The pipe's descriptor lets in its owner alone, and never over the network. Pipe names belong to nobody, so the helper
//! makes sure that who listens is in its own session.

use std::io;
use std::time::Duration;

use interprocess::ConnectWaitMode;
use interprocess::os::windows::named_pipe::PipeListenerOptions;
use interprocess::os::windows::named_pipe::pipe_mode::Bytes;
use interprocess::os::windows::named_pipe::tokio::{DuplexPipeStream, PipeListener};
use interprocess::os::windows::security_descriptor::SecurityDescriptor;
use profile::DesktopAddress;
use widestring::u16cstr;

use super::{failed, foreign_address};
use crate::IpcError;

pub(crate) type Stream = DuplexPipeStream<Bytes>;

/// How long to wait while all instances of the pipe are taken.
const BUSY: Duration = Duration::from_millis(900);

#[derive(Debug)]
pub(crate) struct Listening(PipeListener<Bytes, Bytes>);

/// Connects; `None` when nobody listens.
pub(crate) async fn connect(address: &DesktopAddress) -> Result<Option<Stream>, IpcError> {
    let wait = ConnectWaitMode::Timeout(BUSY);
    match Stream::connect_by_path_with_wait_mode(path(address)?, wait).await {
        Ok(stream) => ours(&stream).map(|()| Some(stream)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("connecting to the desktop")(error)),
    }
}

/// Listens; `None` when somebody does already.
pub(crate) fn bind(address: &DesktopAddress) -> Result<Option<Listening>, IpcError> {
    let step = failed("listening for helpers");
    // Protected from inherited rights; all rights to the owner, none to anybody else.
    let owner_only = SecurityDescriptor::deserialize(u16cstr!("D:P(A;;GA;;;OW)")).map_err(&step)?;
    let options = PipeListenerOptions::new()
        .path(path(address)?)
        .accept_remote(false)
        .security_descriptor(Some(owner_only));
    match options.create_tokio_duplex::<Bytes>() {
        Ok(listener) => Ok(Some(Listening(listener))),
        // It asks to be the first instance of that name; a later one is denied.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(None),
        Err(error) => Err(step(error)),
    }
}

impl Listening {
    /// The next connection.
    pub(crate) async fn accept(&self) -> Result<Stream, IpcError> {
        self.0.accept().await.map_err(failed("accepting a helper"))
    }
}

fn path(address: &DesktopAddress) -> Result<String, IpcError> {
    match address {
        DesktopAddress::Pipe(name) => Ok(format!(r"\\.\pipe\{name}")),
        DesktopAddress::Socket(_) => Err(foreign_address()),
    }
}

fn ours(stream: &Stream) -> Result<(), IpcError> {
    let step = failed("asking who is there");
    let theirs = stream.server_session_id().map_err(&step)?;
    let own = stream.client_session_id().map_err(&step)?;
    if theirs == own {
        return Ok(());
    }
    Err(IpcError::NotOurs { what: format!("session {theirs} is there, this is session {own}") })
}
