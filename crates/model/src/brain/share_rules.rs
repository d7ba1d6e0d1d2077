//! What can be changed about something that is shared: its rules, and where its name leads.

use super::share::is_hostname;
use super::{Live, Model};
use crate::{Effect, Problem, RuleDraft, ShareNameNow};

/// How often it is asked where a name leads, in seconds.
const OFTEN: i64 = 300;

/// Rules that are being changed.
#[derive(Debug)]
pub(crate) struct Editing {
    pub(crate) name: String,
    pub(crate) rows: Vec<RuleDraft>,
    pub(crate) saving: bool,
    pub(crate) problem: Option<Problem>,
}

impl Model {
    pub(super) fn edit_rules(&mut self, name: String) {
        let Some(live) = self.share.lives.get(&name).filter(|_| self.share.facts.contains_key(&name)) else {
            return;
        };
        let row = |(from, rule): (u32, &crate::RuleNow)| RuleDraft {
            from: Some(from),
            hostname: rule.hostname.clone(),
            path: rule.path.clone(),
            service: rule.service.clone(),
        };
        let rows = (0..).zip(&live.status.rules).map(row).collect();
        self.share.editing = Some(Editing { name, rows, saving: false, problem: None });
    }

    pub(super) fn save_rules(&mut self, mut rules: Vec<RuleDraft>) {
        let Some(editing) = self.share.editing.as_mut().filter(|editing| !editing.saving) else { return };
        for rule in &mut rules {
            for text in [&mut rule.hostname, &mut rule.path, &mut rule.service] {
                *text = text.trim().to_owned();
            }
        }
        editing.rows.clone_from(&rules);
        editing.problem = fault(&rules);
        if editing.problem.is_none() {
            editing.saving = true;
            let hostname = editing.name.clone();
            self.own_change(&hostname, true);
            self.emit(Effect::SaveRules { hostname, rules });
        }
    }

    pub(super) fn rules_saved(&mut self, hostname: &str, result: Result<Vec<String>, Problem>) {
        let editing = self.share.editing.take_if(|editing| editing.name == hostname);
        match result {
            Ok(destinations) => {
                if let Some(live) = self.share.lives.get(hostname) {
                    let serial = live.serial;
                    for destination in destinations {
                        self.emit(Effect::Allow { serial, destination });
                    }
                }
                self.say("Rules saved. They count at once".to_owned(), None);
            }
            Err(problem) => {
                self.own_change(hostname, false);
                self.share.editing =
                    editing.map(|editing| Editing { saving: false, problem: Some(problem), ..editing });
            }
        }
    }

    pub(super) fn point_here(&mut self, name: String) {
        if self.share.facts.contains_key(&name) {
            self.share.problems.remove(&name);
            self.emit(Effect::PointHere { hostname: name });
        }
    }

    pub(super) fn name_checked(&mut self, hostname: &str, leads: ShareNameNow) {
        if let Some(live) = self.share.lives.get_mut(hostname) {
            live.leads = Some(leads);
        }
    }

    pub(super) fn name_pointed(&mut self, hostname: String, result: Result<ShareNameNow, Problem>) {
        match result {
            Ok(leads) => self.name_checked(&hostname, leads),
            Err(problem) => _ = self.share.problems.insert(hostname, problem),
        }
    }

    /// Asks for all that answer, or for those whose turn it is.
    pub(super) fn check_names(&mut self, all: bool) {
        let now = self.seconds();
        let mut due = Vec::new();
        for (name, live) in &mut self.share.lives {
            let is_ours = live.since.is_some() && self.share.facts.contains_key(name);
            if is_ours && (all || live.next_check() <= now) {
                live.checked = Some(now);
                due.push(name.clone());
            }
        }
        for hostname in due {
            self.emit(Effect::CheckName { hostname });
        }
    }

    /// When it is to be asked next.
    pub(super) fn next_name_check(&self) -> Option<jiff::Timestamp> {
        let ours = self.share.running().filter(|(name, _)| self.share.facts.contains_key(*name));
        ours.map(|(_, live)| crate::times::stamp(live.next_check())).min()
    }

    fn own_change(&mut self, name: &str, is_own: bool) {
        if let Some(live) = self.share.lives.get_mut(name) {
            live.saves = is_own;
        }
    }
}

impl Live {
    /// When it is to be asked where the name leads, seconds since the Unix epoch.
    fn next_check(&self) -> i64 {
        self.checked.or(self.since).unwrap_or_default().saturating_add(OFTEN)
    }
}

/// What is wrong with the rules, if anything is.
fn fault(rules: &[RuleDraft]) -> Option<Problem> {
    let told = |number: usize, why: String, next: &str| {
        let title = format!("Rule {number} cannot be used.");
        Some(Problem::told("rules-wrong".to_owned(), title, why, next.to_owned()))
    };
    for (number, rule) in (1..).zip(rules) {
        let (hostname, is_last) = (rule.hostname.as_str(), number == rules.len());
        if !is_last && hostname.is_empty() && rule.path.is_empty() {
            let why = "It would answer for everything, and hide those below it.".to_owned();
            return told(number, why, "Give it a hostname or a path.");
        }
        if !hostname.is_empty() && !is_hostname(hostname.strip_prefix("*.").unwrap_or(hostname)) {
            let why = format!("{hostname} is not a hostname.");
            return told(number, why, "Write one such as studio.acme.dev.");
        }
        let service = rule.service.as_str();
        let is_known = service.contains("://")
            || ["http_status:", "unix:", "unix+tls:"].iter().any(|it| service.starts_with(it))
            || ["hello_world", "bastion", "socks-proxy"].contains(&service);
        if !is_known {
            let why = if service.is_empty() {
                "It leads nowhere.".to_owned()
            } else {
                format!("{service} is no service.")
            };
            return told(number, why, "Write one such as ssh://127.0.0.1:22 or http_status:404.");
        }
    }
    None
}
