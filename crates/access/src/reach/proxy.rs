//! Asks a proxy for the way to a host: HTTP `CONNECT` (RFC 9110 9.3.6) or SOCKS 5 (RFC 1928, 1929).
//!
//! Beyond its own connection, `CONNECT` costs one round trip, SOCKS two, and three with a password. The answer is read
//! to its last byte and no further, since what follows is the host's.

mod connect;
mod socks;

use std::io;

use profile::{Proxy, ProxyKind};
use tokio::io::{AsyncBufRead, AsyncWrite};
use tokio::time::timeout;

use crate::error::{AccessError, ProxyAnswer};
use crate::limit;

/// What a proxy did with the request, apart from connecting.
#[derive(Debug)]
enum Refusal {
    /// It wants a password, or another one.
    Password,
    /// It does not connect.
    Answer(ProxyAnswer),
    /// It went away or does not speak its protocol.
    Io(io::Error),
}

/// Asks `proxy`, to whom `link` leads, for `host` (as a URL writes it).
pub(crate) async fn lead<L>(link: &mut L, proxy: &Proxy, host: &str, port: u16) -> Result<(), AccessError>
where
    L: AsyncBufRead + AsyncWrite + Unpin,
{
    let login = proxy.login();
    let asked = async {
        match proxy.kind() {
            ProxyKind::Http | ProxyKind::Https => connect::ask(link, host, port, login.as_ref()).await,
            ProxyKind::Socks5 => socks::ask(link, host, port, login.as_ref()).await,
        }
    };
    let answered = timeout(limit::PROXY, asked).await.unwrap_or_else(|_| {
        let detail = format!("it did not answer within {} s", limit::PROXY.as_secs());
        Err(Refusal::Io(io::Error::new(io::ErrorKind::TimedOut, detail)))
    });
    answered.map_err(|refusal| match refusal {
        Refusal::Password => AccessError::ProxyNeedsPassword { proxy: proxy.to_string() },
        Refusal::Answer(answer) => {
            AccessError::ProxyRefused { proxy: proxy.to_string(), host: host.to_owned(), answer }
        }
        Refusal::Io(error) => unreachable(proxy, &error),
    })
}

/// The error for a proxy that cannot be used at all.
pub(super) fn unreachable(proxy: &Proxy, why: &impl ToString) -> AccessError {
    AccessError::ProxyUnreachable { proxy: proxy.to_string(), detail: why.to_string() }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return Self::Io(io::Error::new(error.kind(), "it ended the connection without a whole answer"));
        }
        Self::Io(error)
    }
}

fn invalid(what: &'static str) -> Refusal {
    Refusal::Io(io::Error::new(io::ErrorKind::InvalidData, what))
}

#[cfg(test)]
mod tests;
