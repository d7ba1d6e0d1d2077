//! Connections to services: a name may have addresses of both versions of IP, of which one may lead nowhere.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::Notify;

use crate::ingress::OriginRequest;

/// How long addresses of the version that is named first go alone (RFC 8305 5).
const HEAD_START: Duration = Duration::from_millis(300);

/// An address as it is looked up.
pub(crate) fn at(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// Connects to a service.
pub(crate) async fn dial(address: &str, limit: Duration, settings: &OriginRequest) -> io::Result<TcpStream> {
    connected(address, connect(address, settings.no_happy_eyeballs), limit, settings).await
}

/// Connects to a service of this address, which was looked up already.
pub(crate) async fn dial_found(
    address: &str,
    found: &[SocketAddr],
    limit: Duration,
    settings: &OriginRequest,
) -> io::Result<TcpStream> {
    connected(address, race(found, settings.no_happy_eyeballs), limit, settings).await
}

async fn connected(
    address: &str,
    connecting: impl Future<Output = io::Result<TcpStream>>,
    limit: Duration,
    settings: &OriginRequest,
) -> io::Result<TcpStream> {
    // In a box: what waits here is gone when the stream runs, and the stream may stand still for long.
    let connecting = Box::pin(connecting);
    let tcp = tokio::time::timeout(limit, connecting).await.map_err(|_| {
        io::Error::new(io::ErrorKind::TimedOut, format!("{address} did not answer within {limit:?}"))
    })?;
    let tcp =
        tcp.map_err(|error| io::Error::new(error.kind(), format!("cannot reach {address}: {error}")))?;
    tcp.set_nodelay(true)?;
    let every = settings.tcp_keep_alive;
    if !every.is_zero() {
        SockRef::from(&tcp).set_tcp_keepalive(&TcpKeepalive::new().with_time(every).with_interval(every))?;
    }
    Ok(tcp)
}

async fn connect(address: &str, one_by_one: bool) -> io::Result<TcpStream> {
    let found: Vec<SocketAddr> = lookup_host(address).await?.collect();
    race(&found, one_by_one).await
}

/// By the first version; by the other one as well where that takes long, unless it is to be one after the other.
async fn race(found: &[SocketAddr], one_by_one: bool) -> io::Result<TcpStream> {
    let is_four = found.first().is_some_and(SocketAddr::is_ipv4);
    let (first, other): (Vec<_>, Vec<_>) = found.iter().partition(|address| address.is_ipv4() == is_four);
    if one_by_one || other.is_empty() {
        return TcpStream::connect(found).await;
    }
    let hurry = Notify::new();
    let mut one = pin!(TcpStream::connect(&first[..]));
    let mut two = pin!(async {
        tokio::select! {
            () = tokio::time::sleep(HEAD_START) => {}
            () = hurry.notified() => {}
        }
        TcpStream::connect(&other[..]).await
    });
    tokio::select! {
        connected = &mut one => match connected {
            Ok(tcp) => Ok(tcp),
            Err(error) => {
                hurry.notify_one();
                two.await.map_err(|_| error)
            }
        },
        connected = &mut two => match connected {
            Ok(tcp) => Ok(tcp),
            Err(_) => one.await,
        },
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn addresses_of_version_six_have_brackets() {
        assert_eq!((at("::1", 22), at("h", 22)), ("[::1]:22".to_owned(), "h:22".to_owned()));
    }

    /// A listener that takes nobody any more: whoever comes next hears nothing, not even a no.
    #[cfg(target_os = "linux")]
    async fn silent() -> (socket2::Socket, SocketAddr, Vec<TcpStream>) {
        let socket = socket2::Socket::new(socket2::Domain::IPV6, socket2::Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, 0)).into()).unwrap();
        socket.listen(0).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        let (mut waiting, short) = (Vec::new(), Duration::from_millis(300));
        while let Ok(taken) = tokio::time::timeout(short, TcpStream::connect(address)).await {
            waiting.push(taken.unwrap());
        }
        (socket, address, waiting)
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn an_address_that_leads_nowhere_holds_up_nobody_for_long() {
        let (_socket, nowhere, _waiting) = silent().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let lives = listener.local_addr().unwrap();
        // The system itself goes on after two minutes.
        let limit = Duration::from_secs(20);
        let tcp = tokio::time::timeout(limit, race(&[nowhere, lives], false)).await.unwrap();
        assert_eq!(tcp.unwrap().peer_addr().unwrap(), lives);
        let short = Duration::from_secs(2);
        assert!(tokio::time::timeout(short, race(&[nowhere, lives], true)).await.is_err(), "one by one");
        assert_eq!(race(&[lives, nowhere], true).await.unwrap().peer_addr().unwrap(), lives);
    }
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_service_that_does_not_answer_is_named_with_the_time_it_had() {
        let (_socket, nowhere, _waiting) = silent().await;
        let limit = Duration::from_millis(400);
        let error = dial(&nowhere.to_string(), limit, &OriginRequest::default()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(error.to_string(), format!("{nowhere} did not answer within 400ms"));
    }
}
