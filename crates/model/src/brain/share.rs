//! Sharing this machine: the API token, the form, what it would do, and what is asked before it ends.

use jiff::{Timestamp, ToSpan};
use wire::Cause;

use super::{Live, Model, Work};
use crate::brain::is_port;
use crate::view;
use crate::{Effect, Page, Problem, Secret, ShareFact, ShareForm, SharePlan, ShareWish};

/// How long the form has to rest before it is looked at, in milliseconds.
const REST: i64 = 400;

/// A question that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Whether to stop sharing.
    Stop,
    /// Whether to take away what is left, while nobody answers anyway.
    TakeAway,
    /// Whether to stop sharing and end the program.
    Quit,
}

/// Sharing, from the moment that the program runs.
#[derive(Debug, Default)]
pub(crate) struct ShareState {
    /// Whether it is known by now what is shared.
    pub(crate) is_read: bool,
    pub(crate) has_token: bool,
    /// Whether the person wants another API token.
    pub(crate) changes_token: bool,
    pub(crate) saves_token: bool,
    pub(crate) form: ShareForm,
    /// When the form has rested.
    pub(crate) due: Option<Timestamp>,
    asked: Option<u64>,
    pub(crate) plan: Option<SharePlan>,
    /// What is in the way of what the form says.
    pub(crate) obstacle: Option<Problem>,
    /// What went wrong elsewhere.
    pub(crate) problem: Option<Problem>,
    /// What is shared, whether or not it answers.
    pub(crate) shared: Option<ShareFact>,
    /// The program that answers, or is about to.
    pub(crate) live: Option<Live>,
    /// Steps that are done, or taken back.
    pub(crate) work: Option<Work>,
    /// Whether answering by itself was tried already.
    has_begun: bool,
}

impl ShareState {
    /// Whether the plan is being made.
    pub(crate) const fn is_looking(&self) -> bool {
        self.asked.is_some() || self.due.is_some()
    }

    /// What is wrong with the address.
    pub(crate) fn hostname_error(&self) -> Option<String> {
        let hostname = self.form.hostname.trim();
        let wrong = !hostname.is_empty() && !is_hostname(hostname);
        wrong.then(|| format!("{hostname} is not a hostname such as studio.acme.dev."))
    }

    /// Those who may connect that are neither a person nor a domain.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.form.allow.iter().filter(|whom| !is_whom(whom)).cloned().collect()
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
            allow: form.allow.clone(),
            session: form.session.clone(),
            port,
            certificates: form.certificates,
        })
    }
}

impl Model {
    /// Whether this machine is shared and answers.
    pub(crate) fn is_sharing(&self) -> bool {
        self.share.shared.is_some() && self.share.live.as_ref().is_some_and(|live| live.since.is_some())
    }

    pub(super) fn open_share(&mut self) {
        self.emit(Effect::ReadShares);
        if self.share.plan.is_none() && self.share.wish().is_some() {
            self.plan_share();
        }
    }

    pub(super) fn shares_read(&mut self, shares: Result<Vec<ShareFact>, Problem>, has_token: bool) {
        self.share.is_read = true;
        self.share.has_token |= has_token;
        match shares {
            // What was made by commands as well is left to them.
            Ok(shares) => self.share.shared = shares.into_iter().max_by_key(|share| share.is_whole),
            Err(problem) => self.share.problem = Some(problem),
        }
        let begins = !std::mem::replace(&mut self.share.has_begun, true) && self.facts.answer_at_start;
        if begins && self.share.shared.as_ref().is_some_and(|share| share.is_whole) {
            self.answer_again();
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
    pub(super) fn ask_to_stop(&mut self) {
        if self.share.shared.is_none() || self.share.work.is_some() {
            return;
        }
        self.question = Some(if self.share.live.is_some() { Asked::Stop } else { Asked::TakeAway });
        self.page = Page::Share;
        self.need_window();
    }

    pub(super) fn quit(&mut self) {
        let is_busy = self.share.work.as_ref().is_some_and(|work| !work.is_over);
        if self.share.live.is_none() && !is_busy {
            return self.emit(Effect::Quit);
        }
        self.question = Some(Asked::Quit);
        self.need_window();
    }

    pub(super) fn answer(&mut self, yes: bool, also: bool) {
        match self.question.take().filter(|_| yes) {
            Some(Asked::Quit) => self.emit(Effect::Quit),
            Some(Asked::TakeAway) => self.take_away(),
            Some(Asked::Stop) if also => self.take_away(),
            Some(Asked::Stop) => self.stop_answering(),
            None => {}
        }
    }

    pub(super) fn copy_invitation(&mut self) {
        if let Some(share) = &self.share.shared {
            let text = view::invitation(share);
            self.emit(Effect::Copy { text });
            self.say("Invitation copied".to_owned(), None);
        }
    }
}

/// As the program that shares takes it: at most 63 bytes, labels of letters, digits and dashes, one dot at least.
fn is_hostname(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let text = text.trim_end_matches('.');
    text.len() <= 63 && text.contains('.') && text.split('.').all(is_label)
}

/// A person's address, or a domain with an `@` before it.
fn is_whom(text: &str) -> bool {
    let Some((person, domain)) = text.split_once('@') else { return false };
    let is_plain =
        |part: &str| part.chars().all(|letter| !letter.is_whitespace() && !",@\"'<>".contains(letter));
    is_hostname(domain) && is_plain(person)
}
