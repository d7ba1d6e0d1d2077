//! Messages on a stream of bytes: four bytes of length, little endian, then that much JSON.
//!
//! Memory is bounded by construction: one buffer of the largest frame, made once and wiped at the end, since frames carry
//! tokens. Reading and writing can be dropped at any await and taken up again.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use zeroize::{Zeroize as _, Zeroizing};

use crate::IpcError;

/// The largest message, in bytes of JSON.
pub const LARGEST_FRAME: usize = 64 * 1024;

/// How long the other side may leave what is written to it unread.
const WRITING: Duration = Duration::from_secs(2);

const HEAD: usize = 4;

pub(crate) struct Frames<S> {
    stream: S,
    incoming: Zeroizing<Vec<u8>>,
    filled: usize,
    outgoing: Zeroizing<Vec<u8>>,
    written: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Frames<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self {
            stream,
            incoming: Zeroizing::new(vec![0; HEAD + LARGEST_FRAME]),
            filled: 0,
            outgoing: Zeroizing::new(Vec::new()),
            written: 0,
        }
    }

    /// The next message; `None` when the stream has ended between two of them.
    pub(crate) async fn read<T: DeserializeOwned>(&mut self) -> Result<Option<T>, IpcError> {
        match self.flush().await {
            // What it said before it left is still to be read: perhaps why it left.
            Ok(()) | Err(IpcError::Closed) => {}
            Err(error) => return Err(error),
        }
        loop {
            if let Some(length) = self.whole()? {
                let parsed = serde_json::from_slice(&self.incoming[HEAD..HEAD + length]);
                self.consume(HEAD + length);
                return parsed.map(Some).map_err(|error| garbled(&error));
            }
            let read = self.stream.read(&mut self.incoming[self.filled..]).await;
            match read.map_err(|source| lost("reading", source))? {
                0 if self.filled == 0 => return Ok(None),
                0 => return Err(IpcError::Truncated),
                count => self.filled += count,
            }
        }
    }

    /// Sends a message, after those that a dropped call has left unsent.
    pub(crate) async fn write<T: Serialize>(&mut self, message: &T) -> Result<(), IpcError> {
        self.queue(message)?;
        self.flush().await
    }

    /// Puts a message behind those that wait to be sent.
    pub(crate) fn queue<T: Serialize>(&mut self, message: &T) -> Result<(), IpcError> {
        let json = Zeroizing::new(serde_json::to_vec(message).map_err(|error| garbled(&error))?);
        let length = match u32::try_from(json.len()) {
            Ok(length) if json.len() <= LARGEST_FRAME => length,
            Ok(_) | Err(_) => return Err(IpcError::TooLarge { length: json.len() }),
        };
        self.outgoing.reserve(HEAD + json.len());
        self.outgoing.extend_from_slice(&length.to_le_bytes());
        self.outgoing.extend_from_slice(&json);
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), IpcError> {
        let late = |_| IpcError::TimedOut { step: "writing", after: WRITING };
        tokio::time::timeout(WRITING, self.drain()).await.map_err(late)?
    }

    async fn drain(&mut self) -> Result<(), IpcError> {
        while self.written < self.outgoing.len() {
            let count = self.stream.write(&self.outgoing[self.written..]).await;
            match count.map_err(|source| lost("writing", source))? {
                0 => return Err(IpcError::Closed),
                count => self.written += count,
            }
        }
        self.outgoing.zeroize();
        self.written = 0;
        self.stream.flush().await.map_err(|source| lost("writing", source))
    }

    /// The length of the first frame if all of it is here.
    fn whole(&self) -> Result<Option<usize>, IpcError> {
        let Some(head) = self.incoming[..self.filled].first_chunk::<HEAD>() else { return Ok(None) };
        let length = usize::try_from(u32::from_le_bytes(*head)).unwrap_or(usize::MAX);
        if length > LARGEST_FRAME {
            return Err(IpcError::TooLarge { length });
        }
        Ok((self.filled >= HEAD + length).then_some(length))
    }

    fn consume(&mut self, count: usize) {
        self.incoming.copy_within(count..self.filled, 0);
        let rest = self.filled - count;
        self.incoming[rest..self.filled].zeroize();
        self.filled = rest;
    }
}

fn lost(step: &'static str, source: std::io::Error) -> IpcError {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected};
    if matches!(source.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected) {
        IpcError::Closed
    } else {
        IpcError::Io { step, source }
    }
}

/// Only the kind and place of the fault: the rest may quote a token.
fn garbled(error: &serde_json::Error) -> IpcError {
    use serde_json::error::Category;
    let kind = match error.classify() {
        Category::Data => "unknown or missing members",
        Category::Eof => "it breaks off",
        Category::Io | Category::Syntax => "it is not JSON",
    };
    IpcError::Garbled { what: format!("{kind} at column {}", error.column()) }
}

#[cfg(test)]
mod tests;
