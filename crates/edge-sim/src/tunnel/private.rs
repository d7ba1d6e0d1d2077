//! A stream to an address of a private network, as a client of such a network opens it: bytes, and nothing around them.

use std::io;

use bytes::Bytes;
use http::Request;
use wire::tunnel::TunnelId;

use super::Links;
use super::link::{Kind, Told};
use super::stream::{FromConnector, ToConnector};

/// Both directions of one such stream. Dropped, it is given up.
pub struct PrivateStream {
    to: ToConnector,
    from: FromConnector,
    has_ended: bool,
}

impl PrivateStream {
    /// Opens a stream to this `address:port` through a connector of the tunnel.
    pub(crate) async fn open(links: &Links, tunnel: TunnelId, address: &str) -> io::Result<Self> {
        let link = links.pick(tunnel).ok_or_else(|| io::Error::other("no connector is registered"))?;
        let request = Request::get(format!("https://{address}/")).body(()).map_err(io::Error::other)?;
        match link.begin(Kind::Tcp, request).await? {
            (Told::Failed, ..) => {
                Err(io::Error::new(io::ErrorKind::ConnectionRefused, "the connector cannot reach it"))
            }
            (Told::Head(_), from, to) => Ok(Self { to, from, has_ended: false }),
        }
    }

    /// Sends all of it, as fast as the other side takes it.
    ///
    /// # Errors
    /// When the stream or its connection is gone.
    pub async fn send(&mut self, bytes: impl Into<Bytes>) -> io::Result<()> {
        self.to.send(bytes.into()).await
    }

    /// Nothing more will be sent; what comes back is still read.
    ///
    /// # Errors
    /// When the stream or its connection is gone.
    pub fn end(&mut self) -> io::Result<()> {
        self.has_ended = true;
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

impl Drop for PrivateStream {
    fn drop(&mut self) {
        if !self.has_ended {
            self.to.drop_it(false);
        }
    }
}
