//! The brain: what happened goes in, what is to be done comes out.
//!
//! `handle` changes the state and collects effects; then everything that was only waiting for its time is settled.
//! What a person sees is drawn from the state on demand, once for each moment, and numbered when it differs.

mod draft;
mod events;
mod helper;
mod hosts;
mod import;
mod live;
mod log_in;
mod reminders;
mod renewals;
mod requests;
mod share;
mod share_awake;
mod share_live;
mod share_notices;
mod share_people;
mod share_rules;
mod share_service;
mod share_steps;
mod share_whom;
mod state;
mod toast;
mod typed;
mod warm;

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use wire::Cause;

pub(crate) use draft::{DraftState, LookupState};
pub(crate) use hosts::Hosts;
pub(crate) use import::ImportState;
pub(crate) use live::{LINKS, Live, protocol_words, who};
pub(crate) use log_in::{Again, Browser, Failure, LogIns, Run, Stage};
pub(crate) use reminders::Reminders;
pub(crate) use renewals::Renewals;
pub(crate) use share::{Asked, ShareState, Shown};
pub(crate) use share_notices::PATIENCE;
pub(crate) use share_people::PeopleEditing;
pub(crate) use share_rules::Editing;
pub(crate) use share_steps::{Doing, Work, WorkStep};
pub(crate) use share_whom::{fault as fault_of_whom, faults as faults_of_whom};
pub(crate) use state::{State, Trouble};
pub(crate) use toast::ToastState;
pub(crate) use typed::{Typed, faults_of_name, is_port};
pub(crate) use warm::Warmth;

use crate::view::View;
use crate::{Effect, HostEntry, Input, Now, Page, Snapshot, Surroundings, Tray, Words};

/// What the brain is told once, at its birth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// How `ssh` is called so that it reads our lines: `ssh`, or `ssh -F /path/to/config`.
    pub helper_command: String,
    /// The local user's name, which ssh takes when no user is set.
    pub local_user: Option<String>,
    /// The ssh config as a person writes it: `~/.ssh/config`.
    pub ssh_config_label: String,
    /// Whether all hosts stand behind the simulated edge.
    pub practice: bool,
    /// What to do when a program needs a login.
    pub log_in_for_programs: LogInForPrograms,
    /// Whether connections are kept ready to hosts that were used in the last minutes.
    pub keep_warm: bool,
    /// Whether what is shared answers again when the program starts.
    pub answer_at_start: bool,
    /// Whether the machine stays awake while somebody is connected to what it shares.
    pub keep_awake: bool,
    /// Whose service the system would run for whoever runs the desktop.
    pub services: crate::Whose,
    /// The page that makes an API token with all that sharing takes.
    pub token_page: String,
}

/// What to do when an `ssh` needs a login that takes a browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogInForPrograms {
    /// Open it for programs with a terminal, since a person just typed; ask first for the others.
    #[default]
    Open,
    /// Ask first.
    Ask,
    /// Refuse.
    Never,
}

/// Everything the product knows, and the rules by which it decides.
#[derive(Debug)]
pub struct Model {
    pub(crate) words: Words,
    pub(crate) facts: Facts,
    pub(crate) page: Page,
    pub(crate) hosts: Hosts,
    pub(crate) log_ins: LogIns,
    pub(crate) draft: Option<DraftState>,
    pub(crate) import: ImportState,
    pub(crate) share: ShareState,
    pub(crate) question: Option<Asked>,
    /// Known as long as there are no hosts.
    pub(crate) around: Option<Surroundings>,
    pub(crate) toast: Option<ToastState>,
    pub(crate) reminders: Reminders,
    pub(crate) renewals: Renewals,
    warmth: Warmth,
    /// What went wrong with the last thing asked for, if no other place shows it.
    pub(crate) failed: Option<Cause>,
    /// What an `ssh` to this hostname ran into, until one gets through or the person does something.
    pub(crate) ran_into: Option<(String, Cause)>,
    /// Seconds that our clock is ahead of the edge's, when that kept somebody out.
    pub(crate) skew: Option<i64>,
    /// Whether this machine has no network, as far as the window can tell.
    pub(crate) offline: bool,
    pub(crate) spoken: String,
    /// The lines of the host whose page shows.
    pub(crate) lines: Option<(String, crate::PreviewFact)>,
    /// Whether this program has written to the ssh config.
    pub(crate) has_written: bool,
    window: bool,
    /// Whether the window is the one that the person works in.
    focus: bool,
    told_of_closing: bool,
    toasts: u32,
    serial: u64,
    previews: BTreeMap<u64, Purpose>,
    changes: BTreeMap<u64, Writing>,
    effects: Vec<Effect>,
    now: Now,
    view: RefCell<Drawn>,
}

/// Whom a planned change is shown to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Purpose {
    Draft,
    /// The page of a host shows the lines that its removal would take away: those that make it work.
    Lines(String),
}

/// Why a change is being written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Writing {
    Draft(HostEntry),
    Remove(String),
    /// A removal that was taken back before it was written: what is written is undone at once.
    TakenBack,
    Repair,
}

/// The last drawing; stale after an input.
#[derive(Debug)]
struct Drawn {
    fresh: bool,
    at: Timestamp,
    view: View,
}

impl Model {
    /// A brain that knows nothing yet; hand it `Input::Started`.
    #[must_use]
    pub fn new(words: Words, facts: Facts) -> Self {
        let view = View::nothing(&words);
        Self {
            words,
            facts,
            page: Page::Hosts,
            hosts: Hosts::default(),
            log_ins: LogIns::default(),
            draft: None,
            import: ImportState::default(),
            share: ShareState::default(),
            question: None,
            around: None,
            toast: None,
            reminders: Reminders::default(),
            renewals: Renewals::default(),
            warmth: Warmth::default(),
            failed: None,
            ran_into: None,
            skew: None,
            offline: false,
            spoken: String::new(),
            lines: None,
            has_written: false,
            window: false,
            focus: false,
            told_of_closing: false,
            toasts: 0,
            serial: 0,
            previews: BTreeMap::new(),
            changes: BTreeMap::new(),
            effects: Vec::new(),
            now: Now { at: Timestamp::UNIX_EPOCH, zone: TimeZone::UTC },
            view: RefCell::new(Drawn { fresh: false, at: Timestamp::UNIX_EPOCH, view }),
        }
    }

    /// Takes one thing that happened and returns what is to be done, in order.
    pub fn handle(&mut self, now: &Now, input: Input) -> Vec<Effect> {
        self.now = now.clone();
        match input {
            Input::Started => {
                self.emit(Effect::ReadHosts);
                self.emit(Effect::ReadShares);
            }
            Input::Request(request) => self.request(request),
            Input::Asked { ticket, ask } => self.asked(ticket, ask),
            Input::HelperGone { ticket } => self.helper_gone(ticket),
            Input::Event(event) => self.event(event),
            Input::Woke => {}
        }
        self.settle_toast();
        self.settle_draft();
        self.settle_share();
        self.settle_renewals();
        self.settle_reminders();
        self.settle_notices();
        self.settle_awake();
        self.look_at_services();
        self.check_names(false);
        self.settle_warmth();
        self.view.get_mut().fresh = false;
        std::mem::take(&mut self.effects)
    }

    /// When `Input::Woke` is wanted next, and what for. Always later than the last input.
    #[must_use]
    pub fn next_wake(&self) -> Option<(Timestamp, &'static str)> {
        let text = self.drawn(&self.now, |view| view.next);
        [
            self.toast.as_ref().and_then(|toast| toast.goes()).map(|at| (at, "a toast goes")),
            self.draft.as_ref().and_then(|draft| draft.due).map(|due| (due, "the form settles")),
            self.share.due.map(|due| (due, "the form of sharing settles")),
            self.next_reminder().map(|at| (at, "a reminder is due")),
            self.next_name_check().map(|at| (at, "a name may lead elsewhere")),
            self.next_look_at_services().map(|at| (at, "a service may be in another state")),
            self.next_notice().map(|at| (at, "sharing is lost for long")),
            self.next_renewal().map(|at| (at, "a renewal is due")),
            self.next_cooling().map(|at| (at, "a host was not used for a while")),
            text.map(|at| (crate::times::stamp(at), "a text changes")),
        ]
        .into_iter()
        .flatten()
        .filter(|(at, _)| *at > self.now.at)
        .min_by_key(|(at, _)| *at)
    }

    /// What a person sees. Its revision grows only when something visible changed.
    #[must_use]
    pub fn snapshot(&self, now: &Now) -> Snapshot {
        self.drawn(now, |view| view.snapshot.clone())
    }

    /// What the tray shows.
    #[must_use]
    pub fn tray(&self, now: &Now) -> Tray {
        self.drawn(now, |view| view.tray.clone())
    }

    /// Whether the window is there, be it behind others.
    pub(crate) const fn has_window(&self) -> bool {
        self.window
    }

    /// Whether the person looks at the window, so that nothing else need tell them.
    pub(crate) const fn is_in_front(&self) -> bool {
        self.window && self.focus
    }

    pub(crate) fn is_saving(&self) -> bool {
        self.changes.values().any(|writing| matches!(writing, Writing::Draft(_)))
    }

    fn drawn<T>(&self, now: &Now, take: impl FnOnce(&View) -> T) -> T {
        let mut drawn = self.view.borrow_mut();
        if !drawn.fresh || drawn.at != now.at {
            let mut view = View::draw(self, now);
            view.snapshot.revision = drawn.view.snapshot.revision;
            if view.snapshot != drawn.view.snapshot {
                view.snapshot.revision = view.snapshot.revision.wrapping_add(1);
            }
            *drawn = Drawn { fresh: true, at: now.at, view };
        }
        take(&drawn.view)
    }

    fn emit(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn seconds(&self) -> i64 {
        self.now.seconds()
    }

    fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }
}

#[cfg(test)]
mod tests;
