//! Reminders: a login in use ends soon and cannot renew by itself.
//!
//! Quiet by rule: never while the window is in front, at most once in 30 min for a team, only for logins used in the last
//! 12 h, several at once as one, and withdrawn as soon as they are no longer true.

use std::collections::{BTreeMap, BTreeSet};

use super::Model;
use crate::problem::Known;
use crate::{Effect, Notification, NotificationAction, Problem, Request, SavedLogin, times};

const TAG: &str = "ending";
const MINUTE: i64 = 60;
const AHEAD: i64 = 10 * MINUTE;
const PAUSE: i64 = 30 * MINUTE;
const IN_USE: i64 = 12 * 60 * MINUTE;

/// What was said, and to which teams nothing is to be said.
#[derive(Debug, Default)]
pub(crate) struct Reminders {
    told: BTreeMap<String, i64>,
    muted: BTreeMap<String, i64>,
    /// The logins that the notification on the screen speaks of, by team and end.
    showing: BTreeSet<(String, i64)>,
}

/// One login that ends soon.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ending {
    team: String,
    until: i64,
    name: String,
    open: u32,
    /// Why it does not renew by itself, if it was refused.
    why: Option<String>,
}

impl Model {
    pub(super) fn mute_until_midnight(&mut self, team: String) {
        self.reminders.muted.insert(team, times::midnight(&self.now));
    }

    pub(super) fn settle_reminders(&mut self) {
        let endings = self.endings();
        let still: BTreeSet<_> = endings.iter().map(|ending| (ending.team.clone(), ending.until)).collect();
        let is_seen = self.is_in_front();
        let showing = &self.reminders.showing;
        if !showing.is_empty() && (is_seen || !showing.is_subset(&still)) {
            self.reminders.showing.clear();
            self.emit(Effect::Withdraw { tag: TAG.to_owned() });
        }
        let new = endings.iter().any(|ending| self.may_tell(&ending.team));
        if is_seen || !new {
            return;
        }
        for ending in &endings {
            self.reminders.told.insert(ending.team.clone(), self.seconds());
        }
        self.reminders.showing = still;
        let notification = self.reminder(&endings);
        self.emit(Effect::Notify(notification));
    }

    /// When a reminder may have to be given or withdrawn next.
    pub(super) fn next_reminder(&self) -> Option<jiff::Timestamp> {
        let now = self.seconds();
        let ends = self.remindable().flat_map(|(team, login)| {
            let pause = self.reminders.told.get(team).map(|told| told.saturating_add(PAUSE));
            let mute = self.reminders.muted.get(team).copied();
            let quiet = pause.max(mute).filter(|quiet| *quiet < login.until);
            [Some(login.until), Some(login.until.saturating_sub(AHEAD)), quiet]
        });
        ends.flatten().filter(|at| *at > now).min().map(times::stamp)
    }

    /// Logins that a person had to obtain in a browser and that only a browser can renew.
    fn remindable(&self) -> impl Iterator<Item = (&str, &SavedLogin)> {
        self.hosts.all().filter_map(|entry| {
            let fact = self.hosts.fact(&entry.hostname)?;
            let (login, team) = (fact.login.as_ref()?, self.hosts.team(&entry.hostname)?);
            let counts = !login.email.is_empty() && !entry.machine && !self.renews(fact);
            (counts && self.hosts.vault.is_none()).then_some((team, login))
        })
    }

    /// One for each team that has such a login ending within ten minutes, earliest first.
    fn endings(&self) -> Vec<Ending> {
        let now = self.seconds();
        let mut endings = BTreeMap::<String, Ending>::new();
        for entry in self.hosts.all() {
            let Some(fact) = self.hosts.fact(&entry.hostname) else { continue };
            let (Some(login), Some(app)) = (&fact.login, &fact.app) else { continue };
            let open = self.hosts.open_count(&entry.hostname);
            let used =
                self.hosts.last_used(&entry.hostname).is_some_and(|at| now.saturating_sub(at) < IN_USE);
            let soon = login.until > now && login.until.saturating_sub(AHEAD) <= now;
            let quiet = login.email.is_empty()
                || entry.machine
                || self.renews(fact)
                || self.is_logging_in(&entry.hostname)
                || self.hosts.vault.is_some()
                || self.reminders.muted.get(&app.team).is_some_and(|end| *end > now);
            if quiet || !soon || !(used || open > 0) {
                continue;
            }
            let why = self.refusal(fact).map(|(cause, _)| {
                let known = Known { team: Some(&app.team), alias: Some(&entry.alias) };
                Problem::known(cause, &self.words, known).title
            });
            let ending =
                Ending { team: app.team.clone(), until: login.until, name: entry.alias.clone(), open, why };
            let known = endings.entry(app.team.clone()).or_insert_with(|| ending.clone());
            if (ending.open, -ending.until) > (known.open, -known.until) {
                *known = Ending { until: known.until.min(ending.until), ..ending };
            } else {
                known.until = known.until.min(ending.until);
            }
        }
        let mut endings: Vec<_> = endings.into_values().collect();
        endings.sort_by_key(|ending| ending.until);
        endings
    }

    fn may_tell(&self, team: &str) -> bool {
        let told = self.reminders.told.get(team);
        told.is_none_or(|told| self.seconds().saturating_sub(*told) >= PAUSE)
    }

    fn reminder(&self, endings: &[Ending]) -> Notification {
        let action = |label: &str, request| NotificationAction { label: label.to_owned(), request };
        match endings {
            [one] => Notification {
                tag: TAG.to_owned(),
                summary: format!("{} login ends {}", one.team, times::moment(one.until, &self.now)),
                body: body(one),
                default: Some(Request::ShowWindow),
                actions: vec![
                    action("Log in again", Request::LogInToTeam { team: one.team.clone() }),
                    action("Not today", Request::NotToday { team: one.team.clone() }),
                ],
            },
            several => {
                // Rounded up to the next minute, because all of them end before it.
                let last = several.iter().map(|ending| ending.until).max().unwrap_or_default();
                let before = times::moment(last.saturating_add(59), &self.now);
                let teams: Vec<_> = several.iter().map(|ending| ending.team.as_str()).collect();
                Notification {
                    tag: TAG.to_owned(),
                    summary: format!("{} logins end before {before}", several.len()),
                    body: crate::view::and(&teams),
                    default: Some(Request::ShowWindow),
                    actions: vec![action("Open", Request::ShowWindow)],
                }
            }
        }
    }
}

/// Who needs the login that ends, and why it does not renew by itself where the edge has refused that.
fn body(ending: &Ending) -> String {
    let needs = match ending.open {
        0 => format!("{} needs it", ending.name),
        1 => format!("{} has 1 open session", ending.name),
        open => format!("{} has {open} open sessions", ending.name),
    };
    ending.why.as_ref().map_or_else(|| needs.clone(), |why| format!("{needs}. {why}"))
}
