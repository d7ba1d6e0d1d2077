//! Messages on a stream of a connection: those of the control stream, and of streams of calls.

use std::io;

use bytes::{Buf as _, BytesMut};
use wire::tunnel::rpc::{Rpc, rpc_length};

use super::stream::{FromConnector, ToConnector};

/// Both directions of one conversation, as the edge sees them.
pub(super) struct RpcStream {
    to: ToConnector,
    from: FromConnector,
    input: BytesMut,
}

impl RpcStream {
    pub(super) fn new(to: ToConnector, from: FromConnector) -> Self {
        Self { to, from, input: BytesMut::new() }
    }

    /// The next message; nothing at the proper end.
    pub(super) async fn next(&mut self) -> io::Result<Option<Rpc>> {
        loop {
            if let Some(length) = rpc_length(&self.input).map_err(io::Error::other)?
                && let Some(framed) = self.input.get(..length)
            {
                let message = Rpc::read(framed).map_err(io::Error::other)?;
                self.input.advance(length);
                return Ok(Some(message));
            }
            match self.from.next().await? {
                Some(bytes) => self.input.extend_from_slice(&bytes),
                None => return Ok(None),
            }
        }
    }

    pub(super) async fn say(&mut self, message: &Rpc) -> io::Result<()> {
        self.to.send(message.write().map_err(io::Error::other)?.into()).await
    }

    /// Nothing more will be said.
    pub(super) fn end(&mut self) {
        // Whoever has gone already does not hear it.
        let _ = self.to.end();
    }
}
