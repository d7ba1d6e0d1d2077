//! Whose streams run, so that a person at this machine can see and end them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::{Notify, watch};

/// Streams that run, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Guests {
    next: AtomicU64,
    open: Mutex<BTreeMap<u64, Guest>>,
    count: watch::Sender<usize>,
}

/// Somebody whose stream runs.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    /// Who it is; empty where nobody says.
    pub(crate) email: Box<str>,
    /// Since when, seconds since the Unix epoch.
    pub(crate) since: u64,
    cut: Arc<Notify>,
}

/// A stream for as long as this is kept.
#[derive(Debug)]
pub(crate) struct Staying<'a> {
    guests: &'a Guests,
    changed: &'a Notify,
    id: u64,
    cut: Arc<Notify>,
}

impl Guests {
    /// Notes a stream; `changed` hears of its beginning and its end.
    pub(crate) fn come<'a>(&'a self, email: &str, changed: &'a Notify) -> Staying<'a> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let cut = Arc::new(Notify::new());
        self.open().insert(id, Guest { email: email.into(), since: now(), cut: Arc::clone(&cut) });
        self.count.send_modify(|count| *count += 1);
        changed.notify_one();
        Staying { guests: self, changed, id, cut }
    }

    /// Ends one; false where it runs no more.
    pub(crate) fn cut(&self, id: u64) -> bool {
        self.open().get(&id).is_some_and(|guest| {
            guest.cut.notify_one();
            true
        })
    }

    /// Everybody who is there.
    pub(crate) fn all(&self) -> BTreeMap<u64, Guest> {
        self.open().clone()
    }

    /// How many there are.
    pub(crate) fn watch(&self) -> watch::Receiver<usize> {
        self.count.subscribe()
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Guest>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Staying<'_> {
    /// Returns when a person at this machine wants the stream to end.
    pub(crate) async fn is_cut(&self) {
        self.cut.notified().await;
    }
}

impl Drop for Staying<'_> {
    fn drop(&mut self) {
        self.guests.open().remove(&self.id);
        self.guests.count.send_modify(|count| *count = count.saturating_sub(1));
        self.changed.notify_one();
    }
}

/// Seconds since the Unix epoch.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stream_is_known_as_long_as_it_runs_and_can_be_cut() {
        let (guests, changed) = (Guests::default(), Notify::new());
        let jo = guests.come("jo@corp.test", &changed);
        let other = guests.come("", &changed);
        let (all, count) = (guests.all(), guests.watch());
        assert_eq!(*count.borrow(), 2);
        assert_eq!(all.values().map(|guest| &*guest.email).collect::<Vec<_>>(), ["jo@corp.test", ""]);
        assert!(guests.cut(*all.keys().next().unwrap()) && !guests.cut(99));
        jo.is_cut().await;
        drop(jo);
        assert_eq!(guests.all().len(), 1);
        drop(other);
        changed.notified().await;
        assert!(guests.all().is_empty());
        assert_eq!(*count.borrow(), 0);
    }
}
