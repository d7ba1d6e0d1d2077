//! Frames towards the edge: read, mask and frame in place, at most 16,384 bytes of payload each.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wire::limit::MESSAGE;

use super::frame::{self, Kind, OWN_HEADER};
use super::mask::{self, Keys};

/// Most messages in one batch.
const MESSAGES: usize = 4;
/// With its headers a full batch is four full TLS records, which is also what rustls takes in one piece.
const BATCH: usize = MESSAGES * (MESSAGE - OWN_HEADER);

/// What is on its way to the edge: one batch of messages and at most one control frame.
///
/// Payload and headers stay apart and are gathered when written, so that nothing is copied.
pub(super) struct Outgoing {
    payload: Box<[u8]>,
    filled: usize,
    headers: [[u8; OWN_HEADER]; MESSAGES],
    header_lengths: [usize; MESSAGES],
    written: usize,
    /// A control frame of which some has been written.
    control: Vec<u8>,
    control_written: usize,
    /// The control frame that goes before the next batch.
    next_control: Vec<u8>,
    /// A close frame was the last word.
    closed: bool,
    keys: Keys,
    unflushed: bool,
    pub(super) accepted: u64,
}

impl Outgoing {
    pub(super) fn new() -> Self {
        Self {
            payload: vec![0; BATCH].into_boxed_slice(),
            filled: 0,
            headers: [[0; OWN_HEADER]; MESSAGES],
            header_lengths: [0; MESSAGES],
            written: 0,
            control: Vec::new(),
            control_written: 0,
            next_control: Vec::new(),
            closed: false,
            keys: Keys::new(),
            unflushed: false,
            accepted: 0,
        }
    }

    /// Puts a control frame before the next batch. One that waits already gives way: only the latest ping must be
    /// answered (RFC 6455 5.5.3), and nothing follows a close.
    pub(super) fn control(&mut self, kind: Kind, payload: &[u8]) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        self.closed = kind == Kind::Close;
        self.next_control = frame::control(kind, payload, self.keys.draw()?);
        Ok(())
    }

    /// Puts a close frame last: a batch that has begun is finished, one that has not is dropped.
    pub(super) fn close(&mut self, code: Option<u16>) -> io::Result<()> {
        if self.written == 0 {
            self.filled = 0;
        }
        self.control(Kind::Close, code.map(u16::to_be_bytes).as_ref().map_or(&[], |code| code.as_slice()))
    }

    /// Forgets everything: the link takes nothing more.
    pub(super) fn give_up(&mut self) {
        (self.filled, self.written, self.control_written) = (0, 0, 0);
        self.control.clear();
        self.next_control.clear();
        self.unflushed = false;
    }

    /// Whether everything has been handed to the link and the link has passed it on.
    pub(super) fn is_drained(&self) -> bool {
        self.filled == 0 && self.control.is_empty() && self.next_control.is_empty() && !self.unflushed
    }

    /// Whether a batch is on its way.
    pub(super) const fn has_payload(&self) -> bool {
        self.filled > 0
    }

    /// Reads the next batch from the local program; `Ok(0)` is its end. Only when nothing is on its way.
    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        reader: &mut (impl AsyncRead + Unpin),
    ) -> Poll<io::Result<usize>> {
        let mut room = ReadBuf::new(&mut self.payload);
        match Pin::new(reader).poll_read(context, &mut room) {
            Poll::Ready(Ok(())) => {
                let read = room.filled().len();
                Poll::Ready(self.frame(read).map(|()| read))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Hands on what is on its way; `Ready(Ok(false))` when there was nothing.
    pub(super) fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        link: &mut (impl AsyncWrite + Unpin),
    ) -> Poll<io::Result<bool>> {
        let mut link = Pin::new(link);
        if self.control.is_empty() && self.written == 0 {
            std::mem::swap(&mut self.control, &mut self.next_control);
        }
        let result = if !self.control.is_empty() {
            link.as_mut().poll_write(context, &self.control[self.control_written..])
        } else if self.filled > 0 {
            self.poll_write_batch(context, link.as_mut())
        } else if self.unflushed {
            return link.poll_flush(context).map_ok(|()| {
                self.unflushed = false;
                true
            });
        } else {
            return Poll::Ready(Ok(false));
        };
        match result {
            Poll::Ready(Ok(0)) => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            Poll::Ready(Ok(written)) => {
                self.forget(written);
                Poll::Ready(Ok(true))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }

    fn frame(&mut self, read: usize) -> io::Result<()> {
        for (at, payload) in self.payload[..read].chunks_mut(MESSAGE).enumerate() {
            let key = self.keys.draw()?;
            let length = u16::try_from(payload.len()).map_err(io::Error::other)?;
            self.header_lengths[at] = frame::write(Kind::Binary, length, key, &mut self.headers[at]);
            mask::apply(key, payload);
        }
        self.filled = read;
        Ok(())
    }

    fn poll_write_batch(
        &self,
        context: &mut Context<'_>,
        link: Pin<&mut (impl AsyncWrite + Unpin)>,
    ) -> Poll<io::Result<usize>> {
        let mut slices = [IoSlice::new(&[]); 2 * MESSAGES];
        let mut count = 0;
        for (at, payload) in self.payload[..self.filled].chunks(MESSAGE).enumerate() {
            slices[count] = IoSlice::new(&self.headers[at][..self.header_lengths[at]]);
            slices[count + 1] = IoSlice::new(payload);
            count += 2;
        }
        let mut rest = &mut slices[..count];
        IoSlice::advance_slices(&mut rest, self.written);
        link.poll_write_vectored(context, rest)
    }

    fn batch_length(&self) -> usize {
        let messages = self.filled.div_ceil(MESSAGE);
        self.filled + self.header_lengths[..messages].iter().sum::<usize>()
    }

    fn forget(&mut self, written: usize) {
        self.unflushed = true;
        if !self.control.is_empty() {
            self.control_written += written;
            if self.control_written == self.control.len() {
                self.control.clear();
                self.control_written = 0;
            }
            return;
        }
        self.written += written;
        if self.written == self.batch_length() {
            self.accepted += self.filled as u64;
            (self.filled, self.written) = (0, 0);
        }
    }
}
