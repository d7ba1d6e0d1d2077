//! The first of several addresses that answers, without waiting for those that do not (RFC 8305).

use std::io;
use std::net::SocketAddr;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::limit::{BETWEEN_PROBES, HEAD_START, IDLE, PROBES};

pub(super) async fn first_to_connect(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut waiting = interleaved(addresses).into_iter();
    let mut attempts = JoinSet::new();
    let mut failure = io::Error::new(io::ErrorKind::AddrNotAvailable, "the name has no address");
    loop {
        let more = match waiting.next() {
            Some(address) => {
                attempts.spawn(open(address));
                true
            }
            None => false,
        };
        if !more && attempts.is_empty() {
            return Err(failure);
        }
        tokio::select! {
            Some(done) = attempts.join_next() => match done {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => failure = error,
                Err(lost) => failure = io::Error::other(lost),
            },
            () = sleep(HEAD_START), if more => {}
        }
    }
}

async fn open(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    // TCP_USER_TIMEOUT would be shorter to write than what `reach::sent` is for. But Linux counts a far end that holds
    // its window shut as silent, however promptly it answers, and so would end streams to a program that pauses.
    look_after(&stream);
    Ok(stream)
}

/// Families in turn, beginning with the one the resolver put first.
fn interleaved(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (preferred, other): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    let mut in_turn = Vec::with_capacity(preferred.len() + other.len());
    let (mut preferred, mut other) = (preferred.into_iter(), other.into_iter());
    loop {
        let pair = (preferred.next(), other.next());
        if pair == (None, None) {
            return in_turn;
        }
        in_turn.extend(pair.0);
        in_turn.extend(pair.1);
    }
}

/// Lets the system notice a path that died. One that cannot be told how often to ask does so in its own time: a slow end
/// is worth more than no connection.
fn look_after(stream: &TcpStream) {
    let socket = SockRef::from(stream);
    let times = TcpKeepalive::new().with_time(IDLE).with_interval(BETWEEN_PROBES);
    let set = socket.set_tcp_keepalive(&times.clone().with_retries(PROBES));
    // Windows knows the number of questions since its version 1703, and some that stand in for it do not.
    if let Err(error) = set.or_else(|_| socket.set_tcp_keepalive(&times)) {
        tracing::debug!(%error, "a dead path will be noticed late");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let parse =
            |list: &[&str]| -> Vec<SocketAddr> { list.iter().map(|text| text.parse().unwrap()).collect() };
        let mixed = parse(&["[::1]:1", "[::1]:2", "[::1]:3", "1.1.1.1:4"]);
        assert_eq!(interleaved(mixed), parse(&["[::1]:1", "1.1.1.1:4", "[::1]:2", "[::1]:3"]));
    }

    #[tokio::test]
    async fn a_dead_address_does_not_keep_a_live_one_waiting() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let dead = closed.local_addr().unwrap();
        drop(closed);
        let live = listener.local_addr().unwrap();
        let stream = first_to_connect(vec![dead, live]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), live);
        assert!(stream.nodelay().unwrap());
        let socket = SockRef::from(&stream);
        assert!(socket.keepalive().unwrap());
        #[cfg(not(windows))]
        {
            assert_eq!(socket.tcp_keepalive_time().unwrap(), IDLE);
            assert_eq!(socket.tcp_keepalive_interval().unwrap(), BETWEEN_PROBES);
            assert_eq!(socket.tcp_keepalive_retries().unwrap(), PROBES);
        }
        assert_eq!(first_to_connect(vec![dead]).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    }
}
