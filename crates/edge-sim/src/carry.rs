//! Carries a WebSocket to a TCP origin and back, with the habits of a stock connector.
//!
//! Two directions run in one task. Only the one towards the client writes to it, between whole frames; the other one
//! hands it what has to be said: pongs, the echo of a close frame.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio_rustls::server::TlsStream;

use crate::edge::Edge;
use crate::faults::{CarryFault, Cut};
use crate::flights::{CountedStream, Flights};
use crate::frames::{self, Part, Reader};
use crate::plan::ConnectorHabits;
use crate::seen::CarriedSeen;

/// Bytes that are read from the origin at once; messages towards the client get as large.
const CHUNK: usize = 64 * 1024;
/// How long an ended stream is still read, so that the client gets everything instead of a reset.
const LINGER: Duration = Duration::from_secs(2);

/// An upgraded connection to a client.
pub(crate) type Client = TlsStream<CountedStream>;

/// How a stream came to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    ClientClosed,
    ClientGone,
    OriginGone,
    /// The connector took the stream back.
    Broken,
    Cut(Cut),
}

/// One stream under way.
pub(crate) struct Stream {
    pub(crate) edge: Arc<Edge>,
    pub(crate) connection: u64,
    pub(crate) client: Client,
    /// What the client sent right behind its upgrade.
    pub(crate) early: BytesMut,
    pub(crate) origin: TcpStream,
}

impl Stream {
    /// Carries until either side ends, then tears down both, as connectors do.
    pub(crate) async fn carry(self) {
        let Self { edge, connection, client, early, mut origin } = self;
        let flights = client.get_ref().0.flights();
        let total = AtomicU64::new(0);
        let (say, said) = mpsc::channel(8);
        let (mut from_client, mut to_client) = tokio::io::split(client);
        let (mut from_origin, mut to_origin) = origin.split();
        let mut up = Up { habits: edge.plan.connector, total: &total, say, carried: CarriedSeen::default() };
        let mut down = Down {
            edge: &edge,
            connection,
            flights: &flights,
            total: &total,
            fault: edge.faults.look(|faulty| faulty.carry.take()),
            cut: edge.cut.subscribe(),
            said,
            received: 0,
        };
        let end = tokio::select! {
            end = up.run(&mut from_client, early, &mut to_origin) => end,
            end = down.run(&mut from_origin, &mut to_client) => end,
        };
        let carried = CarriedSeen { received: down.received, ..up.carried };
        tracing::debug!(connection, ?end, ?carried, "a stream ended");
        // Known before the client can see the end, so that a test which saw it can read this.
        edge.log.change_connection(connection, |seen| seen.carried = Some(carried));
        let _ = to_origin.shutdown().await;
        finish(end, from_client.unsplit(to_client)).await;
    }
}

/// From the client to the origin.
struct Up<'a> {
    habits: ConnectorHabits,
    total: &'a AtomicU64,
    say: mpsc::Sender<Say>,
    carried: CarriedSeen,
}

/// What has to be told to the client between two messages.
enum Say {
    Pong(Vec<u8>),
    Close(u16),
}

impl Up<'_> {
    async fn run(
        &mut self,
        client: &mut (impl AsyncRead + Unpin),
        mut input: BytesMut,
        origin: &mut (impl AsyncWrite + Unpin),
    ) -> End {
        let mut reader = Reader::default();
        let mut length = 0;
        loop {
            match reader.next(&mut input) {
                Ok(Some(part)) => match self.part(part, &mut length, origin).await {
                    Ok(true) => {}
                    Ok(false) => return std::future::pending().await,
                    Err(_) => return End::OriginGone,
                },
                Ok(None) => {
                    input.reserve(CHUNK);
                    match client.read_buf(&mut input).await {
                        Ok(1..) => {}
                        Ok(0) | Err(_) => return End::ClientGone,
                    }
                }
                Err(violation) => {
                    let _ = self.say.send(Say::Close(violation.0)).await;
                    return std::future::pending().await;
                }
            }
        }
    }

    /// Takes in one part; false once the client has said its last word.
    async fn part(
        &mut self,
        part: Part,
        length: &mut u64,
        origin: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<bool> {
        match part {
            Part::Message { text: true, end, .. } => self.carried.texts += u64::from(end),
            Part::Message { text: false, bytes, end } => {
                let room = if self.habits.cut_messages {
                    (wire::limit::MESSAGE as u64).saturating_sub(*length)
                } else {
                    u64::MAX
                };
                let kept = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
                *length += bytes.len() as u64;
                origin.write_all(&bytes[..kept]).await?;
                self.carried.sent += kept as u64;
                self.carried.dropped += (bytes.len() - kept) as u64;
                self.total.fetch_add(kept as u64, Ordering::Relaxed);
                if end {
                    self.carried.messages += 1;
                    self.carried.largest_message = self.carried.largest_message.max(*length);
                    *length = 0;
                }
            }
            Part::Ping(payload) => {
                self.carried.pings += 1;
                let _ = self.say.send(Say::Pong(payload.to_vec())).await;
            }
            Part::Pong => self.carried.pongs += 1,
            Part::Close(code) => {
                self.carried.close = Some(code);
                let _ = self.say.send(Say::Close(code)).await;
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// From the origin to the client, and everything else that is written to the client.
struct Down<'a> {
    edge: &'a Edge,
    connection: u64,
    flights: &'a Flights,
    total: &'a AtomicU64,
    fault: Option<CarryFault>,
    cut: watch::Receiver<Option<Cut>>,
    said: mpsc::Receiver<Say>,
    received: u64,
}

impl Down<'_> {
    async fn run(
        &mut self,
        origin: &mut (impl AsyncRead + Unpin),
        client: &mut (impl AsyncWrite + Unpin),
    ) -> End {
        match self.pass(origin, client).await {
            Ok(End::Cut(Cut::Stall)) => std::future::pending().await,
            Ok(end) => end,
            Err(_) => End::ClientGone,
        }
    }

    async fn pass(
        &mut self,
        origin: &mut (impl AsyncRead + Unpin),
        client: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<End> {
        let mut buffer = vec![0; frames::HEADER + CHUNK];
        let mut ping = tokio::time::interval(self.edge.plan.connector.ping_every);
        ping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        ping.reset();
        let mut look = tokio::time::interval(Duration::from_millis(20));
        loop {
            if let Some(fault) = self.fault
                && self.total.load(Ordering::Relaxed) >= fault.after
            {
                return Ok(End::Cut(fault.how));
            }
            tokio::select! {
                read = origin.read(&mut buffer[frames::HEADER..]) => match read {
                    Ok(0) | Err(_) => return Ok(End::OriginGone),
                    Ok(length) => {
                        let length = self.up_to_the_fault(length);
                        let start = frames::header(&mut buffer, length);
                        self.note_first_byte();
                        client.write_all(&buffer[start..frames::HEADER + length]).await?;
                        client.flush().await?;
                        self.received += length as u64;
                        self.total.fetch_add(length as u64, Ordering::Relaxed);
                    }
                },
                Some(say) = self.said.recv() => match say {
                    Say::Pong(payload) => write(client, &frames::pong(&payload)).await?,
                    Say::Close(code) => {
                        write(client, &frames::close(code)).await?;
                        return Ok(End::ClientClosed);
                    }
                },
                _ = ping.tick() => write(client, &frames::ping()).await?,
                Ok(()) = self.cut.changed() => {
                    if let Some(cut) = *self.cut.borrow_and_update() {
                        return Ok(End::Cut(cut));
                    }
                }
                // Bytes of the other direction may have reached the fault's mark.
                _ = look.tick(), if self.fault.is_some() => {}
            }
        }
    }

    fn up_to_the_fault(&self, length: usize) -> usize {
        let Some(fault) = self.fault else { return length };
        let left = fault.after.saturating_sub(self.total.load(Ordering::Relaxed));
        length.min(usize::try_from(left).unwrap_or(usize::MAX))
    }

    fn note_first_byte(&self) {
        if self.received == 0 {
            let round_trips = self.flights.count();
            self.edge
                .log
                .change_connection(self.connection, |seen| seen.round_trips_to_origin = Some(round_trips));
        }
    }
}

async fn write(client: &mut (impl AsyncWrite + Unpin), frame: &[u8]) -> io::Result<()> {
    client.write_all(frame).await?;
    client.flush().await
}

pub(crate) async fn finish(end: End, mut client: Client) {
    match end {
        End::ClientClosed | End::OriginGone | End::Cut(Cut::TlsClose | Cut::Stall) => {
            end_properly(client).await
        }
        End::ClientGone | End::Broken => {
            let _ = client.shutdown().await;
        }
        End::Cut(Cut::Reset) => {
            let _ = client.get_ref().0.tcp().set_zero_linger();
        }
        End::Cut(Cut::Close(code)) => last(client, &frames::close(code)).await,
        End::Cut(Cut::ProtocolError) => last(client, &frames::forbidden()).await,
        End::Cut(Cut::LongPing) => last(client, &frames::long_ping()).await,
        End::Cut(Cut::EndlessFrame) => last(client, &frames::endless()).await,
        End::Cut(Cut::Truncate) => {
            let (mut tcp, _) = client.into_inner();
            let _ = tcp.shutdown().await;
            drain(&mut tcp).await;
        }
    }
}

/// Says this, then ends.
async fn last(mut client: Client, frame: &[u8]) {
    let _ = write(&mut client, frame).await;
    end_properly(client).await;
}

/// TLS `close_notify` and FIN, no close frame: what stock connectors and the edge do when the origin ends.
async fn end_properly(mut client: Client) {
    let _ = client.shutdown().await;
    drain(&mut client).await;
}

/// Reads what the client still sends: closing a socket with unread bytes would reset it under the client's hands.
async fn drain(client: &mut (impl AsyncRead + Unpin)) {
    let mut rest = vec![0; 16 * 1024];
    let until_end = async { while matches!(client.read(&mut rest).await, Ok(1..)) {} };
    let _ = tokio::time::timeout(LINGER, until_end).await;
}
