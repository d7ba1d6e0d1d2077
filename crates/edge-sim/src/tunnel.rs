//! The side of the edge that connectors dial: who is registered for which tunnel, and what goes to them.
//!
//! ```text
//! connector ──TLS───► listen ─► link (HTTP/2, of which the edge is the client) ─► control (registration)
//! connector ──QUIC──► quic ───► link (streams, which the edge opens) ───────────► control
//! program ──TLS──► app_host ─► front ── a request ──► link ──► connector ──► origin
//! ```

mod control;
mod direct;
mod front;
mod link;
mod listen;
mod plan;

pub(crate) mod quic;
mod rpc_stream;
mod seen;
mod splice;
mod stream;
mod tcp;
mod udp;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use wire::tunnel::TunnelId;
use wire::tunnel::rpc::Registration;

use crate::seen::{Log, TlsSeen};

pub use direct::{DirectReader, DirectSender, DirectStream};
pub(crate) use front::answer;
pub(crate) use link::Link;
pub(crate) use listen::serve;
pub use plan::TunnelPlan;
pub use seen::{LinkProtocol, LinkSeen, LinkState};

/// Every connection of every connector.
#[derive(Default)]
pub(crate) struct Links {
    record: Mutex<Record>,
}

#[derive(Default)]
struct Record {
    seen: Vec<LinkSeen>,
    open: BTreeMap<u64, Open>,
    /// Requests go to the connections of a tunnel in turn.
    turn: usize,
}

/// A connection that is there.
#[derive(Clone)]
pub(crate) struct Open {
    /// Nothing once its conversation is over: then only streams that still run keep it.
    link: Option<Link>,
    ended: CancellationToken,
    /// What it is registered for, as long as it takes requests.
    serves: Option<TunnelId>,
}

impl Links {
    /// Notes a connection; its number names it from now on.
    pub(crate) fn opened(
        &self,
        log: &Log,
        protocol: LinkProtocol,
        tls: TlsSeen,
        link: Link,
        ended: CancellationToken,
    ) -> u64 {
        let mut record = self.lock();
        let number = record.seen.len() as u64 + 1;
        record.seen.push(LinkSeen::new(number, protocol, tls));
        record.open.insert(number, Open { link: Some(link), ended, serves: None });
        drop(record);
        log.changed();
        number
    }

    /// Whether this connection of this connector is registered already.
    pub(crate) fn is_registered(&self, registration: &Registration) -> bool {
        self.lock().seen.iter().any(|seen| {
            seen.state == LinkState::Registered
                && seen.tunnel == Some(registration.tunnel)
                && seen.index == registration.index
                && seen.client == registration.options.client
        })
    }

    /// Takes requests for `tunnel` from now on, or none any more.
    pub(crate) fn serves(&self, number: u64, tunnel: Option<TunnelId>) {
        if let Some(open) = self.lock().open.get_mut(&number) {
            open.serves = tunnel;
        }
    }

    /// Its conversation is over.
    pub(crate) fn released(&self, number: u64) {
        if let Some(open) = self.lock().open.get_mut(&number) {
            open.link = None;
            open.serves = None;
        }
    }

    /// Changes what is known of a connection.
    pub(crate) fn change(&self, log: &Log, number: u64, change: impl FnOnce(&mut LinkSeen)) {
        if let Some(seen) = self.lock().seen.iter_mut().find(|seen| seen.number == number) {
            change(seen);
        }
        log.changed();
    }

    /// The connection is gone.
    pub(crate) fn closed(&self, log: &Log, number: u64) {
        self.lock().open.remove(&number);
        self.change(log, number, |seen| {
            seen.state = match seen.state {
                LinkState::Unregistered => LinkState::Left,
                LinkState::Connected | LinkState::Registered | LinkState::Refused | LinkState::Lost => {
                    LinkState::Lost
                }
                LinkState::Left => LinkState::Left,
            };
        });
    }

    /// One of the connections that serve a tunnel, in turn.
    pub(crate) fn pick(&self, tunnel: TunnelId) -> Option<Link> {
        let mut record = self.lock();
        record.turn = record.turn.wrapping_add(1);
        let fitting: Vec<&Open> = record.open.values().filter(|open| open.serves == Some(tunnel)).collect();
        let chosen = record.turn.checked_rem(fitting.len())?;
        fitting.get(chosen).and_then(|open| open.link.clone())
    }

    /// Every connection that takes requests of a tunnel.
    pub(crate) fn serving(&self, tunnel: TunnelId) -> Vec<Link> {
        let record = self.lock();
        let fitting = record.open.values().filter(|open| open.serves == Some(tunnel));
        fitting.filter_map(|open| open.link.clone()).collect()
    }

    /// The tunnel that a connection takes requests of, and the connection, where it does.
    pub(crate) fn served_by(&self, number: u64) -> Option<(TunnelId, Link)> {
        let record = self.lock();
        let open = record.open.get(&number)?;
        Some((open.serves?, open.link.clone()?))
    }

    /// Sends new rules over one of the connections that take requests, and hears what its connector makes of them.
    pub(crate) async fn configure(&self, json: &str) -> io::Result<Value> {
        let serving =
            self.lock().open.values().find(|open| open.serves.is_some()).and_then(|open| open.link.clone());
        let link = serving.ok_or_else(|| io::Error::other("no connector is registered"))?;
        link.configure(json.to_owned().into()).await
    }

    /// Ends connections without a word, as a crash of the edge would; says how many.
    pub(crate) fn kill(&self, which: impl Fn(&LinkSeen) -> bool) -> usize {
        let record = self.lock();
        let doomed = record.seen.iter().filter(|seen| which(seen));
        doomed.filter_map(|seen| record.open.get(&seen.number)).map(|open| open.ended.cancel()).count()
    }

    /// What is known of every connection so far.
    pub(crate) fn seen(&self) -> Vec<LinkSeen> {
        self.lock().seen.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
