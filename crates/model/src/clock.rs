//! The time while a view is drawn: it also remembers when the first of the texts drawn will change.

use std::cell::Cell;

use crate::{Now, times};

/// Turns moments into words and collects the next moment at which one of them reads differently.
#[derive(Debug)]
pub(crate) struct Clock<'a> {
    now: &'a Now,
    next: Cell<Option<i64>>,
}

impl<'a> Clock<'a> {
    pub(crate) fn new(now: &'a Now) -> Self {
        Self { now, next: Cell::new(None) }
    }

    pub(crate) fn seconds(&self) -> i64 {
        self.now.seconds()
    }

    /// The first moment after now at which something drawn changes.
    pub(crate) fn next(&self) -> Option<i64> {
        self.next.get()
    }

    /// Something drawn depends on whether `at` has passed.
    pub(crate) fn note(&self, at: i64) {
        if at > self.seconds() {
            self.next.set(Some(self.next.get().map_or(at, |next| next.min(at))));
        }
    }

    pub(crate) fn has_passed(&self, at: i64) -> bool {
        self.note(at);
        at <= self.seconds()
    }

    pub(crate) fn moment(&self, at: i64) -> String {
        self.note_if(times::moment_changes(at, self.now));
        times::moment(at, self.now)
    }

    /// `5 h 12 min`
    pub(crate) fn span_to(&self, at: i64) -> String {
        self.note_if(times::left_changes(at, self.now));
        times::span(at.saturating_sub(self.seconds()))
    }

    /// `5 hours 12 minutes`
    pub(crate) fn span_spoken(&self, at: i64) -> String {
        self.note_if(times::left_changes(at, self.now));
        times::span_spoken(at.saturating_sub(self.seconds()))
    }

    /// `5 h 12 min`, of what began then.
    pub(crate) fn span_since(&self, at: i64) -> String {
        self.note_if(times::ago_changes(at, self.now));
        times::span(self.seconds().saturating_sub(at))
    }

    pub(crate) fn left(&self, at: i64) -> String {
        format!("{} left", self.span_to(at))
    }

    pub(crate) fn ago(&self, at: i64) -> String {
        self.note_if(times::ago_changes(at, self.now));
        times::ago(at, self.now)
    }

    /// `Today 17:42`, otherwise as [`Clock::moment`].
    pub(crate) fn day_and_time(&self, at: i64) -> String {
        let moment = self.moment(at);
        if times::is_today(at, self.now) { format!("Today {moment}") } else { moment }
    }

    /// Share of `since..until` that is left, in the steps in which the text beside it changes.
    pub(crate) fn share_left(&self, since: i64, until: i64) -> f32 {
        let whole = until.saturating_sub(since);
        if whole <= 0 {
            return 0.0;
        }
        self.note_if(times::left_changes(until, self.now));
        let permille = times::left_rounded(until, self.now).saturating_mul(1000) / whole;
        f32::from(i16::try_from(permille.clamp(0, 1000)).unwrap_or(1000)) / 1000.0
    }

    fn note_if(&self, at: Option<i64>) {
        if let Some(at) = at {
            self.note(at);
        }
    }
}
