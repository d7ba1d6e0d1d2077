//! What is known about hosts: the managed block, the vault, what failed lately, and what is open.

use std::collections::{BTreeMap, BTreeSet};

use wire::Cause;

use crate::{CertificateFact, HostEntry, LoginFact};

/// Hosts and their logins.
#[derive(Debug, Default)]
pub(crate) struct Hosts {
    /// The managed block, by alias.
    entries: Vec<HostEntry>,
    /// Whether it was read already.
    pub(crate) loaded: bool,
    /// Why it could not be read.
    pub(crate) config: Option<Cause>,
    /// Why ssh cannot start the helper.
    pub(crate) helper: Option<Cause>,
    /// Why the vault could not be read.
    pub(crate) vault: Option<Cause>,
    /// Aliases that are leaving and show no more.
    pub(crate) leaving: BTreeSet<String>,
    logins: BTreeMap<String, LoginFact>,
    certificates: Vec<CertificateFact>,
    troubles: BTreeMap<String, (Cause, i64)>,
    used: BTreeMap<String, i64>,
    sessions: BTreeMap<u64, String>,
    /// When the login of an app was last renewed without anybody using it, by audience.
    bought: BTreeMap<String, i64>,
}

impl Hosts {
    pub(crate) fn replace(&mut self, mut entries: Vec<HostEntry>) {
        entries.sort_by_cached_key(|entry| (entry.alias.to_lowercase(), entry.alias.clone()));
        self.leaving.retain(|alias| entries.iter().any(|entry| entry.alias == *alias));
        self.entries = entries;
        self.loaded = true;
        self.config = None;
    }

    pub(crate) fn learn(&mut self, fact: LoginFact) {
        if let Some(login) = &fact.login
            && fact.app.as_ref().is_none_or(|app| self.bought.get(&app.audience) != Some(&login.since))
        {
            self.touch(&fact.hostname, login.since);
        }
        self.logins.insert(fact.hostname.clone(), fact);
    }

    /// A login of this app, issued at this second, is nobody's use of it.
    pub(crate) fn bought(&mut self, audience: &str, since: i64) {
        self.bought.insert(audience.to_owned(), since);
    }

    pub(crate) fn facts(&self) -> impl Iterator<Item = &LoginFact> {
        self.logins.values()
    }

    pub(crate) fn certify(&mut self, certificates: Vec<CertificateFact>) {
        self.certificates = certificates;
    }

    pub(crate) fn certificate(&self, hostname: &str) -> Option<&CertificateFact> {
        self.certificates.iter().find(|certificate| certificate.hostname == hostname)
    }

    /// A host was used at this second.
    pub(crate) fn touch(&mut self, hostname: &str, at: i64) {
        let used = self.used.entry(hostname.to_owned()).or_insert(at);
        *used = at.max(*used);
    }

    pub(crate) fn trouble(&mut self, hostname: &str, cause: Cause, at: i64) {
        self.troubles.insert(hostname.to_owned(), (cause, at));
    }

    /// Whether policy did not let this person in when it was last tried.
    pub(crate) fn is_blocked(&self, hostname: &str) -> bool {
        matches!(self.troubles.get(hostname), Some((Cause::Blocked { .. }, _)))
    }

    pub(crate) fn clear_trouble(&mut self, hostname: &str) {
        self.troubles.remove(hostname);
    }

    pub(crate) fn open_session(&mut self, ticket: u64, hostname: &str) {
        self.sessions.insert(ticket, hostname.to_owned());
    }

    pub(crate) fn close_session(&mut self, ticket: u64) -> Option<String> {
        self.sessions.remove(&ticket)
    }

    /// The hosts that show, by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = &HostEntry> {
        self.entries.iter().filter(|entry| !self.leaving.contains(&entry.alias))
    }

    pub(crate) fn find(&self, alias: &str) -> Option<&HostEntry> {
        self.all().find(|entry| entry.alias == alias)
    }

    pub(crate) fn hostnames(&self) -> Vec<String> {
        self.all().map(|entry| entry.hostname.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    pub(crate) fn fact(&self, hostname: &str) -> Option<&LoginFact> {
        self.logins.get(hostname)
    }

    pub(crate) fn team(&self, hostname: &str) -> Option<&str> {
        self.fact(hostname)?.app.as_ref().map(|app| app.team.as_str())
    }

    /// The person's address at a team, as of the login that lasts longest.
    pub(crate) fn identity(&self, team: &str) -> Option<&str> {
        self.logins
            .values()
            .filter(|fact| fact.app.as_ref().is_some_and(|app| app.team == team))
            .filter_map(|fact| fact.login.as_ref())
            .filter(|login| !login.email.is_empty())
            .max_by_key(|login| login.until)
            .map(|login| login.email.as_str())
    }

    pub(crate) fn of_team<'a>(&'a self, team: &'a str) -> impl Iterator<Item = &'a HostEntry> {
        self.all().filter(move |entry| self.team(&entry.hostname) == Some(team))
    }

    pub(crate) fn trouble_of(&self, hostname: &str) -> Option<&(Cause, i64)> {
        self.troubles.get(hostname)
    }

    pub(crate) fn last_used(&self, hostname: &str) -> Option<i64> {
        self.used.get(hostname).copied().filter(|at| *at > 0)
    }

    pub(crate) fn open_count(&self, hostname: &str) -> u32 {
        let open = self.sessions.values().filter(|open| *open == hostname).count();
        u32::try_from(open).unwrap_or(u32::MAX)
    }

    /// What a person calls a hostname: its alias, or the hostname itself.
    pub(crate) fn name_of(&self, hostname: &str) -> String {
        let entry = self.all().find(|entry| entry.hostname == hostname);
        entry.map_or_else(|| hostname.to_owned(), |entry| entry.alias.clone())
    }
}
