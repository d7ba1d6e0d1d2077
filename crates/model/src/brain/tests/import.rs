//! Taking over what a person made for cloudflared.

use std::collections::BTreeSet;

use wire::{Cause, LeftAlone, Replaced};

use super::stage::*;
use crate::*;

fn found(names: &[&str], line: usize, verdict: Result<Replaced, LeftAlone>) -> ImportEntry {
    ImportEntry {
        names: names.iter().map(|&name| name.to_owned()).collect(),
        hostname: verdict.is_ok().then(|| format!("{}.acme.dev", names[0])),
        file: "~/.ssh/config".to_owned(),
        line,
        verdict,
    }
}

/// Three hosts in two entries, a pattern, and two logins.
fn there() -> ImportFact {
    ImportFact {
        entries: vec![
            found(&["build-01"], 8, Ok(Replaced::Command)),
            found(&["*.northwind.dev"], 12, Err(LeftAlone::ManyHosts)),
            found(&["db", "db-primary"], 19, Ok(Replaced::Bastion)),
        ],
        logins: vec![
            PlainLogin { name: "acme".to_owned(), until: noon() + 5 * HOUR },
            PlainLogin { name: "widgetcorp".to_owned(), until: noon() + 9 * MINUTE },
        ],
        logins_label: "~/.cloudflared".to_owned(),
        unread: Vec::new(),
    }
}

fn open(fact: ImportFact) -> Stage {
    let mut stage = Stage::with(&[], vec![]);
    assert_eq!(stage.ask(Request::Go { page: Page::Import }), [Effect::ShowWindow, Effect::ReadImport]);
    stage.event(Event::ImportRead(Ok(fact)));
    stage
}

fn view(stage: &Stage) -> ImportView {
    stage.snapshot().import.unwrap()
}

fn choose(stage: &mut Stage, change: impl FnOnce(&mut ImportChoice)) -> Vec<Effect> {
    let mut choice = view(stage).choice;
    change(&mut choice);
    stage.ask(Request::ChooseImport { choice })
}

/// Presses the button; tells what the hands are given.
fn run(stage: &mut Stage) -> (u64, BTreeSet<usize>, PlainLogins) {
    let effects = stage.ask(Request::Import);
    let [Effect::Import { serial, entries, logins }] = &effects[..] else { panic!("{effects:?}") };
    (*serial, entries.clone(), *logins)
}

#[test]
fn the_first_page_says_how_much_there_is() {
    let mut stage = Stage::bare();
    stage.give(Input::Started);
    let effects = stage.event(Event::Hosts(Ok(Vec::new())));
    assert!(effects.contains(&Effect::ReadImport), "{effects:?}");
    assert_eq!(stage.snapshot().first_run.unwrap().found, None);
    stage.event(Event::ImportRead(Ok(there())));
    let first = stage.snapshot().first_run.unwrap();
    assert_eq!((first.found.as_deref(), first.import_first), (Some("2 found"), true));
    assert_eq!(first.import, "From ~/.ssh/config entries that use cloudflared");
    stage.event(Event::ImportRead(Ok(ImportFact::default())));
    let first = stage.snapshot().first_run.unwrap();
    assert_eq!((first.found.as_deref(), first.import_first), (Some("None found"), false));
}

#[test]
fn the_first_page_says_that_nothing_was_changed_only_while_that_is_so() {
    let foot = |stage: &Stage| stage.snapshot().first_run.unwrap().foot;
    let mut stage = open(there());
    assert_eq!(foot(&stage), "Nothing on this computer has been changed yet.");
    let (serial, ..) = run(&mut stage);
    stage.event(Event::Imported { serial, result: Ok(Imported { hosts: 1, ..Imported::default() }) });
    stage.event(Event::Hosts(Ok(Vec::new())));
    assert_eq!(foot(&stage), "");
}

#[test]
fn a_private_config_is_not_named_by_its_path() {
    let mut stage = Stage::bare();
    stage.model.facts.ssh_config_label = "/tmp/x/ssh/config".to_owned();
    stage.event(Event::Hosts(Ok(Vec::new())));
    assert_eq!(stage.snapshot().first_run.unwrap().import, "From ssh config entries that use cloudflared");
}

#[test]
fn nobody_with_hosts_is_looked_at_unasked() {
    let mut stage = Stage::bare();
    let effects = stage.event(Event::Hosts(Ok(vec![entry("build-01")])));
    assert!(!effects.contains(&Effect::ReadImport), "{effects:?}");
}

#[test]
fn everything_that_can_be_taken_over_is_chosen_at_first() {
    let stage = open(there());
    let view = view(&stage);
    assert_eq!((view.title.as_str(), view.selected.as_str()), ("3 entries use cloudflared", "2 selected"));
    assert_eq!((view.label.as_str(), view.can_import, view.reading), ("Import 3 hosts", true, false));
    let cells = |row: &ImportRow| (row.name.clone(), row.hostname.clone(), row.change.clone(), row.can);
    let row = |name: &str, hostname: &str, change: &str, can| {
        (name.to_owned(), hostname.to_owned(), change.to_owned(), can)
    };
    assert_eq!(
        view.rows.iter().map(cells).collect::<Vec<_>>(),
        [
            row("build-01", "build-01.acme.dev", "ProxyCommand replaced", true),
            row("*.northwind.dev", "pattern", "Left alone: covers many hosts", false),
            row("db db-primary", "db.acme.dev", "Replaced, bastion kept", true),
        ]
    );
    assert_eq!(view.rows[2].found_at, "line 19");
    let logins = view.logins.unwrap();
    assert_eq!(logins.label, "Copy 2 logins from ~/.cloudflared to your keyring");
    assert_eq!(logins.help, "acme until 17:30, widgetcorp until 12:39.");
}

#[test]
fn the_file_is_named_where_there_are_several() {
    let mut fact = there();
    fact.entries[2].file = "~/.ssh/work".to_owned();
    let stage = open(fact);
    assert_eq!(view(&stage).rows[2].found_at, "~/.ssh/work, line 19");
}

#[test]
fn the_exact_changes_follow_the_choice() {
    let mut stage = open(there());
    let effects = choose(&mut stage, |choice| choice.changes = true);
    let [Effect::PlanImport { serial, entries }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(*entries, BTreeSet::from([0, 2]));
    let second = choose(&mut stage, |choice| _ = choice.entries.remove(&0));
    let [Effect::PlanImport { serial: newer, .. }] = &second[..] else { panic!("{second:?}") };
    stage.event(Event::ImportPlanned { serial: *serial, plan: Ok(vec![preview("old"), preview("old")]) });
    assert_eq!(view(&stage).changes.len(), 0, "an answer to an older choice is not shown");
    stage.event(Event::ImportPlanned { serial: *newer, plan: Ok(vec![preview("db")]) });
    assert_eq!(view(&stage).changes.len(), 1);
    assert_eq!(view(&stage).label, "Import 2 hosts");
}

#[test]
fn an_entry_that_stays_cannot_be_chosen() {
    let mut stage = open(there());
    choose(&mut stage, |choice| _ = choice.entries.insert(1));
    assert_eq!(view(&stage).selected, "2 selected");
    assert_eq!(run(&mut stage).1, BTreeSet::from([0, 2]));
}

#[test]
fn an_import_is_said_and_can_be_undone() {
    let mut stage = open(there());
    let (serial, entries, logins) = run(&mut stage);
    assert_eq!((entries, logins), (BTreeSet::from([0, 2]), PlainLogins::Copy));
    assert!(view(&stage).running && !view(&stage).can_import);
    assert_eq!(stage.ask(Request::Import), [], "once is enough");
    let done = Imported { hosts: 3, logins: 2, ..Imported::default() };
    assert_eq!(stage.event(Event::Imported { serial, result: Ok(done) }), [Effect::ReadHosts]);
    let snapshot = stage.snapshot();
    assert_eq!((snapshot.page, snapshot.import), (Page::Hosts, None));
    let toast = snapshot.toast.unwrap();
    assert_eq!((toast.text.as_str(), toast.undoable), ("3 hosts imported", true));
    assert_eq!(stage.ask(Request::Undo), [Effect::UndoChange { serial }]);
}

#[test]
fn files_of_logins_are_deleted_only_when_that_is_chosen() {
    let mut stage = open(there());
    choose(&mut stage, |choice| choice.delete = true);
    let (serial, _, logins) = run(&mut stage);
    assert_eq!(logins, PlainLogins::Move);
    let done = Imported { hosts: 1, logins: 1, deleted: 2, ..Imported::default() };
    stage.event(Event::Imported { serial, result: Ok(done) });
    assert_eq!(stage.snapshot().toast.unwrap().text, "1 host imported, 2 files deleted");

    let mut stage = open(there());
    choose(&mut stage, |choice| (choice.logins, choice.delete) = (false, true));
    assert_eq!(run(&mut stage).2, PlainLogins::Leave);
}

#[test]
fn logins_alone_can_be_copied() {
    let mut stage = open(there());
    choose(&mut stage, |choice| choice.entries.clear());
    assert_eq!(view(&stage).label, "Copy 2 logins");
    let (serial, ..) = run(&mut stage);
    let done = Imported { logins: 2, ..Imported::default() };
    stage.event(Event::Imported { serial, result: Ok(done) });
    let toast = stage.snapshot().toast.unwrap();
    assert_eq!((toast.text.as_str(), toast.undoable), ("2 logins copied", false));
}

#[test]
fn nothing_chosen_is_nothing_to_do() {
    let mut stage = open(there());
    choose(&mut stage, |choice| *choice = ImportChoice::default());
    assert_eq!((view(&stage).label.as_str(), view(&stage).can_import), ("Import", false));
    assert_eq!(stage.ask(Request::Import), []);
}

#[test]
fn an_import_that_failed_says_why_and_stays_open() {
    let mut stage = open(there());
    let (serial, ..) = run(&mut stage);
    let cause = Cause::ConfigReadOnly { path: "~/.ssh/config".to_owned() };
    let effects = stage.event(Event::Imported { serial, result: Err(cause) });
    assert_eq!(effects, [Effect::ReadImport, Effect::ReadHosts]);
    assert_eq!(view(&stage).problem.unwrap().title, "~/.ssh/config is read-only.");
    assert!(view(&stage).can_import, "it can be tried again");
}

#[test]
fn hosts_that_came_stay_when_a_login_could_not_be_copied() {
    let mut stage = open(there());
    let (serial, ..) = run(&mut stage);
    let done = Imported { hosts: 3, trouble: Some(Cause::KeychainLocked), ..Imported::default() };
    stage.event(Event::Imported { serial, result: Ok(done) });
    let snapshot = stage.snapshot();
    assert_eq!(snapshot.toast.unwrap().text, "3 hosts imported");
    assert!(snapshot.banner.is_some_and(|banner| banner.title.contains("locked")));
}

#[test]
fn a_file_that_cannot_be_read_says_so() {
    let mut stage = Stage::with(&[], vec![]);
    stage.ask(Request::Go { page: Page::Import });
    let cause = Cause::ConfigNotFile { path: "~/.ssh/config".to_owned() };
    stage.event(Event::ImportRead(Err(cause)));
    let view = view(&stage);
    assert!(view.problem.is_some() && !view.can_import && !view.reading);
}
