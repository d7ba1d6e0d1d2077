//! One connection to the edge over QUIC: the first stream is the conversation, and the edge opens one for each request
//! (`tunnel.md` 4).

mod beginning;
mod calls;
mod endpoint;
mod links;
mod renewal;
mod settings;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use quinn::{Connection, ConnectionError, Endpoint, VarInt};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

#[cfg(any(test, feature = "fuzz"))]
pub(crate) use beginning::holds as beginning_holds;
pub(crate) use links::QuicLinks;
pub use settings::QuicSettings;
pub(crate) use settings::client_config;

use crate::error::{LinkError, broken};
use crate::exchange::{QuicReader, QuicSender, Reader, Sender};
use crate::protocol::Protocol;
use crate::rpc_stream::RpcStream;
use crate::session::{Session, Taken, until, within};
use crate::talk::{News, Talk};
use crate::tls;
use renewal::{Leave, Rush};
use settings::STREAMS;

/// How long the edge may take for the handshake. Lost packets are sent again several times within it.
const HANDSHAKE: Duration = Duration::from_secs(3);
/// How long the edge may take to hear that a connection is closed.
const LAST_WORD: Duration = Duration::from_millis(500);
/// Most streams that may run on one connection; stock connectors have no limit.
const MOST_STREAMS: usize = 1 << 16;
/// The code by which a connection is closed, whatever the reason (`tunnel.md` 4.6).
const CLOSED: VarInt = VarInt::from_u32(0);
/// What QUIC adds to the number of a TLS alert (RFC 9001 4.8).
const ALERT: u64 = 0x100;

/// A connection of which the handshake is done.
pub(crate) struct QuicLink {
    endpoint: Endpoint,
    connection: Connection,
    /// The address that the connection goes out by, where the system tells.
    local: Option<IpAddr>,
}

impl QuicLink {
    /// Lets the edge know that nothing more comes.
    async fn close(self) {
        self.connection.close(CLOSED, b"");
        drop(tokio::time::timeout(LAST_WORD, self.endpoint.wait_idle()).await);
    }
}

/// Dials, from the same port as before where that is possible.
pub(crate) async fn connect(session: &Session<'_>) -> Result<QuicLink, LinkError> {
    let address = session.address;
    let unreachable = |detail: String| LinkError::Unreachable { address, detail };
    let endpoint = endpoint::bind(address, session.shared.from, session.port)
        .map_err(|error| unreachable(error.to_string()))?;
    let connecting = endpoint
        .connect_with(session.shared.quic.clone(), address, tls::QUIC_NAME)
        .map_err(|error| unreachable(error.to_string()))?;
    let connection = within("QUIC", HANDSHAKE, connecting).await?.map_err(|error| {
        let detail = error.to_string();
        match error {
            ConnectionError::TransportError(why) if u64::from(why.code) & !0xff == ALERT => {
                LinkError::Untrusted { address, detail }
            }
            ConnectionError::TimedOut => LinkError::Silent { step: "QUIC", after: HANDSHAKE },
            ConnectionError::TransportError(_)
            | ConnectionError::VersionMismatch
            | ConnectionError::ConnectionClosed(_)
            | ConnectionError::ApplicationClosed(_)
            | ConnectionError::Reset
            | ConnectionError::LocallyClosed
            | ConnectionError::CidsExhausted => unreachable(detail),
        }
    })?;
    Ok(QuicLink { endpoint, connection, local: endpoint::local(address, session.shared.from) })
}

/// Runs until the connection ends. No error after a proper leave.
pub(crate) async fn serve(session: &Session<'_>, link: QuicLink, taken: &mut Taken) -> Result<(), LinkError> {
    let _shown = session.shared.board.quic.show(session.index, link.connection.clone());
    let ended = until_ended(session, &link, taken).await;
    let reason = link.connection.close_reason();
    link.close().await;
    // Whatever broke first, the connection knows best why.
    match (ended, reason.map(why)) {
        (Err(LinkError::Broken(_) | LinkError::Closed), Some(reason)) => Err(reason),
        (ended, _) => ended,
    }
}

async fn until_ended(session: &Session<'_>, link: &QuicLink, taken: &mut Taken) -> Result<(), LinkError> {
    let connection = &link.connection;
    let (mut talk, mut streams) = (JoinSet::new(), JoinSet::new());
    let (tell, mut told) = mpsc::channel(4);
    let (to, from) = connection.open_bi().await.map_err(why)?;
    let from = Reader::Quic(QuicReader::new(from, BytesMut::new()));
    let control = RpcStream::new(from, Sender::Quic(QuicSender::new(to)));
    talk.spawn(Talk::new(session, link.local).hold(control, tell));
    let (mut leave, mut room, mut rush) = (Leave::not_yet(), STREAMS, Rush::default());
    loop {
        tokio::select! {
            arrived = connection.accept_bi() => match arrived {
                Ok((to, from)) => {
                    make_room(connection, streams.len(), &mut room);
                    streams.spawn(beginning::serve(Arc::clone(session.shared), to, from));
                    rush.runs(streams.len());
                }
                Err(_) if leave.has_begun() => return Ok(()),
                Err(error) => return Err(why(error)),
            },
            Some(_) = streams.join_next() => rush.runs(streams.len()),
            Some(news) = told.recv() => match news {
                News::Registered(details) => session.taken(taken, Protocol::Quic, details),
                News::Ended(error) => return Err(error),
                News::Left => leave.begins(session),
            },
            () = until(rush.over()), if !leave.has_begun() => rush.give_back(session),
            () = until(leave.ends()) => if leave.is_over(session, streams.len()) { return Ok(()) },
        }
    }
}

/// Each stream that the edge may open costs memory before it is there; so their number grows as they are used.
fn make_room(connection: &Connection, running: usize, room: &mut usize) {
    if running * 2 > *room && *room < MOST_STREAMS {
        *room *= 2;
        let count = u32::try_from(*room).unwrap_or(u32::MAX);
        connection.set_max_concurrent_bi_streams(VarInt::from_u32(count));
    }
}

fn why(error: ConnectionError) -> LinkError {
    match error {
        ConnectionError::TimedOut => LinkError::Silent { step: "ping", after: settings::IDLE },
        ConnectionError::ApplicationClosed(_)
        | ConnectionError::ConnectionClosed(_)
        | ConnectionError::LocallyClosed
        | ConnectionError::Reset => LinkError::Closed,
        error @ (ConnectionError::CidsExhausted
        | ConnectionError::TransportError(_)
        | ConnectionError::VersionMismatch) => broken(error),
    }
}
