//! A call that may never come back, and how to go on without it.
//!
//! The call gets a thread of its own: it cannot be stopped, only left behind, and the libraries that talk to keychains
//! panic when they are used inside an async runtime. Threads left behind are counted; with too many of them a keychain
//! counts as silent without being asked again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::VaultError;

const RUNNING: u8 = 0;
const FINISHED: u8 = 1;
const LEFT: u8 = 2;

/// How many calls may hang at one time; each holds a thread and a connection.
const MOST_LEFT_BEHIND: usize = 8;

static LEFT_BEHIND: AtomicUsize = AtomicUsize::new(0);

/// Runs `work` and waits at most `limit` for what it returns. Dropping the future leaves the work behind.
///
/// # Errors
/// The work's own, or that it took too long.
pub(crate) async fn bounded<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    let (sender, receiver) = oneshot::channel();
    // A receiver that has gone has left the work behind; there is nobody to tell.
    let _call = Call::start(limit, move || drop(sender.send(work())))?;
    match tokio::time::timeout(limit, receiver).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(crashed()),
        Err(_) => Err(VaultError::TimedOut { after: limit }),
    }
}

/// The same for a thread that may block.
///
/// # Errors
/// The work's own, or that it took too long.
pub(crate) fn bounded_blocking<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    let (sender, receiver) = mpsc::channel();
    let _call = Call::start(limit, move || drop(sender.send(work())))?;
    match receiver.recv_timeout(limit) {
        Ok(result) => result,
        Err(RecvTimeoutError::Disconnected) => Err(crashed()),
        Err(RecvTimeoutError::Timeout) => Err(VaultError::TimedOut { after: limit }),
    }
}

struct Call(Arc<AtomicU8>);

impl Call {
    fn start(limit: Duration, work: impl FnOnce() + Send + 'static) -> Result<Self, VaultError> {
        if LEFT_BEHIND.load(Ordering::Acquire) >= MOST_LEFT_BEHIND {
            return Err(VaultError::TimedOut { after: limit });
        }
        let state = Arc::new(AtomicU8::new(RUNNING));
        let end = End(Arc::clone(&state));
        thread::Builder::new()
            .name("vault".into())
            .spawn(move || {
                let _end = end;
                work();
            })
            .map_err(|error| VaultError::Refused { why: error.to_string() })?;
        Ok(Self(state))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // Counted before it can be seen as left, so that the thread never takes off what was not put on.
        LEFT_BEHIND.fetch_add(1, Ordering::AcqRel);
        if self.0.compare_exchange(RUNNING, LEFT, Ordering::AcqRel, Ordering::Acquire).is_err() {
            LEFT_BEHIND.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

/// Marks the thread's end, panics included.
struct End(Arc<AtomicU8>);

impl Drop for End {
    fn drop(&mut self) {
        if self.0.swap(FINISHED, Ordering::AcqRel) == LEFT {
            LEFT_BEHIND.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

fn crashed() -> VaultError {
    VaultError::Refused { why: "the keychain's library failed".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(20);

    // One test, because the count is the process's.
    #[test]
    fn calls_left_behind_are_counted_refused_when_many_and_forgotten_when_they_end() {
        let (hold, held) = mpsc::channel::<()>();
        let held = Arc::new(std::sync::Mutex::new(held));
        let (ended, ends) = mpsc::channel();
        for _ in 0..MOST_LEFT_BEHIND {
            let (held, ended) = (Arc::clone(&held), ended.clone());
            let hang = move || {
                drop(held.lock().map(|held| held.recv()));
                let _ = ended.send(());
                Ok(())
            };
            assert!(matches!(bounded_blocking(SHORT, hang), Err(VaultError::TimedOut { after: SHORT })));
        }
        assert!(matches!(bounded_blocking(LONG, || Ok(1)), Err(VaultError::TimedOut { .. })));
        drop(hold);
        for _ in 0..MOST_LEFT_BEHIND {
            ends.recv_timeout(LONG).unwrap();
        }
        while LEFT_BEHIND.load(Ordering::Acquire) > 0 {
            thread::yield_now();
        }
        assert_eq!(bounded_blocking(LONG, || Ok(1)).unwrap(), 1);
        let panics = bounded_blocking::<()>(LONG, || panic!("as libraries do"));
        assert!(matches!(panics, Err(VaultError::Refused { .. })), "{panics:?}");
    }

    #[tokio::test]
    async fn a_call_may_block_on_a_runtime_of_its_own() {
        let nested = || {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            runtime.map(|runtime| runtime.block_on(async { 7 })).map_err(|_| VaultError::Locked)
        };
        assert_eq!(bounded(LONG, nested).await.unwrap(), 7);
    }
}
