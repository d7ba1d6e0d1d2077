//! The first message of both sides: who speaks.

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::IpcError;
use crate::frame::Frames;

/// The number of this protocol. It changes when an older side would misunderstand a newer one.
pub const PROTOCOL: u32 = 1;

/// Later versions may add members, never change these.
#[derive(Debug, Serialize, Deserialize)]
struct Hello {
    protocol: u32,
    program: String,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Frames<S> {
    /// Puts our greeting before everything else.
    pub(crate) fn say_hello(&mut self) -> Result<(), IpcError> {
        self.queue(&Hello { protocol: PROTOCOL, program: env!("CARGO_PKG_VERSION").to_owned() })
    }

    /// Reads theirs and tells their program's version.
    pub(crate) async fn hear_hello(&mut self) -> Result<String, IpcError> {
        let Hello { protocol, program } = self.read().await?.ok_or(IpcError::Closed)?;
        if protocol == PROTOCOL {
            Ok(program)
        } else {
            Err(IpcError::OtherVersion { theirs: protocol, ours: PROTOCOL, program })
        }
    }
}
