//! Carries bytes as they are, with each direction ending on its own: an answer may come after the question has ended.

use std::io;
use std::pin::pin;
use std::task::Poll;

use bytes::{BufMut as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::exchange::{Reader, Sender, left};
use crate::read_size::ReadSize;

/// Most bytes that are read from the origin at once.
const CHUNK: usize = 256 * 1024;

/// Carries until both directions have ended, or either is gone.
pub(crate) async fn carry(
    mut from: Reader,
    to: Sender,
    origin: impl AsyncRead + AsyncWrite + Unpin,
) -> io::Result<()> {
    let (from_origin, to_origin) = tokio::io::split(origin);
    // To the end of both: over QUIC the edge would take the end of reading for the end of everything.
    let up = up(&mut from, to_origin);
    let down = down(from_origin, to);
    tokio::try_join!(up, down).map(|_| ())
}

async fn up(from: &mut Reader, mut origin: impl AsyncWrite + Unpin) -> io::Result<()> {
    while let Some(bytes) = from.next().await.map_err(left)? {
        if origin.write_all(&bytes).await.is_err() || origin.flush().await.is_err() {
            // What the origin said before it went is still on its way to the client.
            return Ok(());
        }
    }
    origin.shutdown().await.or(Ok(()))
}

async fn down(mut origin: impl AsyncRead + Unpin, mut to: Sender) -> io::Result<()> {
    let (mut buffer, mut size) = (BytesMut::new(), ReadSize::up_to(CHUNK));
    while let Some(bytes) = next(&mut origin, &mut buffer, size.get()).await? {
        size.got(bytes.len());
        to.send(bytes).await.map_err(left)?;
    }
    to.end()
}

/// The next bytes of the origin; nothing at its end. A stream that is silent holds no buffer.
async fn next(
    origin: &mut (impl AsyncRead + Unpin),
    buffer: &mut BytesMut,
    most: usize,
) -> io::Result<Option<Bytes>> {
    std::future::poll_fn(|context| {
        buffer.reserve(most);
        match pin!(origin.read_buf(&mut (&mut *buffer).limit(most))).poll(context) {
            Poll::Ready(read) => {
                Poll::Ready(read.map(|length| (length > 0).then(|| buffer.split().freeze())))
            }
            Poll::Pending => {
                *buffer = BytesMut::new();
                Poll::Pending
            }
        }
    })
    .await
}
