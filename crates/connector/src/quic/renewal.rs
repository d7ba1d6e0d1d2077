//! Takes the place of a connection that has seen a rush of streams. quinn keeps something small of every stream that ever
//! ran at once, for the next ones, and as those lie all over the heap, what was around them cannot go back to the system
//! either: some 5 kB for each stream. Only the end of the connection ends that.

use std::time::Duration;

use tokio::time::Instant;

use crate::session::Session;

/// So many streams at once are a rush; what fewer leave behind is not worth a connection.
const RUSH: usize = 128;
/// How long no stream may run before it counts as over.
const CALM: Duration = Duration::from_secs(3);
/// When to ask again while another connection is being replaced, or none is there; twice this the next time, and so on.
const AGAIN: Duration = Duration::from_millis(250);
const SELDOM: Duration = Duration::from_secs(60);
/// How long the edge may take to close what it knows to be left.
const LULL: Duration = Duration::from_secs(1);

/// How many streams ran at once, and since when none does.
#[derive(Debug, Default)]
pub(super) struct Rush {
    most: usize,
    over: Option<Instant>,
    asked: u32,
}

impl Rush {
    /// So many run now.
    pub(super) fn runs(&mut self, running: usize) {
        self.most = self.most.max(running);
        self.over = (running == 0 && self.most >= RUSH).then(|| Instant::now() + CALM);
        self.asked = 0;
    }

    /// When it is over, unless a stream comes; nothing where there was none.
    pub(super) fn over(&self) -> Option<Instant> {
        self.over
    }

    /// Leaves, so that the connection comes back as a new one, if others are there meanwhile and none of them does the
    /// same.
    pub(super) fn give_back(&mut self, session: &Session<'_>) {
        let wait = AGAIN.saturating_mul(1 << self.asked.min(16)).min(SELDOM);
        self.asked += 1;
        self.over = (!session.renew()).then(|| Instant::now() + wait);
    }
}

/// Until when a connection that the edge knows to be left waits for streams.
#[derive(Debug)]
pub(super) struct Leave(Option<Instant>);

impl Leave {
    /// None is left yet.
    pub(super) fn not_yet() -> Self {
        Self(None)
    }

    /// The edge has heard of it.
    pub(super) fn begins(&mut self, session: &Session<'_>) {
        let wait = if session.turn.is_held() { LULL } else { session.shared.grace };
        self.0 = Some(Instant::now() + wait);
    }

    pub(super) fn has_begun(&self) -> bool {
        self.0.is_some()
    }

    /// When to look whether it is over.
    pub(super) fn ends(&self) -> Option<Instant> {
        self.0
    }

    /// Whether it is. A stream that came while the edge had not heard of it yet is waited for without an end where nobody
    /// wants the connector to stop.
    pub(super) fn is_over(&mut self, session: &Session<'_>, running: usize) -> bool {
        if running == 0 || !session.turn.is_held() {
            return true;
        }
        if session.for_good.is_cancelled() {
            drop(session.turn.give());
        }
        self.begins(session);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_rush_is_over_once_nothing_runs_for_a_while() {
        let mut rush = Rush::default();
        rush.runs(RUSH - 1);
        rush.runs(0);
        assert_eq!(rush.over(), None, "that was none");
        rush.runs(RUSH);
        rush.runs(1);
        assert_eq!(rush.over(), None, "one still runs");
        rush.runs(0);
        assert_eq!(rush.over(), Some(Instant::now() + CALM));
        rush.runs(1);
        assert_eq!(rush.over(), None, "another one came");
        rush.runs(0);
        tokio::time::advance(CALM).await;
        assert_eq!(rush.over(), Some(Instant::now()));
    }
}
