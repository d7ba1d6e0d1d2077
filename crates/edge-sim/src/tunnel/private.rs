//! A stream to an address of a private network, as a client of such a network opens it: bytes, and nothing around them.

use std::io;

use bytes::Bytes;
use http::Request;
use wire::tunnel::TunnelId;

use super::Links;
use super::link::{Kind, Told};
use super::stream::{FromConnector, ToConnector};

/// Both directions of one such stream. Dropped before its end, it is given up.
pub struct PrivateStream {
    to: PrivateSender,
    from: PrivateReader,
}

/// The direction towards the address.
pub struct PrivateSender {
    to: ToConnector,
    has_ended: bool,
}

/// The direction from the address.
pub struct PrivateReader(FromConnector);

impl PrivateStream {
    /// Opens a stream to this `address:port` through a connector of the tunnel.
    pub(crate) async fn open(links: &Links, tunnel: TunnelId, address: &str) -> io::Result<Self> {
        let link = links.pick(tunnel).ok_or_else(|| io::Error::other("no connector is registered"))?;
        let request = Request::get(format!("https://{address}/")).body(()).map_err(io::Error::other)?;
        match link.begin(Kind::Tcp, request).await? {
            (Told::Failed, ..) => {
                Err(io::Error::new(io::ErrorKind::ConnectionRefused, "the connector cannot reach it"))
            }
            (Told::Head(_), from, to) => {
                Ok(Self { to: PrivateSender { to, has_ended: false }, from: PrivateReader(from) })
            }
        }
    }

    /// Opens a stream that begins with these bytes, whatever they mean; over QUIC alone.
    pub(crate) async fn raw(links: &Links, tunnel: TunnelId, bytes: Bytes) -> io::Result<Self> {
        let link = links.pick(tunnel).ok_or_else(|| io::Error::other("no connector is registered"))?;
        let (from, to) = link.say(bytes).await?;
        Ok(Self { to: PrivateSender { to, has_ended: false }, from: PrivateReader(from) })
    }

    /// Both directions, for tasks of their own.
    #[must_use]
    pub fn into_parts(self) -> (PrivateSender, PrivateReader) {
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

impl PrivateSender {
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

impl PrivateReader {
    /// The next bytes; nothing at the proper end.
    ///
    /// # Errors
    /// When the stream or its connection is gone.
    pub async fn next(&mut self) -> io::Result<Option<Bytes>> {
        self.0.next().await
    }
}

impl Drop for PrivateSender {
    fn drop(&mut self) {
        if !self.has_ended {
            self.to.drop_it(false);
        }
    }
}
