//! What a person is told about a log-in where the dialog does not show.

use super::Run;
use crate::brain::Model;
use crate::{Effect, Notification, NotificationAction, Request, times, view};

const NOTICE: &str = "log-in";

impl Model {
    pub(super) fn tell_of_login(&mut self, run: &Run, team: Option<&str>, until: Option<i64>) {
        let until =
            until.map_or_else(String::new, |until| format!(" until {}", times::moment(until, &self.now)));
        let name = self.hosts.name_of(&run.hostname);
        let text = format!("{name} is ready{until}");
        self.spoken.clone_from(&text);
        if run.link().is_none() {
            // Nobody was asked, so nobody needs to be told.
        } else if self.is_in_front() && !run.visible {
            self.say(text, None);
        } else if !self.is_in_front() && self.seconds().saturating_sub(run.begun) > 10 {
            self.emit(Effect::Notify(Notification {
                tag: "log-in-done".to_owned(),
                summary: format!("{} is ready{until}", team.unwrap_or(&name)),
                body: String::new(),
                default: Some(Request::ShowWindow),
                actions: Vec::new(),
            }));
        }
    }

    /// The browser may hold another account than the one that this team was used with.
    pub(super) fn tell_of_other_account(&mut self, before: Option<&str>, team: Option<&str>, email: &str) {
        let (Some(before), Some(team)) = (before.filter(|before| *before != email), team) else { return };
        let text = format!("You logged in as {email}. {team} hosts were used as {before} before.");
        let again = view::send("Log in again", Request::LogInToTeam { team: team.to_owned() });
        self.spoken.clone_from(&text);
        self.say(text, Some(again));
    }

    /// A program waits where nobody sees it, and no browser opens before the person says so.
    pub(super) fn notify_of_waiting(&mut self) {
        let Some(run) = self.log_ins.running.as_ref() else { return };
        if self.is_in_front() {
            return;
        }
        let name = self.hosts.name_of(&run.hostname);
        let team = run.team.clone().unwrap_or_else(|| name.clone());
        let action = |label: &str, request| NotificationAction { label: label.to_owned(), request };
        self.log_ins.notified = true;
        self.emit(Effect::Notify(Notification {
            tag: NOTICE.to_owned(),
            summary: format!("A program wants to reach {name}"),
            body: format!("Log in to {team} to let it"),
            default: Some(Request::ShowLogIn),
            actions: vec![
                action("Log in", Request::OpenBrowserAgain),
                action(view::STOP_WAITING, Request::CancelLogIn),
            ],
        }));
    }

    pub(super) fn withdraw_waiting(&mut self) {
        if std::mem::take(&mut self.log_ins.notified) {
            self.emit(Effect::Withdraw { tag: NOTICE.to_owned() });
        }
    }
}
