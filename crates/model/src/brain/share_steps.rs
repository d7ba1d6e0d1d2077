//! Sharing under way: the steps as they are done or taken back.

use jiff::Timestamp;

use super::Model;
use super::share::Shown;
use crate::{Effect, PlannedStep, Problem, ShareFact, ShareTold, StepTold, UnfinishedFact};

/// Steps that are done, or taken back.
#[derive(Debug)]
pub(crate) struct Work {
    serial: u64,
    pub(crate) doing: Doing,
    pub(crate) hostname: String,
    pub(crate) steps: Vec<WorkStep>,
    /// What the person is told meanwhile.
    pub(crate) note: String,
    /// A link that this speaks of.
    pub(crate) link: Option<String>,
    pub(crate) problem: Option<Problem>,
    pub(crate) is_called_off: bool,
    /// What comes once it has stopped.
    pub(crate) then: Then,
    /// Whether the program has ended, and not with all that was wanted.
    pub(crate) is_over: bool,
}

/// What is done with the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// One after the other is done.
    Shares,
    /// The last one is taken back.
    StepsBack,
    /// All that was made is taken away.
    TakesAway,
}

/// What comes once sharing has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Finished steps stay.
    Nothing,
    /// The last of them is taken back.
    StepBack,
    /// All of them are.
    TakeAway,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct WorkStep {
    pub(crate) plan: PlannedStep,
    /// The last that was told of it.
    pub(crate) told: Option<StepTold>,
    /// When it began.
    began: Option<Timestamp>,
    /// How long it took, in milliseconds.
    pub(crate) took: Option<i64>,
}

/// The step that is in place only as long as a program runs.
const CONNECTOR: &str = "connector";

impl WorkStep {
    fn new(plan: PlannedStep, told: Option<StepTold>) -> Self {
        Self { plan, told, began: None, took: None }
    }

    /// Whether it is in place.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.told, Some(StepTold::Done(_))) && self.plan.step != CONNECTOR
    }

    fn hear(&mut self, at: Timestamp, told: StepTold) {
        match &told {
            StepTold::Began => self.began = Some(at),
            StepTold::Done(_) => {
                self.took = self
                    .began
                    .take()
                    .map(|began| at.duration_since(began).as_millis())
                    .and_then(|took| took.try_into().ok());
            }
            StepTold::Failed(_) | StepTold::Undone | StepTold::Left(_) => self.took = None,
        }
        self.told = Some(told);
    }
}

impl Work {
    fn hear(&mut self, at: Timestamp, step: String, told: StepTold) {
        // What is called off is not what went wrong.
        let told = if self.is_called_off && matches!(told, StepTold::Failed(_)) { None } else { Some(told) };
        // Only what went wrong first counts: what is taken back after that is told by its own line.
        if let Some(StepTold::Failed(problem) | StepTold::Left(problem)) = &told {
            self.problem.get_or_insert_with(|| problem.clone());
        }
        if matches!(told, None | Some(StepTold::Began | StepTold::Failed(_))) {
            self.note.clear();
            self.link = None;
        }
        let at_step = self.steps.iter().position(|known| known.plan.step == step);
        let index = at_step.unwrap_or_else(|| {
            self.steps.push(WorkStep::new(PlannedStep { step, what: String::new() }, None));
            self.steps.len() - 1
        });
        if let Some(known) = self.steps.get_mut(index) {
            match told {
                Some(told) => known.hear(at, told),
                None => known.told = None,
            }
        }
    }

    /// The last step that is in place: the one that can be taken back.
    pub(crate) fn last_done(&self) -> Option<&WorkStep> {
        self.steps.iter().rev().find(|step| step.is_done())
    }

    /// Whether finished steps could be taken back now, or as soon as it has stopped.
    pub(crate) fn can_undo(&self) -> bool {
        let is_at_rest = self.is_over || self.doing == Doing::Shares;
        self.doing != Doing::TakesAway
            && self.then == Then::Nothing
            && is_at_rest
            && self.last_done().is_some()
    }

    /// It stays where it is; what runs no more is in place no more.
    fn rest(&mut self) {
        self.is_over = true;
        for step in &mut self.steps {
            let is_under_way = matches!(step.told, Some(StepTold::Began));
            if is_under_way
                || (step.plan.step == CONNECTOR && !matches!(step.told, Some(StepTold::Failed(_))))
            {
                step.told = None;
                step.took = None;
            }
        }
    }
}

impl Model {
    pub(super) fn start_sharing(&mut self) {
        let stopped = self.share.work.as_ref().filter(|work| work.is_over && work.last_done().is_some());
        if let Some(hostname) = stopped.map(|work| work.hostname.clone()) {
            return self.continue_sharing(&hostname);
        }
        let is_free = self.share.work.as_ref().is_none_or(|work| work.is_over);
        let (Some(wish), Some(plan), true) = (self.share.wish(), &self.share.plan, is_free) else { return };
        if self.share.lives.contains_key(&wish.hostname) {
            return;
        }
        let steps = plan.steps.iter().map(|plan| WorkStep::new(plan.clone(), None)).collect();
        let serial = self.begin_share(wish.hostname.clone(), steps, Doing::Shares);
        self.begin_live(wish.hostname.clone(), serial, false);
        self.emit(Effect::Share { serial, wish });
    }

    /// Goes on from where it was stopped.
    pub(super) fn continue_sharing(&mut self, name: &str) {
        let Some(mut steps) = self.steps_at_rest(name) else { return };
        for step in steps.iter_mut().filter(|step| !step.is_done()) {
            step.told = None;
        }
        let serial = self.begin_share(name.to_owned(), steps, Doing::Shares);
        self.begin_live(name.to_owned(), serial, false);
        self.emit(Effect::ContinueShare { serial, hostname: name.to_owned() });
    }

    /// Stops, and keeps what is finished.
    pub(super) fn call_off_sharing(&mut self) {
        self.stop_steps(Then::Nothing);
    }

    /// Takes all of it back that is finished.
    pub(super) fn undo_sharing(&mut self, name: &str) {
        if self.stop_steps(Then::TakeAway) {
            return;
        }
        let Some(steps) = self.steps_at_rest(name) else { return };
        let serial = self.begin_share(name.to_owned(), steps, Doing::TakesAway);
        self.emit(Effect::Unshare { serial, hostname: name.to_owned() });
    }

    /// Takes the last step back that is finished.
    pub(super) fn undo_share_step(&mut self, name: &str) {
        if self.stop_steps(Then::StepBack) {
            return;
        }
        let Some(steps) = self.steps_at_rest(name) else { return };
        let serial = self.begin_share(name.to_owned(), steps, Doing::StepsBack);
        self.emit(Effect::UndoShareStep { serial, hostname: name.to_owned() });
    }

    pub(super) fn close_share_steps(&mut self) {
        if let Some(work) = self.share.work.take_if(|work| work.is_over) {
            if self.share.facts.contains_key(&work.hostname) {
                self.share.shown = Shown::One(work.hostname);
            }
            self.plan_share();
        }
    }

    /// What answers hears of it by itself.
    pub(super) fn take_away(&mut self, hostname: String) {
        if !self.share.facts.contains_key(&hostname) {
            return;
        }
        self.share.problems.remove(&hostname);
        let serial = self.begin_share(hostname.clone(), Vec::new(), Doing::TakesAway);
        self.emit(Effect::Unshare { serial, hostname });
    }

    /// Stops what is under way; false where nothing is.
    fn stop_steps(&mut self, then: Then) -> bool {
        let Some(work) = self.share.work.as_mut().filter(|work| !work.is_over) else { return false };
        if work.doing == Doing::Shares && !work.is_called_off {
            (work.is_called_off, work.then) = (true, then);
            let serial = work.serial;
            self.emit(Effect::StopShare { serial });
        }
        true
    }

    /// The steps of something that was stopped on the way, if nothing is under way.
    fn steps_at_rest(&mut self, name: &str) -> Option<Vec<WorkStep>> {
        match self.share.work.take_if(|work| work.is_over && work.hostname == name) {
            Some(work) => Some(work.steps),
            None if self.share.work.is_some() => None,
            None => {
                let unfinished = self.share.facts.get(name)?.unfinished.as_ref()?;
                let told = |step: &String| unfinished.is_done(step).then(|| StepTold::Done(String::new()));
                let plan = |step: &String| PlannedStep { step: step.clone(), what: String::new() };
                Some(unfinished.steps.iter().map(|step| WorkStep::new(plan(step), told(step))).collect())
            }
        }
    }

    pub(super) fn share_told(&mut self, serial: u64, told: ShareTold) {
        match told {
            ShareTold::Step { step, told } => {
                let now = self.now.at;
                if let Some(work) = self.work(serial) {
                    work.hear(now, step, told);
                }
            }
            ShareTold::Note { text, link } => {
                if let Some(work) = self.work(serial) {
                    (work.note, work.link) = (text, link);
                }
            }
            ShareTold::Shared { share, sshd } => self.shared(serial, share, sshd),
            ShareTold::Unshared => self.unshared(serial),
            ShareTold::Failed(problem) => self.share_failed(serial, problem),
            ShareTold::Tunnel(status) => self.tunnel_stands(serial, status),
            ShareTold::Log(line) => self.tunnel_says(serial, &line),
            ShareTold::Plan(_)
            | ShareTold::List(_)
            | ShareTold::Found(_)
            | ShareTold::Groups(_)
            | ShareTold::Name(_)
            | ShareTold::People(_)
            | ShareTold::Service(_)
            | ShareTold::Rules(_) => {}
        }
    }

    pub(super) fn share_ended(&mut self, serial: u64) {
        self.live_ended(serial);
        if let Some(work) = self.work(serial) {
            work.rest();
            let (name, then, is_called_off) = (work.hostname.clone(), work.then, work.is_called_off);
            let is_empty = work.last_done().is_none() && work.doing != Doing::TakesAway;
            if is_empty && (is_called_off || work.problem.is_none()) {
                self.nothing_is_left(&name);
            } else {
                match then {
                    Then::TakeAway => self.undo_sharing(&name),
                    Then::StepBack => self.undo_share_step(&name),
                    Then::Nothing if is_called_off => self.keep_steps(&name),
                    Then::Nothing => {}
                }
            }
        }
        self.emit(Effect::ReadShares);
    }

    /// What is finished stays, and shows in the form.
    fn keep_steps(&mut self, name: &str) {
        let Some(work) = self.share.work.take() else { return };
        let names = |wanted: fn(&WorkStep) -> bool| -> Vec<String> {
            work.steps.iter().filter(|step| wanted(step)).map(|step| step.plan.step.clone()).collect()
        };
        let form = self.share.form.clone();
        let known = self.share.facts.entry(name.to_owned()).or_insert_with(|| ShareFact {
            hostname: name.to_owned(),
            port: form.port.trim().parse().unwrap_or_default(),
            allow: form.allow,
            ..ShareFact::default()
        });
        let (session, certificates) = match &known.unfinished {
            Some(unfinished) => (unfinished.session.clone(), unfinished.certificates),
            None => (form.session, form.certificates),
        };
        let (steps, done) = (names(|_| true), names(WorkStep::is_done));
        known.unfinished = Some(UnfinishedFact { steps, done, session, certificates });
        self.share.shown = Shown::One(name.to_owned());
        self.say("Stopped. Finished steps stay".to_owned(), None);
    }

    /// Nothing of it is in place any more.
    fn nothing_is_left(&mut self, name: &str) {
        self.share.work = None;
        self.fill_again(name);
        self.share.facts.remove(name);
        self.share.shown = Shown::Form;
        self.say("Stopped. Nothing is left at Cloudflare".to_owned(), None);
        self.plan_share();
    }

    /// The form says again what it said before the steps.
    fn fill_again(&mut self, name: &str) {
        let fact = self.share.facts.get(name);
        if let Some((fact, unfinished)) = fact.and_then(|fact| Some((fact, fact.unfinished.as_ref()?))) {
            self.share.form = fact.form(unfinished);
        }
    }

    /// Whether this program does steps, so that it is told there how it ended.
    pub(super) fn is_at_work(&self, serial: u64) -> bool {
        self.share.work.as_ref().is_some_and(|work| work.serial == serial)
    }

    fn begin_share(&mut self, hostname: String, steps: Vec<WorkStep>, doing: Doing) -> u64 {
        let serial = self.next_serial();
        self.share.work = Some(Work {
            serial,
            doing,
            hostname,
            steps,
            note: String::new(),
            link: None,
            problem: None,
            is_called_off: false,
            then: Then::Nothing,
            is_over: false,
        });
        serial
    }

    fn shared(&mut self, serial: u64, share: ShareFact, sshd: Option<String>) {
        let hostname = share.hostname.clone();
        if !self.live_answers(serial, format!("{hostname} leads to this machine"), sshd) {
            return;
        }
        self.share.facts.insert(hostname.clone(), share);
        self.spoken = format!("{hostname} is shared");
        if self.share.work.take_if(|work| work.serial == serial).is_some() {
            // The form is for another one from now on.
            self.share.form = crate::ShareForm::default();
            (self.share.plan, self.share.obstacle) = (None, None);
            self.share.shown = Shown::One(hostname);
        }
    }

    fn unshared(&mut self, serial: u64) {
        let Some(work) = self.share.work.take_if(|work| work.serial == serial) else { return };
        if self.share.facts.get(&work.hostname).is_none_or(|fact| fact.unfinished.is_some()) {
            return self.nothing_is_left(&work.hostname);
        }
        self.share.facts.remove(&work.hostname);
        self.share.shown = Shown::All;
        self.say(format!("{} is not shared any more", work.hostname), None);
        self.stop_answering(&work.hostname);
        self.plan_share();
    }

    fn share_failed(&mut self, serial: u64, problem: Problem) {
        if let Some(work) = self.work(serial) {
            work.problem.get_or_insert_with(|| problem.clone());
        }
        self.live_failed(serial, problem);
    }

    fn work(&mut self, serial: u64) -> Option<&mut Work> {
        self.share.work.as_mut().filter(|work| work.serial == serial)
    }
}
