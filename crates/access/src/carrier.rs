//! Carries one TCP stream to the edge in a WebSocket (RFC 6455).
//!
//! ```text
//! reader ─► outgoing: read 64 KiB, mask in place, frame ─► link
//! writer ◄─ incoming: cut frames out of what arrived   ◄─ link
//! ```
//!
//! Both directions live in one state machine on one task ([`pump`]), so that neither waits for the other, a pong can be
//! slipped between two messages, and dropping the future drops everything.
//!
//! Two rules come from the far side. A stock connector cuts every message at 16,384 bytes, so none of ours is longer.
//! A stock connector answers pings without the lock that protects its data, so we never send one; a dead path shows
//! itself by TCP's own probes and by the far side's pings going missing.

mod frame;
mod greeting;
mod handshake;
mod incoming;
mod mask;
mod outgoing;
mod path;
mod pump;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use wire::{AppUrl, Cause, Jwt};

use crate::AccessError;
use crate::classify::{self, Circumstances};
use crate::reach::Link;

#[cfg(any(test, feature = "fuzz"))]
pub(crate) use frame::holds as holds_frame;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) use handshake::holds as holds_head;
#[cfg(test)]
pub(crate) use handshake::recorded;
pub(crate) use handshake::{Upgraded, upgrade};
pub(crate) use path::{Path, is_lost};
#[cfg(test)]
pub(crate) use tests::carried_after;

/// How long we go on reading after the local program has closed its side and the far side has fallen silent.
pub const LINGER: Duration = crate::limit::LINGER;

/// What a dial carries besides the token.
#[derive(Clone, Debug)]
pub struct DialOptions {
    /// `host:port` behind a bastion app.
    pub destination: Option<String>,
    /// Credentials of a machine instead of a person.
    pub service_token: Option<ServiceToken>,
    /// More headers, as given by the person. Those that the upgrade itself needs are left out.
    pub headers: Vec<(String, String)>,
    /// Where to connect instead of the app's own host.
    pub detour: Option<Detour>,
    /// How long to go on reading after the local end of the stream, counted from the last byte that arrived.
    pub linger: Duration,
}

/// Another place to connect to, such as one edge among several. The request names the app all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detour {
    /// A name or an address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The name that the certificate there has to be for.
    pub name: String,
}

/// Client id and secret for machines.
#[derive(Clone)]
pub struct ServiceToken {
    /// The client id, `….access`.
    pub id: String,
    /// The client secret.
    pub secret: Jwt,
}

/// An open stream to the machine behind an app.
pub struct Carrier {
    pub(crate) link: Link,
    pub(crate) early: Vec<u8>,
    pub(crate) host: String,
    pub(crate) linger: Duration,
    /// Whether the far end goes on giving its answer after a close frame.
    pub(crate) half_closes: bool,
}

/// What was carried, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Bytes from the local program to the edge.
    pub sent: u64,
    /// Bytes from the edge to the local program.
    pub received: u64,
    /// How the stream ended.
    pub end: End,
    /// What was so at that moment.
    pub then: Circumstances,
}

/// How a stream ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The far side sent a close frame for a good reason, with this code if any.
    Closed(Option<u16>),
    /// The far side ended TLS properly without a close frame, as connectors do.
    Ended,
    /// The local program closed its side and nothing more arrived.
    Finished,
    /// The local program reads no more.
    Unread,
    /// The stream broke.
    Cut(Break),
}

/// How a stream broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Break {
    /// The far side closed for a bad reason.
    Closed {
        /// The code of its close frame.
        code: u16,
        /// Its reason, cut to what a close frame may hold.
        reason: String,
    },
    /// The connection was reset.
    Reset,
    /// The connection ended in the middle, without the end of TLS.
    Truncated,
    /// Nothing comes back any more.
    Silent,
    /// The far side broke the protocol.
    Protocol(&'static str),
    /// The operating system or TLS says so.
    Failed(String),
}

impl Carrier {
    /// Carries bytes both ways until the stream ends: everything that arrived has then been written and flushed.
    ///
    /// When `reader` ends, reading from the edge goes on: there is no half-close in a WebSocket, and a close frame
    /// would make stock connectors drop what is still under way. Only a far end that says so gets one, and ends its
    /// service's stream by it.
    ///
    /// # Errors
    /// [`AccessError::Local`] when `reader` or `writer` fails. Whatever happens on the far side is an [`End`].
    pub async fn carry<R, W>(self, reader: R, writer: W) -> Result<Carried, AccessError>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let Self { link, early, host, linger, half_closes } = self;
        pump::Pump::new(link, reader, writer, &early, linger)
            .before(half_closes)
            .run()
            .await
            .map_err(|error| AccessError::Local { host, detail: error.to_string() })
    }
}

impl End {
    /// Whether both sides ended as they meant to.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        !matches!(self, Self::Cut(_))
    }
}

impl Carried {
    /// The cause to show, when the stream to `host` broke.
    #[must_use]
    pub fn cause(&self, host: &str) -> Option<Cause> {
        classify::of_end(host, &self.end, &Circumstances { wanted: false, ..self.then })
    }

    /// The same for a session of a person's, which has not run its course either when it ends while it is idle.
    #[must_use]
    pub fn cause_in_session(&self, host: &str) -> Option<Cause> {
        classify::of_end(host, &self.end, &self.then)
    }
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed { code, reason } if reason.is_empty() => {
                write!(f, "closed by the far side with code {code}")
            }
            Self::Closed { code, reason } => write!(f, "closed by the far side with code {code}: {reason}"),
            Self::Reset => f.write_str("the connection was reset"),
            Self::Truncated => f.write_str("the connection ended in the middle"),
            Self::Silent => f.write_str("nothing comes back any more"),
            Self::Protocol(what) => write!(f, "the far side broke the protocol: {what}"),
            Self::Failed(detail) => f.write_str(detail),
        }
    }
}

impl DialOptions {
    /// The name of the first header among these options that HTTP does not allow; dialling with it fails.
    #[must_use]
    pub fn invalid_header(&self) -> Option<String> {
        handshake::invalid_header(self)
    }
}

impl Default for DialOptions {
    fn default() -> Self {
        Self { destination: None, service_token: None, headers: Vec::new(), detour: None, linger: LINGER }
    }
}

impl fmt::Debug for ServiceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceToken").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carrier").field("host", &self.host).finish_non_exhaustive()
    }
}

/// Whether a header of the person's may go along to `app`; those of the upgrade itself may not.
pub(crate) fn is_own_header(name: &str) -> bool {
    const OURS: [&str; 7] = [
        "connection",
        "host",
        "sec-websocket-extensions",
        "sec-websocket-key",
        "sec-websocket-version",
        "upgrade",
        "user-agent",
    ];
    OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours))
}

/// What the upgrade request is made of.
pub(crate) struct UpgradeRequest<'a> {
    pub(crate) app: &'a AppUrl,
    pub(crate) token: Option<&'a wire::AppToken>,
    pub(crate) options: &'a DialOptions,
}
