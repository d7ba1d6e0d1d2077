//! The person is told when what is shared cannot be reached for a while, and when it can again.
//!
//! Quiet by rule: not while the window is in front, one notification for each name, replaced by the next.

use super::{Live, Model};
use crate::{Effect, Notification, NotificationAction, Problem, Request, times};

/// So long nothing may get through before it is told, in seconds.
pub(crate) const PATIENCE: i64 = 120;

impl Model {
    pub(super) fn settle_notices(&mut self) {
        let now = self.seconds();
        let is_seen = self.is_in_front();
        let mut news = Vec::new();
        for (name, live) in &mut self.share.lives {
            let is_late = live.since.is_some() && live.lost.is_some_and(|lost| lost + PATIENCE <= now);
            if is_late && !live.is_told && !is_seen {
                live.is_told = true;
                news.push((name.clone(), true));
            } else if live.is_told && live.lost.is_none() {
                live.is_told = false;
                news.push((name.clone(), false));
            }
        }
        for (name, is_lost) in news {
            let title = self.share.title(&name);
            if is_lost {
                self.tell(&name, format!("{title} is not reachable"), "Trying again".to_owned());
            } else if is_seen {
                self.emit(Effect::Withdraw { tag: tag(&name) });
            } else {
                self.tell(&name, format!("{title} is reachable again"), String::new());
            }
        }
    }

    /// When somebody may have to be told next.
    pub(super) fn next_notice(&self) -> Option<jiff::Timestamp> {
        let waiting = self.share.lives.values().filter(|live| live.since.is_some() && !live.is_told);
        waiting.filter_map(|live| live.lost).map(|lost| times::stamp(lost + PATIENCE)).min()
    }

    /// It has ended by itself.
    pub(super) fn tell_of_end(&mut self, name: &str, live: &Live, problem: &Problem) {
        if live.since.is_some() && !self.is_in_front() {
            let title = self.share.title(name);
            self.tell(
                name,
                format!("{title} is not reachable"),
                format!("Sharing has stopped. {}", problem.title),
            );
        }
    }

    /// What was told is not true any more, and nobody need hear of that.
    pub(super) fn withdraw_loss(&mut self, name: &str, live: &Live) {
        if live.is_told {
            self.emit(Effect::Withdraw { tag: tag(name) });
        }
    }

    fn tell(&mut self, name: &str, summary: String, body: String) {
        let open = Request::OpenShare { name: Some(name.to_owned()) };
        let actions = vec![NotificationAction { label: "Open".to_owned(), request: open.clone() }];
        let notification = Notification { tag: tag(name), summary, body, default: Some(open), actions };
        self.emit(Effect::Notify(notification));
    }
}

fn tag(name: &str) -> String {
    format!("share-{name}")
}
