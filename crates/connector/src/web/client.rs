//! Connections to one web server, kept for the next request.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper::rt::{Read, Write};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tower_service::Service as Connect;

use super::Body;
use crate::dial::{at, dial};
use crate::ingress::{Origin, OriginRequest};
use crate::tls;

/// What HTTP is called when TLS is agreed on (RFC 7301).
const HTTP1: &[u8] = b"http/1.1";
const HTTP2: &[u8] = b"h2";
/// The host of whatever has no name.
const LOCAL: &str = "localhost";

/// Asks by one way.
type Asking = legacy::Client<Dialler, Body>;

/// Asks one web server.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    requests: Asking,
    /// What becomes a WebSocket: HTTP/2 has no upgrades.
    upgrades: Asking,
}

impl Client {
    /// The way for this kind of request.
    pub(super) fn way(&self, is_upgrade: bool) -> &Asking {
        if is_upgrade { &self.upgrades } else { &self.requests }
    }
}

/// A client for the service of a rule.
pub(crate) fn client(service: &Origin, settings: &OriginRequest) -> io::Result<Client> {
    let (to, host, tls) = match service {
        Origin::Http { host, port, tls, .. } => (To::Tcp(at(host, *port)), host.as_str(), *tls),
        Origin::Unix { path, tls } => (To::Unix(path.clone()), LOCAL, *tls),
        Origin::Tcp { .. } | Origin::Bastion | Origin::Socks | Origin::Status(_) | Origin::HelloWorld => {
            return Err(io::Error::other("this service is no web server"));
        }
    };
    let tls = tls.then(|| tls::origin_config(settings)).transpose()?;
    let dialler = Dialler { to: Arc::new(to), host: host.into(), tls, settings: Arc::new(settings.clone()) };
    let upgrades = asking(dialler.clone(), settings);
    let requests = match &dialler.tls {
        Some(usual) if settings.http2_origin => {
            let mut both = ClientConfig::clone(usual);
            both.alpn_protocols = [HTTP2, HTTP1].map(<[u8]>::to_vec).to_vec();
            asking(Dialler { tls: Some(Arc::new(both)), ..dialler }, settings)
        }
        Some(_) | None => upgrades.clone(),
    };
    Ok(Client { requests, upgrades })
}

fn asking(dialler: Dialler, settings: &OriginRequest) -> Asking {
    let per_host = usize::try_from(settings.keep_alive_connections).unwrap_or(usize::MAX);
    legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(settings.keep_alive_timeout)
        .pool_max_idle_per_host(per_host)
        .build(dialler)
}

/// Where a request goes. Connections are kept apart by its host, which is the name that TLS asks for; where HTTP/2 may
/// be spoken it is the host that the server hears, as that has no other place there.
pub(super) fn uri(service: &Origin, settings: &OriginRequest, heard: &str, target: &str) -> io::Result<Uri> {
    let (own, tls) = match service {
        Origin::Http { host, tls, .. } => (host.as_str(), *tls),
        Origin::Unix { tls, .. } => (LOCAL, *tls),
        Origin::Tcp { .. } | Origin::Bastion | Origin::Socks | Origin::Status(_) | Origin::HelloWorld => {
            (LOCAL, false)
        }
    };
    let is_heard = settings.match_sni_to_host || settings.http2_origin;
    let authority = match own {
        _ if is_heard => heard.to_owned(),
        own if own.contains(':') => format!("[{own}]"),
        own => own.to_owned(),
    };
    Uri::builder()
        .scheme(if tls { "https" } else { "http" })
        .authority(authority)
        .path_and_query(target)
        .build()
        .map_err(io::Error::other)
}

#[derive(Debug)]
enum To {
    Tcp(String),
    Unix(PathBuf),
}

/// Dials one web server.
#[derive(Clone, Debug)]
pub(crate) struct Dialler {
    to: Arc<To>,
    /// As the service's address names it.
    host: Arc<str>,
    tls: Option<Arc<ClientConfig>>,
    settings: Arc<OriginRequest>,
}

impl Dialler {
    async fn dial(self, uri: Uri) -> io::Result<Dialled> {
        let stream: Box<dyn Stream> = match &*self.to {
            To::Tcp(address) => Box::new(dial(address, self.settings.connect_timeout, &self.settings).await?),
            To::Unix(path) => unix(path, self.settings.connect_timeout).await?,
        };
        let Some(config) = &self.tls else {
            return Ok(Dialled { stream: TokioIo::new(stream), is_http2: false });
        };
        let name = ServerName::try_from(self.name(&uri)).map_err(io::Error::other)?;
        let agreed = TlsConnector::from(Arc::clone(config)).connect(name, stream);
        let agreed = tokio::time::timeout(self.settings.tls_timeout, agreed).await;
        let agreed = agreed.map_err(|_| self.took_too_long())??;
        let is_http2 = agreed.get_ref().1.alpn_protocol() == Some(HTTP2);
        Ok(Dialled { stream: TokioIo::new(Box::new(agreed)), is_http2 })
    }

    /// The name that the server's certificate has to be for.
    fn name(&self, uri: &Uri) -> String {
        let settings = &self.settings;
        let name = match uri.host() {
            _ if !settings.origin_server_name.is_empty() => &settings.origin_server_name,
            Some(heard) if settings.match_sni_to_host => heard,
            Some(_) | None => &*self.host,
        };
        name.trim_matches(['[', ']']).to_owned()
    }

    fn took_too_long(&self) -> io::Error {
        let (host, limit) = (&self.host, self.settings.tls_timeout);
        io::Error::new(io::ErrorKind::TimedOut, format!("{host} did not agree on TLS within {limit:?}"))
    }
}

#[cfg(unix)]
async fn unix(path: &std::path::Path, limit: Duration) -> io::Result<Box<dyn Stream>> {
    let connected = tokio::time::timeout(limit, tokio::net::UnixStream::connect(path)).await;
    let connected = connected.unwrap_or_else(|_| {
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {limit:?}")))
    });
    let failed =
        |error: io::Error| io::Error::new(error.kind(), format!("cannot reach {}: {error}", path.display()));
    Ok(Box::new(connected.map_err(failed)?))
}

#[cfg(not(unix))]
async fn unix(_: &std::path::Path, _: Duration) -> io::Result<Box<dyn Stream>> {
    std::future::ready(Err(io::Error::other("this system has no such sockets here"))).await
}

/// Whatever a web server is reached by.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Connect<Uri> for Dialler {
    type Response = Dialled;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Dialled>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().dial(uri))
    }
}

/// A connection to a web server.
pub(crate) struct Dialled {
    stream: TokioIo<Box<dyn Stream>>,
    is_http2: bool,
}

impl Connection for Dialled {
    fn connected(&self) -> Connected {
        let connected = Connected::new();
        if self.is_http2 { connected.negotiated_h2() } else { connected }
    }
}

impl Read for Dialled {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl Write for Dialled {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
