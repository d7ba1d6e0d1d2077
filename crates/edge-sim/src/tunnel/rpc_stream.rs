//! Messages of the control stream on the body of a request and the body of its answer.

use std::io;

use bytes::{Buf as _, Bytes, BytesMut};
use h2::{RecvStream, SendStream};
use wire::tunnel::rpc::{Rpc, rpc_length};

/// Both directions of one control stream, as the edge sees them.
pub(super) struct RpcStream {
    to: SendStream<Bytes>,
    from: RecvStream,
    input: BytesMut,
}

impl RpcStream {
    pub(super) fn new(to: SendStream<Bytes>, from: RecvStream) -> Self {
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
            match self.from.data().await {
                Some(bytes) => {
                    let bytes = bytes.map_err(io::Error::other)?;
                    self.from.flow_control().release_capacity(bytes.len()).map_err(io::Error::other)?;
                    self.input.extend_from_slice(&bytes);
                }
                None => return Ok(None),
            }
        }
    }

    pub(super) fn say(&mut self, message: &Rpc) -> io::Result<()> {
        let framed = message.write().map_err(io::Error::other)?;
        self.to.send_data(framed.into(), false).map_err(io::Error::other)
    }

    /// Nothing more will be said.
    pub(super) fn end(&mut self) {
        let _ = self.to.send_data(Bytes::new(), true);
    }
}
