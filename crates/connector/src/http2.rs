//! One connection to the edge over HTTP/2. We dial, and yet it is the edge that sends the requests.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::server::{Connection, SendResponse};
use h2::{Ping, PingPong, RecvStream};
use http::Request;
use rustls::pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;
use wire::tunnel::rpc::Registered;

use crate::connector::{LOCAL, Shared};
use crate::control::Control;
use crate::error::{LinkError, broken};
use crate::exchange::{Answerer, Asked, Kind, Reader};
use crate::{serve, tls};

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

/// Marks requests that are not plain ones, and tells what they are.
const UPGRADE: &str = "cf-cloudflared-proxy-connection-upgrade";
/// Marks streams of bytes.
const SOURCE: &str = "cf-cloudflared-proxy-src";

type Link = Connection<TlsStream<TcpStream>, Bytes>;
type Arrival = (Request<RecvStream>, SendResponse<Bytes>);

/// What the conversation with the edge has come to.
enum News {
    Registered(Registered),
    Ended(LinkError),
    /// The edge knows that we leave.
    Left,
}

/// One connection from its dialling to its end.
pub(crate) struct Session<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    pub(crate) index: u8,
    pub(crate) address: SocketAddr,
    pub(crate) attempts: u8,
    /// Asks to leave in due form.
    pub(crate) stop: &'a CancellationToken,
}

impl Session<'_> {
    /// Runs until the connection ends; `registered` hears when the edge has taken it. No error after a proper leave.
    pub(crate) async fn run(self, registered: oneshot::Sender<Registered>) -> Result<(), LinkError> {
        let (mut link, local) = tokio::select! {
            connected = self.connect() => connected?,
            () = self.stop.cancelled() => return Ok(()),
        };
        let Some(pings) = link.ping_pong() else { return Err(LinkError::Closed) };
        let mut alive = std::pin::pin!(alive(pings));
        let mut streams = JoinSet::new();
        let (tell, mut told) = mpsc::channel(4);
        let mut registered = Some(registered);
        let mut left = None;
        loop {
            tokio::select! {
                arrived = link.accept() => match arrived {
                    Some(arrived) => self.begin(arrived.map_err(broken)?, local, &tell, &mut streams),
                    None if left.is_some() => return Ok(()),
                    None => return Err(LinkError::Closed),
                },
                Some(_) = streams.join_next() => {}
                Some(news) = told.recv() => match news {
                    News::Registered(details) => drop(registered.take().map(|tell| tell.send(details))),
                    News::Ended(error) => return Err(error),
                    News::Left => {
                        link.graceful_shutdown();
                        left = Some(tokio::time::Instant::now() + self.shared.grace);
                    }
                },
                error = &mut alive => return Err(error),
                () = until(left) => return Ok(()),
            }
        }
    }

    async fn connect(&self) -> Result<(Link, IpAddr), LinkError> {
        let address = self.address;
        let unreachable = |detail: String| LinkError::Unreachable { address, detail };
        let tcp = within("connect", DIAL, dial(address, self.shared.from)).await?;
        let tcp = tcp.map_err(|error| unreachable(error.to_string()))?;
        tcp.set_nodelay(true).map_err(broken)?;
        let keep =
            TcpKeepalive::new().with_time(Duration::from_secs(15)).with_interval(Duration::from_secs(15));
        SockRef::from(&tcp).set_tcp_keepalive(&keep).map_err(broken)?;
        let local = tcp.local_addr().map_err(broken)?.ip();
        let name = ServerName::try_from(tls::HTTP2_NAME).map_err(broken)?;
        let connector = TlsConnector::from(Arc::clone(&self.shared.tls));
        let tls = within("TLS", HANDSHAKE, connector.connect(name, tcp)).await?;
        let tls = tls.map_err(|error| LinkError::Untrusted { address, detail: error.to_string() })?;
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
        let link = within("HTTP/2", HANDSHAKE, builder.handshake(tls)).await?;
        Ok((link.map_err(broken)?, local))
    }

    fn begin(
        &self,
        (request, answer): Arrival,
        local: IpAddr,
        tell: &mpsc::Sender<News>,
        streams: &mut JoinSet<()>,
    ) {
        let shared = Arc::clone(self.shared);
        let upgrade = request.headers().get(UPGRADE).map(|value| value.as_bytes().to_vec());
        let kind = match upgrade.as_deref() {
            Some(b"update-configuration") => {
                drop(streams.spawn(serve::configure(
                    shared,
                    Reader::new(request.into_body()),
                    Answerer::new(answer),
                )));
                return;
            }
            Some(b"websocket") => Kind::WebSocket,
            _ if request.headers().get(SOURCE).is_some_and(|value| !value.is_empty()) => Kind::Tcp,
            Some(b"control-stream") => {
                let talk = Talk {
                    shared,
                    index: self.index,
                    attempts: self.attempts,
                    local,
                    stop: self.stop.clone(),
                };
                let (from, answer) = (Reader::new(request.into_body()), Answerer::new(answer));
                drop(streams.spawn(talk.hold(from, answer, tell.clone())));
                return;
            }
            Some(_) | None => Kind::Http,
        };
        drop(streams.spawn(serve::answer(shared, asked(kind, request), Answerer::new(answer))));
    }
}

/// The conversation on one connection.
struct Talk {
    shared: Arc<Shared>,
    index: u8,
    attempts: u8,
    local: IpAddr,
    stop: CancellationToken,
}

impl Talk {
    async fn hold(self, from: Reader, answer: Answerer, tell: mpsc::Sender<News>) {
        let ended = match answer.own(None) {
            Ok(to) => self.converse(Control::new(from, to), &tell).await,
            Err(error) => Err(broken(error)),
        };
        // Nobody listens any more once the connection is gone.
        drop(tell.send(ended.map_or_else(News::Ended, |()| News::Left)).await);
    }

    async fn converse(&self, mut control: Control, tell: &mpsc::Sender<News>) -> Result<(), LinkError> {
        let details =
            control.register(self.shared.registration(self.index, self.attempts, self.local)).await?;
        let tells_rules = self.index == 0 && !details.remotely_managed;
        drop(tell.send(News::Registered(details)).await);
        let mut rules = self.shared.watch_rules();
        if tells_rules {
            rules.mark_changed();
        }
        loop {
            tokio::select! {
                error = control.over() => return Err(error),
                Ok(()) = rules.changed(), if tells_rules => {
                    let is_local = rules.borrow_and_update().0 == LOCAL;
                    if is_local && let Err(error) = control.tell(self.shared.rules_as_json()).await {
                        tracing::warn!(%error, "the edge did not take these rules; they count all the same");
                    }
                }
                () = self.stop.cancelled() => return control.leave().await,
            }
        }
    }
}

fn asked(kind: Kind, request: Request<RecvStream>) -> Asked {
    let (mut parts, body) = request.into_parts();
    parts.headers.remove(UPGRADE);
    let named = parts.headers.get("host").and_then(|host| host.to_str().ok()).map(str::to_owned);
    let authority = parts.uri.authority().map(|authority| authority.as_str().to_owned());
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    Asked {
        kind,
        method: parts.method,
        authority: authority.or(named).unwrap_or_default(),
        target,
        headers: parts.headers,
        body: Reader::new(body),
    }
}

async fn dial(to: SocketAddr, from: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = if to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    if let Some(from) = from {
        socket.bind((from, 0).into())?;
    }
    socket.connect(to).await
}

/// Returns when the edge does not answer any more.
async fn alive(mut pings: PingPong) -> LinkError {
    loop {
        tokio::time::sleep(PING).await;
        match tokio::time::timeout(PONG, pings.ping(Ping::opaque())).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return broken(error),
            Err(_) => return LinkError::Silent { step: "ping", after: PING + PONG },
        }
    }
}

async fn within<T>(
    step: &'static str,
    after: Duration,
    work: impl Future<Output = T>,
) -> Result<T, LinkError> {
    tokio::time::timeout(after, work).await.map_err(|_| LinkError::Silent { step, after })
}

/// Never, where there is no such time.
async fn until(time: Option<tokio::time::Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
