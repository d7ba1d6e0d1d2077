//! Carries bytes as they are, with each direction ending on its own: an answer may come after the question has ended.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::exchange::{Reader, Sender};

/// Bytes that are read from the origin at once.
const CHUNK: usize = 64 * 1024;

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
    while let Some(bytes) = from.next().await? {
        if origin.write_all(&bytes).await.is_err() || origin.flush().await.is_err() {
            // What the origin said before it went is still on its way to the client.
            return Ok(());
        }
    }
    origin.shutdown().await.or(Ok(()))
}

async fn down(mut origin: impl AsyncRead + Unpin, mut to: Sender) -> io::Result<()> {
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(CHUNK);
        if origin.read_buf(&mut buffer).await? == 0 {
            return to.end();
        }
        let bytes: Bytes = buffer.split().freeze();
        to.send(bytes).await?;
    }
}
