//! Notifications: each lives on a thread of its own until it is pressed, closed, replaced or withdrawn.

#[cfg_attr(all(unix, not(target_os = "macos")), path = "notify/live_xdg.rs")]
#[cfg_attr(not(all(unix, not(target_os = "macos"))), path = "notify/live_other.rs")]
mod live;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;

use model::{Notification, Request};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Says something once, without waiting for what becomes of it.
pub(crate) fn say(summary: &str, body: &str) {
    let said = notify_rust::Notification::new().appname(NAME).summary(summary).body(body).show();
    if let Err(error) = said {
        tracing::debug!(%error, "a notification could not be shown");
    }
}

/// Who speaks.
const NAME: &str = "Sallyport";

/// What to do with what a person pressed.
pub(crate) type Press = Arc<dyn Fn(Request) + Send + Sync>;

/// What can happen to a notification from our side.
#[derive(Debug)]
enum Change {
    Replace(
        #[cfg_attr(
            not(target_os = "linux"),
            expect(dead_code, reason = "nothing is replaced there, only shown anew")
        )]
        Box<Notification>,
    ),
    Withdraw,
}

/// The notifications that a person may be looking at.
pub(crate) struct Notices {
    press: Press,
    live: BTreeMap<String, UnboundedSender<Change>>,
}

impl Notices {
    pub(crate) fn new(press: Press) -> Self {
        Self { press, live: BTreeMap::new() }
    }

    /// Shows a notification, in place of the one with the same tag.
    pub(crate) fn show(&mut self, notification: &Notification) {
        self.live.retain(|_, changes| !changes.is_closed());
        let replaced = self
            .live
            .get(&notification.tag)
            .is_some_and(|changes| changes.send(Change::Replace(Box::new(notification.clone()))).is_ok());
        if !replaced {
            self.start(notification.clone());
        }
    }

    /// Takes a notification away, if it is still there.
    pub(crate) fn withdraw(&mut self, tag: &str) {
        if let Some(changes) = self.live.remove(tag) {
            // A notification that just ended needs no withdrawing.
            let _ = changes.send(Change::Withdraw);
        }
    }

    fn start(&mut self, notification: Notification) {
        let (changes, heard) = unbounded_channel();
        let (tag, press) = (notification.tag.clone(), self.press.clone());
        let body = move || run(notification, heard, &press);
        match thread::Builder::new().name("notification".into()).spawn(body) {
            Ok(_) => drop(self.live.insert(tag, changes)),
            Err(error) => tracing::warn!(%error, "no thread for a notification"),
        }
    }
}

fn run(notification: Notification, changes: UnboundedReceiver<Change>, press: &Press) {
    match live::live(notification, changes) {
        Ok(Some(request)) => press(request),
        Ok(None) => {}
        Err(error) => tracing::debug!(%error, "a notification could not be shown"),
    }
}

/// The system's name for pressing the notification itself (Desktop Notifications Specification, "Actions").
const DEFAULT: &str = "default";

/// The notification as the system takes it.
fn drawn(notification: &Notification) -> notify_rust::Notification {
    let mut drawn = notify_rust::Notification::new();
    drawn.appname(NAME).summary(&notification.summary).body(&notification.body);
    if notification.default.is_some() {
        drawn.action(DEFAULT, "Open");
    }
    for (index, action) in notification.actions.iter().enumerate() {
        drawn.action(&index.to_string(), &action.label);
    }
    drawn
}

/// What a response of the system stands for.
fn answer(notification: &Notification, response: &notify_rust::NotificationResponse) -> Option<Request> {
    use notify_rust::NotificationResponse::{Action, Closed, Default, Reply};
    match response {
        Default => notification.default.clone(),
        Action(key) if key == DEFAULT => notification.default.clone(),
        Action(key) => {
            let index: usize = key.parse().ok()?;
            notification.actions.get(index).map(|action| action.request.clone())
        }
        Closed(_) | Reply(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use model::NotificationAction;
    use notify_rust::{CloseReason, NotificationResponse};

    use super::*;

    fn ending() -> Notification {
        let log_in = NotificationAction {
            label: "Log in again".into(),
            request: Request::LogInToTeam { team: "acme".into() },
        };
        let not_today = NotificationAction {
            label: "Not today".into(),
            request: Request::NotToday { team: "acme".into() },
        };
        Notification {
            tag: "ending/acme".into(),
            summary: "acme login ends 12:39".into(),
            body: "azure has 1 open session".into(),
            default: Some(Request::ShowWindow),
            actions: vec![log_in, not_today],
        }
    }

    #[test]
    fn buttons_stand_in_order_behind_the_default() {
        let drawn = drawn(&ending());
        assert_eq!(drawn.actions, ["default", "Open", "0", "Log in again", "1", "Not today"]);
        assert_eq!((&*drawn.summary, &*drawn.body), ("acme login ends 12:39", "azure has 1 open session"));
    }

    #[test]
    fn without_a_default_the_notification_itself_does_nothing() {
        let notification = Notification { default: None, ..ending() };
        assert_eq!(drawn(&notification).actions[0], "0");
        assert_eq!(answer(&notification, &NotificationResponse::Default), None);
    }

    #[test]
    fn what_is_pressed_is_what_was_meant() {
        let pressed = |key: &str| answer(&ending(), &NotificationResponse::Action(key.into()));
        assert_eq!(pressed("1"), Some(Request::NotToday { team: "acme".into() }));
        assert_eq!(pressed("default"), Some(Request::ShowWindow));
        assert_eq!(answer(&ending(), &NotificationResponse::Default), Some(Request::ShowWindow));
    }

    #[test]
    fn what_was_not_offered_does_nothing() {
        let pressed = |key: &str| answer(&ending(), &NotificationResponse::Action(key.into()));
        assert_eq!(pressed("2"), None);
        assert_eq!(pressed("-1"), None);
        assert_eq!(answer(&ending(), &NotificationResponse::Closed(CloseReason::Dismissed)), None);
    }
}
