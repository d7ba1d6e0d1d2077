//! One request of the edge and its answer, whatever transport they came on.

mod http2;
mod quic;

use std::io;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, Method, StatusCode};

pub(crate) use http2::{Http2Answerer, Http2Reader};
pub(crate) use quic::{QuicAnswerer, QuicReader, QuicSender};

use http2::Http2Sender;

/// What the edge asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One request and its answer.
    Http,
    /// A WebSocket; for services that are streams it ends here.
    WebSocket,
    /// Bytes both ways.
    Tcp,
}

/// One request.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) kind: Kind,
    pub(crate) method: Method,
    /// Host as the client named it, perhaps with a port; for [`Kind::Tcp`] the address to reach.
    pub(crate) authority: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Reader,
}

impl Asked {
    /// The host without its port.
    pub(crate) fn host(&self) -> &str {
        match self.authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            Some(_) | None => &self.authority,
        }
    }

    /// The path without its query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What follows the head, which is let go: a stream may stand still for long.
    pub(crate) fn into_body(self: Box<Self>) -> Reader {
        self.body
    }

    /// Whether a body follows the head.
    pub(crate) fn has_body(&self) -> bool {
        let length = self.header(CONTENT_LENGTH.as_str()).and_then(|length| length.parse::<u64>().ok());
        length.map_or_else(
            || self.headers.contains_key(TRANSFER_ENCODING) || !self.body.is_over(),
            |length| length > 0,
        )
    }
}

/// Whoever asked has left in the middle of it: that is their right, and no fault of the service.
#[derive(Debug, thiserror::Error)]
#[error("whoever asked has left: {0}")]
struct Left(io::Error);

/// Marks what has gone wrong with the way to whoever asked.
pub(crate) fn left(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), Left(error))
}

/// Whether whoever asked has left.
pub(crate) fn has_left(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Left>())
}

/// Bytes from the edge.
#[derive(Debug)]
pub(crate) enum Reader {
    Http2(Http2Reader),
    Quic(QuicReader),
}

impl Reader {
    /// The next bytes; nothing at the end. Whoever asks has dealt with the last ones: only then the edge may send more.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        match self {
            Self::Http2(reader) => reader.next().await,
            Self::Quic(reader) => reader.next().await,
        }
    }

    fn is_over(&self) -> bool {
        match self {
            Self::Http2(reader) => reader.is_over(),
            // A body over QUIC is announced, or is not there (`tunnel.md` 4.3).
            Self::Quic(_) => true,
        }
    }
}

/// Gives the answer, once.
#[derive(Debug)]
pub(crate) enum Answerer {
    Http2(Http2Answerer),
    Quic(QuicAnswerer),
}

impl Answerer {
    /// The origin's status and headers; its body follows unless `ends`.
    pub(crate) async fn origin(
        self,
        status: StatusCode,
        headers: &HeaderMap,
        ends: bool,
    ) -> io::Result<Sender> {
        match self {
            Self::Http2(answerer) => answerer.origin(status, headers, ends).map(Sender::Http2),
            Self::Quic(answerer) => answerer.origin(status, headers, ends).await.map(Sender::Quic),
        }
    }

    /// The origin could not be asked.
    pub(crate) async fn failed(self) -> io::Result<()> {
        match self {
            Self::Http2(answerer) => answerer.failed(),
            Self::Quic(answerer) => answerer.failed().await,
        }
    }

    /// Too many streams of its kind run already.
    pub(crate) async fn limited(self) -> io::Result<()> {
        match self {
            Self::Http2(answerer) => answerer.limited(),
            Self::Quic(answerer) => answerer.limited().await,
        }
    }
}

/// Bytes to the edge. Dropped before its end it takes the stream back, so that nobody takes half for a whole.
#[derive(Debug)]
pub(crate) enum Sender {
    Http2(Http2Sender),
    Quic(QuicSender),
}

impl Sender {
    /// Sends all of it, as fast as the edge takes it.
    pub(crate) async fn send(&mut self, bytes: Bytes) -> io::Result<()> {
        match self {
            Self::Http2(sender) => sender.send(bytes).await,
            Self::Quic(sender) => sender.send(bytes).await,
        }
    }

    /// Sends a short message, without waiting for room where there is a queue for it.
    pub(crate) async fn say(&mut self, bytes: Bytes) -> io::Result<()> {
        match self {
            Self::Http2(sender) => sender.say(bytes),
            Self::Quic(sender) => sender.send(bytes).await,
        }
    }

    pub(crate) fn end(&mut self) -> io::Result<()> {
        match self {
            Self::Http2(sender) => sender.end(),
            Self::Quic(sender) => sender.end(),
        }
    }

    pub(crate) fn end_with(&mut self, trailers: HeaderMap) -> io::Result<()> {
        match self {
            Self::Http2(sender) => sender.end_with(trailers),
            Self::Quic(sender) => sender.end_without(&trailers),
        }
    }

    /// Waits until the edge does not want the rest.
    pub(crate) async fn refused(&mut self) {
        match self {
            Self::Http2(sender) => sender.refused().await,
            Self::Quic(sender) => sender.refused().await,
        }
    }
}
