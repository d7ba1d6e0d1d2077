//! Streams that whoever has the edge in hand opens to a connector, with no client in front: to an address of a private
//! network, and the WebSocket of a host with its frames as they are.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Request;
use http::header::{SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION};
use wire::tunnel::TunnelId;

use super::Links;
use super::link::{Head, Kind, Link, Told};
use super::stream::{FromConnector, ToConnector};
use crate::random;

/// Both directions of one such stream. Dropped before its end, it is given up.
pub struct DirectStream {
    to: DirectSender,
    from: DirectReader,
}

/// The direction towards the address.
pub struct DirectSender {
    to: ToConnector,
    has_ended: bool,
}

/// The direction from the address.
pub struct DirectReader(FromConnector);

impl DirectStream {
    /// Opens a stream to this `address:port` through a connector of the tunnel.
    pub(crate) async fn open(links: &Links, tunnel: TunnelId, address: &str) -> io::Result<Self> {
        let link = links.pick(tunnel).ok_or_else(|| io::Error::other("no connector is registered"))?;
        let request = Request::get(format!("https://{address}/")).body(()).map_err(io::Error::other)?;
        let (_, stream) = Self::begin(&link, Kind::Tcp, request).await?;
        Ok(stream)
    }

    /// Opens a WebSocket to this host through a connector of the tunnel.
    pub(crate) async fn web_socket(links: &Links, tunnel: TunnelId, host: &str) -> io::Result<Self> {
        let link = links.pick(tunnel).ok_or_else(|| io::Error::other("no connector is registered"))?;
        let request = Request::get(format!("https://{host}/"))
            .header(SEC_WEBSOCKET_VERSION, "13")
            .header(SEC_WEBSOCKET_KEY, STANDARD.encode(random::bytes::<16>()))
            .body(())
            .map_err(io::Error::other)?;
        let (head, stream) = Self::begin(&link, Kind::WebSocket, request).await?;
        if head.switches {
            Ok(stream)
        } else {
            Err(io::Error::other(format!("not upgraded: {}", head.status)))
        }
    }

    async fn begin(link: &Link, kind: Kind, request: Request<()>) -> io::Result<(Head, Self)> {
        match link.begin(kind, request).await? {
            (Told::Failed, ..) => {
                Err(io::Error::new(io::ErrorKind::ConnectionRefused, "the connector cannot reach it"))
            }
            (Told::Head(head), from, to) => {
                Ok((head, Self { to: DirectSender { to, has_ended: false }, from: DirectReader(from) }))
            }
        }
    }

    /// Opens a stream that begins with these bytes, whatever they mean; over QUIC alone.
    pub(crate) async fn raw(links: &Links, tunnel: TunnelId, bytes: Bytes) -> io::Result<Self> {
        let link = links.pick(tunnel).ok_or_else(|| io::Error::other("no connector is registered"))?;
        let (from, to) = link.say(bytes).await?;
        Ok(Self { to: DirectSender { to, has_ended: false }, from: DirectReader(from) })
    }

    /// Both directions, for tasks of their own.
    #[must_use]
    pub fn into_parts(self) -> (DirectSender, DirectReader) {
        (self.to, self.from)
    }

    /// Sends all of it, as fast as the other side takes it.
    ///
    /// # Errors
    /// When the stream or its connection is gone.
    pub async fn send(&mut self, bytes: impl Into<Bytes>) -> io::Result<()> {
        self.to.send(bytes).await
    }

    /// Nothing more will be sent; what comes back is still read.
    ///
    /// # Errors
    /// When the stream or its connection is gone.
    pub fn end(&mut self) -> io::Result<()> {
        self.to.end()
    }

    /// The next bytes; nothing at the proper end.
    ///
    /// # Errors
    /// When the stream or its connection is gone.
    pub async fn next(&mut self) -> io::Result<Option<Bytes>> {
        self.from.next().await
    }
}

impl DirectSender {
    /// Sends all of it, as fast as the other side takes it.
    ///
    /// # Errors
    /// When the stream or its connection is gone.
    pub async fn send(&mut self, bytes: impl Into<Bytes>) -> io::Result<()> {
        self.to.send(bytes.into()).await
    }

    /// Nothing more will be sent.
    ///
    /// # Errors
    /// When the stream or its connection is gone.
    pub fn end(&mut self) -> io::Result<()> {
        self.has_ended = true;
        self.to.end()
    }
}

impl DirectReader {
    /// The next bytes; nothing at the proper end.
    ///
    /// # Errors
    /// When the stream or its connection is gone.
    pub async fn next(&mut self) -> io::Result<Option<Bytes>> {
        self.0.next().await
    }
}

impl Drop for DirectSender {
    fn drop(&mut self) {
        if !self.has_ended {
            self.to.drop_it(false);
        }
    }
}
