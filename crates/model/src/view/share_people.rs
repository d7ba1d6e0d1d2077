//! Who may connect, as values while that is being changed: what would be another shows first.

use super::share::{NOBODY, SESSIONS, groups, shown};
use crate::brain::{Model, PeopleEditing, fault_of_whom, faults_of_whom};
use crate::{GROUP, SharePeopleEdit, ShareSession};

pub(super) fn draw(model: &Model, editing: &PeopleEditing) -> SharePeopleEdit {
    let known = model.share.groups.as_deref();
    let (allow, reading) = (&editing.allow, editing.was.is_none() && editing.problem.is_none());
    let nobody = (editing.was.is_some() && allow.is_empty()).then(|| NOBODY.to_owned());
    let allow_error = fault_of_whom(allow, known).or(nobody);
    SharePeopleEdit {
        title: model.share.title(&editing.name),
        reading,
        allow: editing.was.as_ref().map(|was| was.allow.clone()).unwrap_or_default(),
        session: editing.session.clone(),
        sessions: sessions(editing),
        groups: groups(model),
        faults: faults_of_whom(allow, known),
        others: others(editing.was.as_ref().map_or(0, |was| was.others)),
        changes: changes(editing),
        can_save: allow_error.is_none() && editing.is_news() && !editing.saving,
        allow_error,
        saving: editing.saving,
        problem: editing.problem.as_ref().map(|problem| shown(problem, Vec::new())),
    }
}

fn changes(editing: &PeopleEditing) -> Vec<String> {
    let Some(was) = &editing.was else { return Vec::new() };
    let added = editing.allow.iter().filter(|whom| !was.allow.contains(whom));
    let removed = was.allow.iter().filter(|whom| !editing.allow.contains(whom));
    let added = added.map(|whom| format!("{} may connect.", super::capital(&called(whom))));
    let removed = removed.map(|whom| format!("{} may not any more.", super::capital(&called(whom))));
    let session = (was.session != editing.session).then(|| {
        format!("They log in again every {}, not every {}.", length(&editing.session), length(&was.session))
    });
    added.chain(removed).chain(session).collect()
}

/// `the group Platform`, `everybody at acme.dev`, `ada@acme.dev`
fn called(whom: &str) -> String {
    if let Some(name) = whom.strip_prefix(GROUP) {
        return format!("the group {name}");
    }
    whom.strip_prefix('@').map_or_else(|| whom.to_owned(), |domain| format!("everybody at {domain}"))
}

fn length(session: &str) -> &str {
    SESSIONS.iter().find(|(value, _)| *value == session).map_or(session, |(_, label)| label)
}

/// Those of the form, and the one that it is where somebody else has chosen that.
fn sessions(editing: &PeopleEditing) -> Vec<ShareSession> {
    let own = editing.was.as_ref().map(|was| was.session.as_str()).filter(|own| length(own) == *own);
    let own = own.filter(|own| !own.is_empty()).map(|own| (own, own));
    let all = SESSIONS.into_iter().chain(own);
    all.map(|(value, label)| ShareSession { value: value.to_owned(), label: label.to_owned() }).collect()
}

fn others(count: u64) -> String {
    match count {
        0 => String::new(),
        1 => "1 more rule was made at Cloudflare, and stays.".to_owned(),
        more => format!("{more} more rules were made at Cloudflare, and stay."),
    }
}
