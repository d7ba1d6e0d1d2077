//! What cloudflared has left on this machine: what there is, what a person chooses of it, and what became of it.

use std::collections::BTreeSet;

use wire::Cause;

use super::Model;
use super::toast::Restores;
use crate::view::{self, count};
use crate::{
    Effect, ImportChoice, ImportEntry, ImportFact, Imported, Page, PlainLogins, PreviewFact, Request,
};

/// The import, from the moment that somebody may want it.
#[derive(Debug, Default)]
pub(crate) struct ImportState {
    /// What there is; nothing before it was looked for.
    pub(crate) found: Option<Result<ImportFact, Cause>>,
    pub(crate) choice: ImportChoice,
    /// The exact changes of what is chosen.
    pub(crate) plan: Vec<PreviewFact>,
    /// Why it could not be planned or done.
    pub(crate) problem: Option<Cause>,
    /// The import that is being done.
    pub(crate) running: Option<u64>,
    asked: Option<u64>,
}

impl ImportState {
    pub(crate) fn fact(&self) -> Option<&ImportFact> {
        self.found.as_ref()?.as_ref().ok()
    }

    /// The entries that are chosen and can be taken over.
    pub(crate) fn chosen(&self) -> BTreeSet<usize> {
        let can = |place: &usize| self.entry(*place).is_some_and(|entry| entry.verdict.is_ok());
        self.choice.entries.iter().map(|place| *place as usize).filter(can).collect()
    }

    /// How many hosts those become.
    pub(crate) fn hosts(&self) -> usize {
        let names = self.chosen().into_iter().filter_map(|place| self.entry(place));
        names.flat_map(|entry| &entry.names).collect::<BTreeSet<_>>().len()
    }

    /// How many logins would be copied.
    pub(crate) fn logins(&self) -> usize {
        self.fact().filter(|_| self.choice.logins).map_or(0, |fact| fact.logins.len())
    }

    fn entry(&self, place: usize) -> Option<&ImportEntry> {
        self.fact()?.entries.get(place)
    }

    const fn plain_logins(&self) -> PlainLogins {
        match (self.choice.logins, self.choice.delete) {
            (false, _) => PlainLogins::Leave,
            (true, false) => PlainLogins::Copy,
            (true, true) => PlainLogins::Move,
        }
    }
}

impl Model {
    pub(super) fn open_import(&mut self) {
        self.page = Page::Import;
        self.import = ImportState { found: self.import.found.take(), ..ImportState::default() };
        self.choose_all();
        self.emit(Effect::ReadImport);
    }

    pub(super) fn choose_import(&mut self, choice: ImportChoice) {
        if self.import.running.is_none() {
            self.import.choice = choice;
            self.import.problem = None;
            self.plan_import();
        }
    }

    pub(super) fn run_import(&mut self) {
        let entries = self.import.chosen();
        if self.import.running.is_some() || (entries.is_empty() && self.import.logins() == 0) {
            return;
        }
        let serial = self.next_serial();
        self.import.running = Some(serial);
        self.import.problem = None;
        self.emit(Effect::Import { serial, entries, logins: self.import.plain_logins() });
    }

    pub(super) fn close_import(&mut self) {
        if self.page == Page::Import {
            self.page = Page::Hosts;
        }
    }

    /// The first page offers it, and says how much there is.
    pub(super) fn look_for_import(&mut self) {
        if self.hosts.all().next().is_none() && self.import.running.is_none() {
            self.emit(Effect::ReadImport);
            self.emit(Effect::LookAround);
        }
    }

    pub(super) fn import_read(&mut self, found: Result<ImportFact, Cause>) {
        if self.import.found.as_ref() == Some(&found) {
            return;
        }
        self.import.found = Some(found);
        // Places in the list are other ones now.
        self.choose_all();
        self.plan_import();
    }

    pub(super) fn import_planned(&mut self, serial: u64, plan: Result<Vec<PreviewFact>, Cause>) {
        if self.import.asked.take_if(|asked| *asked == serial).is_none() {
            return;
        }
        match plan {
            Ok(plan) => self.import.plan = plan,
            Err(cause) => self.import.problem = Some(cause),
        }
    }

    pub(super) fn imported(&mut self, serial: u64, result: Result<Imported, Cause>) {
        if self.import.running.take_if(|running| *running == serial).is_none() {
            return;
        }
        match result {
            Ok(done) => {
                self.has_written |= done.hosts > 0;
                self.close_import();
                self.import = ImportState::default();
                self.say_imported(serial, &done);
                self.failed = done.trouble;
            }
            Err(cause) => {
                self.import.problem = Some(cause);
                self.emit(Effect::ReadImport);
            }
        }
        self.emit(Effect::ReadHosts);
    }

    fn say_imported(&mut self, serial: u64, done: &Imported) {
        let files = match done.deleted {
            0 => String::new(),
            deleted => format!(", {} deleted", count(deleted, "file")),
        };
        if done.hosts > 0 {
            let text = format!("{} imported{files}", count(done.hosts, "host"));
            let restores = Restores { serial, removed: None };
            self.say_with_undo(text, view::send("Undo", Request::Undo), restores);
        } else if done.logins > 0 || done.deleted > 0 {
            self.say(format!("{} copied{files}", count(done.logins, "login")), None);
        }
    }

    fn choose_all(&mut self) {
        let Some(fact) = self.import.fact() else { return };
        let places = fact.entries.iter().enumerate().filter(|(_, entry)| entry.verdict.is_ok());
        self.import.choice = ImportChoice {
            entries: places.filter_map(|(place, _)| u32::try_from(place).ok()).collect(),
            logins: !fact.logins.is_empty(),
            delete: false,
            changes: self.import.choice.changes,
        };
    }

    fn plan_import(&mut self) {
        self.import.plan.clear();
        self.import.asked = None;
        let entries = self.import.chosen();
        if self.import.choice.changes && !entries.is_empty() {
            let serial = self.next_serial();
            self.import.asked = Some(serial);
            self.emit(Effect::PlanImport { serial, entries });
        }
    }
}
