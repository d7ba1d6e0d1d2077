//! Why a connector does not run, and why one of its connections ended.

use std::net::SocketAddr;
use std::time::Duration;

use wire::Cause;
use wire::tunnel::rpc::Refusal;

use crate::backoff::Setback;

/// Name under which causes speak of the edge.
const EDGE: &str = "Cloudflare's edge";

/// Why a connector does not run.
#[derive(Debug, thiserror::Error)]
pub enum ConnectorError {
    /// The names of the edge have no addresses, or the one that was given is none.
    #[error("no address of the edge: {detail}")]
    NoEdge {
        /// What was looked for, and what came of it.
        detail: String,
    },
    /// The edge does not let this connector serve the tunnel, and will not when asked again.
    #[error("the edge refused the tunnel: {said}")]
    Refused {
        /// In its own words.
        said: String,
    },
    /// Certificates cannot be used, or the credentials name no tunnel.
    #[error("{what}")]
    Setup {
        /// What is wrong.
        what: String,
    },
}

impl ConnectorError {
    /// The same on the closed list of causes.
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Self::NoEdge { detail } => Cause::Unreachable { host: EDGE.to_owned(), detail: detail.clone() },
            Self::Refused { said } => Cause::TunnelRefused { said: said.clone() },
            Self::Setup { .. } => Cause::Unexpected { what: self.to_string() },
        }
    }
}

/// Which kind of thing keeps a connection from standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkFault {
    /// Nothing answers, or nothing more.
    Silence,
    /// What answers is not the edge.
    Untrusted,
    /// The edge says no, and will again.
    Refused,
    /// The edge ended it, or wants it to come later.
    Ended,
}

impl LinkFault {
    /// Its stable name for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Silence => "silence",
            Self::Untrusted => "untrusted",
            Self::Refused => "refused",
            Self::Ended => "ended",
        }
    }
}

/// Why one connection ended, or did not come about.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    #[error("cannot reach {address}: {detail}")]
    Unreachable { address: SocketAddr, detail: String },
    #[error("{address} is not the edge: {detail}")]
    Untrusted { address: SocketAddr, detail: String },
    #[error("{address} hung up: {detail}")]
    HungUp { address: SocketAddr, detail: String },
    #[error("the edge was silent for {} seconds ({step})", .after.as_secs())]
    Silent { step: &'static str, after: Duration },
    #[error("the edge refused the connection: {}", .0.cause)]
    Refused(Refusal),
    #[error("connection with edge closed")]
    Closed,
    #[error("{0}")]
    Broken(String),
}

impl LinkError {
    /// How long to wait because of it.
    pub(crate) fn setback(&self, was_registered: bool) -> Setback {
        match self {
            Self::Refused(refusal) => Setback::Refused(refusal.after),
            Self::Unreachable { .. }
            | Self::Untrusted { .. }
            | Self::HungUp { .. }
            | Self::Silent { .. }
            | Self::Closed
            | Self::Broken(_) => {
                if was_registered {
                    Setback::Lost
                } else {
                    Setback::Unreachable
                }
            }
        }
    }

    /// Of which kind it is.
    pub(crate) fn kind(&self) -> LinkFault {
        match self {
            Self::Unreachable { .. } | Self::Silent { .. } => LinkFault::Silence,
            Self::Untrusted { .. } => LinkFault::Untrusted,
            Self::Refused(_) if self.is_final().is_some() => LinkFault::Refused,
            Self::Refused(_) | Self::HungUp { .. } | Self::Closed | Self::Broken(_) => LinkFault::Ended,
        }
    }

    /// Whether another address may do better.
    pub(crate) fn is_about_the_address(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Untrusted { .. } | Self::HungUp { .. } | Self::Silent { .. } => {
                true
            }
            Self::Refused(refusal) => refusal.is_duplicate(),
            Self::Closed | Self::Broken(_) => false,
        }
    }

    /// What the edge says when asking again makes no sense.
    pub(crate) fn is_final(&self) -> Option<String> {
        match self {
            Self::Refused(refusal) if !refusal.retry && !refusal.is_duplicate() => {
                Some(refusal.cause.clone())
            }
            Self::Refused(_)
            | Self::Unreachable { .. }
            | Self::Untrusted { .. }
            | Self::HungUp { .. }
            | Self::Silent { .. }
            | Self::Closed
            | Self::Broken(_) => None,
        }
    }
}

/// What broke, in the words of whatever broke.
pub(crate) fn broken(error: impl std::fmt::Display) -> LinkError {
    LinkError::Broken(error.to_string())
}
