//! The one place where this crate learns what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The machine's clock, which can be set ahead or back without touching the machine.
///
/// Clones share the shift.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// A clock that differs from the machine's by `seconds`; positive is ahead.
    #[must_use]
    pub fn shifted(seconds: i64) -> Self {
        let clock = Self::default();
        clock.shift(seconds);
        clock
    }

    /// Sets how far this clock is ahead of the machine's, in seconds.
    pub fn shift(&self, seconds: i64) {
        self.ahead.store(seconds, Ordering::Relaxed);
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> i64 {
        let machine = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        i64::try_from(machine).unwrap_or(i64::MAX).saturating_add(self.ahead.load(Ordering::Relaxed))
    }
}

impl rustls::time_provider::TimeProvider for Clock {
    fn current_time(&self) -> Option<rustls::pki_types::UnixTime> {
        let seconds = u64::try_from(self.now()).ok()?;
        Some(rustls::pki_types::UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// How long this machine has slept, counted from a moment that stays the same while this program runs; nothing where
/// the system does not tell.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn slept() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let read = |clock| Duration::try_from(clock_gettime(clock)).unwrap_or_default();
    let awake = read(ClockId::Monotonic);
    read(ClockId::Boottime).saturating_sub(awake)
}

/// How long this machine has slept, by how much less its steady clock shows than the one on the wall. Whoever sets the
/// clock ahead seems to have slept.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn slept() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static BEGIN: LazyLock<(SystemTime, Instant)> = LazyLock::new(|| (SystemTime::now(), Instant::now()));
    let (wall, steady) = *BEGIN;
    let on_the_wall = SystemTime::now().duration_since(wall).unwrap_or_default();
    on_the_wall.saturating_sub(steady.elapsed())
}

/// Seconds since the Unix epoch of an HTTP date such as `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http_date(text: &str) -> Option<i64> {
    let when = httpdate::parse_http_date(text.trim()).ok()?;
    i64::try_from(when.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_the_shift() {
        let clock = Clock::shifted(0);
        let before = clock.now();
        let clone = clock.clone();
        clone.shift(86_400);
        assert!((86_400..86_410).contains(&(clock.now() - before)));
    }

    #[test]
    fn http_dates_are_read() {
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(http_date("yesterday"), None);
    }
}
