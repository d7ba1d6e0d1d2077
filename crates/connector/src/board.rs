//! What a connector is doing, for whoever wants to know: each connection's state, and how much has been served.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::StatusCode;
use tokio::sync::{Notify, watch};

use crate::down::Down;
use crate::error::LinkFault;
use crate::guests::Guests;
use crate::protocol::Protocol;
use crate::quic::QuicLinks;

/// How far one connection is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Not begun.
    Idle,
    /// Dials, or waits for the edge's word.
    Connecting {
        /// Where to.
        to: SocketAddr,
        /// What came of the attempt before.
        failed: Option<Failed>,
    },
    /// Takes requests.
    Registered {
        /// By what it goes there.
        protocol: Protocol,
        /// Where it ends.
        to: SocketAddr,
        /// The data centre.
        location: String,
        /// The edge's id for it.
        connection: [u8; 16],
        /// Since when.
        since: Instant,
    },
    /// Will try again.
    Waiting {
        /// Why it has to.
        failed: Failed,
        /// When, at the latest.
        until: Instant,
    },
    /// Has left.
    Left,
}

/// Why a connection does not stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Of which kind it is.
    pub fault: LinkFault,
    /// In words.
    pub why: String,
}

/// Numbers that only grow, but for those of what runs.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) requests: AtomicU64,
    pub(crate) failures: AtomicU64,
    pub(crate) streams: AtomicU64,
    pub(crate) registrations: AtomicU64,
    pub(crate) refusals: AtomicU64,
    pub(crate) running: AtomicU64,
    pub(crate) running_streams: AtomicU64,
    /// Most requests that ever ran at once.
    pub(crate) most_running: AtomicU64,
    /// Rules that the edge was told, and those of them that it did not take.
    pub(crate) rules_told: AtomicU64,
    pub(crate) rules_not_taken: AtomicU64,
    pub(crate) dials: Dials,
    answers: Mutex<BTreeMap<u16, u64>>,
}

impl Counts {
    /// A service has answered with this status.
    pub(crate) fn answered(&self, status: StatusCode) {
        *self.lock().entry(status.as_u16()).or_default() += 1;
    }

    /// How many answers had which status.
    pub(crate) fn answers(&self) -> BTreeMap<u16, u64> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u16, u64>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How services of streams were reached.
#[derive(Debug, Default)]
pub(crate) struct Dials {
    pub(crate) failed: AtomicU64,
    pub(crate) reached: AtomicU64,
    pub(crate) millis: AtomicU64,
    /// How many took as long as each of [`Dials::LIMITS`] at most.
    pub(crate) within: [AtomicU64; Self::LIMITS.len()],
}

impl Dials {
    /// In milliseconds, as cloudflared has them.
    pub(crate) const LIMITS: [u64; 8] = [1, 10, 25, 50, 100, 500, 1000, 5000];

    /// One was dialled for so long.
    pub(crate) fn note(&self, took: Duration, is_reached: bool) {
        if !is_reached {
            self.failed.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.reached.fetch_add(1, Ordering::Relaxed);
        self.millis.fetch_add(millis, Ordering::Relaxed);
        for (limit, count) in Self::LIMITS.iter().zip(&self.within) {
            if millis <= *limit {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// The state of all connections.
#[derive(Debug)]
pub(crate) struct Board {
    links: watch::Sender<Vec<LinkState>>,
    pub(crate) counts: Counts,
    pub(crate) quic: QuicLinks,
    pub(crate) guests: Guests,
    pub(crate) down: Down,
    /// Hears when anything but the links changes.
    pub(crate) changed: Notify,
    /// How long the answer to the last ping took, on connections over HTTP/2.
    round_trips: Mutex<BTreeMap<u8, Duration>>,
}

impl Board {
    pub(crate) fn new(links: u8) -> Self {
        Self {
            links: watch::Sender::new(vec![LinkState::Idle; links.into()]),
            counts: Counts::default(),
            quic: QuicLinks::default(),
            guests: Guests::default(),
            down: Down::default(),
            changed: Notify::new(),
            round_trips: Mutex::default(),
        }
    }

    pub(crate) fn put(&self, index: u8, state: LinkState) {
        self.links.send_modify(|links| {
            if let Some(place) = links.get_mut(usize::from(index)) {
                *place = state;
            }
        });
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Vec<LinkState>> {
        self.links.subscribe()
    }

    /// Notes how long the answer to a ping took, or that the connection is gone.
    pub(crate) fn pinged(&self, index: u8, round_trip: Option<Duration>) {
        let mut all = self.round_trips.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = match round_trip {
            Some(time) => all.insert(index, time).is_none(),
            None => all.remove(&index).is_some(),
        };
        if is_news {
            self.changed.notify_one();
        }
    }

    /// How long the answer to the last ping took.
    pub(crate) fn round_trip(&self, index: u8) -> Option<Duration> {
        self.round_trips.lock().unwrap_or_else(PoisonError::into_inner).get(&index).copied()
    }

    /// How many connections take requests.
    pub(crate) fn registered(&self) -> usize {
        self.links.borrow().iter().filter(|link| matches!(link, LinkState::Registered { .. })).count()
    }
}

/// Counts something while it runs.
#[derive(Debug)]
pub(crate) struct Running<'a>(&'a AtomicU64);

impl<'a> Running<'a> {
    pub(crate) fn new(all: &AtomicU64, running: &'a AtomicU64) -> Self {
        all.fetch_add(1, Ordering::Relaxed);
        running.fetch_add(1, Ordering::Relaxed);
        Self(running)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
