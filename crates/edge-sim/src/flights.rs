//! Counts round trips where they happen: on the raw TCP stream, under TLS.
//!
//! Every time the direction turns and bytes come from the client again, the client has waited for the edge once more.
//! The TCP handshake is one round trip, the ClientHello begins the second, the request the third.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How often a client has waited for the edge on one connection.
#[derive(Debug)]
pub(crate) struct Flights {
    count: AtomicU32,
    client_speaks: AtomicBool,
}

/// A TCP stream that counts.
pub(crate) struct CountedStream {
    tcp: TcpStream,
    flights: Arc<Flights>,
}

impl Flights {
    pub(crate) fn count(&self) -> u32 {
        self.count.load(Ordering::Relaxed)
    }

    fn client_sent(&self) {
        if !self.client_speaks.swap(true, Ordering::Relaxed) {
            self.count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn edge_sent(&self) {
        self.client_speaks.store(false, Ordering::Relaxed);
    }
}

impl CountedStream {
    pub(crate) fn new(tcp: TcpStream) -> Self {
        // The accepted connection is the first round trip.
        let flights = Flights { count: AtomicU32::new(1), client_speaks: AtomicBool::new(false) };
        Self { tcp, flights: Arc::new(flights) }
    }

    pub(crate) fn flights(&self) -> Arc<Flights> {
        Arc::clone(&self.flights)
    }

    pub(crate) fn tcp(&self) -> &TcpStream {
        &self.tcp
    }
}

impl AsyncRead for CountedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.tcp).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.flights.client_sent();
        }
        polled
    }
}

impl AsyncWrite for CountedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.flights.edge_sent();
        Pin::new(&mut self.tcp).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.flights.edge_sent();
        Pin::new(&mut self.tcp).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}
