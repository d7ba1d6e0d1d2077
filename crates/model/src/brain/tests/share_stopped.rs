//! Sharing that is stopped on the way: what is in place stays, and is gone on with or taken back.

use super::share_stage::*;
use super::stage::*;
use crate::*;

fn name() -> String {
    STUDIO.to_owned()
}

fn done(stage: &mut Stage, serial: u64, names: &[&str]) {
    for one in names {
        step(stage, serial, one, StepTold::Began);
        stage.wait(800);
        step(stage, serial, one, StepTold::Done(format!("{one} is there")));
    }
}

/// Stopped after two of five steps, and told so by the list.
fn kept() -> Stage {
    let (mut stage, serial) = started();
    done(&mut stage, serial, &["policy", "application"]);
    step(&mut stage, serial, "tunnel", StepTold::Began);
    assert_eq!(stage.ask(Request::CallOffSharing), [Effect::StopShare { serial }]);
    assert_eq!(progress(&stage).title, "Stopping…");
    step(&mut stage, serial, "tunnel", StepTold::Failed(problem("unexpected", "It was called off.")));
    assert_eq!(stage.event(Event::ShareEnded { serial }), [Effect::ReadShares]);
    stage.event(Event::Shares { shares: Ok(vec![unfinished()]), found: Vec::new(), has_token: true });
    stage
}

fn unfinished() -> ShareFact {
    let steps = plan().steps.into_iter().map(|step| step.step).collect();
    let done = ["policy", "application"].map(str::to_owned).into();
    let unfinished = UnfinishedFact { steps, done, session: "8h".to_owned(), certificates: false };
    ShareFact { allow: form().allow, is_whole: false, unfinished: Some(unfinished), ..fact(STUDIO) }
}

fn states(stage: &Stage) -> Vec<ShareStepState> {
    progress(stage).steps.iter().map(|step| step.state).collect()
}

#[test]
fn stopped_here_the_form_says_what_is_in_place() {
    let stage = kept();
    let shown = form_view(&stage);
    assert_eq!(shown.in_place.unwrap().line, "2 steps are in place");
    assert_eq!((shown.start, shown.can_share), (form(), false));
    let marks: Vec<_> = shown.plan.iter().map(|step| step.state == ShareStepState::Done).collect();
    assert_eq!(marks, [true, true, false, false, false]);
    assert_eq!(stage.snapshot().toast.unwrap().text, "Stopped. Finished steps stay");
    assert_eq!(view(&stage).problem, None, "what was called off is not what went wrong");
}

#[test]
fn the_same_shows_after_a_restart_and_goes_on_from_there() {
    let mut stage = Stage::bare();
    stage.model.facts.answer_at_start = true;
    stage.give(Input::Started);
    let event = Event::Shares { shares: Ok(vec![unfinished()]), found: Vec::new(), has_token: true };
    assert_eq!(stage.event(event), [], "it does not answer by itself");
    stage.ask(Request::Go { page: Page::Share });
    assert!(form_view(&stage).in_place.is_some());
    let effects = stage.ask(Request::ContinueSharing { name: name() });
    let [Effect::ContinueShare { serial, ref hostname }] = effects[..] else { panic!("{effects:?}") };
    assert_eq!(*hostname, name());
    assert_eq!(progress(&stage).title, "Step 3 of 5");
    done(&mut stage, serial, &["tunnel", "connector", "dns-record"]);
    let told = ShareTold::Shared { share: fact(STUDIO), sshd: None };
    stage.event(Event::ShareTold { serial, told });
    assert_eq!(running(&stage).title, STUDIO);
}

#[test]
fn a_step_that_fails_stays_in_view_and_is_tried_again() {
    let (mut stage, serial) = started();
    done(&mut stage, serial, &["policy", "application", "tunnel", "connector"]);
    step(
        &mut stage,
        serial,
        "dns-record",
        StepTold::Failed(problem("api-refused", "Cloudflare refused it.")),
    );
    stage.event(Event::ShareTold { serial, told: ShareTold::Failed(problem("api-refused", "Again.")) });
    assert_eq!(stage.event(Event::ShareEnded { serial }), [Effect::ReadShares]);
    let shown = progress(&stage);
    assert_eq!((shown.title.as_str(), shown.go_on.as_deref()), ("Stopped at step 5 of 5", Some("Try again")));
    assert!(shown.can_undo && !shown.can_call_off);
    assert_eq!(shown.steps[0].took, "0.8 s");
    use ShareStepState::{Done, Failed, Todo};
    assert_eq!(states(&stage), [Done, Done, Done, Todo, Failed], "the connector runs no more");
    let undo: Vec<_> = shown.steps.iter().map(|step| step.can_undo).collect();
    assert_eq!(undo, [false, false, true, false, false], "only the last one that is in place");
    assert_eq!(view(&stage).problem.unwrap().title, "Cloudflare refused it.");
    let effects = stage.ask(Request::StartSharing);
    assert!(
        matches!(&effects[..], [Effect::ContinueShare { hostname, .. }] if *hostname == name()),
        "{effects:?}"
    );
    assert_eq!(states(&stage), [Done, Done, Done, Todo, Todo]);
}

#[test]
fn the_first_step_that_fails_leaves_nothing_to_undo() {
    let (mut stage, serial) = started();
    step(&mut stage, serial, "policy", StepTold::Failed(problem("api-refused", "Cloudflare refused it.")));
    stage.event(Event::ShareEnded { serial });
    assert!(!progress(&stage).can_undo);
    assert!(matches!(stage.ask(Request::StartSharing)[..], [Effect::Share { .. }]), "from the beginning");
}

#[test]
fn steps_are_taken_back_from_the_last() {
    let mut stage = kept();
    let effects = stage.ask(Request::UndoShareStep { name: name() });
    let [Effect::UndoShareStep { serial, .. }] = effects[..] else { panic!("{effects:?}") };
    assert_eq!(stage.ask(Request::UndoShareStep { name: name() }), [], "one at a time");
    step(&mut stage, serial, "application", StepTold::Undone);
    stage.event(Event::ShareEnded { serial });
    let shown = progress(&stage);
    assert_eq!(
        (shown.title.as_str(), shown.go_on.as_deref()),
        ("1 of 5 steps is in place", Some("Continue"))
    );
    let effects = stage.ask(Request::UndoShareStep { name: name() });
    let [Effect::UndoShareStep { serial, .. }] = effects[..] else { panic!("{effects:?}") };
    step(&mut stage, serial, "policy", StepTold::Undone);
    stage.event(Event::ShareEnded { serial });
    assert_eq!(stage.snapshot().toast.unwrap().text, "Stopped. Nothing is left at Cloudflare");
    assert_eq!(form_view(&stage).start, form(), "what was filled in is there still");
    assert_eq!(form_view(&stage).in_place, None);
}

#[test]
fn all_of_it_is_undone_while_it_is_under_way() {
    let (mut stage, serial) = started();
    done(&mut stage, serial, &["policy", "application"]);
    assert_eq!(stage.ask(Request::UndoSharing { name: name() }), [Effect::StopShare { serial }]);
    assert_eq!(stage.ask(Request::UndoSharing { name: name() }), [], "once");
    let effects = stage.event(Event::ShareEnded { serial });
    let [Effect::Unshare { serial, .. }, Effect::ReadShares] = effects[..] else { panic!("{effects:?}") };
    step(&mut stage, serial, "application", StepTold::Undone);
    assert_eq!(states(&stage)[..2], [ShareStepState::Done, ShareStepState::Undone], "the same list");
    stage.event(Event::ShareTold { serial, told: ShareTold::Unshared });
    assert_eq!(form_view(&stage).in_place, None);
    assert_eq!(form_view(&stage).start, form());
}
