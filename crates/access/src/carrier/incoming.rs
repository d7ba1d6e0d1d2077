//! Frames from the edge: cut into pieces of payload where they lie, delivered without copying.

use std::io::{self, IoSlice};
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frame::{self, CONTROL, Header, Kind, Parsed};
use crate::limit::INCOMING;

/// Payload up to this many bytes is moved to what waits before it: cheaper than another piece.
const SMALL: usize = 1024;
/// Most pieces written in one system call.
const GATHER: usize = 16;

/// What a control frame asks of us.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Pong(Vec<u8>),
    Close { code: Option<u16>, reason: String },
}

/// What arrived and is not delivered yet. Memory is bounded by the buffer, whatever the size of a message.
pub(super) struct Incoming {
    buffer: Box<[u8]>,
    filled: usize,
    parsed: usize,
    pieces: Vec<Range<usize>>,
    next_piece: usize,
    rest_of_frame: u64,
    in_message: bool,
    pub(super) arrived: u64,
    pub(super) delivered: u64,
}

impl Incoming {
    pub(super) fn new(early: &[u8]) -> Self {
        let mut buffer = vec![0; INCOMING.max(early.len() + CONTROL)].into_boxed_slice();
        buffer[..early.len()].copy_from_slice(early);
        Self {
            buffer,
            filled: early.len(),
            parsed: 0,
            pieces: Vec::with_capacity(64),
            next_piece: 0,
            rest_of_frame: 0,
            in_message: false,
            arrived: 0,
            delivered: 0,
        }
    }

    /// Reads once; `Ok(0)` is the end, and `Pending` also means that there is no room.
    pub(super) fn poll_fill(
        &mut self,
        context: &mut Context<'_>,
        link: &mut (impl AsyncRead + Unpin),
    ) -> Poll<io::Result<usize>> {
        self.make_room();
        if self.filled == self.buffer.len() {
            return Poll::Pending;
        }
        let mut room = ReadBuf::new(&mut self.buffer[self.filled..]);
        match Pin::new(link).poll_read(context, &mut room) {
            Poll::Ready(Ok(())) => {
                let read = room.filled().len();
                self.filled += read;
                Poll::Ready(Ok(read))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Cuts the next control frame out of what arrived, noting pieces of payload on the way.
    ///
    /// # Errors
    /// The rule that the far side broke.
    pub(super) fn parse(&mut self) -> Result<Option<Asked>, &'static str> {
        loop {
            self.take_payload();
            if self.rest_of_frame > 0 {
                return Ok(None);
            }
            let (header, taken) = match frame::parse(&self.buffer[self.parsed..self.filled]) {
                Parsed::Short => return Ok(None),
                Parsed::Breach(rule) => return Err(rule),
                Parsed::Header(header, taken) => (header, taken),
            };
            if header.kind.is_control() {
                let Some(asked) = self.control(header, taken)? else { return Ok(None) };
                if asked.is_some() {
                    return Ok(asked);
                }
            } else {
                self.begin(header)?;
                self.parsed += taken;
            }
        }
    }

    fn begin(&mut self, header: Header) -> Result<(), &'static str> {
        match (header.kind == Kind::Continuation, self.in_message) {
            (true, false) => return Err("a continuation of nothing"),
            (false, true) => return Err("a message within a message"),
            (true, true) | (false, false) => {}
        }
        self.in_message = !header.last;
        self.rest_of_frame = header.length;
        Ok(())
    }

    /// The whole control frame, once it is here: `None` while it is not, `Some(None)` when it asks nothing.
    fn control(&mut self, header: Header, taken: usize) -> Result<Option<Option<Asked>>, &'static str> {
        let from = self.parsed + taken;
        let to = from + usize::try_from(header.length).unwrap_or(CONTROL);
        if to > self.filled {
            return Ok(None);
        }
        self.parsed = to;
        let payload = &self.buffer[from..to];
        Ok(Some(match header.kind {
            Kind::Ping => Some(Asked::Pong(payload.to_vec())),
            Kind::Close => Some(closing(payload)?),
            Kind::Pong | Kind::Continuation | Kind::Text | Kind::Binary => None,
        }))
    }

    fn take_payload(&mut self) {
        let here = self.filled - self.parsed;
        let length = usize::try_from(self.rest_of_frame).unwrap_or(usize::MAX).min(here);
        if length == 0 {
            return;
        }
        let here = self.parsed..self.parsed + length;
        self.parsed = here.end;
        self.rest_of_frame -= length as u64;
        self.arrived += length as u64;
        let waits = self.next_piece < self.pieces.len();
        match self.pieces.last_mut() {
            Some(last) if waits && (last.end == here.start || length <= SMALL) => {
                self.buffer.copy_within(here, last.end);
                last.end += length;
            }
            _ => self.pieces.push(here),
        }
    }

    /// Writes once to the local program; `Ready(Ok(false))` when there is nothing to write.
    pub(super) fn poll_deliver(
        &mut self,
        context: &mut Context<'_>,
        writer: &mut (impl AsyncWrite + Unpin),
    ) -> Poll<io::Result<bool>> {
        let waiting = &self.pieces[self.next_piece..];
        let Some(first) = waiting.first() else { return Poll::Ready(Ok(false)) };
        let writer = Pin::new(writer);
        let written = if waiting.len() > 1 && writer.is_write_vectored() {
            let mut slices = [IoSlice::new(&[]); GATHER];
            for (slice, piece) in slices.iter_mut().zip(waiting) {
                *slice = IoSlice::new(&self.buffer[piece.clone()]);
            }
            writer.poll_write_vectored(context, &slices[..waiting.len().min(GATHER)])
        } else {
            writer.poll_write(context, &self.buffer[first.clone()])
        };
        match written {
            Poll::Ready(Ok(0)) => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            Poll::Ready(Ok(written)) => {
                self.forget(written);
                Poll::Ready(Ok(true))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Whether everything that arrived has been written.
    pub(super) const fn is_drained(&self) -> bool {
        self.next_piece == self.pieces.len()
    }

    /// Whether the stream may end here: between messages.
    pub(super) const fn is_between_messages(&self) -> bool {
        self.rest_of_frame == 0 && !self.in_message && self.parsed == self.filled
    }

    fn forget(&mut self, mut written: usize) {
        self.delivered += written as u64;
        while let Some(piece) = self.pieces.get_mut(self.next_piece) {
            let taken = written.min(piece.len());
            piece.start += taken;
            written -= taken;
            if piece.start < piece.end {
                return;
            }
            self.next_piece += 1;
        }
    }

    /// Begins at the front of the buffer again once nothing in it waits; what is left is part of a header at most.
    fn make_room(&mut self) {
        if self.is_drained() && self.parsed > 0 {
            self.buffer.copy_within(self.parsed..self.filled, 0);
            self.filled -= self.parsed;
            self.parsed = 0;
            self.pieces.clear();
            self.next_piece = 0;
        }
    }
}

fn closing(payload: &[u8]) -> Result<Asked, &'static str> {
    match payload {
        [] => Ok(Asked::Close { code: None, reason: String::new() }),
        [_] => Err("half a close code"),
        [high, low, reason @ ..] => match u16::from_be_bytes([*high, *low]) {
            code @ (1000..=1003 | 1007..=1014 | 3000..=4999) => {
                Ok(Asked::Close { code: Some(code), reason: String::from_utf8_lossy(reason).into_owned() })
            }
            _ => Err("an impossible close code"),
        },
    }
}
