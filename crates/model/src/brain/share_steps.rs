//! Sharing under way: the steps as they are done or taken back, the program that answers, and its connections.

use std::collections::{BTreeMap, VecDeque};

use super::Model;
use crate::{Effect, LinkNews, LinkTold, PlannedStep, Problem, ShareFact, ShareTold, StepTold, Tone};

/// How much of what happened is kept.
const EVENTS: usize = 500;
/// So many connections a connector has.
pub(crate) const LINKS: usize = 4;

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

/// The program that answers.
#[derive(Debug)]
pub(crate) struct Live {
    serial: u64,
    /// Since when it answers, seconds since the Unix epoch; nothing before it does.
    pub(crate) since: Option<i64>,
    pub(crate) sshd: Option<String>,
    /// Connections that stand: since when, and what is known of them.
    pub(crate) links: BTreeMap<u8, (i64, LinkTold)>,
    /// Newest first.
    pub(crate) events: VecDeque<Happened>,
    pub(crate) stops: bool,
    failed: Option<Problem>,
}

/// Something that happened while it answered.
#[derive(Debug)]
pub(crate) struct Happened {
    pub(crate) at: i64,
    pub(crate) text: String,
    pub(crate) tone: Tone,
}

impl Live {
    fn new(serial: u64) -> Self {
        Self {
            serial,
            since: None,
            sshd: None,
            links: BTreeMap::new(),
            events: VecDeque::new(),
            stops: false,
            failed: None,
        }
    }

    fn note(&mut self, at: i64, text: String, tone: Tone) {
        self.events.push_front(Happened { at, text, tone });
        self.events.truncate(EVENTS);
    }

    fn hear(&mut self, news: LinkNews) {
        let LinkNews { at, index, told } = news;
        let number = u32::from(index) + 1;
        match told {
            LinkTold::Up { location, protocol } => {
                let by = protocol_words(&protocol);
                let lost = format!("Connection {number} lost");
                let is =
                    if self.events.iter().any(|event| event.text.starts_with(&lost)) { "back" } else { "up" };
                self.note(at, format!("Connection {number} is {is} in {location}, over {by}"), Tone::Plain);
                self.links.insert(index, (at, LinkTold::Up { location, protocol }));
                if self.links.len() == LINKS {
                    self.note(at, format!("All {LINKS} connections up"), Tone::Ok);
                }
            }
            LinkTold::Lost(why) => {
                self.links.remove(&index);
                let why = if why.is_empty() { "no reason was told" } else { &why };
                self.note(at, format!("Connection {number} lost: {why}. Trying again"), Tone::Warn);
            }
            LinkTold::Left => {
                self.links.remove(&index);
                self.note(at, format!("Connection {number} has left"), Tone::Plain);
            }
        }
    }
}

/// A protocol as people call it.
pub(crate) fn protocol_words(protocol: &str) -> &str {
    match protocol {
        "quic" => "QUIC",
        "http2" => "HTTP/2",
        other => other,
    }
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
        let is_free = self.share.live.is_none() && self.share.work.as_ref().is_none_or(|work| work.is_over);
        let (Some(wish), Some(plan), true) = (self.share.wish(), &self.share.plan, is_free) else { return };
        let steps = plan.steps.iter().map(|plan| WorkStep { plan: plan.clone(), told: None }).collect();
        let serial = self.begin_share(wish.hostname.clone(), steps, false);
        self.share.live = Some(Live::new(serial));
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

    pub(super) fn answer_again(&mut self) {
        let Some(share) = self.share.shared.as_ref().filter(|share| share.is_whole) else { return };
        if self.share.live.is_some() || self.share.work.is_some() {
            return;
        }
        let hostname = share.hostname.clone();
        let serial = self.next_serial();
        self.share.problem = None;
        self.share.live = Some(Live::new(serial));
        self.emit(Effect::RunShare { serial, hostname });
    }

    pub(super) fn stop_answering(&mut self) {
        if let Some(live) = &mut self.share.live {
            live.stops = true;
            let serial = live.serial;
            self.emit(Effect::StopShare { serial });
        }
    }

    /// What answers hears of it by itself.
    pub(super) fn take_away(&mut self) {
        let Some(hostname) = self.share.shared.as_ref().map(|share| share.hostname.clone()) else { return };
        self.share.problem = None;
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
            ShareTold::Plan(_) | ShareTold::List(_) => {}
        }
    }

    pub(super) fn link_news(&mut self, serial: u64, news: LinkNews) {
        if let Some(live) = self.live(serial) {
            live.hear(news);
        }
    }

    pub(super) fn share_ended(&mut self, serial: u64) {
        if let Some(live) = self.share.live.take_if(|live| live.serial == serial)
            && let Some(problem) = live.failed.filter(|_| !live.stops)
            && self.share.work.as_ref().is_none_or(|work| work.serial != serial)
        {
            self.share.problem = Some(problem);
        }
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
        let now = self.seconds();
        let hostname = share.hostname.clone();
        let Some(live) = self.live(serial) else { return };
        live.since = Some(now);
        live.sshd = sshd;
        live.note(now, format!("{hostname} leads to this machine"), Tone::Ok);
        self.share.shared = Some(share);
        self.share.work = None;
        self.spoken = format!("{hostname} is shared");
    }

    fn unshared(&mut self, serial: u64) {
        let Some(work) = self.share.work.take_if(|work| work.serial == serial) else { return };
        self.share.shared = None;
        self.say(format!("{} is not shared any more", work.hostname), None);
        self.stop_answering();
        self.plan_share();
    }

    fn share_failed(&mut self, serial: u64, problem: Problem) {
        if let Some(work) = self.work(serial) {
            work.problem.get_or_insert_with(|| problem.clone());
        }
        if let Some(live) = self.live(serial) {
            live.failed = Some(problem);
        }
    }

    fn work(&mut self, serial: u64) -> Option<&mut Work> {
        self.share.work.as_mut().filter(|work| work.serial == serial)
    }

    fn live(&mut self, serial: u64) -> Option<&mut Live> {
        self.share.live.as_mut().filter(|live| live.serial == serial)
    }
}

fn is_left(step: &WorkStep) -> bool {
    matches!(step.told, Some(StepTold::Left(_)))
}
