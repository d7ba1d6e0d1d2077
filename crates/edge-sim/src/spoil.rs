//! Answers that are spoilt on their way: cut, swollen, slow, or no HTTP at all.
//!
//! [`Spoilable`] stands between HTTP and TLS and lets everything pass until it is told otherwise, so that what a client gets
//! is spoilt byte for byte and not in the way that a library for HTTP would.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::StreamBody;
use hyper::body::Frame;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use crate::answer::{Answer, Question};
use crate::dispatch::{TEAMS, TRANSFER};

/// One of the answers that programs depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The description of an application.
    Metadata,
    /// A team's keys.
    KeySet,
    /// A poll at the transfer service.
    Transfer,
    /// The team domain's part in an exchange of its token for an app's.
    Exchange,
    /// The upgrade to a stream.
    Upgrade,
}

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoil {
    /// The connection ends after so many of its bytes, without the end of TLS.
    CutAfter(usize),
    /// It has one more header, of so many bytes.
    LongHeader(usize),
    /// It has so many more headers.
    ManyHeaders(usize),
    /// Its body goes on for ever.
    EndlessBody,
    /// It comes byte by byte, each so long after the other.
    Drip(Duration),
    /// It never comes.
    Silence,
    /// Something comes that is no HTTP.
    OtherProtocol,
}

/// What is done to the bytes of one connection; shared by who decides and who does it.
#[derive(Clone, Default)]
pub(crate) struct Spoiler(Arc<Mutex<Option<Spoil>>>);

/// A stream that can be told to spoil what is written to it.
pub(crate) struct Spoilable<S> {
    stream: S,
    spoiler: Spoiler,
    written: usize,
    pause: Option<Pin<Box<Sleep>>>,
}

/// A piece of a body without an end.
fn more() -> io::Result<Frame<Bytes>> {
    Ok(Frame::data(Bytes::from_static(&[b'a'; 16 * 1024])))
}

impl Which {
    /// Which of them `question` asks for, if any.
    pub(crate) fn of(question: &Question) -> Option<Self> {
        let path = question.path.as_str();
        if TRANSFER.contains(&question.host.as_str()) {
            return Some(Self::Transfer);
        }
        if question.host.ends_with(TEAMS) {
            return match path {
                wire::path::CERTS => Some(Self::KeySet),
                path if path.starts_with(wire::path::LOGIN) => Some(Self::Exchange),
                _ => None,
            };
        }
        let asks_for_metadata = question.header(wire::header::METADATA_REQUEST) == Some("true");
        match (question.is_upgrade(), asks_for_metadata) {
            (true, _) => Some(Self::Upgrade),
            (false, true) => Some(Self::Metadata),
            (false, false) => None,
        }
    }
}

impl Spoiler {
    /// Spoils an answer where that can be done before it is written, and sees to the rest.
    pub(crate) async fn spoil(&self, how: Spoil, answer: Answer) -> Answer {
        match how {
            Spoil::LongHeader(length) => answer.header("x-long", &"a".repeat(length)),
            Spoil::ManyHeaders(count) => (0..count).fold(answer, |answer, _| answer.header("x-many", "a")),
            Spoil::EndlessBody => answer.streamed(StreamBody::new(stream::repeat_with(more))),
            Spoil::Silence => std::future::pending().await,
            Spoil::CutAfter(_) | Spoil::Drip(_) | Spoil::OtherProtocol => {
                *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(how);
                answer
            }
        }
    }

    fn now(&self) -> Option<Spoil> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Spoilable<S> {
    pub(crate) const fn new(stream: S, spoiler: Spoiler) -> Self {
        Self { stream, spoiler, written: 0, pause: None }
    }

    pub(crate) fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: AsyncWrite + Unpin> Spoilable<S> {
    /// Waits until the next byte is due.
    fn poll_pause(&mut self, context: &mut Context<'_>, between: Duration) -> Poll<()> {
        let pause = self.pause.get_or_insert_with(|| Box::pin(sleep(between)));
        ready!(pause.as_mut().poll(context));
        pause.as_mut().reset(Instant::now() + between);
        Poll::Ready(())
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Spoilable<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let cut = || Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        let bytes = match self.spoiler.now() {
            Some(Spoil::CutAfter(length)) => match length.saturating_sub(self.written) {
                0 => return cut(),
                left => &bytes[..left.min(bytes.len())],
            },
            Some(Spoil::Drip(between)) => {
                ready!(self.poll_pause(context, between));
                &bytes[..1.min(bytes.len())]
            }
            Some(Spoil::OtherProtocol) if self.written > 0 => return cut(),
            Some(Spoil::OtherProtocol) => b"220 smtp.acme.test ESMTP ready\r\n",
            Some(Spoil::LongHeader(_) | Spoil::ManyHeaders(_) | Spoil::EndlessBody | Spoil::Silence)
            | None => bytes,
        };
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        if self.spoiler.now().is_some() {
            self.written += written;
        }
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.spoiler.now().is_none() {
            return Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        }
        let first = slices.iter().find(|slice| !slice.is_empty());
        self.poll_write(context, first.map_or(&[], |slice| slice))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Spoilable<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}
