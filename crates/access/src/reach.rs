//! Opens connections: name, TCP, proxy, TLS, each with its own time limit and its own way to fail.
//!
//! Everything that leaves this crate leaves through here, so the realm's routes, the proxies, the socket options and the
//! wording of failures are the same for discovery, log-in and the carrier.

mod proxy;
mod race;
mod sent;
mod socket;

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use profile::{Proxies, Proxy, ProxyKind, Way};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use wire::Realm;

pub(crate) use self::proxy::lead;
pub(crate) use self::sent::{Sent, sent};
use self::socket::Socket;
use crate::classify::of_lookup;
use crate::error::Step;
use crate::limit::{CONNECT, SECURE};
use crate::{AccessError, trust};

/// A secured connection. The buffer stands under TLS because rustls asks its socket for 4 KiB at a time, which would
/// be five system calls for one full record.
pub(crate) type Link = TlsStream<BufReader<Socket>>;

/// The port of HTTP without TLS.
const UNSECURED: u16 = 80;
const RECEIVE_BUFFER: usize = 64 * 1024;

/// Opens connections within one realm.
#[derive(Clone)]
pub(crate) struct Dialler {
    realm: Arc<Realm>,
    proxies: Arc<Proxies>,
    tls: Arc<ClientConfig>,
}

impl Dialler {
    pub(crate) fn new(realm: Arc<Realm>, proxies: Proxies, tls: Arc<ClientConfig>) -> Self {
        Self { realm, proxies: Arc::new(proxies), tls }
    }

    /// Connects to `host` (as a URL writes it: brackets around IPv6) and finishes the TLS handshake.
    pub(crate) async fn link(&self, host: &str, port: u16) -> Result<Link, AccessError> {
        self.link_as(host, host, port).await
    }

    /// The same, where the certificate has to be for `name`.
    pub(crate) async fn link_as(&self, name: &str, host: &str, port: u16) -> Result<Link, AccessError> {
        let socket = match self.way(host, port) {
            Way::Direct => buffered(Socket::Plain(self.connect(host, port).await?)),
            Way::Through(proxy) => self.through(proxy, host, port).await?,
            Way::Unclear(variable) => {
                let detail = "its address cannot be understood".to_owned();
                return Err(AccessError::ProxyUnreachable { proxy: variable.to_owned(), detail });
            }
        };
        self.secure(name, socket).await
    }

    /// What the realm routes by itself needs no proxy.
    pub(crate) fn way(&self, host: &str, port: u16) -> Way<'_> {
        if self.realm.route(host).is_some() { Way::Direct } else { self.proxies.way(host, port) }
    }

    async fn through(&self, proxy: &Proxy, host: &str, port: u16) -> Result<BufReader<Socket>, AccessError> {
        tracing::debug!(%proxy, host, "the way leads through a proxy");
        let of_proxy = |error| proxy_error(proxy, error);
        let stream = self.connect(proxy.host(), proxy.port()).await.map_err(of_proxy)?;
        let socket = match proxy.kind() {
            ProxyKind::Http | ProxyKind::Socks5 => Socket::Plain(stream),
            ProxyKind::Https => {
                let secured = self.secure(proxy.host(), BufReader::new(stream)).await.map_err(of_proxy)?;
                Socket::Secured(Box::new(secured))
            }
        };
        let mut socket = buffered(socket);
        lead(&mut socket, proxy, host, port).await?;
        Ok(socket)
    }

    async fn secure<S>(&self, host: &str, socket: S) -> Result<TlsStream<S>, AccessError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let name = ServerName::try_from(bare(host).to_owned())
            .map_err(|_| AccessError::NoSuchName { host: host.to_owned() })?;
        let handshake = TlsConnector::from(Arc::clone(&self.tls)).connect(name, socket);
        limited(host, Step::Securing, SECURE, async {
            handshake.await.map_err(|error| trust::handshake_error(host, &error))
        })
        .await
    }

    /// Connects to where pages are shown in the clear.
    pub(crate) async fn unsecured(&self, host: &str) -> Result<TcpStream, AccessError> {
        self.connect(host, UNSECURED).await
    }

    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, AccessError> {
        limited(host, Step::Connecting, CONNECT, self.socket(host, port)).await
    }

    async fn socket(&self, host: &str, port: u16) -> Result<TcpStream, AccessError> {
        let addresses = self.addresses(host, port).await?;
        race::first_to_connect(addresses)
            .await
            .map_err(|error| AccessError::Unreachable { host: host.to_owned(), detail: error.to_string() })
    }

    /// Where `host` may be reached, as the realm or the system says.
    pub(crate) async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, AccessError> {
        if let Some(route) = self.realm.route(host) {
            return Ok(vec![route]);
        }
        let host = bare(host);
        if let Ok(literal) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(literal, port)]);
        }
        match tokio::net::lookup_host((host, port)).await {
            Ok(found) => Ok(found.collect()),
            Err(error) => {
                tracing::debug!(host, %error, "the name was not found");
                Err(of_lookup(host, !has_no_network()))
            }
        }
    }
}

fn buffered(socket: Socket) -> BufReader<Socket> {
    BufReader::with_capacity(RECEIVE_BUFFER, socket)
}

/// What it means for the host that its proxy could not be reached. A certificate that is not trusted or a wrong clock
/// stay what they are.
fn proxy_error(proxy: &Proxy, error: AccessError) -> AccessError {
    if let AccessError::Unreachable { detail, .. } | AccessError::Broken { detail, .. } = &error {
        return proxy::unreachable(proxy, detail);
    }
    if let AccessError::NoSuchName { .. } | AccessError::TimedOut { .. } = &error {
        return proxy::unreachable(proxy, &error);
    }
    error
}

/// Runs `step` towards `host` for at most `limit`.
pub(crate) async fn limited<T>(
    host: &str,
    step: Step,
    limit: Duration,
    work: impl Future<Output = Result<T, AccessError>>,
) -> Result<T, AccessError> {
    timeout(limit, work)
        .await
        .unwrap_or_else(|_| Err(AccessError::TimedOut { host: host.to_owned(), step, after: limit }))
}

fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Whether no route leads anywhere. Connecting a datagram socket sends nothing; it only asks the routing table.
fn has_no_network() -> bool {
    let leads_out =
        |from: &str, to: &str| UdpSocket::bind(from).is_ok_and(|socket| socket.connect(to).is_ok());
    !leads_out("0.0.0.0:0", "198.51.100.1:53") && !leads_out("[::]:0", "[2001:db8::1]:53")
}
