//! How long to wait before the next attempt.
//!
//! An edge that cannot be reached costs nothing to try, and a person waits for it: the pause stays short. An edge that
//! says no is asked less and less often.

use std::time::Duration;

/// Longest pause while nothing answers.
const UNREACHABLE: Duration = Duration::from_secs(2);
/// Longest pause after refusals.
const REFUSED: Duration = Duration::from_secs(64);

/// How an attempt came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setback {
    /// A connection that was registered is gone.
    Lost,
    /// Nothing answered.
    Unreachable,
    /// The edge said no, and perhaps when to ask again.
    Refused(Duration),
}

/// The pauses of one connection.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    attempts: u8,
}

impl Backoff {
    /// Attempts since the connection last stood.
    pub(crate) fn attempts(&self) -> u8 {
        self.attempts
    }

    /// The connection stands.
    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
    }

    /// The pause before the next attempt; `random` between 0 and 1 keeps connectors apart.
    pub(crate) fn pause(&mut self, after: Setback, random: f64) -> Duration {
        let doubled = Duration::from_millis(500).saturating_mul(1 << self.attempts.min(7));
        self.attempts = self.attempts.saturating_add(1);
        match after {
            Setback::Lost => Duration::from_millis(500).mul_f64(random),
            Setback::Unreachable => doubled.min(UNREACHABLE).mul_f64(random),
            Setback::Refused(asked) => asked.min(REFUSED) + doubled.min(REFUSED).mul_f64(random),
        }
    }
}

/// A number between 0 and 1.
pub(crate) fn random() -> f64 {
    let mut bytes = [0; 4];
    // Without a generator every connector waits its longest pause.
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_unreachable_edge_is_tried_at_least_every_two_seconds() {
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = (0..5).map(|_| backoff.pause(Setback::Unreachable, 1.0).as_millis()).collect();
        assert_eq!(pauses, [500, 1000, 2000, 2000, 2000]);
        backoff.reset();
        assert_eq!((backoff.attempts(), backoff.pause(Setback::Lost, 1.0).as_millis()), (0, 500));
    }

    #[test]
    fn a_refusing_edge_is_asked_less_and_less_often_and_not_before_it_said() {
        let mut backoff = Backoff::default();
        let asked = Duration::from_secs(5);
        assert_eq!(backoff.pause(Setback::Refused(asked), 0.0), asked);
        let last = (0..300).map(|_| backoff.pause(Setback::Refused(Duration::ZERO), 1.0)).last();
        assert_eq!(last, Some(REFUSED));
    }

    proptest! {
        #[test]
        fn pauses_are_bounded(attempts in 0_u16..600, part in 0.0..=1.0_f64, seconds in 0..u64::MAX) {
            let mut backoff = Backoff::default();
            for _ in 0..attempts {
                prop_assert!(backoff.pause(Setback::Unreachable, part) <= UNREACHABLE);
            }
            let asked = Setback::Refused(Duration::from_secs(seconds));
            prop_assert!(backoff.pause(asked, part) <= 2 * REFUSED);
        }
    }

    #[test]
    fn random_numbers_differ() {
        let numbers: Vec<f64> = (0..8).map(|_| random()).collect();
        assert!(numbers.iter().all(|n| (0.0..=1.0).contains(n)), "{numbers:?}");
        assert!(numbers.iter().any(|n| n != &numbers[0]), "{numbers:?}");
    }
}
