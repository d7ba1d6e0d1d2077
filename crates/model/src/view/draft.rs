//! The host form as values.

use super::{count, lookup, problem};
use crate::brain::{DraftState, Model};
use crate::clock::Clock;
use crate::{DiffKind, DraftView, Field, Preview, PreviewFact};

pub(crate) fn draw(model: &Model, clock: &Clock<'_>) -> Option<DraftView> {
    let draft = model.draft.as_ref()?;
    let typing = draft.due.is_some();
    let mut errors = model.draft_faults(draft);
    // A hostname is not faulty while it is being typed.
    errors.retain(|error| error.field != Field::Hostname || !typing);
    let preview = draft.preview.as_ref().filter(|_| draft.typed.is_whole());
    let title = draft.editing.as_ref().map_or_else(|| "Add host".to_owned(), |alias| format!("Edit {alias}"));
    Some(DraftView {
        title,
        editing: draft.editing.clone(),
        start: draft.start.clone(),
        hostname: draft.typed.hostname.clone(),
        suggested_name: model.suggested_name(draft),
        suggested_user: model.suggested_user(draft),
        errors,
        lookup: lookup::draw(model, clock, draft),
        command: command(model, draft),
        foot: foot(model, preview),
        problem: draft.problem.as_ref().or(draft.unplanned.as_ref()).map(|cause| {
            let lines = preview.map(added).unwrap_or_default();
            problem::of_draft(model, cause, lines)
        }),
        preview: preview.map(shown),
        can_save: model.can_save_draft(),
        save_label: if draft.editing.is_some() { "Save" } else { "Add host" }.to_owned(),
        saving: model.is_saving(),
    })
}

fn command(model: &Model, draft: &DraftState) -> String {
    let name = model.draft_name(draft);
    if name.is_empty() { String::new() } else { model.command(&name) }
}

fn foot(model: &Model, preview: Option<&PreviewFact>) -> String {
    let file = preview.map_or(model.facts.ssh_config_label.as_str(), |preview| preview.file.as_str());
    format!("A copy of {file} is kept.")
}

pub(super) fn shown(fact: &PreviewFact) -> Preview {
    Preview { file: fact.file.clone(), summary: summary(fact.added, fact.removed), lines: fact.lines.clone() }
}

/// `7 lines added`, `2 lines changed`, `3 lines added, 1 removed`, `No change`.
fn summary(added: usize, removed: usize) -> String {
    match (added, removed) {
        (0, 0) => "No change".to_owned(),
        (added, 0) => format!("{} added", count(added, "line")),
        (0, removed) => format!("{} removed", count(removed, "line")),
        (added, removed) if added == removed => format!("{} changed", count(added, "line")),
        (added, removed) => format!("{} added, {removed} removed", count(added, "line")),
    }
}

fn added(fact: &PreviewFact) -> String {
    let lines = fact.lines.iter().filter(|line| line.kind == DiffKind::Added);
    lines.map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
}
