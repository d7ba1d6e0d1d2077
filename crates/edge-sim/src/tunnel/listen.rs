//! Accepts connectors: TLS without ALPN, then HTTP/2 with the roles turned around.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::control;
use super::link::{Http2Link, Link};
use super::seen::LinkProtocol;
use super::tcp::slowed;
use crate::edge::Edge;
use crate::listen::{accept, tls_seen};

/// Name by which connectors only try whether they can connect.
pub(super) const PROBE: &str = "probe.cftunnel.com";
/// How long a connector may take for its handshake.
pub(super) const HANDSHAKE: Duration = Duration::from_secs(20);
/// What a connector may have sent on one stream before it waits.
const STREAM_WINDOW: u32 = 4 << 20;
/// The same on all streams together.
const WINDOW: u32 = 1 << 30;

/// Serves connectors for ever.
pub(crate) async fn serve(edge: Arc<Edge>, listener: TcpListener, acceptor: TlsAcceptor) {
    let mut connections = JoinSet::new();
    loop {
        let tcp = accept(&listener, &mut connections).await;
        if edge.faults.look(|faulty| faulty.connectors_turned_away) {
            continue;
        }
        let (edge, acceptor) = (Arc::clone(&edge), acceptor.clone());
        connections.spawn(async move {
            if let Err(error) = dialled(edge, tcp, acceptor).await {
                tracing::debug!(%error, "a connection of a connector ended");
            }
        });
    }
}

/// A connection over the line as it is now: one that is slow when it begins stays one that may be.
async fn dialled(edge: Arc<Edge>, tcp: TcpStream, acceptor: TlsAcceptor) -> io::Result<()> {
    if !edge.line.is_slow() {
        return connection(edge, tcp, acceptor).await;
    }
    let line = Arc::clone(&edge.line);
    let (near, carried) = slowed(tcp, &line);
    tokio::join!(connection(edge, near, acceptor), carried).0
}

async fn connection<S>(edge: Arc<Edge>, stream: S, acceptor: TlsAcceptor) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut tls = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await??;
    let seen = tls_seen(tls.get_ref().1);
    if seen.sni.as_deref() == Some(PROBE) {
        return until_closed(&mut tls).await;
    }
    let (requests, mut connection) = h2::client::Builder::new()
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_frame_size(64 * 1024)
        .handshake::<_, Bytes>(tls)
        .await
        .map_err(io::Error::other)?;
    let ended = CancellationToken::new();
    let link = Link::Http2(Http2Link::new(requests));
    let number = edge.links.opened(&edge.log, LinkProtocol::Http2, seen, link.clone(), ended.clone());
    let (told, conversation) = (Arc::clone(&edge), ended.clone());
    // Once the conversation is over, only streams that still run keep the connection.
    let conversing = async move {
        match control::converse(&told, number, &link).await {
            Ok(()) => told.links.released(number),
            Err(error) => {
                tracing::debug!(number, %error, "the control stream broke");
                conversation.cancel();
            }
        }
    };
    let mut conversing = Box::pin(conversing);
    let mut is_over = false;
    loop {
        tokio::select! {
            done = &mut connection => {
                edge.links.closed(&edge.log, number);
                return done.map_err(io::Error::other);
            }
            () = &mut conversing, if !is_over => is_over = true,
            () = ended.cancelled() => {
                edge.links.closed(&edge.log, number);
                return Ok(());
            }
        }
    }
}

async fn until_closed(tls: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    let mut rest = [0; 256];
    while tls.read(&mut rest).await? > 0 {}
    Ok(())
}
