//! Accepts connections: TLS for programs, plain HTTP for the browser gateway.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::certificate::{Authority, server_config};
use crate::dispatch::Door;
use crate::edge::Edge;
use crate::error::SimError;
use crate::faults::NetworkFault;
use crate::flights::CountedStream;
use crate::seen::TlsSeen;
use crate::spoil::{Spoilable, Spoiler};

/// Who signs where TLS is opened on the way.
const INSPECTOR: &str = "Acme Gateway CA";
/// How long a client may take for its handshake.
const HANDSHAKE: Duration = Duration::from_secs(20);

/// Serves TLS connections for ever.
pub(crate) async fn serve_edge(edge: Arc<Edge>, listener: TcpListener, acceptor: TlsAcceptor) {
    let mut connections = JoinSet::new();
    loop {
        let tcp = accept(&listener, &mut connections).await;
        let connection = edge.log.open_connection(false);
        connections.spawn(edge_connection(Arc::clone(&edge), connection, tcp, acceptor.clone()));
    }
}

/// Serves the browser gateway for ever.
pub(crate) async fn serve_gateway(edge: Arc<Edge>, listener: TcpListener) {
    let mut connections = JoinSet::new();
    loop {
        let tcp = accept(&listener, &mut connections).await;
        let connection = edge.log.open_connection(true);
        connections.spawn(gateway_connection(Arc::clone(&edge), connection, tcp));
    }
}

pub(crate) async fn accept(listener: &TcpListener, connections: &mut JoinSet<()>) -> TcpStream {
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((tcp, _)) => {
                    let _ = tcp.set_nodelay(true);
                    return tcp;
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    // Out of descriptors, most likely: the next attempt would fail as quickly.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn edge_connection(edge: Arc<Edge>, connection: u64, tcp: TcpStream, mut acceptor: TlsAcceptor) {
    match edge.faults.look(|faulty| faulty.network.take()) {
        None => {}
        Some(NetworkFault::Portal(location)) => return portal(tcp, &location).await,
        Some(NetworkFault::Inspected) => match inspecting() {
            Ok(inspector) => acceptor = inspector,
            Err(error) => return tracing::warn!(%error, "nothing is inspected"),
        },
    }
    let counted = CountedStream::new(tcp);
    let flights = counted.flights();
    match tokio::time::timeout(HANDSHAKE, acceptor.accept(counted)).await {
        Ok(Ok(stream)) => {
            let tls = tls_seen(stream.get_ref().1);
            edge.log.change_connection(connection, |seen| {
                seen.tls = Some(tls.clone());
                seen.flights = Some(Arc::clone(&flights));
            });
            let (spoiler, flights) = (Spoiler::default(), Some(flights));
            let stream = Spoilable::new(stream, spoiler.clone());
            serve(Door { edge: Arc::clone(&edge), connection, tls: Some(tls), flights, spoiler }, stream)
                .await;
        }
        Ok(Err(error)) => tracing::debug!(connection, %error, "no TLS"),
        Err(_) => tracing::debug!(connection, "no TLS in time"),
    }
    edge.log.change_connection(connection, |seen| seen.closed = !seen.upgraded);
}

/// Answers whatever is said as a network does that wants a log-in of its own.
async fn portal(mut tcp: TcpStream, location: &str) {
    let answer = format!(
        "HTTP/1.1 302 Found\r\nServer: portal\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    if matches!(tcp.read(&mut [0; 16 * 1024]).await, Ok(1..)) {
        let _ = tcp.write_all(answer.as_bytes()).await;
        let _ = tcp.shutdown().await;
    }
}

/// The other end of a TLS connection that is opened on the way.
fn inspecting() -> Result<TlsAcceptor, SimError> {
    let authority = Arc::new(Authority::named(INSPECTOR)?);
    Ok(TlsAcceptor::from(Arc::new(server_config(&authority)?)))
}

async fn gateway_connection(edge: Arc<Edge>, connection: u64, tcp: TcpStream) {
    serve(
        Door { edge: Arc::clone(&edge), connection, tls: None, flights: None, spoiler: Spoiler::default() },
        tcp,
    )
    .await;
    edge.log.change_connection(connection, |seen| seen.closed = true);
}

async fn serve<S>(door: Door, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = door.connection;
    let service = service_fn(move |request| {
        let door = door.clone();
        async move { Ok::<_, Infallible>(door.answer(request).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
    if let Err(error) = served {
        tracing::debug!(connection, %error, "a connection ended badly");
    }
}

pub(crate) fn tls_seen(tls: &rustls::ServerConnection) -> TlsSeen {
    TlsSeen {
        version: tls.protocol_version().map_or_else(String::new, |version| format!("{version:?}")),
        group: tls
            .negotiated_key_exchange_group()
            .map_or_else(String::new, |group| format!("{:?}", group.name())),
        alpn: tls.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
        sni: tls.server_name().map(str::to_owned),
    }
}
