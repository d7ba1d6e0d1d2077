//! What can be wrong between desktop and helper.

use std::io;
use std::time::Duration;

use wire::Cause;

/// Why desktop and helper cannot talk.
#[derive(Debug, thiserror::Error)]
pub enum IpcError {
    /// The other side has closed the connection.
    #[error("the other side has closed the connection")]
    Closed,
    /// What the other side sent is not a message of this protocol.
    #[error("not a message: {what}")]
    Garbled {
        /// What is wrong, without any of the message.
        what: String,
    },
    /// The operating system does not let it through.
    #[error("{step}: {source}")]
    Io {
        /// What was being done.
        step: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
    /// Who listens there, or owns the folder, is not this person.
    #[error("the desktop's address belongs to somebody else: {what}")]
    NotOurs {
        /// How that is known.
        what: String,
    },
    /// The other side is of another version.
    #[error("the other side ({program}) speaks version {theirs} of the protocol, this one {ours}")]
    OtherVersion {
        /// Their protocol number.
        theirs: u32,
        /// Our protocol number.
        ours: u32,
        /// Their program's version.
        program: String,
    },
    /// The other side did not answer.
    #[error("{step}: no answer within {} ms", after.as_millis())]
    TimedOut {
        /// What was being waited for.
        step: &'static str,
        /// For how long.
        after: Duration,
    },
    /// A message is larger than any may be.
    #[error("a message of {length} bytes is too large")]
    TooLarge {
        /// Its length in bytes.
        length: usize,
    },
    /// The connection ended inside a message.
    #[error("the connection ended inside a message")]
    Truncated,
}

impl IpcError {
    /// Whether the other side has gone, so that nothing more can be expected from it.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed | Self::Truncated)
    }

    /// Whether the same may work later with nothing changed by hand.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Closed | Self::Io { .. } | Self::TimedOut { .. } | Self::Truncated => true,
            Self::Garbled { .. }
            | Self::NotOurs { .. }
            | Self::OtherVersion { .. }
            | Self::TooLarge { .. } => false,
        }
    }

    /// The entry of the closed list that this is.
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Self::OtherVersion { theirs, ours, .. } => Cause::OtherVersion { theirs: *theirs, ours: *ours },
            Self::Closed
            | Self::Garbled { .. }
            | Self::Io { .. }
            | Self::NotOurs { .. }
            | Self::TimedOut { .. }
            | Self::TooLarge { .. }
            | Self::Truncated => Cause::DesktopGone { detail: self.to_string() },
        }
    }
}
