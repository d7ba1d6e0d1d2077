//! How a connector stands, for the program that runs it; and what that program may ask of it.
//!
//! ```json
//! {"state":"tunnel","version":1,
//!  "links":[{"link":"up","location":"lhr01","protocol":"quic","since":1795190480,"roundTrip":9250}, …],
//!  "visitors":[{"id":7,"email":"jo@corp.test","since":1795190500}],
//!  "rules":[{"hostname":"studio.acme.dev","service":"ssh://127.0.0.1:22"}, {"service":"http_status:404"}],
//!  "down":[{"address":"127.0.0.1:22","since":1795190510,"failing":"away","why":"…"}]}
//! ```
//!
//! A link that is `waiting` for its next attempt has its moment as `again`; it, and one that is `connecting`, has `why` and
//! the kind of that as `fault` (`silence`, `untrusted`, `refused`, `ended`). A service that is down is `away`, `silent` or
//! `breaking`.
//! Moments are seconds since the Unix epoch, round trips microseconds. Nothing in it is secret.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::board::LinkState;
use crate::connector::Shared;
use crate::down::Down;
use crate::guests::now;
use crate::ingress::{Rule, Rules};

/// How often round trips are told, where nothing else is.
const PULSE: Duration = Duration::from_secs(60);
/// News that come together are told together.
const TOGETHER: Duration = Duration::from_millis(100);
/// How often a service that was down is tried.
const TRY: Duration = Duration::from_secs(2);

/// Tells how a connector stands whenever that changes.
#[derive(Debug)]
pub struct Reporter {
    shared: Arc<Shared>,
    links: watch::Receiver<Vec<LinkState>>,
    rules: watch::Receiver<(i32, Arc<Rules>)>,
    told: Value,
}

/// What may be asked of a connector that runs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Asker(Arc<Shared>);

impl Asker {
    /// Lets it reach `HOST:PORT` as well, as rules lead there that a person has set here; false where it is none.
    #[must_use]
    pub fn allow(&self, destination: &str) -> bool {
        self.0.destinations.allow(destination)
    }

    /// Ends a stream; false where it runs no more.
    #[must_use]
    pub fn cut(&self, id: u64) -> bool {
        self.0.board.guests.cut(id)
    }
}

impl Reporter {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let (links, rules) = (shared.board.watch(), shared.watch_rules());
        Self { shared, links, rules, told: Value::Null }
    }

    /// What may be asked of the connector meanwhile.
    #[must_use]
    pub fn asker(&self) -> Asker {
        Asker(Arc::clone(&self.shared))
    }

    /// Waits until it stands in another way than it was told last; the first time it does at once.
    pub async fn next(&mut self) -> Value {
        loop {
            let stands = self.stands();
            if stands != self.told {
                self.told = stands.clone();
                return stands;
            }
            self.until_changed().await;
        }
    }

    async fn until_changed(&mut self) {
        let board = &self.shared.board;
        tokio::select! {
            Ok(()) = self.links.changed() => {}
            Ok(()) = self.rules.changed() => {}
            () = board.changed.notified() => {}
            () = try_services(&board.down), if !board.down.list().is_empty() => {}
            () = tokio::time::sleep(PULSE) => {}
        }
        tokio::time::sleep(TOGETHER).await;
    }

    fn stands(&self) -> Value {
        let board = &self.shared.board;
        let quic = board.quic.round_trips();
        let links = self.links.borrow();
        let links: Vec<Value> = (0_u8..)
            .zip(links.iter())
            .map(|(index, link)| {
                let round_trip = quic.get(&index).copied().or_else(|| board.round_trip(index));
                self::link(link, round_trip)
            })
            .collect();
        let guests = board.guests.all();
        let visitors: Vec<Value> = guests
            .iter()
            .map(|(id, guest)| json!({ "id": id, "email": guest.email, "since": guest.since }))
            .collect();
        let down: Vec<Value> = board
            .down
            .list()
            .iter()
            .map(|(address, down)| {
                let failing = down.failing.name();
                json!({ "address": address, "since": down.since, "failing": failing, "why": down.why })
            })
            .collect();
        let (version, rules) = (self.shared.rules_version(), self.shared.rules());
        json!({
            "state": "tunnel", "version": version, "links": links, "visitors": visitors,
            "rules": rules.told(), "down": down,
        })
    }
}

/// Returns once a service that was down is well.
async fn try_services(down: &Down) {
    loop {
        tokio::time::sleep(TRY).await;
        for (address, known) in down.list() {
            let tried = tokio::time::timeout(TRY, try_service(&address, known.greets)).await;
            if matches!(tried, Ok(Ok(()))) && down.is_well(&address) {
                tracing::info!(address, "a service answers again");
                return;
            }
        }
    }
}

/// Whether it takes a connection, and greets where it is the one to do so.
async fn try_service(address: &str, greets: bool) -> std::io::Result<()> {
    let mut tcp = TcpStream::connect(address).await?;
    if greets { tcp.read_u8().await.map(drop) } else { Ok(()) }
}

impl Rules {
    /// The rules for a person: which name and path lead where. None of it is secret.
    #[must_use]
    pub fn told(&self) -> Value {
        self.iter().map(Rule::told).collect()
    }
}

impl Rule {
    fn told(&self) -> Value {
        let whole = self.to_json();
        let mut told = json!({ "service": without_password(&self.service.to_string()) });
        for name in ["hostname", "path"] {
            if let Some(text) = whole.get(name) {
                told[name] = text.clone();
            }
        }
        told
    }
}

/// An address without whatever stands before an `@` in it.
fn without_password(service: &str) -> String {
    let Some((scheme, rest)) = service.split_once("://") else { return service.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

fn link(link: &LinkState, round_trip: Option<Duration>) -> Value {
    match link {
        LinkState::Idle => json!({ "link": "idle" }),
        LinkState::Left => json!({ "link": "left" }),
        LinkState::Connecting { failed: None, .. } => json!({ "link": "connecting" }),
        LinkState::Connecting { failed: Some(failed), .. } => {
            json!({ "link": "connecting", "why": failed.why, "fault": failed.fault.name() })
        }
        LinkState::Registered { protocol, location, since, .. } => {
            let micros = round_trip.map(rounded).and_then(|time| u64::try_from(time.as_micros()).ok());
            json!({
                "link": "up", "location": location, "protocol": protocol.to_string(),
                "since": now().saturating_sub(since.elapsed().as_secs()), "roundTrip": micros,
            })
        }
        LinkState::Waiting { failed, until } => {
            let left = until.saturating_duration_since(Instant::now()).as_secs_f64().ceil();
            let left = Duration::try_from_secs_f64(left).unwrap_or_default().as_secs();
            let (why, fault) = (&failed.why, failed.fault.name());
            json!({ "link": "waiting", "why": why, "fault": fault, "again": now() + left })
        }
    }
}

/// To whole milliseconds above one: what trembles below that is no news.
fn rounded(time: Duration) -> Duration {
    if time < Duration::from_millis(1) {
        Duration::from_micros(500)
    } else {
        Duration::from_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_told() {
        assert_eq!(without_password("https://u:p@[::1]:8443/a@b"), "https://[::1]:8443/a@b");
        assert_eq!(without_password("ssh://127.0.0.1:22"), "ssh://127.0.0.1:22");
        assert_eq!(without_password("http_status:404"), "http_status:404");
    }
}
