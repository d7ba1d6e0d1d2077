//! Messages on a stream: those of the control stream, and of streams of calls.

use std::io;

use bytes::{Buf as _, BytesMut};
use wire::tunnel::rpc::{Rpc, rpc_length};

use crate::exchange::{Reader, Sender};

/// Both directions of one conversation.
#[derive(Debug)]
pub(crate) struct RpcStream {
    from: Reader,
    to: Sender,
    input: BytesMut,
}

impl RpcStream {
    pub(crate) fn new(from: Reader, to: Sender) -> Self {
        Self { from, to, input: BytesMut::new() }
    }

    /// The next message; nothing at the proper end.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Rpc>> {
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

    pub(crate) async fn say(&mut self, message: &Rpc) -> io::Result<()> {
        self.to.say(message.write().map_err(io::Error::other)?.into()).await
    }

    /// Nothing more will be said.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        self.to.end()
    }
}
