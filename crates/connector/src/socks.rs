//! SOCKS 5 for the client of a stream (RFC 1928): no log-in, connections only, and only where the rule's list allows it.
//!
//! The stream's other end is a connection within this process, so that what carries streams need not know of it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, lookup_host};

use crate::destinations::Destinations;
use crate::dial::{at, dial, dial_found};
use crate::ingress::{IpRule, OriginRequest};

/// The version that all messages begin with.
const VERSION: u8 = 5;
/// No log-in.
const NO_LOG_IN: u8 = 0;
/// None of the ways to log in that the client offers.
const NONE_FITS: u8 = 0xff;
/// The command to connect.
const CONNECT: u8 = 1;
/// Kinds of addresses.
const V4: u8 = 1;
const NAME: u8 = 3;
const V6: u8 = 4;
/// How long a client may take to say where it wants to go.
const GREETING: Duration = Duration::from_secs(30);

/// What the client is told (RFC 1928 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reply {
    Granted = 0,
    Failed = 1,
    NotAllowed = 2,
    Unreachable = 4,
    Refused = 5,
    NoCommand = 7,
    NoAddress = 8,
}

/// Where clients may go.
pub(crate) struct Allowed<'a> {
    pub(crate) settings: &'a OriginRequest,
    pub(crate) destinations: &'a Destinations,
    /// The only address, whatever the client names; nothing where it may choose.
    pub(crate) only: Option<String>,
}

/// Two ends of one connection within this process.
pub(crate) async fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let near = TcpStream::connect(listener.local_addr()?).await?;
    near.set_nodelay(true)?;
    loop {
        let (far, peer) = listener.accept().await?;
        // Others on this machine may have come first.
        if peer == near.local_addr()? {
            far.set_nodelay(true)?;
            return Ok((near, far));
        }
    }
}

/// Serves one client to its end.
pub(crate) async fn serve(mut client: TcpStream, allowed: &Allowed<'_>) -> io::Result<()> {
    let asked = tokio::time::timeout(GREETING, asked(&mut client)).await;
    let asked = match asked.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
        // Whoever goes before saying where to has asked for nothing.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
        asked => asked?,
    };
    let reply = match asked {
        Ok(address) => match connect(&address, allowed).await {
            Ok(mut origin) => {
                answer(&mut client, Reply::Granted, origin.local_addr()?).await?;
                // Either side may go at any time; that is how streams end.
                let _ = copy_bidirectional(&mut client, &mut origin).await;
                return Ok(());
            }
            Err((reply, error)) => {
                tracing::debug!(address, %error, "a client of SOCKS does not get where it wants");
                reply
            }
        },
        Err(reply) => reply,
    };
    answer(&mut client, reply, (Ipv4Addr::UNSPECIFIED, 0).into()).await?;
    client.shutdown().await
}

/// Where the client wants to go; else what it is told.
async fn asked(client: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<Result<String, Reply>> {
    let strange = || io::Error::new(io::ErrorKind::InvalidData, "the client does not speak SOCKS 5");
    if client.read_u8().await? != VERSION {
        return Err(strange());
    }
    let mut ways = vec![0; usize::from(client.read_u8().await?)];
    client.read_exact(&mut ways).await?;
    if !ways.contains(&NO_LOG_IN) {
        client.write_all(&[VERSION, NONE_FITS]).await?;
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the client wants to log in"));
    }
    client.write_all(&[VERSION, NO_LOG_IN]).await?;
    let mut head = [0; 4];
    client.read_exact(&mut head).await?;
    let [version, command, _, kind] = head;
    if version != VERSION {
        return Err(strange());
    }
    let host = match kind {
        V4 => IpAddr::from(client.read_u32().await?.to_be_bytes()).to_string(),
        V6 => IpAddr::from(client.read_u128().await?.to_be_bytes()).to_string(),
        NAME => {
            let mut name = vec![0; usize::from(client.read_u8().await?)];
            client.read_exact(&mut name).await?;
            String::from_utf8(name).map_err(|_| strange())?
        }
        _ => return Ok(Err(Reply::NoAddress)),
    };
    let port = client.read_u16().await?;
    Ok(if command == CONNECT { Ok(at(&host, port)) } else { Err(Reply::NoCommand) })
}

async fn connect(address: &str, allowed: &Allowed<'_>) -> Result<TcpStream, (Reply, io::Error)> {
    let settings = allowed.settings;
    let of = |error: io::Error| {
        let unreachable =
            [io::ErrorKind::HostUnreachable, io::ErrorKind::NetworkUnreachable, io::ErrorKind::TimedOut];
        let reply = if error.kind() == io::ErrorKind::ConnectionRefused {
            Reply::Refused
        } else if unreachable.contains(&error.kind()) {
            Reply::Unreachable
        } else {
            Reply::Failed
        };
        (reply, error)
    };
    if let Some(only) = &allowed.only {
        return dial(only, settings.connect_timeout, settings).await.map_err(of);
    }
    let denied = |error| (Reply::NotAllowed, error);
    allowed.destinations.admit_address(address).map_err(denied)?;
    // Names are looked up before the list is asked, as it knows addresses only.
    let found = lookup_host(address).await.map_err(|error| (Reply::Unreachable, error))?;
    let found: Vec<_> = found.filter(|found| is_allowed(&settings.ip_rules, *found)).collect();
    if found.is_empty() {
        return Err(denied(io::Error::other("no rule allows it")));
    }
    dial_found(address, &found, settings.connect_timeout, settings).await.map_err(of)
}

/// The first rule that fits decides; where none does, nobody goes.
fn is_allowed(rules: &[IpRule], address: SocketAddr) -> bool {
    let fits = |rule: &&IpRule| {
        (rule.ports.is_empty() || rule.ports.contains(&address.port())) && holds(rule, address.ip())
    };
    rules.iter().find(fits).is_some_and(|rule| rule.allow)
}

fn holds(rule: &IpRule, address: IpAddr) -> bool {
    let (differ, all) = match (rule.network, address.to_canonical()) {
        (IpAddr::V4(network), IpAddr::V4(address)) => (u128::from(network.to_bits() ^ address.to_bits()), 32),
        (IpAddr::V6(network), IpAddr::V6(address)) => (network.to_bits() ^ address.to_bits(), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
    };
    let ignored = all - u32::from(rule.bits).min(all);
    differ.checked_shr(ignored).unwrap_or_default() == 0
}

async fn answer(client: &mut TcpStream, reply: Reply, bound: SocketAddr) -> io::Result<()> {
    let mut message = vec![VERSION, reply as u8, 0];
    match bound.ip() {
        IpAddr::V4(ip) => message.extend([&[V4][..], &ip.octets()].concat()),
        IpAddr::V6(ip) => message.extend([&[V6][..], &ip.octets()].concat()),
    }
    message.extend(bound.port().to_be_bytes());
    client.write_all(&message).await
}

/// What a client says is refused, cut short, or names an address of its own bytes; it is told two bytes at most before.
#[cfg(any(test, feature = "fuzz"))]
pub(crate) fn greeting_holds(bytes: &[u8]) -> bool {
    use futures_util::FutureExt as _;
    let mut client = tokio::io::join(bytes, Vec::new());
    // All that there is, is there: it never waits.
    let Some(asked) = asked(&mut client).now_or_never() else { return false };
    let told = client.writer().len();
    let fits = match asked {
        Ok(Ok(address)) => {
            // The longest of all is an address of version six, in words.
            let has_port = address.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
            has_port && address.len() <= 4 * bytes.len() + "[]:65535".len()
        }
        Ok(Err(_)) | Err(_) => true,
    };
    fits && told <= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(prefix: &str, ports: &[u16], allow: bool) -> IpRule {
        let (network, bits) = prefix.split_once('/').unwrap();
        IpRule {
            network: network.parse().unwrap(),
            bits: bits.parse().unwrap(),
            ports: ports.to_vec(),
            allow,
        }
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let rules = [
            rule("10.1.0.0/16", &[], false),
            rule("10.0.0.0/8", &[22, 5432], true),
            rule("fd00::/8", &[], true),
        ];
        let allowed = |address: &str| is_allowed(&rules, address.parse().unwrap());
        assert!(allowed("10.2.3.4:22") && allowed("10.2.3.4:5432") && allowed("[fd12::1]:80"));
        assert!(allowed("[::ffff:10.2.3.4]:22"), "an address of version four in the clothes of six");
        for address in ["10.1.3.4:22", "10.2.3.4:80", "11.0.0.1:22", "[fe80::1]:22", "127.0.0.1:22"] {
            assert!(!allowed(address), "{address}");
        }
        assert!(is_allowed(&[rule("0.0.0.0/0", &[], true)], "203.0.113.7:1".parse().unwrap()));
        assert!(!is_allowed(&[], "10.2.3.4:22".parse().unwrap()), "a list that is empty allows nothing");
    }
}
