//! Sockets of this machine: how many there may be, where one listens, and how a stream towards a program ends.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use wire::Cause;

use crate::local_address::LocalAddress;

/// How many sockets we want to have at most.
#[cfg(unix)]
const SOCKETS: u64 = 10_240;
/// How long a local program may take to notice that its stream has ended, before what it still sends is thrown away.
const PARTING: Duration = Duration::from_secs(2);

/// Two sockets a stream: what systems allow at first is a few hundred streams.
pub(super) fn make_room() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        // macOS calls the most it allows infinite, and then takes no more than this.
        let most = limit.maximum.map_or(SOCKETS, |most| most.min(SOCKETS));
        if limit.current.is_some_and(|current| current < most) {
            limit.current = Some(most);
            if let Err(error) = setrlimit(Resource::Nofile, limit) {
                tracing::debug!(%error, "no more sockets than the system allows at first");
            }
        }
    }
}

pub(super) async fn bind(address: &LocalAddress) -> Result<TcpListener, Cause> {
    let LocalAddress { host, port } = address;
    let bound = async {
        let found = tokio::net::lookup_host((host.as_str(), *port)).await?;
        TcpListener::bind(&*by_custom(found)).await
    };
    bound
        .await
        .map_err(|error| Cause::CannotListen { address: format!("{host}:{port}"), detail: error.to_string() })
}

/// IPv4 before IPv6: at `localhost`, programs that were written for `cloudflared` expect 127.0.0.1.
fn by_custom(found: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let mut addresses: Vec<SocketAddr> = found.collect();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    addresses
}

/// Ends a stream that ended well: what the local program still sends must not make the system reset it, and so lose
/// what it has not read yet.
pub(super) async fn part(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let mut nowhere = tokio::io::sink();
    let _ = timeout(PARTING, tokio::io::copy(&mut stream, &mut nowhere)).await;
}

pub(super) fn reset(stream: &TcpStream) {
    if let Err(error) = stream.set_zero_linger() {
        tracing::debug!(%error, "the local program will take this for an end");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_protocol_is_listened_on_first() {
        let found = ["[::1]:80", "127.0.0.1:80", "127.0.0.2:80"].map(|it| it.parse().unwrap());
        let expected = ["127.0.0.1:80", "127.0.0.2:80", "[::1]:80"].map(|it| it.parse().unwrap());
        assert_eq!(by_custom(found.into_iter()), expected);
    }
}
