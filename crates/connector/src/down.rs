//! Services that fail whoever comes, so that a person at this machine can be told: away, silent, or breaking off.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::guests::now;

/// An SSH server that is well greets at once: so long one may take before it counts as silent.
const GREETING: Duration = Duration::from_secs(10);
/// So many are remembered: a bastion's clients may name any number.
const MOST: usize = 16;

/// How a service fails those who come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failing {
    /// It takes no connections.
    Away,
    /// It takes long to say anything, or says nothing.
    Silent,
    /// It takes connections, and breaks them off before it has said anything.
    Breaking,
}

impl Failing {
    /// Its stable name for programs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Away => "away",
            Self::Silent => "silent",
            Self::Breaking => "breaking",
        }
    }

    fn of_dial(error: &io::Error) -> Self {
        let is = |kind| error.kind() == kind;
        // One that is reset was taken: its end was faster than our first look.
        let otherwise = if is(io::ErrorKind::ConnectionReset) { Self::Breaking } else { Self::Away };
        if is(io::ErrorKind::TimedOut) { Self::Silent } else { otherwise }
    }
}

/// Services that fail, and have not been seen well since, by their addresses.
#[derive(Debug, Default)]
pub(crate) struct Down(Mutex<BTreeMap<String, DownSince>>);

/// Since when a service fails.
#[derive(Clone, Debug)]
pub(crate) struct DownSince {
    /// Seconds since the Unix epoch.
    pub(crate) since: u64,
    /// How.
    pub(crate) failing: Failing,
    /// What came of the last attempt.
    pub(crate) why: String,
    /// Whether it is well once it greets, and not before.
    pub(crate) greets: bool,
}

impl Down {
    /// Notes that it fails; true where that is news.
    fn fails(&self, address: &str, failing: Failing, why: String, greets: bool) -> bool {
        let mut all = self.all();
        let known = all.get(address);
        let is_news = known.is_none_or(|known| known.failing != failing);
        if known.is_some() || all.len() < MOST {
            let since = known.map_or_else(now, |known| known.since);
            all.insert(address.to_owned(), DownSince { since, failing, why, greets });
        }
        is_news
    }

    /// Notes that it is well; true where that is news.
    pub(crate) fn is_well(&self, address: &str) -> bool {
        self.all().remove(address).is_some()
    }

    /// All of them.
    pub(crate) fn list(&self) -> BTreeMap<String, DownSince> {
        self.all().clone()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, DownSince>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A service while a stream to it is made and begins.
#[derive(Debug)]
pub(crate) struct Watched<'a> {
    down: &'a Down,
    changed: &'a Notify,
    address: String,
    /// When it counts as silent; nothing once it has said something, or where it need not be the first to speak.
    due: Option<Instant>,
    greets: bool,
}

impl<'a> Watched<'a> {
    /// The service at this address. One that `greets` is well once it has.
    pub(crate) fn new(down: &'a Down, changed: &'a Notify, address: String, greets: bool) -> Self {
        Self { down, changed, address, due: None, greets }
    }

    /// What came of dialling it.
    pub(crate) fn dialled<T>(&mut self, dialled: &io::Result<T>) {
        match dialled {
            Ok(_) if self.greets => self.due = Some(Instant::now() + GREETING),
            Ok(_) => self.is_well(),
            Err(error) => self.fails(Failing::of_dial(error), error.to_string()),
        }
    }

    /// When it will have been silent for too long.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// It has said something.
    pub(crate) fn spoke(&mut self) {
        if self.greets && self.due.take().is_some() {
            self.is_well();
        }
    }

    /// It has been silent for too long; what it says later counts all the same.
    pub(crate) fn is_silent(&mut self) {
        let why = format!("{} has said nothing for {} s", self.address, GREETING.as_secs());
        tracing::warn!(error = why, "a service is slow");
        self.fails(Failing::Silent, why);
        // Hardly anybody waits for so long.
        self.due = Some(Instant::now() + 100 * GREETING);
    }

    /// It has ended the stream, with an error or in due form; that is its own affair once it has spoken.
    pub(crate) fn broke_off(&mut self, error: Option<&io::Error>) {
        if self.due.take().is_some() {
            let why = error.map(|error| format!(": {error}")).unwrap_or_default();
            let why = format!("{} ended the connection before it had said anything{why}", self.address);
            self.fails(Failing::Breaking, why);
        }
    }

    fn is_well(&self) {
        if self.down.is_well(&self.address) {
            tracing::info!(address = self.address, "a service answers again");
            self.changed.notify_one();
        }
    }

    fn fails(&self, failing: Failing, why: String) {
        if self.down.fails(&self.address, failing, why, self.greets) {
            self.changed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> io::Result<()> {
        Err(io::ErrorKind::ConnectionRefused.into())
    }

    fn how(down: &Down) -> Vec<Failing> {
        down.list().values().map(|down| down.failing).collect()
    }

    #[tokio::test]
    async fn a_service_is_down_until_it_takes_a_stream() {
        let (down, changed) = (Down::default(), Notify::new());
        let mut service = Watched::new(&down, &changed, "a:22".to_owned(), false);
        service.dialled(&Ok(()));
        assert_eq!(how(&down), []);
        service.dialled(&refused());
        changed.notified().await;
        assert!(down.list()["a:22"].why.contains("refused") && how(&down) == [Failing::Away]);
        service.dialled(&Ok(()));
        changed.notified().await;
        assert_eq!(how(&down), []);
    }

    #[tokio::test]
    async fn a_server_that_greets_is_well_once_it_has() {
        let (down, changed) = (Down::default(), Notify::new());
        let new = || Watched::new(&down, &changed, "a:22".to_owned(), true);
        let mut first = new();
        first.dialled(&refused());
        let mut second = new();
        second.dialled(&Ok(()));
        assert_eq!(how(&down), [Failing::Away], "taken is not served");
        second.is_silent();
        assert_eq!(how(&down), [Failing::Silent]);
        second.spoke();
        assert_eq!(how(&down), []);
        second.broke_off(Some(&io::ErrorKind::ConnectionReset.into()));
        assert_eq!(how(&down), [], "what has spoken may end");
        let mut third = new();
        third.dialled(&Ok(()));
        third.broke_off(None);
        assert_eq!(how(&down), [Failing::Breaking]);
        assert_eq!(Failing::of_dial(&io::ErrorKind::ConnectionReset.into()), Failing::Breaking);
        let mut late = new();
        late.dialled::<()>(&Err(io::ErrorKind::TimedOut.into()));
        assert_eq!(how(&down), [Failing::Silent]);
    }
}
