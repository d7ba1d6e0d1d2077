//! Name servers that tell connectors where the edge is (`tunnel.md` 1.1): one that is asked by packets and by streams, as
//! the system's own is, and one over TLS, as Cloudflare's.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener as StdListener, UdpSocket as StdSocket};
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::error::SimError;
use crate::listen::accept;

/// The service that connectors look for, in any region.
const SERVICE: &str = "v2-origintunneld._tcp.argotunnel.com";
const HEADER: usize = 12;
/// What is asked for: addresses of version four, of version six, a service (RFC 1035, RFC 3596, RFC 2782).
const FOUR: u16 = 1;
const SIX: u16 = 28;
const SERVICES: u16 = 33;
/// An answer of a server that has asked others, and the same where there is no such name.
const ANSWER: [u8; 2] = [0x81, 0x80];
const NO_SUCH_NAME: [u8; 2] = [0x81, 0x83];

/// Who may be asked where the edge is, and what is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamesPlan {
    /// Where packets and plain streams are answered, if anywhere.
    pub plain: Option<SocketAddr>,
    /// Where streams over TLS are answered, if anywhere.
    pub over_tls: Option<SocketAddr>,
    /// The hosts that connectors are to dial, the first region's first, and their addresses.
    pub hosts: Vec<(String, Vec<IpAddr>)>,
}

/// What is bound, and answers once it is served.
pub(crate) struct NameServers {
    plain: Option<(StdListener, StdSocket)>,
    over_tls: Option<StdListener>,
    told: Arc<Told>,
}

/// What every server tells.
#[derive(Debug)]
struct Told {
    hosts: Vec<(String, Vec<IpAddr>)>,
    /// Where connectors reach all of them.
    port: u16,
}

impl NameServers {
    /// Binds what is planned, for an edge that connectors reach at this port.
    pub(crate) fn bind(plan: &NamesPlan, port: u16) -> Result<Self, SimError> {
        let listen = |address: SocketAddr| {
            let failed = |source| SimError::Listen { address, source };
            let listener = StdListener::bind(address).map_err(failed)?;
            listener.set_nonblocking(true).map_err(failed)?;
            Ok(listener)
        };
        let packets = |address: SocketAddr| {
            let failed = |source| SimError::Listen { address, source };
            let socket = StdSocket::bind(address).map_err(failed)?;
            socket.set_nonblocking(true).map_err(failed)?;
            Ok(socket)
        };
        let both = |address| Ok((listen(address)?, packets(address)?));
        Ok(Self {
            plain: plan.plain.map(both).transpose()?,
            over_tls: plan.over_tls.map(listen).transpose()?,
            told: Arc::new(Told { hosts: plan.hosts.clone(), port }),
        })
    }

    /// Serves for ever, where there is anything to serve.
    pub(crate) async fn serve(self, acceptor: TlsAcceptor) {
        let mut tasks = JoinSet::new();
        if let Some((listener, socket)) = self.plain {
            tasks.spawn(packets(socket, Arc::clone(&self.told)));
            tasks.spawn(streams(listener, Arc::clone(&self.told), None));
        }
        if let Some(listener) = self.over_tls {
            tasks.spawn(streams(listener, self.told, Some(acceptor)));
        }
        while let Some(done) = tasks.join_next().await {
            tracing::warn!(?done, "a name server has ended");
        }
    }
}

async fn packets(socket: StdSocket, told: Arc<Told>) -> io::Result<()> {
    let (socket, mut packet) = (UdpSocket::from_std(socket)?, [0; 512]);
    loop {
        let (length, from) = socket.recv_from(&mut packet).await?;
        if let Some(answer) = told.answer(&packet[..length]) {
            socket.send_to(&answer, from).await?;
        }
    }
}

async fn streams(listener: StdListener, told: Arc<Told>, acceptor: Option<TlsAcceptor>) -> io::Result<()> {
    let (listener, mut connections) = (TcpListener::from_std(listener)?, JoinSet::new());
    loop {
        let tcp = accept(&listener, &mut connections).await;
        let (told, acceptor) = (Arc::clone(&told), acceptor.clone());
        connections.spawn(async move {
            let served = match acceptor {
                Some(acceptor) => match acceptor.accept(tcp).await {
                    Ok(tls) => told.serve(tls).await,
                    Err(error) => Err(error),
                },
                None => told.serve(tcp).await,
            };
            if let Err(error) = served {
                tracing::debug!(%error, "whoever asked for names is gone");
            }
        });
    }
}

impl Told {
    /// Each message stands behind its length (RFC 1035 4.2.2).
    async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        loop {
            let mut question = vec![0; usize::from(stream.read_u16().await?)];
            stream.read_exact(&mut question).await?;
            let answer = self.answer(&question).ok_or(io::ErrorKind::InvalidData)?;
            let length = u16::try_from(answer.len()).map_err(io::Error::other)?;
            stream.write_all(&[&length.to_be_bytes()[..], &answer].concat()).await?;
            stream.flush().await?;
        }
    }

    /// The answer to one question; nothing to what is none.
    fn answer(&self, message: &[u8]) -> Option<Vec<u8>> {
        let (name, end) = asked(message)?;
        let kind = u16::from_be_bytes([*message.get(end)?, *message.get(end + 1)?]);
        let known = self.records(&name, kind);
        let mut answer = message.get(..end + 4)?.to_vec();
        answer[2..4].copy_from_slice(if known.is_some() { &ANSWER } else { &NO_SUCH_NAME });
        // One question, and no records yet.
        answer[4..HEADER].copy_from_slice(&[0, 1, 0, 0, 0, 0, 0, 0]);
        for data in known.unwrap_or_default() {
            answer[7] += 1;
            // The name in the question; this kind, in the Internet; for a minute.
            answer.extend([0xc0, 12]);
            answer.extend(kind.to_be_bytes());
            answer.extend([0, 1, 0, 0, 0, 60]);
            answer.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
            answer.extend(data);
        }
        Some(answer)
    }

    /// The data of every record of this kind; nothing where there is no such name.
    fn records(&self, name: &str, kind: u16) -> Option<Vec<Vec<u8>>> {
        if name.ends_with(SERVICE) {
            let services =
                self.hosts.iter().zip(1..).map(|((host, _), priority)| self.service(priority, host));
            return Some(services.filter(|_| kind == SERVICES).collect());
        }
        let (_, addresses) = self.hosts.iter().find(|(host, _)| host == name)?;
        let data = |address: &IpAddr| match (address, kind) {
            (IpAddr::V4(address), FOUR) => Some(address.octets().to_vec()),
            (IpAddr::V6(address), SIX) => Some(address.octets().to_vec()),
            (IpAddr::V4(_) | IpAddr::V6(_), _) => None,
        };
        Some(addresses.iter().filter_map(data).collect())
    }

    fn service(&self, priority: u16, host: &str) -> Vec<u8> {
        let weight = 1_u16;
        let mut data = [priority, weight, self.port].map(u16::to_be_bytes).concat();
        for label in host.split('.') {
            // Labels have 63 bytes at most.
            data.push(u8::try_from(label.len()).unwrap_or_default());
            data.extend(label.as_bytes());
        }
        data.push(0);
        data
    }
}

/// The name that a question is about, in lower case, and where it ends.
fn asked(message: &[u8]) -> Option<(String, usize)> {
    let (mut labels, mut at) = (Vec::new(), HEADER);
    loop {
        let length = usize::from(*message.get(at)?);
        at += 1;
        if length == 0 {
            return Some((labels.join("."), at));
        }
        let label = message.get(at..at + length)?;
        labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
        at += length;
    }
}

#[cfg(test)]
mod tests {
    use wire::dns::{self, Kind, Record, Unusable};

    use super::*;

    fn ask(name: &str, kind: Kind) -> Result<Vec<Record>, Unusable> {
        let (four, six): (IpAddr, IpAddr) = ([127, 0, 0, 7].into(), [0_u16, 0, 0, 0, 0, 0, 0, 1].into());
        let hosts = vec![("one.test".to_owned(), vec![six, four]), ("two.test".to_owned(), vec![four])];
        let told = Told { hosts, port: 7844 };
        let question = dns::question(7, name, kind).unwrap();
        dns::answer(&told.answer(&question).unwrap(), 7, name, kind)
    }

    #[test]
    fn the_edge_is_a_service_of_hosts_with_addresses() {
        let service = |priority, host: &str| {
            let host = host.to_owned();
            Record::Service { priority, weight: 1, port: 7844, host }
        };
        let name = "_us-v2-origintunneld._tcp.argotunnel.com";
        assert_eq!(ask(name, Kind::Service), Ok(vec![service(1, "one.test"), service(2, "two.test")]));
        assert_eq!(ask("ONE.test", Kind::Four), Ok(vec![Record::Address([127, 0, 0, 7].into())]));
        assert_eq!(ask("two.test", Kind::Six), Ok(vec![]));
        assert_eq!(ask("three.test", Kind::Four), Err(Unusable::NoSuchName));
    }

    #[test]
    fn what_is_no_question_gets_no_answer() {
        let told = Told { hosts: Vec::new(), port: 1 };
        let question = dns::question(7, "one.test", Kind::Four).unwrap();
        assert!((0..question.len()).all(|length| told.answer(&question[..length]).is_none()));
    }
}
