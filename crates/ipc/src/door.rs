//! A local address where only this person's programs get in, for protocols that are not ours.

use std::time::Duration;

use profile::DesktopAddress;

use crate::IpcError;
use crate::transport::{self, Listening};

/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(1);

/// A stream of bytes to another program of this person's.
pub type LocalStream = transport::Stream;

/// The right to answer at an address, until it is dropped.
#[derive(Debug)]
pub struct Door(Listening);

impl Door {
    /// Opens one; `None` when another program answers there. Must be called inside a runtime.
    ///
    /// # Errors
    /// When the address cannot be used or belongs to somebody else.
    pub fn open(address: &DesktopAddress) -> Result<Option<Self>, IpcError> {
        Ok(transport::bind(address)?.map(Self))
    }

    /// Waits for the next program of this person; anybody else is turned away. May be dropped and called again.
    ///
    /// # Errors
    /// When the operating system cannot take one now; trying again at once may fail at once.
    pub async fn next(&self) -> Result<LocalStream, IpcError> {
        self.0.accept().await
    }
}

/// Connects to whoever answers at an address; `None`, at once, when nobody does.
///
/// # Errors
/// When something is there but does not let us in within a second, or is somebody else's.
pub async fn knock(address: &DesktopAddress) -> Result<Option<LocalStream>, IpcError> {
    let late = |_| IpcError::TimedOut { step: "connecting", after: CONNECTING };
    tokio::time::timeout(CONNECTING, transport::connect(address)).await.map_err(late)?
}
