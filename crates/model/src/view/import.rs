//! The import as values.

use super::{count, draft, problem};
use crate::brain::{ImportState, Model};
use crate::clock::Clock;
use crate::import::{left_alone, replaced};
use crate::problem::Problem;
use crate::{ImportEntry, ImportFact, ImportLogins, ImportRow, ImportView, Page};

pub(crate) fn draw(model: &Model, clock: &Clock<'_>) -> Option<ImportView> {
    if model.page != Page::Import {
        return None;
    }
    let import = &model.import;
    let none = ImportFact::default();
    let fact = import.fact().unwrap_or(&none);
    let rows: Vec<ImportRow> =
        fact.entries.iter().enumerate().map(|(place, it)| row(fact, place, it)).collect();
    let failed = import.found.as_ref().and_then(|found| found.as_ref().err());
    Some(ImportView {
        places: format!("{} and ~/.cloudflared", config(model)),
        reading: import.found.is_none(),
        title: title(rows.len()),
        selected: format!("{} selected", import.chosen().len()),
        rows,
        unread: fact.unread.iter().map(|cause| Problem::of(cause, &model.words).title).collect(),
        logins: logins(model, clock, fact),
        notes: notes(fact),
        changes: import.plan.iter().map(draft::shown).collect(),
        choice: import.choice.clone(),
        problem: import.problem.as_ref().or(failed).map(|cause| problem::of_import(model, cause)),
        label: label(import),
        can_import: import.running.is_none() && import.hosts() + import.logins() > 0,
        running: import.running.is_some(),
    })
}

/// The ssh config as a person knows it; a private one has a path that says nothing to anybody.
pub(super) fn config(model: &Model) -> &str {
    let label = model.facts.ssh_config_label.as_str();
    if label.starts_with('~') { label } else { "ssh config" }
}

fn title(entries: usize) -> String {
    match entries {
        0 => "No entries use cloudflared.".to_owned(),
        1 => "1 entry uses cloudflared".to_owned(),
        more => format!("{more} entries use cloudflared"),
    }
}

fn row(fact: &ImportFact, place: usize, entry: &ImportEntry) -> ImportRow {
    let several = fact.entries.iter().any(|other| other.file != fact.entries[0].file);
    ImportRow {
        place: u32::try_from(place).unwrap_or(u32::MAX),
        name: entry.names.join(" "),
        hostname: entry.hostname.clone().unwrap_or_else(|| "pattern".to_owned()),
        change: match &entry.verdict {
            Ok(what) => replaced(*what).to_owned(),
            Err(why) => left_alone(why),
        },
        can: entry.verdict.is_ok(),
        found_at: if several {
            format!("{}, line {}", entry.file, entry.line)
        } else {
            format!("line {}", entry.line)
        },
    }
}

fn logins(model: &Model, clock: &Clock<'_>, fact: &ImportFact) -> Option<ImportLogins> {
    let until = fact.logins.iter().map(|login| format!("{} until {}", login.name, clock.moment(login.until)));
    let until: Vec<String> = until.collect();
    (!until.is_empty()).then(|| ImportLogins {
        label: format!(
            "Copy {} from {} to {}",
            count(until.len(), "login"),
            fact.logins_label,
            model.words.keychain
        ),
        help: format!("{}.", until.join(", ")),
        delete_label: "Then delete the old files".to_owned(),
        delete_help: "This cannot be undone, and cloudflared would ask you to log in again.".to_owned(),
    })
}

fn notes(fact: &ImportFact) -> Vec<String> {
    if fact.entries.is_empty() {
        return Vec::new();
    }
    [
        "ssh, scp and git keep working with the same names.",
        "Your old lines stay in the file as comments, and a copy is kept.",
        "cloudflared stays installed and is not touched.",
    ]
    .map(str::to_owned)
    .into()
}

fn label(import: &ImportState) -> String {
    match (import.hosts(), import.logins()) {
        (0, 0) => "Import".to_owned(),
        (0, logins) => format!("Copy {}", count(logins, "login")),
        (hosts, _) => format!("Import {}", count(hosts, "host")),
    }
}
