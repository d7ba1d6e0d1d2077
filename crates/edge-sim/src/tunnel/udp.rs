//! A socket on which nothing arrives while faults say so, and from which nothing goes: as behind a firewall that says
//! no word, or before an edge that stands still. It can lose a part only, too, as bad networks do.

use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, ready};

use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, UdpPoller};

use crate::faults::Faults;

/// The socket of the edge's QUIC.
#[derive(Debug)]
pub(super) struct Gate {
    socket: Arc<dyn AsyncUdpSocket>,
    faults: Faults,
    /// Pieces so far, of which some are lost.
    pieces: AtomicU32,
}

impl Gate {
    pub(super) fn new(socket: Arc<dyn AsyncUdpSocket>, faults: Faults) -> Self {
        Self { socket, faults, pieces: AtomicU32::new(0) }
    }

    /// Whether the next piece is lost.
    fn swallows(&self) -> bool {
        let (blocked, loss) = self.faults.look(|faulty| (faulty.udp_blocked, faulty.udp_loss));
        let piece = self.pieces.fetch_add(1, Ordering::Relaxed);
        blocked || piece.checked_rem(loss) == Some(0)
    }
}

impl AsyncUdpSocket for Gate {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Arc::clone(&self.socket).create_io_poller()
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        if self.swallows() { Ok(()) } else { self.socket.try_send(transmit) }
    }

    fn poll_recv(
        &self,
        context: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
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
        self.socket.max_transmit_segments()
    }

    fn max_receive_segments(&self) -> usize {
        self.socket.max_receive_segments()
    }

    fn may_fragment(&self) -> bool {
        self.socket.may_fragment()
    }
}
