//! One connection to a connector. The connector has dialled, and yet it is the edge that sends the requests.

mod http2;
mod quic;

use std::io;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use serde_json::Value;

pub(super) use http2::Http2Link;
pub(super) use quic::QuicLink;

use super::rpc_stream::RpcStream;
use super::stream::{FromConnector, ToConnector};

/// What a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A request and its answer.
    Http,
    /// One that becomes a WebSocket.
    WebSocket,
    /// Bytes both ways, with the address that its host is.
    Tcp,
}

/// What a connector's answer comes to.
pub(super) enum Told {
    /// The connector could not ask the origin.
    Failed,
    /// The origin's own answer.
    Head(Head),
}

/// The beginning of an origin's answer.
pub(super) struct Head {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// The answer grants an upgrade.
    pub(super) switches: bool,
}

/// One connection to a connector, on which any number of requests may run.
#[derive(Clone)]
pub(crate) enum Link {
    Http2(Http2Link),
    Quic(QuicLink),
}

impl Link {
    /// Begins the conversation of which there is one on each connection.
    pub(super) async fn control(&self) -> io::Result<RpcStream> {
        match self {
            Self::Http2(link) => link.control().await,
            Self::Quic(link) => link.control().await,
        }
    }

    /// Sends new rules and hears what the connector makes of them, as `{"lastAppliedVersion":N,"err":…}`.
    pub(crate) async fn configure(&self, json: Bytes) -> io::Result<Value> {
        match self {
            Self::Http2(link) => link.configure(json).await,
            Self::Quic(link) => link.configure(&json).await,
        }
    }

    /// Sends a request, its whole body, and waits for the head of its answer.
    pub(super) async fn ask(&self, request: Request<()>, body: Bytes) -> io::Result<(Told, FromConnector)> {
        match self {
            Self::Http2(link) => link.ask(request, body).await,
            Self::Quic(link) => link.ask(request, body).await,
        }
    }

    /// Opens a stream over QUIC that begins with these bytes, whatever they mean.
    pub(super) async fn say(&self, bytes: Bytes) -> io::Result<(FromConnector, ToConnector)> {
        match self {
            Self::Http2(_) => Err(io::Error::other("streams of HTTP/2 begin with requests")),
            Self::Quic(link) => link.say(bytes).await,
        }
    }

    /// Sends a request whose body goes on, and waits for the head of its answer.
    pub(super) async fn begin(
        &self,
        kind: Kind,
        request: Request<()>,
    ) -> io::Result<(Told, FromConnector, ToConnector)> {
        match self {
            Self::Http2(link) => link.begin(kind, request).await,
            Self::Quic(link) => link.begin(kind, request).await,
        }
    }
}
