//! One connection to the edge over HTTP/2. We dial, and yet it is the edge that sends the requests.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use h2::server::{Connection, SendResponse};
use h2::{Ping, PingPong, RecvStream};
use http::Request;
use rustls::pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::board::Board;
use crate::connector::Shared;
use crate::error::{LinkError, broken};
use crate::exchange::{Answerer, Asked, Http2Answerer, Http2Reader, Kind, Reader};
use crate::protocol::Protocol;
use crate::rpc_stream::RpcStream;
use crate::session::{Session, Taken, until, within};
use crate::talk::{News, Talk};
use crate::{pushed, serve, tls};

/// How long the edge may take to accept, to agree on TLS, to begin.
const DIAL: Duration = Duration::from_secs(5);
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How often to ask whether the edge is still there, and how long to wait for its word.
const PING: Duration = Duration::from_secs(4);
const PONG: Duration = Duration::from_secs(5);
/// What may be on its way to one stream, and to all of them: one that stalls must not stop the others, and the whole
/// must be large enough for a fast line that is long.
const STREAM_WINDOW: u32 = 4 << 20;
const WINDOW: u32 = 64 << 20;
const FRAME: u32 = 256 * 1024;
const HEADERS: u32 = 1 << 20;
/// Streams that the edge takes back at once are its right, and no attack.
const RESETS: usize = 1 << 16;

/// Longest configuration that the edge may send.
const CONFIGURATION: usize = 4 << 20;

/// Marks requests that are not plain ones, and tells what they are.
const UPGRADE: &str = "cf-cloudflared-proxy-connection-upgrade";
/// Marks streams of bytes.
const SOURCE: &str = "cf-cloudflared-proxy-src";

type Link = Connection<TlsStream<TcpStream>, Bytes>;
type Arrival = (Request<RecvStream>, SendResponse<Bytes>);

/// A connection of which TLS and HTTP/2 are agreed.
pub(crate) struct Http2Link {
    connection: Link,
    local: IpAddr,
}

/// Runs until the connection ends. No error after a proper leave.
pub(crate) async fn serve(
    session: &Session<'_>,
    mut link: Http2Link,
    taken: &mut Taken,
) -> Result<(), LinkError> {
    let Some(pings) = link.connection.ping_pong() else { return Err(LinkError::Closed) };
    let board = &session.shared.board;
    let mut alive = std::pin::pin!(alive(pings, |time| board.pinged(session.index, Some(time))));
    let _gone = Gone(board, session.index);
    let mut streams = JoinSet::new();
    let (tell, mut told) = mpsc::channel(4);
    let mut left = None;
    loop {
        tokio::select! {
            arrived = link.connection.accept() => match arrived {
                Some(arrived) => begin(session, arrived.map_err(broken)?, link.local, &tell, &mut streams),
                None if left.is_some() => return Ok(()),
                None => return Err(LinkError::Closed),
            },
            Some(_) = streams.join_next() => {}
            Some(news) = told.recv() => match news {
                News::Registered(details) => session.taken(taken, Protocol::Http2, details),
                News::Ended(error) => return Err(error),
                News::Left => {
                    link.connection.graceful_shutdown();
                    left = Some(tokio::time::Instant::now() + session.shared.grace);
                }
            },
            error = &mut alive => return Err(error),
            () = until(left) => return Ok(()),
        }
    }
}

/// Whoever ends a handshake has shown nothing yet that could be trusted or not: an edge that restarts does so as well.
fn not_agreed(address: SocketAddr, error: &io::Error) -> LinkError {
    let detail = error.to_string();
    if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) {
        LinkError::Untrusted { address, detail }
    } else {
        LinkError::HungUp { address, detail }
    }
}

/// Dials, and agrees on TLS and HTTP/2.
pub(crate) async fn connect(session: &Session<'_>) -> Result<Http2Link, LinkError> {
    let (address, shared) = (session.address, session.shared);
    let unreachable = |detail: String| LinkError::Unreachable { address, detail };
    let tcp = within("connect", DIAL, dial(address, shared.from)).await?;
    let tcp = tcp.map_err(|error| unreachable(error.to_string()))?;
    tcp.set_nodelay(true).map_err(broken)?;
    let keep = TcpKeepalive::new().with_time(Duration::from_secs(15)).with_interval(Duration::from_secs(15));
    SockRef::from(&tcp).set_tcp_keepalive(&keep).map_err(broken)?;
    let local = tcp.local_addr().map_err(broken)?.ip();
    let name = ServerName::try_from(tls::HTTP2_NAME).map_err(broken)?;
    let connector = TlsConnector::from(Arc::clone(&shared.tls));
    let tls = within("TLS", HANDSHAKE, connector.connect(name, tcp)).await?;
    let tls = tls.map_err(|error| not_agreed(address, &error))?;
    let mut builder = h2::server::Builder::new();
    builder
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_frame_size(FRAME)
        .max_header_list_size(HEADERS)
        .max_concurrent_streams(u32::MAX)
        .max_pending_accept_reset_streams(RESETS)
        .max_concurrent_reset_streams(RESETS)
        .max_local_error_reset_streams(None);
    let connection = within("HTTP/2", HANDSHAKE, builder.handshake(tls)).await?.map_err(broken)?;
    Ok(Http2Link { connection, local })
}

fn begin(
    session: &Session<'_>,
    (request, answer): Arrival,
    local: IpAddr,
    tell: &mpsc::Sender<News>,
    streams: &mut JoinSet<()>,
) {
    let shared = Arc::clone(session.shared);
    let upgrade = request.headers().get(UPGRADE).map(|value| value.as_bytes().to_vec());
    let answer = Http2Answerer::new(answer);
    let kind = match upgrade.as_deref() {
        Some(b"update-configuration") => {
            let body = Http2Reader::new(request.into_body());
            drop(streams.spawn(configure(shared, body, answer)));
            return;
        }
        Some(b"websocket") => Kind::WebSocket,
        _ if request.headers().get(SOURCE).is_some_and(|value| !value.is_empty()) => Kind::Tcp,
        Some(b"control-stream") => {
            let from = Reader::Http2(Http2Reader::new(request.into_body()));
            let (talk, tell) = (Talk::new(session, Some(local)), tell.clone());
            drop(streams.spawn(async move {
                match answer.own(None) {
                    Ok(to) => talk.hold(RpcStream::new(from, to), tell).await,
                    // Nobody listens any more once the connection is gone.
                    Err(error) => drop(tell.send(News::Ended(broken(error))).await),
                }
            }));
            return;
        }
        Some(_) | None => Kind::Http,
    };
    drop(streams.spawn(serve::answer(shared, asked(kind, request), Answerer::Http2(answer))));
}

/// Takes new rules from the edge.
async fn configure(shared: Arc<Shared>, mut body: Http2Reader, answer: Http2Answerer) {
    let mut json = BytesMut::new();
    let taken = async {
        while let Some(bytes) = body.next().await? {
            if json.len() + bytes.len() > CONFIGURATION {
                return Err(io::Error::other("the configuration is too large"));
            }
            json.extend_from_slice(&bytes);
        }
        let told = pushed::in_one(&shared, &json);
        answer.own(Some(told.to_string().into())).map(drop)
    };
    if let Err(error) = taken.await {
        tracing::warn!(%error, "a configuration of the edge did not arrive");
    }
}

fn asked(kind: Kind, request: Request<RecvStream>) -> Box<Asked> {
    let (mut parts, body) = request.into_parts();
    parts.headers.remove(UPGRADE);
    let named = parts.headers.get("host").and_then(|host| host.to_str().ok()).map(str::to_owned);
    let authority = parts.uri.authority().map(|authority| authority.as_str().to_owned());
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    Box::new(Asked {
        kind,
        method: parts.method,
        authority: authority.or(named).unwrap_or_default(),
        target,
        headers: parts.headers,
        body: Reader::Http2(Http2Reader::new(body)),
    })
}

async fn dial(to: SocketAddr, from: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = if to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    if let Some(from) = from {
        socket.bind((from, 0).into())?;
    }
    socket.connect(to).await
}

/// Nothing is known of the round trip once the connection is gone.
struct Gone<'a>(&'a Board, u8);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        self.0.pinged(self.1, None);
    }
}

/// Returns when the edge does not answer any more; tells how long each of its answers took.
async fn alive(mut pings: PingPong, tell: impl Fn(Duration)) -> LinkError {
    loop {
        tokio::time::sleep(PING).await;
        let asked = Instant::now();
        match tokio::time::timeout(PONG, pings.ping(Ping::opaque())).await {
            Ok(Ok(_)) => tell(asked.elapsed()),
            Ok(Err(error)) => return broken(error),
            Err(_) => return LinkError::Silent { step: "ping", after: PING + PONG },
        }
    }
}
