//! The host form.

use wire::Cause;

use super::stage::*;
use crate::*;

fn typed(hostname: &str) -> Request {
    Request::EditDraft { draft: Draft { hostname: hostname.to_owned(), ..Draft::default() } }
}

/// Opens the form, types, lets it settle, and answers the plan.
fn settled(stage: &mut Stage, hostname: &str) -> Vec<Effect> {
    stage.ask(Request::OpenDraft { alias: None });
    stage.ask(typed(hostname));
    let effects = stage.wait(400);
    answer_plan(stage, &effects);
    effects
}

fn answer_plan(stage: &mut Stage, effects: &[Effect]) {
    for effect in effects {
        if let Effect::Preview { serial, .. } = effect {
            stage.event(Event::Previewed { serial: *serial, preview: Ok(preview("x")) });
        }
    }
}

fn look_up(stage: &mut Stage, hostname: &str, lookup: Lookup) -> LookupView {
    let effects = settled(stage, hostname);
    let serial = effects
        .iter()
        .find_map(|effect| if let Effect::LookUp { serial, .. } = effect { Some(*serial) } else { None });
    stage.event(Event::LookedUp { serial: serial.unwrap(), lookup });
    form(stage).lookup.unwrap()
}

fn form(stage: &Stage) -> DraftView {
    stage.snapshot().draft.unwrap()
}

fn planned(effects: &[Effect]) -> Option<HostChange> {
    effects.iter().find_map(|effect| {
        if let Effect::Preview { change, .. } = effect { Some(change.clone()) } else { None }
    })
}

#[test]
fn typing_asks_the_edge_once_when_it_stops() {
    let mut stage = Stage::with(&[], vec![]);
    stage.ask(Request::OpenDraft { alias: None });
    for end in ["b", "bu", "build.acme.d", "build.acme.de"] {
        stage.ask(typed(end));
        assert_eq!(stage.wait(300), []);
        assert_eq!(form(&stage).errors, [], "no fault while a person types");
    }
    stage.ask(typed("build.acme.dev"));
    let asked = stage.wait(5000);
    assert_eq!(asked.iter().filter(|effect| matches!(effect, Effect::LookUp { .. })).count(), 1);
    assert_eq!(form(&stage).lookup.unwrap().title, "Looking up build.acme.dev…");
}

#[test]
fn an_answer_to_an_older_question_is_not_shown() {
    let mut stage = Stage::with(&[], vec![]);
    let effects = settled(&mut stage, "one.acme.dev");
    let Effect::LookUp { serial, .. } = effects[0] else { panic!("{effects:?}") };
    stage.ask(typed("two.acme.dev"));
    let host = "one.acme.dev".to_owned();
    stage.event(Event::LookedUp { serial, lookup: Lookup::Failed(Cause::NoSuchName { host }) });
    assert_eq!(form(&stage).lookup, None);
}

#[test]
fn a_pasted_command_fills_user_and_port() {
    let mut stage = Stage::with(&[], vec![]);
    let effects = settled(&mut stage, "ssh -p 2222 root@build-01.acme.dev");
    let expected = HostEntry { user: Some("root".to_owned()), port: Some(2222), ..entry("build-01") };
    assert_eq!(planned(&effects), Some(HostChange::Add(expected)));
    assert_eq!(form(&stage).hostname, "build-01.acme.dev");
    assert_eq!(form(&stage).command, "ssh build-01");
}

#[test]
fn names_are_suggested_so_that_they_are_free() {
    let mut stage = Stage::with(&["build-01", "build-01-2"], vec![]);
    settled(&mut stage, "build-01.other.dev");
    assert_eq!(form(&stage).suggested_name, "build-01-3");
    let name = "build-01".to_owned();
    let draft = Draft { hostname: "build-01.other.dev".to_owned(), name, ..Draft::default() };
    stage.ask(Request::EditDraft { draft });
    let errors = form(&stage).errors;
    assert_eq!(errors[0].text, "Name already used by another host");
    assert!(!form(&stage).can_save);
}

#[test]
fn faults_stand_at_their_fields() {
    let mut stage = Stage::with(&[], vec![]);
    stage.ask(Request::OpenDraft { alias: None });
    let draft = Draft {
        hostname: "build".to_owned(),
        name: "a b".to_owned(),
        user: "x y".to_owned(),
        port: "70000".to_owned(),
        ..Draft::default()
    };
    stage.ask(Request::EditDraft { draft });
    assert_eq!(stage.wait(400), []);
    let errors = form(&stage).errors;
    let fields: Vec<_> = errors.iter().map(|error| error.field).collect();
    assert_eq!(fields, [Field::Hostname, Field::Name, Field::User, Field::Port]);
    assert_eq!(errors[1].text, "Names cannot contain spaces or *");
}

#[test]
fn the_user_is_the_name_at_the_team_once_it_is_known() {
    let mut stage = Stage::with(&["db"], vec![login("db", 0, HOUR, None)]);
    settled(&mut stage, "gpu.acme.dev");
    assert_eq!(form(&stage).suggested_user, "ada");
    let found = look_up(&mut stage, "gpu-2.acme.dev", Lookup::Found { app: app("acme"), login: None });
    assert_eq!(form(&stage).suggested_user, "ada.park");
    let values: Vec<_> = found.rows.iter().map(|row| row.value.as_str()).collect();
    assert_eq!(values, ["*.acme.dev, team acme", "ada.park@acme.dev", "Opens Firefox"]);
}

#[test]
fn every_outcome_of_a_lookup_has_its_words() {
    let host = || "gpu-lab-77.acme.dev".to_owned();
    for (cause, title, text, button) in [
        (
            Cause::NoSuchName { host: host() },
            "No such name.",
            "gpu-lab-77.acme.dev has no DNS record. Did you mean gpu-lab-07.acme.dev?",
            "Try again",
        ),
        (
            Cause::NotBehindAccess { host: host() },
            "Not behind Access.",
            "The name answers, but nothing asks for a login. Plain ssh may already work.",
            "Add anyway",
        ),
        (
            Cause::Blocked { host: host(), email: None, ray: Some("8f2c".to_owned()) },
            "gpu-lab-77.acme.dev refuses this computer before login.",
            "The rule may want WARP, a country or a device check.",
            "Copy details",
        ),
        (
            Cause::TimedOut { host: host(), step: String::new(), seconds: 10 },
            "Could not look it up.",
            "gpu-lab-77.acme.dev did not answer within 10 s. You can add it now; it is checked on first use.",
            "Add anyway",
        ),
    ] {
        let mut stage = Stage::with(&["gpu-lab-07"], vec![]);
        let view = look_up(&mut stage, "gpu-lab-77.acme.dev", Lookup::Failed(cause));
        assert_eq!((view.title.as_str(), view.text.as_str()), (title, text));
        assert_eq!(view.buttons[0].label, button);
        assert!(stage.snapshot().spoken.starts_with(title));
        assert!(form(&stage).can_save, "it can be added all the same");
    }
}

#[test]
fn a_host_that_is_there_already_is_shown() {
    let mut stage = Stage::with(&["build-01"], vec![]);
    settled(&mut stage, "build-01.acme.dev");
    let lookup = form(&stage).lookup.unwrap();
    assert_eq!(
        (lookup.title.as_str(), lookup.buttons[0].label.as_str()),
        ("Already added as build-01.", "Show it")
    );
}

#[test]
fn saving_before_the_form_settled_waits_for_the_lines() {
    let mut stage = Stage::with(&[], vec![]);
    stage.ask(Request::OpenDraft { alias: None });
    stage.ask(typed("build-01.acme.dev"));
    let effects = stage.ask(Request::SaveDraft);
    let [Effect::LookUp { .. }, Effect::Preview { serial, .. }] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    let effects = stage.event(Event::Previewed { serial: *serial, preview: Ok(preview("build-01")) });
    assert!(matches!(effects.as_slice(), [Effect::Change { .. }]), "{effects:?}");
    assert!(form(&stage).saving);
    assert_eq!(stage.ask(Request::SaveDraft), [], "it is being written already");
}

#[test]
fn a_file_that_changed_meanwhile_is_planned_anew_and_said() {
    let mut stage = Stage::with(&[], vec![]);
    settled(&mut stage, "build-01.acme.dev");
    let effects = stage.ask(Request::SaveDraft);
    let [Effect::Change { serial, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let path = "~/.ssh/config".to_owned();
    stage.event(Event::Changed { serial: *serial, result: Err(Cause::ConfigChanged { path }) });
    assert!(!form(&stage).can_save);
    let effects = stage.event(Event::Hosts(Ok(vec![])));
    answer_plan(&mut stage, &effects);
    let form = form(&stage);
    assert_eq!(form.problem.unwrap().title, "The file changed while you were editing.");
    assert!(form.can_save);
}

#[test]
fn lines_that_cannot_be_written_can_be_copied() {
    let mut stage = Stage::with(&[], vec![]);
    settled(&mut stage, "build-01.acme.dev");
    let effects = stage.ask(Request::SaveDraft);
    let [Effect::Change { serial, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let path = "~/.ssh/config".to_owned();
    stage.event(Event::Changed { serial: *serial, result: Err(Cause::ConfigReadOnly { path }) });
    let effects = stage.event(Event::Hosts(Ok(vec![])));
    answer_plan(&mut stage, &effects);
    let problem = form(&stage).problem.unwrap();
    assert_eq!(problem.title, "~/.ssh/config is read-only.");
    let labels: Vec<_> = problem.buttons.iter().map(|button| button.label.as_str()).collect();
    assert_eq!(labels, ["Copy lines", "Try again"]);
    let text = "Host x\n  HostName x.acme.dev".to_owned();
    assert_eq!(problem.buttons[0].act, ButtonAct::Copy { text });
    assert!(matches!(stage.ask(Request::SaveDraft).as_slice(), [Effect::Change { .. }]));
}

#[test]
fn editing_begins_with_what_is_there_and_keeps_a_missing_user_missing() {
    let mut stage = Stage::with(&["build-01"], vec![login("build-01", 0, HOUR, None)]);
    let effects = stage.ask(Request::OpenDraft { alias: Some("build-01".to_owned()) });
    let change = HostChange::Replace { alias: "build-01".to_owned(), entry: entry("build-01") };
    assert_eq!(planned(&effects), Some(change));
    answer_plan(&mut stage, &effects);
    let view = form(&stage);
    assert_eq!((view.title.as_str(), view.save_label.as_str()), ("Edit build-01", "Save"));
    assert_eq!(view.start.name, "build-01");
    assert_eq!(view.suggested_user, "");
    let draft = Draft { port: "2222".to_owned(), ..view.start };
    stage.ask(Request::EditDraft { draft });
    let effects = stage.wait(400);
    let entry = HostEntry { port: Some(2222), ..entry("build-01") };
    assert_eq!(planned(&effects), Some(HostChange::Replace { alias: "build-01".to_owned(), entry }));
}

#[test]
fn leaving_the_form_forgets_it() {
    let mut stage = Stage::with(&["build-01"], vec![]);
    stage.ask(Request::OpenDraft { alias: Some("build-01".to_owned()) });
    stage.ask(Request::CloseDraft);
    let snapshot = stage.snapshot();
    assert_eq!((snapshot.draft, snapshot.page), (None, Page::Host { alias: "build-01".to_owned() }));
}

#[test]
fn a_machines_host_needs_both_halves_and_they_go_nowhere_but_to_the_vault() {
    let mut stage = Stage::with(&[], vec![]);
    stage.ask(Request::OpenDraft { alias: None });
    let mut draft = Draft { hostname: "robots.acme.dev".to_owned(), machine: true, ..Draft::default() };
    let faults = |stage: &Stage| form(stage).errors.iter().map(|error| error.field).collect::<Vec<_>>();
    stage.ask(Request::EditDraft { draft: draft.clone() });
    assert_eq!(planned(&stage.wait(400)), None);
    assert_eq!(faults(&stage), [Field::ClientId, Field::ClientSecret]);
    (draft.client_id, draft.client_secret) = (" 1a2b.access ".to_owned(), Secret::new("two words"));
    stage.ask(Request::EditDraft { draft: draft.clone() });
    assert_eq!(faults(&stage), [Field::ClientSecret]);
    draft.client_secret = Secret::new("s3cret\n");
    stage.ask(Request::EditDraft { draft });
    let effects = stage.wait(400);
    answer_plan(&mut stage, &effects);
    assert!(!format!("{effects:?}{:?}", stage.snapshot()).contains("s3cret"));

    let saved = stage.ask(Request::SaveDraft);
    let [
        Effect::ChangeMachine { serial, change: HostChange::Add(entry), hostname, client_id, client_secret },
    ] = saved.as_slice()
    else {
        panic!("{saved:?}")
    };
    assert!(entry.machine && hostname == "robots.acme.dev" && client_id == "1a2b.access");
    assert_eq!(client_secret.reveal(), "s3cret");
    assert!(form(&stage).saving);
    let refused = Cause::ServiceTokenRefused { host: hostname.clone() };
    stage.event(Event::Changed { serial: *serial, result: Err(refused) });
    assert!(form(&stage).problem.is_some(), "the form stays, with what was typed");
    let again = stage.ask(Request::SaveDraft);
    answer_plan(&mut stage, &again);
}
