//! The line between connectors and the edge, which all of them share. One that is slow lets only so much through in a
//! second, and what goes through arrives later.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::faults::{Faults, Faulty};

/// A timer that rings late is caught up with: so much of the line's time may be used behind it.
const CATCH_UP: Duration = Duration::from_millis(20);
/// How much may wait before the narrow part of the line, in time that it takes to go through; more of it is lost.
const QUEUE: Duration = Duration::from_millis(200);

/// How one direction of a line is slow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slow {
    /// How much later everything arrives.
    pub delay: Duration,
    /// How many bytes go through in a second at most, those of TLS and QUIC included; any number where this is 0.
    pub rate: u64,
}

/// Both directions.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) from_connectors: Lane,
    pub(crate) to_connectors: Lane,
}

/// One direction.
#[derive(Debug)]
pub(crate) struct Lane {
    faults: Faults,
    slow: fn(&Faulty) -> Slow,
    /// When all that went in so far is through its narrow part.
    free: Mutex<Option<Instant>>,
}

/// When something that went into a lane comes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Passage {
    /// Through the narrow part: the next may follow.
    pub(crate) through: Instant,
    /// At the other end.
    pub(crate) arrives: Instant,
}

impl Line {
    pub(crate) fn new(faults: &Faults) -> Self {
        let lane = |slow| Lane { faults: faults.clone(), slow, free: Mutex::default() };
        Self {
            from_connectors: lane(|faulty| faulty.from_connectors),
            to_connectors: lane(|faulty| faulty.to_connectors),
        }
    }

    pub(crate) fn is_slow(&self) -> bool {
        self.from_connectors.is_slow() || self.to_connectors.is_slow()
    }
}

impl Lane {
    pub(crate) fn is_slow(&self) -> bool {
        self.faults.look(|faulty| (self.slow)(faulty)) != Slow::default()
    }

    /// Lets so many bytes in behind all others.
    pub(crate) fn enter(&self, now: Instant, bytes: usize) -> Passage {
        let slow = self.faults.look(|faulty| (self.slow)(faulty));
        slow.passage(&mut self.lock(), now, bytes)
    }

    /// The same, where there is room to wait for it; otherwise they are lost.
    pub(crate) fn enter_or_lose(&self, now: Instant, bytes: usize) -> Option<Passage> {
        let has_room = self.lock().is_none_or(|free| free.saturating_duration_since(now) <= QUEUE);
        has_room.then(|| self.enter(now, bytes))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Instant>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slow {
    fn passage(self, free: &mut Option<Instant>, now: Instant, bytes: usize) -> Passage {
        let earliest = now.checked_sub(CATCH_UP).unwrap_or(now);
        let starts = free.map_or(now, |free| free.max(earliest));
        let through = starts + self.takes(bytes);
        *free = Some(through);
        Passage { through, arrives: through.max(now) + self.delay }
    }

    fn takes(self, bytes: usize) -> Duration {
        let nanos = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(1_000_000_000);
        nanos.checked_div(self.rate).map_or(Duration::ZERO, Duration::from_nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn line(slow: Slow) -> Line {
        let faults = Faults::default();
        faults.set(|faulty| faulty.to_connectors = slow);
        Line::new(&faults)
    }

    #[test]
    fn one_goes_through_behind_the_other() {
        let line = line(Slow { delay: SECOND / 2, rate: 1000 });
        assert!(line.is_slow() && line.to_connectors.is_slow() && !line.from_connectors.is_slow());
        let now = Instant::now();
        let passage = |through| Passage { through, arrives: through + SECOND / 2 };
        assert_eq!(line.to_connectors.enter(now, 1000), passage(now + SECOND));
        assert_eq!(line.to_connectors.enter(now, 500), passage(now + 3 * SECOND / 2));
        // A late one is caught up with, and no more than that.
        let late = now + 3 * SECOND / 2 + CATCH_UP / 2;
        assert_eq!(line.to_connectors.enter(late, 1000), passage(now + 5 * SECOND / 2));
        let much_later = now + 10 * SECOND;
        assert_eq!(line.to_connectors.enter(much_later, 1000), passage(much_later - CATCH_UP + SECOND));
    }

    #[test]
    fn what_finds_no_room_is_lost() {
        let (lane, now) = (line(Slow { delay: SECOND, rate: 1000 }).to_connectors, Instant::now());
        let fits = |bytes| lane.enter_or_lose(now, bytes).is_some();
        assert!(fits(150) && fits(150) && !fits(1), "a fifth of a second may wait");
        assert!(lane.enter_or_lose(now + SECOND, 1).is_some());
    }

    #[test]
    fn a_line_without_a_rate_is_only_long() {
        let (lane, now) = (line(Slow { delay: SECOND, rate: 0 }).to_connectors, Instant::now());
        for later in [0, 0, 1, 5] {
            let now = now + later * CATCH_UP;
            let arrives = lane.enter_or_lose(now, 1 << 30).map(|passage| passage.arrives);
            assert_eq!(arrives, Some(now + SECOND));
        }
    }
}
