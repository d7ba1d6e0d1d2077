//! Bounded waits for facts: the only place here that sleeps.

use std::time::{Duration, Instant};

/// How long a fact may take that is a matter of milliseconds on an idle machine.
pub const SOON: Duration = Duration::from_secs(30);

const PAUSE: Duration = Duration::from_millis(10);

/// Looks again and again until there is something to see.
///
/// # Panics
/// When it is not there within `limit`; the message says `what` was waited for.
#[track_caller]
pub fn until<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {limit:?} in vain: {what}");
        pause();
    }
}

/// The same for what is looked up asynchronously.
///
/// # Panics
/// When it is not there within `limit`; the message says `what` was waited for.
pub async fn eventually<T>(what: &str, limit: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {limit:?} in vain: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "the one pause between two looks at a fact")]
fn pause() {
    std::thread::sleep(PAUSE);
}
