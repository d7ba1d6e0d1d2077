//! A socket on which nothing arrives while faults say so, and from which nothing goes: as behind a firewall that says
//! no word, or before an edge that stands still. It can lose a part only, too, as bad networks do, and take its time.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, UdpPoller};
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::edge::Edge;
use crate::faults::Faults;
use crate::line::{Lane, Line};

/// The socket of the edge's QUIC.
#[derive(Debug)]
pub(super) struct Gate {
    socket: Arc<dyn AsyncUdpSocket>,
    faults: Faults,
    line: Arc<Line>,
    /// Pieces so far, of which some are lost.
    pieces: AtomicU32,
    /// What goes to connectors over a slow line.
    leaving: mpsc::UnboundedSender<Leaving>,
    arriving: Mutex<Arriving>,
}

/// What is on its way to connectors.
#[derive(Debug)]
pub(super) struct Departures {
    socket: Arc<dyn AsyncUdpSocket>,
    leaving: mpsc::UnboundedReceiver<Leaving>,
}

/// A piece on its way to a connector.
#[derive(Debug)]
struct Leaving {
    arrives: Instant,
    transmit: Transmit<'static>,
    contents: Bytes,
}

/// What is on its way from connectors, in the order in which it arrives.
#[derive(Debug, Default)]
struct Arriving {
    pieces: VecDeque<(Instant, RecvMeta, Bytes)>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Gate {
    pub(super) fn new(socket: Arc<dyn AsyncUdpSocket>, edge: &Edge) -> (Self, Departures) {
        let (sender, leaving) = mpsc::unbounded_channel();
        let departures = Departures { socket: Arc::clone(&socket), leaving };
        let gate = Self {
            socket,
            faults: edge.faults.clone(),
            line: Arc::clone(&edge.line),
            pieces: AtomicU32::new(0),
            leaving: sender,
            arriving: Mutex::default(),
        };
        (gate, departures)
    }

    /// Whether the next piece is lost.
    fn swallows(&self) -> bool {
        let (blocked, loss) = self.faults.look(|faulty| (faulty.udp_blocked, faulty.udp_loss));
        let piece = self.pieces.fetch_add(1, Ordering::Relaxed);
        blocked || piece.checked_rem(loss) == Some(0)
    }

    /// What has come is on its way from now on, and what is there by now is handed out.
    fn poll_slowly(
        &self,
        arriving: &mut Arriving,
        context: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        while let Poll::Ready(received) = self.socket.poll_recv(context, buffers, meta) {
            let received = received?;
            if !self.swallows() {
                for (meta, buffer) in meta.iter().zip(buffers.iter()).take(received) {
                    arriving.enter(&self.line.from_connectors, *meta, &buffer[..meta.len]);
                }
            }
        }
        arriving.poll(context, buffers, meta).map(Ok)
    }
}

impl AsyncUdpSocket for Gate {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Arc::clone(&self.socket).create_io_poller()
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        if self.swallows() {
            return Ok(());
        }
        let lane = &self.line.to_connectors;
        if !lane.is_slow() {
            return self.socket.try_send(transmit);
        }
        if let Some(passage) = lane.enter_or_lose(Instant::now(), transmit.contents.len()) {
            // Nobody takes it once the edge is gone.
            let _ = self.leaving.send(Leaving {
                arrives: passage.arrives,
                transmit: Transmit { contents: &[], ..*transmit },
                contents: Bytes::copy_from_slice(transmit.contents),
            });
        }
        Ok(())
    }

    fn poll_recv(
        &self,
        context: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let mut arriving = self.arriving.lock().unwrap_or_else(PoisonError::into_inner);
        if self.line.from_connectors.is_slow() || !arriving.pieces.is_empty() {
            return self.poll_slowly(&mut arriving, context, buffers, meta);
        }
        loop {
            let received = ready!(self.socket.poll_recv(context, buffers, meta))?;
            if !self.swallows() {
                return Poll::Ready(Ok(received));
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    fn max_transmit_segments(&self) -> usize {
        // On a slow line pieces come one by one.
        if self.line.to_connectors.is_slow() { 1 } else { self.socket.max_transmit_segments() }
    }

    fn max_receive_segments(&self) -> usize {
        self.socket.max_receive_segments()
    }

    fn may_fragment(&self) -> bool {
        self.socket.may_fragment()
    }
}

impl Departures {
    /// Sends each piece when it is to arrive, for as long as the socket lives.
    pub(super) async fn send(mut self) {
        while let Some(Leaving { arrives, transmit, contents }) = self.leaving.recv().await {
            sleep_until(arrives).await;
            let transmit = Transmit { contents: &contents, ..transmit };
            let mut poller = Arc::clone(&self.socket).create_io_poller();
            while let Err(error) = self.socket.try_send(&transmit) {
                let waits = error.kind() == io::ErrorKind::WouldBlock;
                if !waits || poll_fn(|context| poller.as_mut().poll_writable(context)).await.is_err() {
                    tracing::debug!(%error, "a late piece was not sent");
                    break;
                }
            }
        }
    }
}

impl Arriving {
    fn enter(&mut self, lane: &Lane, meta: RecvMeta, bytes: &[u8]) {
        let now = Instant::now();
        // The system may have put pieces of one size together.
        for piece in bytes.chunks(meta.stride.max(1)) {
            if let Some(passage) = lane.enter_or_lose(now, piece.len()) {
                let meta = RecvMeta { len: piece.len(), stride: piece.len(), ..meta };
                self.pieces.push_back((passage.arrives, meta, Bytes::copy_from_slice(piece)));
            }
        }
    }

    /// As many as are there by now, and at least one.
    fn poll(
        &mut self,
        context: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        metas: &mut [RecvMeta],
    ) -> Poll<usize> {
        let Some((arrives, ..)) = self.pieces.front() else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(*arrives)));
        timer.as_mut().reset(*arrives);
        ready!(timer.as_mut().poll(context));
        let (now, mut count) = (Instant::now().max(*arrives), 0);
        for (buffer, meta) in buffers.iter_mut().zip(metas) {
            if self.pieces.front().is_none_or(|(arrives, ..)| *arrives > now) {
                break;
            }
            let Some((_, told, bytes)) = self.pieces.pop_front() else { break };
            buffer[..bytes.len()].copy_from_slice(&bytes);
            *meta = told;
            count += 1;
        }
        Poll::Ready(count)
    }
}
