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
use crate::ingress::{Origin, OriginRequest};
use crate::serve::{at, dial};
use crate::tls;

/// Asks one web server.
pub(crate) type Client = legacy::Client<Dialler, Body>;

/// A client for the service of a rule.
pub(crate) fn client(service: &Origin, settings: &OriginRequest) -> io::Result<Client> {
    let (to, tls) = match service {
        Origin::Http { host, port, tls, .. } => (To::Tcp(at(host, *port)), *tls),
        Origin::Unix { path, tls } => (To::Unix(path.clone()), *tls),
        Origin::Tcp { .. } | Origin::Bastion | Origin::Socks | Origin::Status(_) | Origin::HelloWorld => {
            return Err(io::Error::other("this service is no web server"));
        }
    };
    let tls = tls.then(|| tls::origin_config(settings)).transpose()?;
    let dialler = Dialler { to: Arc::new(to), tls, settings: Arc::new(settings.clone()) };
    let per_host = usize::try_from(settings.keep_alive_connections).unwrap_or(usize::MAX);
    Ok(legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(settings.keep_alive_timeout)
        .pool_max_idle_per_host(per_host)
        .build(dialler))
}

/// Where a request goes. The host is the name that TLS asks for: connections are kept apart by it.
pub(super) fn uri(service: &Origin, settings: &OriginRequest, host: &str, target: &str) -> io::Result<Uri> {
    let own = match service {
        Origin::Http { host, .. } => host.as_str(),
        Origin::Unix { .. }
        | Origin::Tcp { .. }
        | Origin::Bastion
        | Origin::Socks
        | Origin::Status(_)
        | Origin::HelloWorld => "localhost",
    };
    let name = match settings {
        _ if !settings.origin_server_name.is_empty() => &settings.origin_server_name,
        _ if settings.match_sni_to_host => host,
        _ => own,
    };
    let authority = if name.contains(':') { format!("[{name}]") } else { name.to_owned() };
    Uri::builder()
        .scheme("http")
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
    tls: Option<Arc<ClientConfig>>,
    settings: Arc<OriginRequest>,
}

impl Dialler {
    async fn dial(self, uri: Uri) -> io::Result<Dialled> {
        let stream: Box<dyn Stream> = match &*self.to {
            To::Tcp(address) => Box::new(dial(address, self.settings.connect_timeout, &self.settings).await?),
            To::Unix(path) => unix(path, self.settings.connect_timeout).await?,
        };
        let Some(config) = self.tls else { return Ok(Dialled(TokioIo::new(stream))) };
        let name = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(name).map_err(io::Error::other)?;
        let agreed = TlsConnector::from(config).connect(name, stream);
        let agreed = tokio::time::timeout(self.settings.tls_timeout, agreed).await;
        Ok(Dialled(TokioIo::new(Box::new(agreed.map_err(|_| io::ErrorKind::TimedOut)??))))
    }
}

#[cfg(unix)]
async fn unix(path: &std::path::Path, limit: Duration) -> io::Result<Box<dyn Stream>> {
    let stream = tokio::time::timeout(limit, tokio::net::UnixStream::connect(path)).await;
    Ok(Box::new(stream.map_err(|_| io::ErrorKind::TimedOut)??))
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
pub(crate) struct Dialled(TokioIo<Box<dyn Stream>>);

impl Connection for Dialled {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Dialled {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl Write for Dialled {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
