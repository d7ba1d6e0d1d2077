//! Logging in: one browser at a time, and everybody who waits for it.
//!
//! A run logs in to one app. Wishes for the same app share it; wishes for other apps of its team wait for it, because
//! they follow without a browser; wishes for other teams queue.

mod browser;
mod telling;
mod unsaved;

use std::collections::VecDeque;

use wire::Cause;

pub(crate) use browser::Browser;
pub(crate) use unsaved::Again;

use super::{Model, Trouble};
use crate::{Effect, HelperReply, LogInFrom, LogInStep, LoginFact};

/// All log-ins: the one that runs, the one that failed last, and those that wait.
#[derive(Debug, Default)]
pub(crate) struct LogIns {
    pub(crate) running: Option<Run>,
    pub(crate) failed: Option<Failure>,
    queue: VecDeque<Wish>,
    attempts: u64,
    notified: bool,
}

/// The log-in that runs.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) attempt: u64,
    pub(crate) hostname: String,
    pub(crate) team: Option<String>,
    app: String,
    pub(crate) stage: Stage,
    pub(crate) visible: bool,
    begun: i64,
    /// Whether a person has pressed what opens the browser.
    pressed: bool,
    wishes: Vec<Wish>,
}

/// How far it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The link is being made.
    Starting,
    /// A person is waited for.
    Waiting(Link),
    /// The login is being saved.
    Saving(Option<Link>),
}

/// Where a person logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) team: Option<String>,
    pub(crate) link: String,
    pub(crate) browser: Browser,
    pub(crate) works_until: i64,
    pub(crate) code: String,
}

/// A log-in that did not work out, until the person puts it away.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) hostname: String,
    pub(crate) team: Option<String>,
    pub(crate) cause: Cause,
    pub(crate) at: i64,
    pub(crate) again: Again,
}

/// Somebody wants a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) app: String,
    pub(crate) hostname: String,
    pub(crate) by: By,
}

/// Who.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// The person; afterwards a terminal opens for this alias.
    Person { connect: Option<String> },
    /// An `ssh`, through the helper.
    Program { ticket: u64, terminal: bool },
}

impl By {
    const fn ticket(&self) -> Option<u64> {
        match self {
            Self::Person { .. } => None,
            Self::Program { ticket, .. } => Some(*ticket),
        }
    }
}

impl Run {
    pub(crate) const fn link(&self) -> Option<&Link> {
        match &self.stage {
            Stage::Waiting(link) | Stage::Saving(Some(link)) => Some(link),
            Stage::Starting | Stage::Saving(None) => None,
        }
    }

    fn is_by_person(&self) -> bool {
        self.pressed || self.wishes.iter().any(|wish| wish.by.ticket().is_none())
    }

    fn serves(&self, wish: &Wish, team: Option<&str>) -> bool {
        self.hostname == wish.hostname || (team.is_some() && self.team.as_deref() == team)
    }
}

impl LogIns {
    fn wishes(&self) -> impl Iterator<Item = &Wish> {
        self.running.iter().flat_map(|run| &run.wishes).chain(&self.queue)
    }
}

impl Model {
    pub(crate) fn is_logging_in(&self, hostname: &str) -> bool {
        self.log_ins.wishes().any(|wish| wish.hostname == hostname)
            || self.log_ins.running.as_ref().is_some_and(|run| run.hostname == hostname)
    }

    /// Whether the log-in that runs is this host's too.
    pub(crate) fn is_served(&self, hostname: &str) -> bool {
        let run = self.log_ins.running.as_ref();
        run.is_some_and(|run| {
            run.hostname == hostname || run.wishes.iter().any(|wish| wish.hostname == hostname)
        })
    }

    /// Somebody wants a login: joins the log-in that runs, waits for it, or begins one.
    pub(super) fn want(&mut self, wish: Wish) {
        self.log_ins.failed = None;
        let team = self.hosts.team(&wish.hostname).map(str::to_owned);
        let Some(run) = &mut self.log_ins.running else { return self.begin(vec![wish]) };
        let is_person = wish.by.ticket().is_none();
        run.visible |= is_person;
        if !run.serves(&wish, team.as_deref()) {
            if !self.log_ins.queue.contains(&wish) {
                self.log_ins.queue.push_back(wish);
            }
            return;
        }
        let reply = wish.by.ticket().zip(run.link().cloned());
        if !run.wishes.contains(&wish) {
            run.wishes.push(wish);
        }
        if let Some((ticket, link)) = reply.filter(|(_, link)| link.browser != Browser::Starting) {
            self.reply_waiting(ticket, &link);
        }
        self.open_browser_if_wanted();
    }

    pub(super) fn log_in_step(&mut self, attempt: u64, step: LogInStep) {
        let has_window = self.has_window();
        let Some(run) = self.log_ins.running.as_mut().filter(|run| run.attempt == attempt) else { return };
        match step {
            LogInStep::Link { team, link, works_until, code } => {
                let link = Link {
                    team: team.or_else(|| run.team.clone()),
                    link,
                    browser: Browser::Unasked,
                    works_until,
                    code,
                };
                run.visible |= matches!(run.stage, Stage::Starting) && (run.is_by_person() || has_window);
                run.stage = Stage::Waiting(link);
                self.open_browser_if_wanted();
                self.ask_first();
            }
            LogInStep::Saving => run.stage = Stage::Saving(run.link().cloned()),
        }
    }

    pub(super) fn log_in_ended(&mut self, attempt: u64, result: Result<LoginFact, Cause>) {
        let run = self.log_ins.running.take_if(|run| run.attempt == attempt);
        match (run, result) {
            (Some(run), Ok(fact)) => self.log_in_worked(run, fact),
            (Some(run), Err(cause)) => self.log_in_failed(run, &cause),
            // Cancelled in the last moment: the login is there all the same.
            (None, Ok(fact)) => self.hosts.learn(fact),
            (None, Err(_)) => {}
        }
    }

    pub(super) fn cancel_log_in(&mut self) {
        self.log_ins.failed = None;
        self.end_log_in(|host| Cause::LogInCancelled { host });
    }

    /// Gives the log-in up; whoever waits for it is told why.
    fn end_log_in(&mut self, why: impl Fn(String) -> Cause) {
        let Some(run) = self.log_ins.running.take() else { return };
        self.emit(Effect::CancelLogIn { attempt: run.attempt });
        for wish in run.wishes {
            self.refuse(&wish, &why(wish.hostname.clone()));
        }
        self.next_log_in();
    }

    pub(super) fn copy_log_in_link(&mut self) {
        if let Some(link) = self.log_ins.running.as_ref().and_then(Run::link) {
            let text = link.link.clone();
            self.emit(Effect::Copy { text });
        }
    }

    pub(super) fn hide_log_in(&mut self) {
        self.log_ins.failed = None;
        if let Some(run) = &mut self.log_ins.running {
            run.visible = false;
        }
    }

    pub(super) fn show_log_in(&mut self) {
        self.need_window();
        if let Some(run) = &mut self.log_ins.running {
            run.visible = true;
        }
    }

    /// The window is there now, or is gone. Who opens it while a login is waited for, wants to see that.
    pub(super) fn window(&mut self, there: bool) {
        self.window = there;
        // A window that was just made is in front until it is heard to lose the focus.
        self.focus = there;
        if let Some(run) = &mut self.log_ins.running {
            run.visible = there && (run.visible || run.link().is_some());
        }
    }

    /// The person turned to the window, or away from it. What it shows need not be said elsewhere.
    pub(super) fn focus(&mut self, focus: bool) {
        let was_in_front = self.is_in_front();
        self.focus = focus;
        if self.is_in_front() {
            self.withdraw_waiting();
        }
        if self.is_in_front() && !was_in_front {
            // Files and keychain may have changed by other hands meanwhile.
            self.emit(Effect::ReadHosts);
        }
    }

    /// A helper went away; a log-in that only it wanted, and nobody sees, ends with it.
    pub(super) fn forget_ticket(&mut self, ticket: u64) {
        self.log_ins.queue.retain(|wish| wish.by.ticket() != Some(ticket));
        let Some(run) = &mut self.log_ins.running else { return };
        let before = run.wishes.len();
        run.wishes.retain(|wish| wish.by.ticket() != Some(ticket));
        if run.wishes.is_empty() && before > 0 && !run.visible {
            self.cancel_log_in();
        }
    }

    fn begin(&mut self, wishes: Vec<Wish>) {
        let Some(first) = wishes.first().cloned() else { return };
        let from = self.log_in_from(&first);
        self.hosts.clear_trouble(&first.hostname);
        let fact = self.hosts.fact(&first.hostname);
        let follows = fact.and_then(|fact| fact.renews_until).is_some_and(|end| end > self.seconds());
        self.log_ins.attempts += 1;
        let attempt = self.log_ins.attempts;
        let run = Run {
            attempt,
            team: self.hosts.team(&first.hostname).map(str::to_owned),
            hostname: first.hostname,
            app: first.app.clone(),
            stage: Stage::Starting,
            begun: self.seconds(),
            pressed: false,
            visible: false,
            wishes,
        };
        // What comes without a browser needs no dialog, unless it turns out to need one after all.
        let visible = run.is_by_person() && !follows;
        self.log_ins.running = Some(Run { visible, ..run });
        self.emit(Effect::LogIn { attempt, app: first.app, from });
    }

    /// Whoever logs in where a login works wants a new one; whoever does so after a refusal, one of somebody else. A
    /// program takes what there is.
    fn log_in_from(&self, wish: &Wish) -> LogInFrom {
        let login = self.hosts.fact(&wish.hostname).and_then(|fact| fact.login.as_ref());
        match wish.by {
            By::Program { .. } => LogInFrom::AtHand,
            By::Person { .. } if self.hosts.is_blocked(&wish.hostname) => LogInFrom::Browser,
            By::Person { .. } if login.is_some_and(|login| login.until > self.seconds()) => LogInFrom::Team,
            By::Person { .. } => LogInFrom::AtHand,
        }
    }

    fn next_log_in(&mut self) {
        self.withdraw_waiting();
        let Some(first) = self.log_ins.queue.pop_front() else { return };
        let queue = std::mem::take(&mut self.log_ins.queue);
        self.begin(vec![first]);
        queue.into_iter().for_each(|wish| self.want(wish));
    }

    fn log_in_worked(&mut self, run: Run, fact: LoginFact) {
        self.got_through(&run.hostname);
        self.hosts.touch(&run.hostname, self.seconds());
        let until = fact.login.as_ref().map(|login| login.until);
        let team = fact.app.as_ref().map(|app| app.team.clone()).or_else(|| run.team.clone());
        let before = team.as_deref().and_then(|team| self.hosts.identity(team)).map(str::to_owned);
        let email = fact.login.as_ref().map(|login| login.email.clone()).unwrap_or_default();
        self.hosts.learn(LoginFact { hostname: run.hostname.clone(), ..fact });
        self.tell_of_login(&run, team.as_deref(), until);
        self.tell_of_other_account(before.as_deref(), team.as_deref(), &email);
        self.read_rest_of_team(&run.hostname, team.as_deref());
        let (served, rest): (Vec<_>, Vec<_>) =
            run.wishes.into_iter().partition(|wish| wish.hostname == run.hostname);
        served.into_iter().for_each(|wish| self.grant(wish.by, &run.hostname));
        rest.into_iter().rev().for_each(|wish| self.log_ins.queue.push_front(wish));
        self.next_log_in();
    }

    fn log_in_failed(&mut self, run: Run, cause: &Cause) {
        let is_of_host = Trouble::of(cause).is_of_host();
        self.note_clock(cause);
        if is_of_host {
            self.hosts.trouble(&run.hostname, cause.clone(), self.seconds());
        }
        let shows = run.is_by_person() || run.visible || self.has_window();
        let (own, others): (Vec<_>, Vec<_>) =
            run.wishes.into_iter().partition(|wish| wish.hostname == run.hostname || !is_of_host);
        own.iter().for_each(|wish| self.refuse(wish, cause));
        others.into_iter().rev().for_each(|wish| self.log_ins.queue.push_front(wish));
        self.next_log_in();
        if !shows || matches!(cause, Cause::LogInCancelled { .. }) {
            return;
        }
        if self.log_ins.running.is_some() {
            // The dialog belongs to the next one already.
            self.failed = Some(cause.clone());
            return;
        }
        let connect = own.into_iter().find_map(|wish| match wish.by {
            By::Person { connect } => connect,
            By::Program { .. } => None,
        });
        let (hostname, app) = (run.hostname.clone(), run.app);
        let again = Again::LogIn(Wish { app, hostname: run.hostname, by: By::Person { connect } });
        let (team, cause, at) = (run.team, cause.clone(), self.seconds());
        self.log_ins.failed = Some(Failure { hostname, team, cause, at, again });
    }

    fn grant(&mut self, by: By, hostname: &str) {
        match by {
            By::Person { connect: Some(alias) } => self.emit(Effect::OpenTerminal { alias }),
            By::Person { connect: None } => {}
            By::Program { ticket, .. } => {
                let reply = HelperReply::Token { hostname: hostname.to_owned() };
                self.emit(Effect::Reply { ticket, reply });
            }
        }
    }

    fn refuse(&mut self, wish: &Wish, cause: &Cause) {
        if let Some(ticket) = wish.by.ticket() {
            self.emit(Effect::Reply { ticket, reply: HelperReply::Failed(cause.clone()) });
        }
    }

    /// Other hosts of the team have become ready by the same visit.
    fn read_rest_of_team(&mut self, hostname: &str, team: Option<&str>) {
        let Some(team) = team else { return };
        let rest = self.hosts.of_team(team).filter(|entry| entry.hostname != hostname);
        let hostnames: Vec<_> = rest.map(|entry| entry.hostname.clone()).collect();
        if !hostnames.is_empty() {
            self.emit(Effect::ReadLogins { hostnames });
        }
    }
}
