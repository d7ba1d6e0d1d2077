//! Sharing this machine: what is shared, the API token, the form, what it would do, and what is asked before it ends.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan};
use wire::Cause;

use super::share_whom::{as_written, faults};
use super::{Editing, Live, Model, PeopleEditing, Work};
use crate::brain::is_port;
use crate::view;
use crate::{
    Effect, GroupFact, Page, Problem, Secret, ServiceFact, ServiceState, ShareFact, ShareForm, SharePlan,
    ShareWish, TunnelFact,
};

/// How long the form has to rest before it is looked at, in milliseconds.
const REST: i64 = 400;

/// A question that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Whether to stop sharing this.
    Stop(String),
    /// Whether to take away what is left of it, while nobody answers anyway.
    TakeAway(String),
    /// Whether to cut this stream off.
    Disconnect { name: String, visitor: u64 },
    /// Whether to stop sharing and end the program.
    Quit,
}

/// What the page shows while no steps are under way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shown {
    /// All that is shared; where that is one thing, this one, and where it is none, the form.
    #[default]
    All,
    /// The form.
    Form,
    /// One of them, by its name.
    One(String),
}

/// Sharing, from the moment that the program runs. What is shared goes by its hostname, and a tunnel of cloudflared's by
/// its id, which no hostname can be.
#[derive(Debug, Default)]
pub(crate) struct ShareState {
    /// Whether it is known by now what is shared.
    pub(crate) is_read: bool,
    pub(crate) has_token: bool,
    /// Whether the person wants another API token.
    pub(crate) changes_token: bool,
    pub(crate) saves_token: bool,
    pub(crate) form: ShareForm,
    /// The groups of the account, as far as they are known.
    pub(crate) groups: Option<Vec<GroupFact>>,
    /// Whether they were asked for since the page was opened.
    asks_for_groups: bool,
    /// When the form has rested.
    pub(crate) due: Option<Timestamp>,
    asked: Option<u64>,
    pub(crate) plan: Option<SharePlan>,
    /// What is in the way of what the form says.
    pub(crate) obstacle: Option<Problem>,
    /// What went wrong with none of them in particular.
    pub(crate) problem: Option<Problem>,
    /// What went wrong with one of them.
    pub(crate) problems: BTreeMap<String, Problem>,
    pub(crate) shown: Shown,
    /// What is shared, whether or not it answers.
    pub(crate) facts: BTreeMap<String, ShareFact>,
    /// What was set up for cloudflared.
    pub(crate) found: BTreeMap<String, TunnelFact>,
    /// The programs that answer, or are about to.
    pub(crate) lives: BTreeMap<String, Live>,
    /// Steps that are done, or taken back.
    pub(crate) work: Option<Work>,
    /// Rules that are being changed.
    pub(crate) editing: Option<Editing>,
    /// People who are being changed.
    pub(crate) people: Option<PeopleEditing>,
    /// Which a service is being set up for (true), or taken away from.
    pub(crate) switching: BTreeMap<String, bool>,
    /// Why that came to nothing.
    pub(crate) service_problems: BTreeMap<String, Problem>,
    /// When it was asked last how services are, seconds since the Unix epoch.
    pub(crate) services_seen: i64,
    /// Whether the machine is kept awake now.
    pub(crate) is_awake: bool,
    /// Whether the system did not agree to that.
    pub(crate) is_refused_awake: bool,
    /// What was tried to answer by itself already.
    begun: Option<BTreeSet<String>>,
}

impl ShareState {
    /// Whether the plan is being made.
    pub(crate) const fn is_looking(&self) -> bool {
        self.asked.is_some() || self.due.is_some()
    }

    /// Those that answer, by name.
    pub(crate) fn running(&self) -> impl Iterator<Item = (&String, &Live)> {
        self.lives.iter().filter(|(name, live)| live.since.is_some() && self.knows(name))
    }

    /// Those that a service answers for, by name.
    pub(crate) fn by_service(&self) -> impl Iterator<Item = (&String, ServiceFact)> {
        let runs = |fact: &ServiceFact| fact.state == ServiceState::Running;
        let of = self.facts.iter().filter_map(move |(name, fact)| Some((name, fact.service.filter(runs)?)));
        of.filter(|(name, _)| !self.lives.contains_key(*name))
    }

    pub(crate) fn knows(&self, name: &str) -> bool {
        self.facts.contains_key(name) || self.found.contains_key(name)
    }

    /// What to call it.
    pub(crate) fn title(&self, name: &str) -> String {
        self.found.get(name).map_or(name, TunnelFact::title).to_owned()
    }

    /// The one whose page shows.
    pub(crate) fn shown(&self) -> Option<&str> {
        match &self.shown {
            Shown::One(name) if self.knows(name) => Some(name),
            Shown::All if self.found.is_empty() && self.facts.len() == 1 => {
                self.facts.keys().next().map(String::as_str)
            }
            Shown::One(_) | Shown::All | Shown::Form => None,
        }
    }

    /// Whether there is a page that lists them.
    pub(crate) fn has_list(&self) -> bool {
        !self.found.is_empty() || self.facts.len() > 1
    }

    /// What is wrong with the address.
    pub(crate) fn hostname_error(&self) -> Option<String> {
        let hostname = self.form.hostname.trim();
        let wrong = !hostname.is_empty() && !is_hostname(hostname);
        wrong.then(|| format!("{hostname} is not a hostname such as studio.acme.dev."))
    }

    /// Those who may connect that are neither a person, nor a domain, nor a group.
    pub(crate) fn faults(&self) -> Vec<String> {
        faults(&self.form.allow, self.groups.as_deref())
    }

    /// What is wrong with the port.
    pub(crate) fn port_error(&self) -> Option<String> {
        (!is_port(self.form.port.trim())).then(|| "A port is a number from 1 to 65535.".to_owned())
    }

    /// What the form asks for, once it is whole.
    pub(crate) fn wish(&self) -> Option<ShareWish> {
        let form = &self.form;
        let hostname = form.hostname.trim().trim_end_matches('.').to_lowercase();
        let is_whole = is_hostname(&hostname) && !form.allow.is_empty() && self.faults().is_empty();
        let port = form.port.trim().parse().ok().filter(|port| *port != 0)?;
        is_whole.then(|| ShareWish {
            hostname,
            allow: form.allow.iter().map(|whom| as_written(whom, self.groups.as_deref())).collect(),
            session: form.session.clone(),
            port,
            certificates: form.certificates,
        })
    }
}

impl Model {
    /// Whether anything of this machine is shared and answers.
    pub(crate) fn is_sharing(&self) -> bool {
        self.share.running().next().is_some() || self.share.by_service().next().is_some()
    }

    pub(super) fn open_share(&mut self) {
        self.share.asks_for_groups = false;
        self.emit(Effect::ReadShares);
        self.check_names(true);
        if self.share.plan.is_none() && self.share.wish().is_some() {
            self.plan_share();
        }
    }

    pub(super) fn show_share(&mut self, name: Option<String>) {
        self.share.shown = name.map_or(Shown::All, Shown::One);
        self.share.editing = None;
        self.share.people = None;
        self.share.problem = None;
        if self.page != Page::Share {
            self.go(Page::Share);
        }
    }

    pub(super) fn share_another(&mut self) {
        self.share.shown = Shown::Form;
        self.share.problem = None;
    }

    pub(super) fn shares_read(
        &mut self,
        shares: Result<Vec<ShareFact>, Problem>,
        found: Vec<TunnelFact>,
        has_token: bool,
    ) {
        self.share.is_read = true;
        self.share.services_seen = self.seconds();
        self.share.has_token |= has_token;
        self.share.found = found.into_iter().map(|tunnel| (tunnel.id.clone(), tunnel)).collect();
        match shares {
            Ok(shares) => {
                self.share.facts = shares.into_iter().map(|share| (share.hostname.clone(), share)).collect();
            }
            Err(problem) => self.share.problem = Some(problem),
        }
        self.answer_by_itself();
    }

    /// What is shared answers once by itself when the program starts, if that was chosen.
    fn answer_by_itself(&mut self) {
        if self.share.begun.is_none() {
            let shares = self.share.facts.values().filter(|share| share.is_whole && share.service.is_none());
            let taken = self.share.found.values().filter(|tunnel| tunnel.is_taken);
            let names =
                shares.map(|share| share.hostname.clone()).chain(taken.map(|tunnel| tunnel.id.clone()));
            let names: BTreeSet<String> = names.collect();
            self.share.begun = Some(names.clone());
            if self.facts.answer_at_start {
                names.into_iter().for_each(|name| self.answer_again(&name));
            }
        }
    }

    pub(super) fn keep_api_token(&mut self, token: Secret) {
        if !token.reveal().is_empty() && !self.share.saves_token {
            self.share.saves_token = true;
            self.share.problem = None;
            self.emit(Effect::KeepApiToken { token });
        }
    }

    pub(super) fn api_token_kept(&mut self, result: Result<(), Cause>) {
        self.share.saves_token = false;
        match result {
            Ok(()) => {
                (self.share.has_token, self.share.changes_token) = (true, false);
                (self.share.groups, self.share.asks_for_groups) = (None, false);
                self.plan_share();
            }
            Err(cause) => self.share.problem = Some(Problem::of(&cause, &self.words)),
        }
    }

    pub(super) fn open_api_token_page(&mut self) {
        let link = self.facts.token_page.clone();
        self.emit(Effect::OpenLink { team: None, link });
    }

    pub(super) fn edit_share(&mut self, form: ShareForm) {
        if self.share.has_token && !std::mem::replace(&mut self.share.asks_for_groups, true) {
            self.emit(Effect::ReadGroups);
        }
        self.share.form = form;
        self.share.problem = None;
        self.share.plan = None;
        self.share.obstacle = None;
        self.share.asked = None;
        let rested = self.now.at.checked_add(REST.milliseconds()).ok();
        self.share.due = rested.filter(|_| self.share.wish().is_some());
    }

    pub(super) fn settle_share(&mut self) {
        if self.share.due.is_some_and(|due| due <= self.now.at) {
            self.plan_share();
        }
    }

    pub(super) fn plan_share(&mut self) {
        self.share.due = None;
        self.share.obstacle = None;
        let Some(wish) = self.share.wish().filter(|_| self.share.has_token) else { return };
        let serial = self.next_serial();
        self.share.asked = Some(serial);
        self.emit(Effect::PlanShare { serial, wish });
    }

    pub(super) fn share_planned(&mut self, serial: u64, plan: Result<SharePlan, Problem>) {
        if self.share.asked.take_if(|asked| *asked == serial).is_none() {
            return;
        }
        match plan {
            Ok(plan) => self.share.plan = Some(plan),
            Err(problem) => {
                self.share.plan = None;
                self.share.obstacle = Some(problem);
            }
        }
    }

    pub(super) fn answer_at_start(&mut self, on: bool) {
        self.facts.answer_at_start = on;
        self.emit(Effect::AnswerAtStart { on });
    }

    /// Others would feel it: it is asked first, in the window.
    pub(super) fn ask_to_stop(&mut self, name: String) {
        let is_busy = self.share.work.is_some() || self.share.switching.contains_key(&name);
        if !self.share.knows(&name) || is_busy {
            return;
        }
        let live = self.share.lives.contains_key(&name);
        self.question = Some(if live { Asked::Stop(name.clone()) } else { Asked::TakeAway(name.clone()) });
        self.show_share(Some(name));
        self.need_window();
    }

    pub(super) fn ask_to_disconnect(&mut self, name: String, visitor: u64) {
        let live = self.share.lives.get(&name);
        if live.is_some_and(|live| live.status.visitors.iter().any(|one| one.id == visitor)) {
            self.question = Some(Asked::Disconnect { name, visitor });
        }
    }

    pub(super) fn quit(&mut self) {
        let is_busy = self.share.work.as_ref().is_some_and(|work| !work.is_over);
        if self.share.lives.is_empty() && !is_busy {
            return self.emit(Effect::Quit);
        }
        self.question = Some(Asked::Quit);
        self.need_window();
    }

    pub(super) fn answer(&mut self, yes: bool, also: bool) {
        match self.question.take().filter(|_| yes) {
            Some(Asked::Quit) => self.emit(Effect::Quit),
            Some(Asked::TakeAway(name)) => self.take_away(name),
            Some(Asked::Stop(name)) if also => self.take_away(name),
            Some(Asked::Stop(name)) => self.stop_answering(&name),
            Some(Asked::Disconnect { name, visitor }) => self.disconnect(&name, visitor),
            None => {}
        }
    }

    pub(super) fn copy_invitation(&mut self, name: &str) {
        if let Some(share) = self.share.facts.get(name) {
            let text = view::invitation(share);
            self.emit(Effect::Copy { text });
            self.say("Invitation copied".to_owned(), None);
        }
    }
}

/// As the program that shares takes it: at most 63 bytes, labels of letters, digits and dashes, one dot at least.
pub(super) fn is_hostname(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let text = text.trim_end_matches('.');
    text.len() <= 63 && text.contains('.') && text.split('.').all(is_label)
}
