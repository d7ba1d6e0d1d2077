//! What the edge has seen: every connection, every request, every carried stream, in order.
//!
//! Secrets never get in here: a token is replaced by a short hash, see [`redacted`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::flights::Flights;
use crate::plan::hex;

/// One request.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When its head had arrived.
    pub at: Timestamp,
    /// The TCP connection that it came on, counted from 1.
    pub connection: u64,
    /// How TLS was agreed; nothing for requests through the browser gateway.
    pub tls: Option<TlsSeen>,
    /// Its method.
    pub method: String,
    /// The host that it was for, without port, lower case.
    pub host: String,
    /// Path and query as they came in.
    pub path_and_query: String,
    /// Its headers, names in lower case, secrets redacted.
    pub headers: Vec<(String, String)>,
    /// Round trips on its connection so far: TCP is 1, TLS 1.3 is 2, the first request makes 3.
    pub round_trips: u32,
    /// How it was answered; 0 as long as it is not.
    pub status: u16,
}

/// What a TLS handshake came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSeen {
    /// Such as `TLSv1_3`.
    pub version: String,
    /// The key exchange, such as `X25519MLKEM768`.
    pub group: String,
    /// The protocol agreed by ALPN, if the client offered any.
    pub alpn: Option<String>,
    /// The name that the client asked for.
    pub sni: Option<String>,
}

/// One TCP connection to the edge.
#[derive(Clone, Debug)]
pub struct ConnectionSeen {
    /// Its number, from 1; the same as [`Seen::connection`].
    pub connection: u64,
    /// Whether it came to the browser gateway.
    pub gateway: bool,
    /// How TLS was agreed, once it was.
    pub tls: Option<TlsSeen>,
    /// Round trips until the first byte from the origin went out, once it did.
    pub round_trips_to_origin: Option<u32>,
    /// Whether it has become a WebSocket.
    pub upgraded: bool,
    /// What was carried, once the stream has ended.
    pub carried: Option<CarriedSeen>,
    /// Whether it has ended.
    pub closed: bool,
    /// Counts on as long as the connection lives.
    pub(crate) flights: Option<Arc<Flights>>,
}

/// One carried stream, after its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CarriedSeen {
    /// Payload bytes that reached the origin.
    pub sent: u64,
    /// Payload bytes that came from the origin.
    pub received: u64,
    /// Complete binary messages from the client.
    pub messages: u64,
    /// Bytes in the largest of them.
    pub largest_message: u64,
    /// Bytes beyond 16,384 in one message, dropped as stock connectors do.
    pub dropped: u64,
    /// Text messages, ignored as stock connectors do.
    pub texts: u64,
    /// Pings from the client, which corrupt the stream of stock connectors.
    pub pings: u64,
    /// Pongs from the client.
    pub pongs: u64,
    /// The code of the client's close frame; 1005 for one without.
    pub close: Option<u16>,
}

impl ConnectionSeen {
    /// Round trips so far; 0 before TLS was agreed and for the browser gateway.
    #[must_use]
    pub fn round_trips(&self) -> u32 {
        self.flights.as_ref().map_or(0, |flights| flights.count())
    }
}

impl Seen {
    /// The first header of this name, which is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether it asked for a WebSocket.
    #[must_use]
    pub fn is_upgrade(&self) -> bool {
        self.header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
    }

    /// The path without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path_and_query.split('?').next().unwrap_or_default()
    }
}

/// What the log shows in place of a secret: `sha256:` and eight hex digits.
#[must_use]
pub fn redacted(secret: &str) -> String {
    let digest = digest::digest(&digest::SHA256, secret.as_bytes());
    format!("sha256:{}", &hex(digest.as_ref())[..8])
}

/// The growing record.
pub(crate) struct Log {
    record: Mutex<Record>,
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct Record {
    requests: Vec<Seen>,
    connections: Vec<ConnectionSeen>,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self { record: Mutex::default(), changes: watch::Sender::new(0) }
    }

    pub(crate) fn open_connection(&self, gateway: bool) -> u64 {
        let mut record = self.lock();
        let connection = record.connections.len() as u64 + 1;
        record.connections.push(ConnectionSeen {
            connection,
            gateway,
            tls: None,
            round_trips_to_origin: None,
            upgraded: false,
            carried: None,
            closed: false,
            flights: None,
        });
        drop(record);
        self.changed();
        connection
    }

    pub(crate) fn change_connection(&self, connection: u64, change: impl FnOnce(&mut ConnectionSeen)) {
        if let Some(seen) = self.lock().connections.iter_mut().find(|seen| seen.connection == connection) {
            change(seen);
        }
        self.changed();
    }

    /// Notes a request and returns its place for [`Self::answered`].
    pub(crate) fn arrived(&self, seen: Seen) -> usize {
        let mut record = self.lock();
        record.requests.push(seen);
        let place = record.requests.len() - 1;
        drop(record);
        self.changed();
        place
    }

    pub(crate) fn answered(&self, place: usize, status: u16) {
        if let Some(seen) = self.lock().requests.get_mut(place) {
            seen.status = status;
        }
        self.changed();
    }

    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.lock().requests.clone()
    }

    pub(crate) fn connections(&self) -> Vec<ConnectionSeen> {
        self.lock().connections.clone()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Lets everybody look again who waits for something.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|version| *version += 1);
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Headers as the log keeps them.
pub(crate) fn loggable(headers: &http::HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), without_secrets(name.as_str(), &value))
        })
        .collect()
}

fn without_secrets(name: &str, value: &str) -> String {
    match name {
        wire::header::ACCESS_TOKEN | wire::header::CLIENT_SECRET | "authorization" => redacted(value),
        "cookie" => {
            let cookies = value.split(';').map(|cookie| match cookie.trim().split_once('=') {
                Some((name, secret)) => format!("{name}={}", redacted(secret)),
                None => redacted(cookie),
            });
            cookies.collect::<Vec<_>>().join("; ")
        }
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_reach_the_log() {
        let mut headers = http::HeaderMap::new();
        headers.insert("cf-access-token", "SECRET".parse().unwrap());
        headers.insert("cookie", "CF_Authorization=SECRET; a=SECRET".parse().unwrap());
        headers.insert("user-agent", "x/1".parse().unwrap());
        let text = format!("{:?}", loggable(&headers));
        assert!(!text.contains("SECRET"), "{text}");
        assert!(text.contains("CF_Authorization=sha256:"), "{text}");
        assert!(text.contains("x/1"), "{text}");
    }
}
