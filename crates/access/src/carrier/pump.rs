//! The state machine that carries both directions at once.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep, sleep};

use super::frame::Kind;
use super::incoming::{Asked, Incoming};
use super::outgoing::Outgoing;
use super::path::{self, Path};
use super::{Break, Carried, End};
use crate::limit::{CONNECTOR_PING, FAREWELL, LATE, UNANSWERED};
use crate::reach::Sent;
use crate::{Circumstances, clock};

/// A far side that has pinged regularly, and whose next ping is late, is gone.
const SILENCE: Duration = CONNECTOR_PING.saturating_add(LATE);
/// How soon after sending it is looked at whether that was acknowledged, and how often when time is close.
const LOOK: Duration = Duration::from_secs(1);
/// How often it is looked at while the far end takes nothing.
const LOOK_WHEN_HELD: Duration = Duration::from_secs(3);
/// How many pings show that the far side sends them regularly.
const REGULAR: u32 = 2;

const GOING_AWAY_WELL: u16 = 1000;
const PROTOCOL_ERROR: u16 = 1002;

/// Carries between a link and the two halves of the local program.
pub(super) struct Pump<L, R, W> {
    link: L,
    reader: R,
    writer: W,
    incoming: Incoming,
    outgoing: Outgoing,
    linger: Duration,
    /// Whether the far end goes on giving its answer after a close frame.
    half_closes: bool,
    /// Nothing more will be read from the local program.
    local_done: bool,
    /// The link takes nothing more; what it still gives is wanted.
    link_deaf: bool,
    /// The local program has been given bytes since it was last flushed.
    unflushed: bool,
    pings: u32,
    /// When anything came from the far side.
    last_arrival: Instant,
    /// When payload went either way.
    last_move: Instant,
    /// When to look whether what was sent is acknowledged; nothing while it is.
    look: Option<Instant>,
    /// How long the machine had slept in all when anything came from the far side.
    slept_before: Duration,
    /// The address at this end.
    here: Option<IpAddr>,
    timer: Pin<Box<Sleep>>,
    end: Option<End>,
}

impl<L, R, W> Pump<L, R, W>
where
    L: AsyncRead + AsyncWrite + Path + Unpin,
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    pub(super) fn new(link: L, reader: R, writer: W, early: &[u8], linger: Duration) -> Self {
        let (now, here) = (Instant::now(), link.here());
        Self {
            link,
            reader,
            writer,
            incoming: Incoming::new(early),
            outgoing: Outgoing::new(),
            linger,
            half_closes: false,
            local_done: false,
            link_deaf: false,
            unflushed: false,
            pings: 0,
            last_arrival: now,
            last_move: now,
            look: None,
            slept_before: clock::slept(),
            here,
            timer: Box::pin(sleep(SILENCE)),
            end: None,
        }
    }

    /// The same before a far end that may go on giving its answer after a close frame.
    pub(super) fn before(self, half_closes: bool) -> Self {
        Self { half_closes, ..self }
    }

    /// Carries until the end; everything that arrived is then written and flushed.
    pub(super) async fn run(mut self) -> io::Result<Carried> {
        self.attend()?;
        let end = poll_fn(|context| self.poll_carry(context)).await?;
        let then = self.circumstances();
        self.timer.as_mut().reset(Instant::now() + FAREWELL);
        poll_fn(|context| self.poll_part(context, &end)).await?;
        Ok(Carried { sent: self.outgoing.accepted, received: self.incoming.delivered, end, then })
    }

    fn circumstances(&self) -> Circumstances {
        Circumstances {
            quiet: self.last_move.elapsed(),
            slept: clock::slept().saturating_sub(self.slept_before),
            moved_away: self.here.is_some_and(path::is_lost),
            wanted: !self.local_done,
        }
    }

    /// Moves bytes in both directions, one bounded step of each in turn, until the stream has an end.
    fn poll_carry(&mut self, context: &mut Context<'_>) -> Poll<io::Result<End>> {
        loop {
            let mut moved = self.receive(context)?;
            moved |= self.deliver(context)?;
            if let Some(end) = self.end.clone() {
                return Poll::Ready(Ok(end));
            }
            moved |= self.send(context)?;
            if !moved {
                ready!(self.poll_time(context))?;
            }
        }
    }

    /// Takes what the link has, as far as there is room.
    fn receive(&mut self, context: &mut Context<'_>) -> io::Result<bool> {
        let mut moved = false;
        while self.end.is_none() {
            match self.incoming.poll_fill(context, &mut self.link) {
                Poll::Ready(Ok(0)) if self.incoming.is_between_messages() => self.end = Some(End::Ended),
                Poll::Ready(Ok(0)) => self.end = Some(End::Cut(Break::Truncated)),
                Poll::Ready(Ok(_)) => {
                    moved = true;
                    (self.last_arrival, self.slept_before) = (Instant::now(), clock::slept());
                    let before = self.incoming.arrived;
                    self.attend()?;
                    if self.incoming.arrived > before {
                        self.last_move = self.last_arrival;
                    }
                }
                Poll::Ready(Err(error)) => self.end = Some(End::Cut(broken(&error))),
                Poll::Pending => break,
            }
        }
        Ok(moved)
    }

    /// Cuts frames out of what arrived and does what control frames ask.
    fn attend(&mut self) -> io::Result<()> {
        while self.end.is_none() {
            match self.incoming.parse() {
                Ok(None) => break,
                Ok(Some(Asked::Pong(payload))) => {
                    self.pings = self.pings.saturating_add(1);
                    self.outgoing.control(Kind::Pong, &payload)?;
                }
                Ok(Some(Asked::Close { code, reason })) => {
                    self.outgoing.close(code)?;
                    self.end = Some(closed(code, reason));
                }
                Err(rule) => {
                    self.outgoing.close(Some(PROTOCOL_ERROR))?;
                    self.end = Some(End::Cut(Break::Protocol(rule)));
                }
            }
        }
        Ok(())
    }

    /// Writes what arrived to the local program.
    fn deliver(&mut self, context: &mut Context<'_>) -> io::Result<bool> {
        let mut moved = false;
        let failure = loop {
            match self.incoming.poll_deliver(context, &mut self.writer) {
                Poll::Ready(Ok(true)) => (moved, self.unflushed) = (true, true),
                Poll::Ready(Ok(false)) if self.unflushed => {
                    match Pin::new(&mut self.writer).poll_flush(context) {
                        Poll::Ready(Ok(())) => self.unflushed = false,
                        Poll::Ready(Err(error)) => break error,
                        Poll::Pending => return Ok(moved),
                    }
                }
                Poll::Ready(Ok(false)) | Poll::Pending => return Ok(moved),
                Poll::Ready(Err(error)) => break error,
            }
        };
        if !is_gone(&failure) {
            return Err(failure);
        }
        if self.end.is_none() {
            self.outgoing.close(Some(GOING_AWAY_WELL))?;
            self.end = Some(End::Unread);
        }
        Ok(moved)
    }

    /// Hands on one piece of what is on its way, or reads the next batch.
    fn send(&mut self, context: &mut Context<'_>) -> io::Result<bool> {
        if self.link_deaf {
            return Ok(false);
        }
        let with_payload = self.outgoing.has_payload();
        match self.outgoing.poll_write(context, &mut self.link) {
            Poll::Ready(Ok(true)) => {
                if with_payload {
                    self.last_move = Instant::now();
                }
                self.look.get_or_insert_with(|| Instant::now() + LOOK);
                Ok(true)
            }
            Poll::Ready(Ok(false)) if !self.local_done => self.read(context),
            Poll::Ready(Ok(false)) | Poll::Pending => Ok(false),
            Poll::Ready(Err(error)) => {
                // What was already under way to us may still arrive, and reading tells best how the link ended.
                tracing::debug!(%error, "the link takes nothing more");
                self.outgoing.give_up();
                (self.link_deaf, self.local_done) = (true, true);
                Ok(true)
            }
        }
    }

    fn read(&mut self, context: &mut Context<'_>) -> io::Result<bool> {
        match self.outgoing.poll_read(context, &mut self.reader) {
            Poll::Ready(Ok(0)) => {
                tracing::debug!("the local program has closed its side");
                (self.local_done, self.last_move) = (true, Instant::now());
                if self.half_closes {
                    self.outgoing.close(Some(GOING_AWAY_WELL))?;
                }
                Ok(true)
            }
            Poll::Ready(Ok(_)) => Ok(true),
            Poll::Ready(Err(error)) => Err(error),
            Poll::Pending => Ok(false),
        }
    }

    /// Ends a stream in which nothing has moved for too long.
    fn poll_time(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let (end, now) = (self.deadline(), Instant::now());
            let is_over = end.is_some_and(|end| now >= end);
            if is_over && self.local_done {
                self.end = Some(End::Finished);
                return Poll::Ready(self.outgoing.close(Some(GOING_AWAY_WELL)));
            }
            if is_over || self.is_unanswered(now) {
                self.end = Some(End::Cut(Break::Silent));
                // There is nobody to take leave of.
                self.outgoing.give_up();
                self.link_deaf = true;
                return Poll::Ready(Ok(()));
            }
            let Some(next) = end.into_iter().chain(self.look).min() else { return Poll::Pending };
            if self.timer.is_elapsed() || next < self.timer.deadline() {
                self.timer.as_mut().reset(next);
            }
            ready!(self.timer.as_mut().poll(context));
        }
    }

    /// Looks, when it is time for that, whether the far end still acknowledges what it is sent.
    fn is_unanswered(&mut self, now: Instant) -> bool {
        if self.look.is_none_or(|look| now < look) {
            return false;
        }
        self.look = match self.link.sent() {
            Sent::Acknowledged => None,
            Sent::Held => Some(now + LOOK_WHEN_HELD),
            Sent::Unanswered(silence) if silence >= UNANSWERED => return true,
            Sent::Unanswered(silence) => Some(now + (UNANSWERED - silence).max(LOOK)),
        };
        false
    }

    /// When waiting is over. Never while one of us is the reason that nothing moves.
    fn deadline(&self) -> Option<Instant> {
        if !self.incoming.is_drained() {
            None
        } else if self.local_done {
            self.outgoing.is_drained().then(|| self.last_move + self.linger)
        } else {
            (self.pings >= REGULAR).then(|| self.last_arrival + SILENCE)
        }
    }

    /// Delivers the rest, and takes leave of the far side, neither waiting for the other.
    fn poll_part(&mut self, context: &mut Context<'_>, end: &End) -> Poll<io::Result<()>> {
        let farewell = self.poll_farewell(context);
        if *end != End::Unread {
            ready!(self.poll_hand_over(context))?;
        }
        if farewell.is_pending() {
            ready!(self.timer.as_mut().poll(context));
        }
        Poll::Ready(Ok(()))
    }

    fn poll_farewell(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while !self.link_deaf {
            match ready!(self.outgoing.poll_write(context, &mut self.link)) {
                Ok(true) => {}
                Ok(false) => {
                    let _ = ready!(Pin::new(&mut self.link).poll_shutdown(context));
                    self.link_deaf = true;
                }
                Err(_) => self.link_deaf = true,
            }
        }
        Poll::Ready(())
    }

    fn poll_hand_over(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let handed_over = loop {
            match ready!(self.incoming.poll_deliver(context, &mut self.writer)) {
                Ok(true) => {}
                Ok(false) => break ready!(Pin::new(&mut self.writer).poll_shutdown(context)),
                Err(error) => break Err(error),
            }
        };
        Poll::Ready(handed_over.or_else(|error| if is_gone(&error) { Ok(()) } else { Err(error) }))
    }
}

fn closed(code: Option<u16>, reason: String) -> End {
    match code {
        None | Some(1000) => End::Closed(code),
        Some(code) => End::Cut(Break::Closed { code, reason }),
    }
}

fn broken(error: &io::Error) -> Break {
    let kind = error.kind();
    if kind == ErrorKind::UnexpectedEof {
        Break::Truncated
    } else if matches!(
        kind,
        ErrorKind::TimedOut
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
    ) {
        Break::Silent
    } else if matches!(
        kind,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe
    ) {
        Break::Reset
    } else {
        Break::Failed(error.to_string())
    }
}

/// Whether the local program has simply stopped reading.
fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::BrokenPipe
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::NotConnected
            | ErrorKind::WriteZero
    )
}
