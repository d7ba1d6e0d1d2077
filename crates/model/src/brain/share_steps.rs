//! Sharing under way: the steps as they are done or taken back.

use super::Model;
use super::share::Shown;
use crate::{Effect, PlannedStep, Problem, ShareFact, ShareTold, StepTold};

/// Steps that are done, or taken back.
#[derive(Debug)]
pub(crate) struct Work {
    serial: u64,
    /// Whether all that was made is being taken away.
    pub(crate) takes_away: bool,
    pub(crate) hostname: String,
    pub(crate) steps: Vec<WorkStep>,
    /// What the person is told meanwhile.
    pub(crate) note: String,
    /// A link that this speaks of.
    pub(crate) link: Option<String>,
    pub(crate) problem: Option<Problem>,
    pub(crate) is_called_off: bool,
    /// Whether the program has ended, and not well.
    pub(crate) is_over: bool,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct WorkStep {
    pub(crate) plan: PlannedStep,
    /// The last that was told of it.
    pub(crate) told: Option<StepTold>,
}

impl Work {
    fn hear(&mut self, step: String, told: StepTold) {
        // Only what went wrong first counts: what is taken back after that is told by its own line.
        if let StepTold::Failed(problem) | StepTold::Left(problem) = &told {
            self.problem.get_or_insert_with(|| problem.clone());
        }
        if matches!(told, StepTold::Began | StepTold::Failed(_)) {
            self.note.clear();
            self.link = None;
        }
        match self.steps.iter_mut().find(|known| known.plan.step == step) {
            Some(known) => known.told = Some(told),
            None => {
                let plan = PlannedStep { step, what: String::new() };
                self.steps.push(WorkStep { plan, told: Some(told) });
            }
        }
    }
}

impl Model {
    pub(super) fn start_sharing(&mut self) {
        let is_free = self.share.work.as_ref().is_none_or(|work| work.is_over);
        let (Some(wish), Some(plan), true) = (self.share.wish(), &self.share.plan, is_free) else { return };
        if self.share.lives.contains_key(&wish.hostname) {
            return;
        }
        let steps = plan.steps.iter().map(|plan| WorkStep { plan: plan.clone(), told: None }).collect();
        let serial = self.begin_share(wish.hostname.clone(), steps, false);
        self.begin_live(wish.hostname.clone(), serial, false);
        self.emit(Effect::Share { serial, wish });
    }

    pub(super) fn call_off_sharing(&mut self) {
        let Some(work) = self.share.work.as_mut().filter(|work| !work.takes_away && !work.is_over) else {
            return;
        };
        work.is_called_off = true;
        let serial = work.serial;
        self.emit(Effect::StopShare { serial });
    }

    pub(super) fn close_share_steps(&mut self) {
        if self.share.work.take_if(|work| work.is_over).is_some() {
            self.plan_share();
        }
    }

    /// What answers hears of it by itself.
    pub(super) fn take_away(&mut self, hostname: String) {
        if !self.share.facts.contains_key(&hostname) {
            return;
        }
        self.share.problems.remove(&hostname);
        let serial = self.begin_share(hostname.clone(), Vec::new(), true);
        self.emit(Effect::Unshare { serial, hostname });
    }

    pub(super) fn share_told(&mut self, serial: u64, told: ShareTold) {
        match told {
            ShareTold::Step { step, told } => {
                if let Some(work) = self.work(serial) {
                    work.hear(step, told);
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
        if let Some(work) = self.share.work.as_mut().filter(|work| work.serial == serial) {
            work.is_over = true;
            if work.is_called_off && !work.steps.iter().any(is_left) {
                self.share.work = None;
                self.say("Called off. Nothing is left at Cloudflare".to_owned(), None);
                self.plan_share();
            }
        }
        self.emit(Effect::ReadShares);
    }

    /// Whether this program does steps, so that it is told there how it ended.
    pub(super) fn is_at_work(&self, serial: u64) -> bool {
        self.share.work.as_ref().is_some_and(|work| work.serial == serial)
    }

    fn begin_share(&mut self, hostname: String, steps: Vec<WorkStep>, takes_away: bool) -> u64 {
        let serial = self.next_serial();
        self.share.work = Some(Work {
            serial,
            takes_away,
            hostname,
            steps,
            note: String::new(),
            link: None,
            problem: None,
            is_called_off: false,
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

fn is_left(step: &WorkStep) -> bool {
    matches!(step.told, Some(StepTold::Left(_)))
}
