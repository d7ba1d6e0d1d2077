//! The host form: what is typed, what the edge says about it, and what would be written.
//!
//! Nothing is asked while a person types. 400 ms after the last key the form settles: faults show, a new hostname is
//! looked up, and the lines that would be written are planned. Only what has been shown can be saved.

mod machine;

use jiff::{Timestamp, ToSpan};
use wire::Cause;

use super::toast::Restores;
use super::{Model, Purpose, Typed, Writing, faults_of_name, is_port};
use crate::{
    Button, ButtonAct, Draft, Effect, Field, FieldError, HostChange, HostEntry, LoginFact, Lookup, Page,
    PreviewFact, Request, view,
};

/// How long after the last key the form settles.
const PAUSE_MS: i64 = 400;

/// The open form.
#[derive(Debug)]
pub(crate) struct DraftState {
    pub(crate) editing: Option<String>,
    pub(crate) start: Draft,
    pub(crate) typed: Typed,
    pub(crate) lookup: LookupState,
    /// What would be written, as it was last planned.
    pub(crate) preview: Option<PreviewFact>,
    /// Why it could not be saved.
    pub(crate) problem: Option<Cause>,
    /// Why it could not be planned.
    pub(crate) unplanned: Option<Cause>,
    pub(crate) due: Option<Timestamp>,
    fields: Draft,
    original: Option<HostEntry>,
    /// What the preview shows.
    shown: Option<HostEntry>,
    /// What is being planned.
    asked: Option<HostEntry>,
    save_when_shown: bool,
}

/// What is known from the edge about the hostname typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LookupState {
    Unasked,
    Running { serial: u64, hostname: String },
    Done { hostname: String, lookup: Lookup },
}

impl LookupState {
    fn hostname(&self) -> Option<&str> {
        match self {
            Self::Unasked => None,
            Self::Running { hostname, .. } | Self::Done { hostname, .. } => Some(hostname),
        }
    }

    fn team(&self) -> Option<&str> {
        match self {
            Self::Done { lookup: Lookup::Found { app, .. }, .. } => Some(&app.team),
            Self::Done { lookup: Lookup::Failed(_), .. } | Self::Unasked | Self::Running { .. } => None,
        }
    }
}

impl DraftState {
    fn new(original: Option<HostEntry>) -> Self {
        let start = original.as_ref().map(fields_of).unwrap_or_default();
        Self {
            editing: original.as_ref().map(|entry| entry.alias.clone()),
            typed: Typed::parse(&start.hostname),
            fields: start.clone(),
            start,
            original,
            lookup: LookupState::Unasked,
            preview: None,
            shown: None,
            asked: None,
            problem: None,
            unplanned: None,
            due: None,
            save_when_shown: false,
        }
    }
}

fn fields_of(entry: &HostEntry) -> Draft {
    Draft {
        hostname: entry.hostname.clone(),
        name: entry.alias.clone(),
        user: entry.user.clone().unwrap_or_default(),
        port: entry.port.map(|port| port.to_string()).unwrap_or_default(),
        certificate: entry.certificate,
        machine: entry.machine,
        ..Draft::default()
    }
}

/// What the person asks of the form.
impl Model {
    pub(super) fn open_draft(&mut self, alias: Option<String>) {
        let original = match alias {
            Some(alias) => match self.host(&alias) {
                Some(entry) => Some(entry),
                None => return,
            },
            None => None,
        };
        self.need_window();
        self.page = Page::Draft;
        let due = original.is_some().then_some(self.now.at);
        self.draft = Some(DraftState { due, ..DraftState::new(original) });
    }

    pub(super) fn edit_draft(&mut self, fields: Draft) {
        let due = self.now.at.checked_add(PAUSE_MS.milliseconds()).ok();
        let Some(draft) = self.draft.as_mut().filter(|draft| draft.fields != fields) else { return };
        draft.typed = Typed::parse(&fields.hostname);
        draft.fields = fields;
        draft.problem = None;
        draft.unplanned = None;
        draft.save_when_shown = false;
        draft.due = due;
        if draft.lookup.hostname() != Some(&draft.typed.hostname) {
            draft.lookup = LookupState::Unasked;
        }
    }

    pub(super) fn look_up_again(&mut self) {
        if let Some(draft) = &mut self.draft {
            draft.lookup = LookupState::Unasked;
            draft.due = Some(self.now.at);
        }
    }

    pub(super) fn save_draft(&mut self) {
        let Some(entry) = self.draft_entry() else { return };
        if self.is_saving() {
            return;
        }
        if self.can_save_draft() {
            return self.write_draft(entry);
        }
        if let Some(draft) = &mut self.draft {
            draft.save_when_shown = true;
            draft.due = Some(self.now.at);
        }
    }

    pub(super) fn close_draft(&mut self) {
        let editing = self.draft.take().and_then(|draft| draft.editing);
        if self.page == Page::Draft {
            self.page = editing.map_or(Page::Hosts, |alias| Page::Host { alias });
        }
    }
}

/// What became of it.
impl Model {
    pub(super) fn settle_draft(&mut self) {
        let now = self.now.at;
        let Some(draft) = self.draft.as_mut().filter(|draft| draft.due.is_some_and(|due| due <= now)) else {
            return;
        };
        draft.due = None;
        self.look_draft_up();
        self.plan_draft();
    }

    pub(super) fn looked_up(&mut self, answered: u64, lookup: Lookup) {
        let Some(draft) = &mut self.draft else { return };
        let LookupState::Running { serial, hostname } = &draft.lookup else { return };
        if *serial != answered {
            return;
        }
        let hostname = hostname.clone();
        draft.lookup = LookupState::Done { hostname: hostname.clone(), lookup: lookup.clone() };
        match lookup {
            Lookup::Found { app, login } => {
                let renews_until = self.hosts.fact(&hostname).and_then(|fact| fact.renews_until);
                self.got_through(&hostname);
                self.hosts.learn(LoginFact { hostname, app: Some(app), login, renews_until });
            }
            Lookup::Failed(cause) => self.note_clock(&cause),
        }
        // What is suggested may have changed with the team.
        self.plan_draft();
        let clock = crate::clock::Clock::new(&self.now);
        let said = self.draft.as_ref().and_then(|draft| view::lookup_spoken(self, &clock, draft));
        self.spoken = said.unwrap_or_default();
    }

    pub(super) fn draft_previewed(&mut self, preview: Result<PreviewFact, Cause>) {
        let Some(draft) = &mut self.draft else { return };
        match preview {
            Ok(preview) => {
                draft.shown = draft.asked.take();
                draft.preview = Some(preview);
                draft.unplanned = None;
            }
            Err(cause) => {
                draft.asked = None;
                draft.unplanned = Some(cause);
            }
        }
        if std::mem::take(&mut draft.save_when_shown) {
            self.save_shown();
        }
    }

    pub(super) fn draft_saved(&mut self, entry: &HostEntry, serial: u64) {
        let editing = self.draft.take().and_then(|draft| draft.editing);
        let (verb, button) = if editing.is_some() {
            ("saved", view::send("Undo", Request::Undo))
        } else {
            let text = self.command(&entry.alias);
            ("added", Button { label: "Copy command".to_owned(), act: ButtonAct::Copy { text } })
        };
        let restores = Restores { serial, removed: None };
        self.say_with_undo(format!("{} {verb}", entry.alias), button, restores);
        if self.page == Page::Draft {
            let alias = entry.alias.clone();
            self.page = if editing.is_some() { Page::Host { alias } } else { Page::Hosts };
        }
    }

    pub(super) fn draft_not_saved(&mut self, cause: Cause) {
        if let Some(draft) = &mut self.draft {
            draft.problem = Some(cause);
            draft.shown = None;
        } else {
            self.failed = Some(cause);
        }
    }

    /// The file is not what it was: what the preview shows may not be what would be written.
    pub(super) fn draft_hosts_changed(&mut self) {
        let saving = self.is_saving();
        if let Some(draft) = self.draft.as_mut().filter(|_| !saving) {
            draft.shown = None;
            draft.asked = None;
            draft.due = draft.due.or(Some(self.now.at));
        }
    }

    fn save_shown(&mut self) {
        if self.can_save_draft()
            && let Some(entry) = self.draft_entry()
        {
            self.write_draft(entry);
        }
    }

    fn write_draft(&mut self, entry: HostEntry) {
        let Some(draft) = &mut self.draft else { return };
        draft.problem = None;
        if draft.original.as_ref() == Some(&entry) {
            return self.close_draft();
        }
        let change = change_to(draft, entry.clone());
        match machine::wanted(draft, &entry) {
            Some(token) => self.write_machine(entry, change, token),
            None => drop(self.write(Writing::Draft(entry), change)),
        }
    }

    fn look_draft_up(&mut self) {
        let serial = self.next_serial();
        let Some(draft) = &mut self.draft else { return };
        let hostname = draft.typed.hostname.clone();
        let is_original = draft.original.as_ref().is_some_and(|original| original.hostname == hostname);
        if draft.typed.is_whole() && !is_original && draft.lookup.hostname() != Some(&hostname) {
            draft.lookup = LookupState::Running { serial, hostname: hostname.clone() };
            self.emit(Effect::LookUp { serial, hostname });
        }
    }

    fn plan_draft(&mut self) {
        let Some(entry) = self.draft_entry() else { return };
        let Some(draft) = &mut self.draft else { return };
        if draft.due.is_some() || draft.asked.as_ref() == Some(&entry) {
            return;
        }
        if draft.asked.is_none() && draft.shown.as_ref() == Some(&entry) {
            return;
        }
        draft.asked = Some(entry.clone());
        let change = change_to(draft, entry);
        self.preview(Purpose::Draft, change);
    }
}

fn change_to(draft: &DraftState, entry: HostEntry) -> HostChange {
    match &draft.editing {
        Some(alias) => HostChange::Replace { alias: alias.clone(), entry },
        None => HostChange::Add(entry),
    }
}

/// What the form says.
impl Model {
    /// The host that the form describes, if nothing is wrong with it.
    pub(crate) fn draft_entry(&self) -> Option<HostEntry> {
        let draft = self.draft.as_ref()?;
        let faultless = draft.typed.is_whole() && self.draft_faults(draft).is_empty();
        faultless.then(|| HostEntry {
            alias: self.draft_name(draft),
            hostname: draft.typed.hostname.clone(),
            user: Some(first_of(&draft.fields.user, &self.suggested_user(draft)))
                .filter(|user| !user.is_empty()),
            port: draft.fields.port.trim().parse().ok().or(draft.typed.port),
            certificate: draft.fields.certificate,
            machine: draft.fields.machine,
        })
    }

    /// Whether the lines shown are those that would be written.
    pub(crate) fn can_save_draft(&self) -> bool {
        let Some(draft) = &self.draft else { return false };
        let entry = self.draft_entry();
        entry.is_some() && draft.shown == entry && !self.is_saving()
    }

    pub(crate) fn draft_name(&self, draft: &DraftState) -> String {
        first_of(&draft.fields.name, &self.suggested_name(draft))
    }

    pub(crate) fn draft_faults(&self, draft: &DraftState) -> Vec<FieldError> {
        let fault = |field, text: &str| FieldError { field, text: text.to_owned() };
        let name = draft.fields.name.trim();
        let taken = !name.is_empty() && self.is_taken(draft, name);
        let user = draft.fields.user.trim();
        let port = draft.fields.port.trim();
        [
            draft.typed.fault(),
            faults_of_name(name).map(|text| fault(Field::Name, text)),
            taken.then(|| fault(Field::Name, "Name already used by another host")),
            user.contains(|letter: char| {
                letter.is_whitespace() || letter.is_control() || "\"'#".contains(letter)
            })
            .then(|| fault(Field::User, "Users cannot contain spaces or quotes")),
            (!port.is_empty() && !is_port(port))
                .then(|| fault(Field::Port, "Ports are numbers from 1 to 65535")),
        ]
        .into_iter()
        .flatten()
        .chain(machine::faults(draft))
        .collect()
    }

    /// The pasted name or the first label, made unique.
    pub(crate) fn suggested_name(&self, draft: &DraftState) -> String {
        if let Some(alias) = &draft.editing {
            return alias.clone();
        }
        let pasted = draft.typed.name.as_deref().filter(|name| faults_of_name(name).is_none());
        let base = pasted.unwrap_or_else(|| draft.typed.first_label());
        if base.is_empty() || !self.is_taken(draft, base) {
            return base.to_owned();
        }
        let numbered = (2..).map(|number: u32| format!("{base}-{number}"));
        numbered.into_iter().find(|name| !self.is_taken(draft, name)).unwrap_or_default()
    }

    /// The pasted user, the person's name at the team, or the local user. An edited host without a user stays so.
    pub(crate) fn suggested_user(&self, draft: &DraftState) -> String {
        if let Some(user) = &draft.typed.user {
            return user.clone();
        }
        if draft.editing.is_some() || draft.typed.hostname.is_empty() {
            return String::new();
        }
        let team = draft.lookup.team().or_else(|| self.hosts.team(&draft.typed.hostname));
        let identity = team.and_then(|team| self.hosts.identity(team));
        let name = identity.and_then(|email| email.split('@').next()).map(str::to_owned);
        name.or_else(|| self.facts.local_user.clone()).unwrap_or_default()
    }

    pub(crate) fn command(&self, alias: &str) -> String {
        format!("{} {alias}", self.facts.helper_command)
    }

    fn is_taken(&self, draft: &DraftState, name: &str) -> bool {
        self.hosts.all().any(|entry| entry.alias == name && draft.editing.as_deref() != Some(name))
    }
}

fn first_of(typed: &str, suggested: &str) -> String {
    let typed = typed.trim();
    if typed.is_empty() { suggested.to_owned() } else { typed.to_owned() }
}
