//! Renewals: the team's login buys new ones for its hosts before they end, with no browser and without a word.
//!
//! One at a time, and only for hosts that are in use; the others are bought when ssh asks. What fails for a reason that
//! passes is tried again after growing pauses. What is refused is not tried again with the same logins: then the login
//! ends like one that cannot renew, and its page says why.

use std::collections::BTreeMap;

use wire::Cause;

use super::Model;
use crate::{Effect, LoginFact, NotRenewed, renewal, times};

/// A host that was not used for this long is left alone.
const IN_USE: i64 = 7 * 24 * 60 * 60;

/// What runs, what failed and what was refused, by the app's audience.
#[derive(Debug, Default)]
pub(crate) struct Renewals {
    running: Option<String>,
    resting: BTreeMap<String, Rest>,
    refused: BTreeMap<String, Refusal>,
}

/// An app that is left alone for a while.
#[derive(Clone, Copy, Debug, Default)]
struct Rest {
    failures: u32,
    until: i64,
}

/// Why an app's login is not renewed, as long as nobody logs in anew.
#[derive(Debug)]
struct Refusal {
    cause: Cause,
    at: i64,
    /// The ends of the app's login and of the team's that were refused.
    of: (Option<i64>, Option<i64>),
}

impl Model {
    /// Whether the next login of this app comes by itself.
    pub(crate) fn renews(&self, fact: &LoginFact) -> bool {
        let outlives = |until| fact.renews_until.is_some_and(|end| end > until);
        fact.login.as_ref().is_some_and(|login| outlives(login.until)) && self.refusal(fact).is_none()
    }

    /// Why, and since when, the login of this app is not renewed.
    pub(crate) fn refusal(&self, fact: &LoginFact) -> Option<(&Cause, i64)> {
        let refusal = self.renewals.refused.get(&fact.app.as_ref()?.audience)?;
        (refusal.of == ends(fact)).then_some((&refusal.cause, refusal.at))
    }

    /// Begins the renewal that is due, if there is one.
    pub(super) fn settle_renewals(&mut self) {
        if self.renewals.running.is_some() {
            return;
        }
        let now = self.seconds();
        let due = self.due().filter(|due| due.at <= now).min_by_key(|due| due.at);
        let Some(Due { audience, hostname, ends, .. }) = due else { return };
        self.renewals.running = Some(audience);
        self.emit(Effect::Renew { hostname, ends });
    }

    /// When the next renewal is due.
    pub(super) fn next_renewal(&self) -> Option<jiff::Timestamp> {
        let next = self.renewals.running.is_none().then(|| self.due().map(|due| due.at).min());
        next.flatten().map(times::stamp)
    }

    pub(super) fn renewed(&mut self, hostname: &str, result: Result<LoginFact, NotRenewed>) {
        let Some(audience) = self.renewals.running.take() else { return };
        match result {
            Ok(fact) => self.has_renewed(audience, LoginFact { hostname: hostname.to_owned(), ..fact }),
            Err(NotRenewed::Later) => {
                let failures = self.renewals.resting.get(&audience).map_or(0, |rest| rest.failures) + 1;
                let until = self.seconds().saturating_add(renewal::pause(failures, &audience));
                self.renewals.resting.insert(audience, Rest { failures, until });
            }
            Err(NotRenewed::Refused(cause)) => {
                let of = self.hosts.fact(hostname).map(ends).unwrap_or_default();
                self.renewals.refused.insert(audience, Refusal { cause, at: self.seconds(), of });
            }
            // The vault holds other logins than we thought.
            Err(NotRenewed::NoTeamLogin) => {
                self.rest(&audience, renewal::pause(1, &audience));
                self.read_logins();
            }
        }
    }

    fn has_renewed(&mut self, audience: String, fact: LoginFact) {
        let login = fact.login.clone();
        let lead = login.as_ref().map_or(1, |login| renewal::lead(login.since, login.until));
        // An edge that hands out the same end again must not be asked at once.
        self.rest(&audience, lead);
        self.renewals.refused.remove(&audience);
        if self.hosts.is_blocked(&fact.hostname) {
            self.hosts.clear_trouble(&fact.hostname);
        }
        self.hosts.bought(&audience, login.map_or(0, |login| login.since));
        let shares = |other: &&LoginFact| {
            other.hostname != fact.hostname && other.app.as_ref().is_some_and(|app| app.audience == audience)
        };
        let others: Vec<String> =
            self.hosts.facts().filter(shares).map(|other| other.hostname.clone()).collect();
        self.hosts.learn(fact);
        if !others.is_empty() {
            self.emit(Effect::ReadLogins { hostnames: others });
        }
    }

    fn rest(&mut self, audience: &str, seconds: i64) {
        let until = self.seconds().saturating_add(seconds);
        self.renewals.resting.insert(audience.to_owned(), Rest { failures: 0, until });
    }

    /// One for each app whose login renews by itself and is in use.
    fn due(&self) -> impl Iterator<Item = Due> {
        let now = self.seconds();
        self.hosts.all().filter_map(move |entry| {
            let fact = self.hosts.fact(&entry.hostname)?;
            let (login, app, end) = (fact.login.as_ref()?, fact.app.as_ref()?, fact.renews_until?);
            let used =
                self.hosts.last_used(&entry.hostname).is_some_and(|at| now.saturating_sub(at) < IN_USE)
                    || self.hosts.open_count(&entry.hostname) > 0;
            let is_ours = !login.email.is_empty() && self.renews(fact) && self.hosts.vault.is_none();
            if !used || !is_ours || entry.machine || self.is_logging_in(&entry.hostname) {
                return None;
            }
            let rest = self.renewals.resting.get(&app.audience).map_or(0, |rest| rest.until);
            let at = renewal::due(login.since, login.until, &app.audience).max(rest);
            let due = Due {
                at,
                audience: app.audience.clone(),
                hostname: entry.hostname.clone(),
                ends: login.until,
            };
            (at.max(now) < end).then_some(due)
        })
    }
}

/// A renewal that is to come.
struct Due {
    at: i64,
    audience: String,
    hostname: String,
    ends: i64,
}

fn ends(fact: &LoginFact) -> (Option<i64>, Option<i64>) {
    (fact.login.as_ref().map(|login| login.until), fact.renews_until)
}
