//! Who may connect to something that is shared: read at Cloudflare, changed by the person, and set with effect at once.

use super::Model;
use super::share_whom::{as_written, faults};
use crate::{Effect, LogInsNow, PeopleFact, Problem};

/// People who are being changed.
#[derive(Debug)]
pub(crate) struct PeopleEditing {
    pub(crate) name: String,
    /// As Cloudflare has them; nothing until they are read.
    pub(crate) was: Option<PeopleFact>,
    pub(crate) allow: Vec<String>,
    pub(crate) session: String,
    pub(crate) saving: bool,
    pub(crate) problem: Option<Problem>,
}

impl PeopleEditing {
    /// Whether anything would be another.
    pub(crate) fn is_news(&self) -> bool {
        self.was.as_ref().is_some_and(|was| {
            let is_in = |all: &[String], one: &String| all.contains(one);
            was.session != self.session
                || self.allow.iter().any(|one| !is_in(&was.allow, one))
                || was.allow.iter().any(|one| !is_in(&self.allow, one))
        })
    }
}

impl Model {
    pub(super) fn edit_people(&mut self, name: String) {
        if !self.share.facts.get(&name).is_some_and(|share| share.is_whole) {
            return;
        }
        self.emit(Effect::ReadGroups);
        self.emit(Effect::ReadPeople { hostname: name.clone() });
        self.share.people = Some(PeopleEditing {
            name,
            was: None,
            allow: Vec::new(),
            session: String::new(),
            saving: false,
            problem: None,
        });
    }

    pub(super) fn people_read(&mut self, hostname: &str, result: Result<PeopleFact, Problem>) {
        let Some(editing) = self.share.people.as_mut().filter(|editing| editing.name == hostname) else {
            return;
        };
        match result {
            Ok(was) => {
                (editing.allow, editing.session) = (was.allow.clone(), was.session.clone());
                editing.was = Some(was);
            }
            Err(problem) => editing.problem = Some(problem),
        }
    }

    pub(super) fn draft_people(&mut self, allow: Vec<String>, session: String) {
        if let Some(editing) = self.share.people.as_mut().filter(|editing| !editing.saving) {
            (editing.allow, editing.session, editing.problem) = (allow, session, None);
        }
    }

    pub(super) fn save_people(&mut self) {
        let groups = self.share.groups.as_deref();
        let Some(editing) = self.share.people.as_mut().filter(|editing| !editing.saving) else { return };
        let is_sound = !editing.allow.is_empty() && faults(&editing.allow, groups).is_empty();
        if is_sound && editing.is_news() {
            (editing.saving, editing.problem) = (true, None);
            let allow = editing.allow.iter().map(|whom| as_written(whom, groups)).collect();
            let (hostname, session) = (editing.name.clone(), editing.session.clone());
            self.emit(Effect::SavePeople { hostname, allow, session });
        }
    }

    pub(super) fn people_saved(&mut self, hostname: &str, result: Result<PeopleFact, Problem>) {
        let editing = self.share.people.take_if(|editing| editing.name == hostname);
        match result {
            Ok(now) => {
                let told = match now.log_ins {
                    LogInsNow::LastOn => "Saved. Whoever was removed can connect until their login ends",
                    LogInsNow::Revoked => "Saved. Everybody logs in again",
                    LogInsNow::Stay => "Saved. It counts at once",
                };
                self.say(told.to_owned(), None);
                self.emit(Effect::ReadShares);
            }
            Err(problem) => {
                self.share.people =
                    editing.map(|editing| PeopleEditing { saving: false, problem: Some(problem), ..editing });
            }
        }
    }
}
