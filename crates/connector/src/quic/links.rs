//! The connections over QUIC that stand, for monitoring, with the names that dashboards know.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use quinn::{Connection, ConnectionStats};

/// Those that stand, by their index, and how many there were.
#[derive(Debug, Default)]
pub(crate) struct QuicLinks {
    standing: Mutex<BTreeMap<u8, Connection>>,
    opened: AtomicU64,
    closed: AtomicU64,
}

/// One that stands, for as long as this is kept.
pub(super) struct Shown<'a> {
    links: &'a QuicLinks,
    index: u8,
}

/// A number of one connection, with its name and kind.
type Gauge = (&'static str, &'static str, fn(&ConnectionStats) -> u64);

const GAUGES: [Gauge; 7] = [
    ("quic_client_sent_bytes", "counter", |stats| stats.udp_tx.bytes),
    ("quic_client_receive_bytes", "counter", |stats| stats.udp_rx.bytes),
    ("quic_client_lost_packets", "counter", |stats| stats.path.lost_packets),
    ("quic_client_min_rtt", "gauge", |stats| millis(stats.path.min_rtt)),
    ("quic_client_smoothed_rtt", "gauge", |stats| millis(stats.path.rtt)),
    ("quic_client_mtu", "gauge", |stats| stats.path.current_mtu.into()),
    ("quic_client_congestion_window", "gauge", |stats| stats.path.cwnd),
];

fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl QuicLinks {
    /// Notes that one stands.
    pub(super) fn show(&self, index: u8, connection: Connection) -> Shown<'_> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        self.standing().insert(index, connection);
        Shown { links: self, index }
    }

    /// How long the way there and back is on each that stands.
    pub(crate) fn round_trips(&self) -> BTreeMap<u8, std::time::Duration> {
        self.standing().iter().map(|(index, connection)| (*index, connection.rtt())).collect()
    }

    /// Writes down what monitoring wants to know.
    pub(crate) fn tell(&self, text: &mut String) {
        for (name, count) in [
            ("quic_client_total_connections", &self.opened),
            ("quic_client_closed_connections", &self.closed),
        ] {
            let _ = writeln!(text, "# TYPE {name} counter\n{name} {}", count.load(Ordering::Relaxed));
        }
        let stats: Vec<_> =
            self.standing().iter().map(|(index, connection)| (*index, connection.stats())).collect();
        for (name, kind, read) in GAUGES {
            let _ = writeln!(text, "# TYPE {name} {kind}");
            for (index, stats) in &stats {
                let _ = writeln!(text, "{name}{{conn_index=\"{index}\"}} {}", read(stats));
            }
        }
    }

    fn standing(&self) -> MutexGuard<'_, BTreeMap<u8, Connection>> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        self.links.standing().remove(&self.index);
        self.links.closed.fetch_add(1, Ordering::Relaxed);
    }
}
