//! The socket of one connection.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use quinn::{Endpoint, EndpointConfig, TokioRuntime};
use socket2::{Domain, Protocol, Socket, Type};

/// What the system may hold for the connection each way, where it lets us: bursts are larger than its usual buffers.
const BUFFER: usize = 4 << 20;

/// An endpoint towards `to`, from the `port` of before where it is free, which is noted there.
pub(super) fn bind(to: SocketAddr, from: Option<IpAddr>, port: &AtomicU16) -> io::Result<Endpoint> {
    let from = from.unwrap_or_else(|| any(to));
    let socket = Socket::new(Domain::for_address(to), Type::DGRAM, Some(Protocol::UDP))?;
    // More is better, and what there is will do.
    let _ = socket.set_recv_buffer_size(BUFFER);
    let _ = socket.set_send_buffer_size(BUFFER);
    let last = SocketAddr::from((from, port.load(Ordering::Relaxed)));
    socket.bind(&last.into()).or_else(|_| socket.bind(&SocketAddr::from((from, 0)).into()))?;
    socket.set_nonblocking(true)?;
    let endpoint = Endpoint::new(EndpointConfig::default(), None, socket.into(), Arc::new(TokioRuntime))?;
    port.store(endpoint.local_addr()?.port(), Ordering::Relaxed);
    Ok(endpoint)
}

/// The address by which the system reaches `to`; nothing is sent for this.
pub(super) fn local(to: SocketAddr, from: Option<IpAddr>) -> Option<IpAddr> {
    let socket = UdpSocket::bind((from.unwrap_or_else(|| any(to)), 0)).ok()?;
    socket.connect(to).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

fn any(to: SocketAddr) -> IpAddr {
    if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_port_of_before_is_used_again_where_it_is_free() {
        let (to, port) = (SocketAddr::from(([127, 0, 0, 1], 7844)), AtomicU16::new(0));
        let from = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let first = bind(to, from, &port).unwrap();
        let known = port.load(Ordering::Relaxed);
        assert_eq!(first.local_addr().unwrap().port(), known);
        let second = bind(to, from, &port).unwrap();
        assert_ne!(second.local_addr().unwrap().port(), known, "it is taken");
        let held = port.load(Ordering::Relaxed);
        drop(second);
        // Its socket is given back by a task that ends on its own.
        let again = async {
            loop {
                let next = AtomicU16::new(held);
                if bind(to, from, &next).is_ok() && next.load(Ordering::Relaxed) == held {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), again).await.unwrap();
    }
}
