//! Accepts connectors over QUIC (`tunnel.md` 4.1).

use std::io;
use std::net::UdpSocket;
use std::sync::Arc;

use quinn::crypto::rustls::{HandshakeData, QuicServerConfig};
use quinn::{Endpoint, EndpointConfig, IdleTimeout, Incoming, Runtime as _, TokioRuntime, VarInt};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::control;
use super::link::{Link, QuicLink};
use super::listen::{HANDSHAKE, PROBE};
use super::seen::LinkProtocol;
use super::udp::{Departures, Gate};
use crate::edge::Edge;
use crate::seen::TlsSeen;

/// How long a connector may be silent; it wants less, and the shorter time counts.
const IDLE: VarInt = VarInt::from_u32(30_000);
/// What a connector may have sent on one stream before it waits.
const STREAM_WINDOW: u32 = 4 << 20;
/// What may be on its way to one connector.
const SEND_WINDOW: u64 = 16 << 20;
/// Codes by which a connection ends: in due form, and as if the edge had crashed.
const DONE: VarInt = VarInt::from_u32(0);
const KILLED: VarInt = VarInt::from_u32(1);

/// What Windows answers where a socket lacks an option, or an operation.
const LACKING: [i32; 2] = [10_042, 10_045];

/// Where sockets lack what QUIC asks of them, as under Wine, the edge does without: connectors have HTTP/2.
fn without(error: io::Error) -> io::Result<Option<Quic>> {
    let is_lacking = cfg!(windows) && error.raw_os_error().is_some_and(|code| LACKING.contains(&code));
    if is_lacking { Ok(None) } else { Err(error) }
}

/// The edge's end of QUIC.
pub(crate) struct Quic {
    endpoint: Endpoint,
    departures: Departures,
}

/// The edge's end of QUIC on this socket, if it can have one; has to be called inside of a runtime.
pub(crate) fn endpoint(
    edge: &Edge,
    socket: UdpSocket,
    tls: Arc<rustls::ServerConfig>,
) -> io::Result<Option<Quic>> {
    let crypto = QuicServerConfig::try_from(tls).map_err(io::Error::other)?;
    let mut config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
    let mut transport = quinn::TransportConfig::default();
    transport
        .max_idle_timeout(Some(IdleTimeout::from(IDLE)))
        .stream_receive_window(STREAM_WINDOW.into())
        .send_window(SEND_WINDOW);
    config.transport_config(Arc::new(transport));
    let runtime = Arc::new(TokioRuntime);
    let socket = match runtime.wrap_udp_socket(socket) {
        Ok(socket) => socket,
        Err(error) => return without(error),
    };
    let (gate, departures) = Gate::new(socket, edge);
    let (gate, usual) = (Arc::new(gate), EndpointConfig::default());
    let endpoint = Endpoint::new_with_abstract_socket(usual, Some(config), gate, runtime)?;
    Ok(Some(Quic { endpoint, departures }))
}

/// Serves connectors for ever.
pub(crate) async fn serve(edge: Arc<Edge>, quic: Quic) {
    tokio::join!(accept(edge, quic.endpoint), quic.departures.send());
}

async fn accept(edge: Arc<Edge>, endpoint: Endpoint) {
    let mut connections = JoinSet::new();
    loop {
        let incoming = tokio::select! {
            incoming = endpoint.accept() => incoming,
            Some(_) = connections.join_next() => continue,
        };
        let Some(incoming) = incoming else { return };
        if edge.faults.look(|faulty| faulty.connectors_turned_away) {
            incoming.refuse();
            continue;
        }
        let edge = Arc::clone(&edge);
        connections.spawn(async move {
            if let Err(error) = connection(edge, incoming).await {
                tracing::debug!(%error, "a connection of a connector ended");
            }
        });
    }
}

async fn connection(edge: Arc<Edge>, incoming: Incoming) -> io::Result<()> {
    let connection = tokio::time::timeout(HANDSHAKE, incoming.accept()?).await??;
    let seen = tls_seen(&connection);
    if seen.sni.as_deref() == Some(PROBE) {
        return Err(connection.closed().await.into());
    }
    let ended = CancellationToken::new();
    let quic = QuicLink::new(connection.clone());
    let link = Link::Quic(quic.clone());
    let number = edge.links.opened(&edge.log, LinkProtocol::Quic, seen, link.clone(), ended.clone());
    // Once the conversation is over, only streams that still run keep the connection.
    let conversing = async {
        match control::converse(&edge, number, &link).await {
            Ok(()) => {
                edge.links.released(number);
                quic.idle().await;
            }
            Err(error) => tracing::debug!(number, %error, "the control stream broke"),
        }
    };
    let gone = tokio::select! {
        why = connection.closed() => Err(why.into()),
        () = conversing => {
            connection.close(DONE, b"");
            Ok(())
        }
        () = ended.cancelled() => {
            connection.close(KILLED, b"");
            Ok(())
        }
    };
    edge.links.closed(&edge.log, number);
    gone
}

fn tls_seen(connection: &quinn::Connection) -> TlsSeen {
    let agreed = connection.handshake_data().and_then(|agreed| agreed.downcast::<HandshakeData>().ok());
    let (protocol, sni) = agreed.map_or((None, None), |agreed| (agreed.protocol, agreed.server_name));
    TlsSeen {
        version: "TLSv1_3".to_owned(),
        // Not told by this implementation.
        group: String::new(),
        alpn: protocol.map(|name| String::from_utf8_lossy(&name).into_owned()),
        sni,
    }
}
