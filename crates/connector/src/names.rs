//! Asks name servers what the system's own resolver cannot be asked, or does not answer: services, and addresses over TLS.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio_rustls::TlsConnector;
use wire::dns::{self, Kind, Record, Unusable};

/// How long one server may take for a packet.
const PACKET: Duration = Duration::from_secs(2);
/// How long an answer over a stream may take, TLS included (`tunnel.md` 1.1).
const STREAM: Duration = Duration::from_secs(15);
/// The largest answer that fits into a packet.
const LARGEST_PACKET: usize = 4096;
/// Servers of the system that are asked.
const SERVERS: usize = 3;
/// Where the system writes down its servers.
const RESOLV_CONF: &str = "/etc/resolv.conf";
const DNS: u16 = 53;

/// Whom to ask.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// Whether the system's own resolver is asked for addresses.
    pub(crate) asks_system: bool,
    servers: Vec<SocketAddr>,
    over_tls: OverTls,
}

/// A server that answers over TLS, which hardly any network stands in the way of.
#[derive(Clone, Debug)]
pub(crate) struct OverTls {
    pub(crate) at: SocketAddr,
    pub(crate) name: &'static str,
    pub(crate) tls: Arc<ClientConfig>,
}

impl Names {
    /// The servers of this system, and Cloudflare's own over TLS.
    pub(crate) fn of_system(tls: Arc<ClientConfig>) -> Self {
        let text = std::fs::read_to_string(RESOLV_CONF).unwrap_or_default();
        let over_tls = OverTls { at: ([1, 1, 1, 1], 853).into(), name: "cloudflare-dns.com", tls };
        Self { asks_system: true, servers: servers(&text), over_tls }
    }

    /// Hosts and ports that do a service, those to be asked first in front; by the system's servers, else over TLS.
    pub(crate) async fn services(&self, name: &str) -> io::Result<Vec<(String, u16)>> {
        let records = match self.by_system(name, Kind::Service).await {
            Ok(records) => records,
            Err(error) => {
                tracing::debug!(name, %error, "the system's name servers do not know the service");
                self.by_tls(name, Kind::Service).await?
            }
        };
        let mut services: Vec<(u16, u16, String, u16)> = Vec::new();
        for record in records {
            if let Record::Service { priority, weight, port, host } = record {
                services.push((priority, u16::MAX - weight, host, port));
            }
        }
        services.sort();
        Ok(services.into_iter().map(|(_, _, host, port)| (host, port)).collect())
    }

    /// Addresses of a host, over TLS.
    pub(crate) async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let (four, six) = tokio::join!(self.by_tls(host, Kind::Four), self.by_tls(host, Kind::Six));
        let found = match (four, six) {
            (Ok(four), Ok(six)) => [four, six].concat(),
            (Ok(only), Err(_)) | (Err(_), Ok(only)) => only,
            (Err(error), Err(_)) => return Err(error),
        };
        let address = |record| match record {
            Record::Address(address) => Some(address),
            Record::Service { .. } => None,
        };
        Ok(found.into_iter().filter_map(address).collect())
    }

    async fn by_system(&self, name: &str, kind: Kind) -> io::Result<Vec<Record>> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the system names no server");
        for server in &self.servers {
            let asked = match tokio::time::timeout(PACKET, by_packet(*server, name, kind)).await {
                Ok(Err(Asked::Cut)) => {
                    let stream = async { over_stream(TcpStream::connect(server).await?, name, kind).await };
                    tokio::time::timeout(STREAM, stream)
                        .await
                        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
                }
                Ok(Err(Asked::Failed(error))) => Err(error),
                Ok(Ok(records)) => Ok(records),
                Err(_) => Err(io::ErrorKind::TimedOut.into()),
            };
            match asked {
                Ok(records) => return Ok(records),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn by_tls(&self, name: &str, kind: Kind) -> io::Result<Vec<Record>> {
        let OverTls { at, name: server, tls } = &self.over_tls;
        let asked = async {
            let server = ServerName::try_from(*server).map_err(io::Error::other)?;
            let tcp = TcpStream::connect(at).await?;
            over_stream(TlsConnector::from(Arc::clone(tls)).connect(server, tcp).await?, name, kind).await
        };
        tokio::time::timeout(STREAM, asked).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }
}

/// Why a packet did not answer.
enum Asked {
    /// The answer wants a stream.
    Cut,
    Failed(io::Error),
}

impl From<io::Error> for Asked {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

async fn by_packet(server: SocketAddr, name: &str, kind: Kind) -> Result<Vec<Record>, Asked> {
    let id = id()?;
    let own: SocketAddr = if server.is_ipv4() { ([0; 4], 0).into() } else { ([0_u16; 8], 0).into() };
    let socket = UdpSocket::bind(own).await?;
    socket.connect(server).await?;
    socket.send(&dns::question(id, name, kind).map_err(io::Error::other)?).await?;
    let mut packet = vec![0; LARGEST_PACKET];
    loop {
        let length = socket.recv(&mut packet).await?;
        match dns::answer(&packet[..length], id, name, kind) {
            Ok(records) => return Ok(records),
            Err(Unusable::Cut) => return Err(Asked::Cut),
            // Somebody else's guess, or an answer that came late.
            Err(Unusable::Other) => {}
            Err(error) => return Err(Asked::Failed(io::Error::other(error))),
        }
    }
}

/// RFC 1035 4.2.2: each message behind its length.
async fn over_stream(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    name: &str,
    kind: Kind,
) -> io::Result<Vec<Record>> {
    let id = id()?;
    let question = dns::question(id, name, kind).map_err(io::Error::other)?;
    let length = u16::try_from(question.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes()[..], &question].concat()).await?;
    stream.flush().await?;
    let length = stream.read_u16().await?;
    let mut message = vec![0; usize::from(length)];
    stream.read_exact(&mut message).await?;
    dns::answer(&message, id, name, kind).map_err(io::Error::other)
}

fn id() -> io::Result<u16> {
    let mut bytes = [0; 2];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(u16::from_be_bytes(bytes))
}

/// The servers in the system's file of them.
fn servers(text: &str) -> Vec<SocketAddr> {
    let named = text.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
    let addresses = named.filter_map(|rest| rest.trim().split('%').next()?.parse::<IpAddr>().ok());
    addresses.take(SERVERS).map(|address| (address, DNS).into()).collect()
}

#[cfg(test)]
mod tests;
