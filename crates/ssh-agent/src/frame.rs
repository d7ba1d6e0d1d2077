//! Messages on a stream of bytes: four bytes of length, big endian, then that much.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The largest message; OpenSSH takes no larger one either.
pub const LARGEST_FRAME: usize = 256 * 1024;

/// Why client and agent cannot talk.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The other side closed the connection before it answered, or inside a message.
    #[error("the other side has closed the connection")]
    Closed,
    /// What came is no message of this protocol.
    #[error("not a message of the agent protocol")]
    Garbled,
    /// The operating system does not let it through.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A message is larger than any may be, or has no content.
    #[error("a message of {length} bytes is not one")]
    Length {
        /// Its length, as it says itself.
        length: usize,
    },
}

/// The next message; `None` when the stream has ended between two of them. Memory is taken as bytes arrive, not as the
/// length promises them.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<Vec<u8>>, AgentError> {
    let mut head = [0; 4];
    if stream.read(&mut head[..1]).await? == 0 {
        return Ok(None);
    }
    stream.read_exact(&mut head[1..]).await.map_err(ended)?;
    let length = usize::try_from(u32::from_be_bytes(head)).unwrap_or(usize::MAX);
    if length == 0 || length > LARGEST_FRAME {
        return Err(AgentError::Length { length });
    }
    let mut message = Vec::with_capacity(length.min(4096));
    let limit = u64::try_from(length).unwrap_or_default();
    if stream.take(limit).read_to_end(&mut message).await? < length {
        return Err(AgentError::Closed);
    }
    Ok(Some(message))
}

pub(crate) async fn write(stream: &mut (impl AsyncWrite + Unpin), message: &[u8]) -> Result<(), AgentError> {
    let length = message.len();
    let head = u32::try_from(length).ok().filter(|_| length <= LARGEST_FRAME);
    let head = head.ok_or(AgentError::Length { length })?;
    stream.write_all(&[&head.to_be_bytes()[..], message].concat()).await.map_err(ended)?;
    Ok(stream.flush().await?)
}

fn ended(error: io::Error) -> AgentError {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, UnexpectedEof};
    let is_end = matches!(error.kind(), BrokenPipe | ConnectionReset | UnexpectedEof);
    if is_end { AgentError::Closed } else { AgentError::Io(error) }
}
