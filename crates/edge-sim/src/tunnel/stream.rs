//! One stream of a connection, whatever transport it is on.

use std::io;

use bytes::{Bytes, BytesMut};
use h2::{Reason, RecvStream, SendStream};
use http::HeaderMap;
use quinn::{VarInt, WriteError};
use tokio_util::task::task_tracker::TaskTrackerToken;

/// The code by which streams are given up over QUIC.
const GIVEN_UP: VarInt = VarInt::from_u32(0);

/// Bytes from a connector.
pub(crate) enum FromConnector {
    Http2 {
        stream: RecvStream,
        /// Bytes that were handed out, and whose room the connector gets back once more are asked for.
        taken: usize,
    },
    Quic {
        stream: quinn::RecvStream,
        /// What came together with the beginning of the stream.
        early: BytesMut,
        /// Keeps the connection while a request runs.
        _running: Option<TaskTrackerToken>,
    },
}

impl FromConnector {
    pub(super) fn http2(stream: RecvStream) -> Self {
        Self::Http2 { stream, taken: 0 }
    }

    pub(super) fn quic(
        stream: quinn::RecvStream,
        early: BytesMut,
        running: Option<TaskTrackerToken>,
    ) -> Self {
        Self::Quic { stream, early, _running: running }
    }

    /// The next bytes; nothing at the proper end. Whoever asks has dealt with the last ones.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        match self {
            Self::Http2 { stream, taken } => {
                stream.flow_control().release_capacity(std::mem::take(taken)).map_err(io::Error::other)?;
                let bytes = stream.data().await.transpose().map_err(io::Error::other)?;
                *taken = bytes.as_ref().map_or(0, Bytes::len);
                Ok(bytes)
            }
            Self::Quic { early, .. } if !early.is_empty() => Ok(Some(early.split().freeze())),
            Self::Quic { stream, .. } => {
                Ok(stream.read_chunk(usize::MAX, true).await?.map(|chunk| chunk.bytes))
            }
        }
    }

    /// What follows the end of the bytes.
    pub(super) async fn trailers(&mut self) -> io::Result<Option<HeaderMap>> {
        match self {
            Self::Http2 { stream, .. } => stream.trailers().await.map_err(io::Error::other),
            Self::Quic { .. } => Ok(None),
        }
    }
}

/// Bytes to a connector.
pub(crate) enum ToConnector {
    Http2(SendStream<Bytes>),
    Quic(quinn::SendStream),
}

impl ToConnector {
    /// Sends all of it, as fast as the other side takes it.
    pub(crate) async fn send(&mut self, mut bytes: Bytes) -> io::Result<()> {
        match self {
            Self::Http2(to) => {
                while !bytes.is_empty() {
                    to.reserve_capacity(bytes.len());
                    let granted = std::future::poll_fn(|context| to.poll_capacity(context)).await;
                    let room = granted.ok_or(io::ErrorKind::BrokenPipe)?.map_err(io::Error::other)?;
                    to.send_data(bytes.split_to(room.min(bytes.len())), false).map_err(io::Error::other)?;
                }
                Ok(())
            }
            Self::Quic(to) => match to.write_chunk(bytes).await {
                // The connector wants no more of this; what it says itself still counts.
                Err(WriteError::Stopped(_)) => std::future::pending().await,
                sent => Ok(sent?),
            },
        }
    }

    /// Nothing more will be sent.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        match self {
            Self::Http2(to) => to.send_data(Bytes::new(), true).map_err(io::Error::other),
            Self::Quic(to) => Ok(to.finish()?),
        }
    }

    /// Nobody needs this direction any more, in due form or not.
    pub(super) fn drop_it(&mut self, in_due_form: bool) {
        match self {
            Self::Http2(to) => to.send_reset(if in_due_form { Reason::NO_ERROR } else { Reason::CANCEL }),
            // One that has ended already stays as it is.
            Self::Quic(to) => drop(to.reset(GIVEN_UP)),
        }
    }
}
