//! The time, as an argument.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A moment and the zone in which a person reads it.
#[derive(Clone, Debug)]
pub struct Now {
    /// The moment.
    pub at: Timestamp,
    /// The person's time zone.
    pub zone: TimeZone,
}

impl Now {
    /// Seconds since the Unix epoch.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.at.as_second()
    }
}
