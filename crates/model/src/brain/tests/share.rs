//! Sharing this machine, from the API token to the end.

use super::stage::*;
use crate::*;

fn fact(hostname: &str) -> ShareFact {
    ShareFact { hostname: hostname.to_owned(), port: 22, people: "jo@corp.test".to_owned(), is_whole: true }
}

fn form() -> ShareForm {
    ShareForm {
        hostname: "studio.acme.dev".to_owned(),
        allow: vec!["jo@corp.test".to_owned(), "@acme.dev".to_owned()],
        ..ShareForm::default()
    }
}

fn plan() -> SharePlan {
    let step = |step: &str| PlannedStep { step: step.to_owned(), what: format!("what {step} does") };
    let steps = ["policy", "application", "tunnel", "connector", "dns-record"].map(step);
    SharePlan { team: "acme".to_owned(), steps: steps.into(), warning: None }
}

/// The page is open, and nothing is shared.
fn open(has_token: bool) -> Stage {
    let mut stage = Stage::with(&["build-01"], vec![]);
    let effects = stage.ask(Request::Go { page: Page::Share });
    assert_eq!(effects, [Effect::ShowWindow, Effect::ReadShares]);
    stage.event(Event::Shares { shares: Ok(Vec::new()), has_token });
    stage
}

fn view(stage: &Stage) -> ShareView {
    stage.snapshot().share.unwrap()
}

fn form_view(stage: &Stage) -> ShareFormView {
    let ShareStage::Form(form) = view(stage).stage else { panic!("{:?}", view(stage).stage) };
    *form
}

fn progress(stage: &Stage) -> ShareProgress {
    let ShareStage::Progress(progress) = view(stage).stage else { panic!("{:?}", view(stage).stage) };
    progress
}

fn running(stage: &Stage) -> ShareRunning {
    let ShareStage::Running(running) = view(stage).stage else { panic!("{:?}", view(stage).stage) };
    *running
}

fn step(stage: &mut Stage, serial: u64, step: &str, told: StepTold) {
    let told = ShareTold::Step { step: step.to_owned(), told };
    stage.event(Event::ShareTold { serial, told });
}

/// The form is filled and looked at.
fn planned() -> Stage {
    let mut stage = open(true);
    stage.ask(Request::EditShare { form: form() });
    let effects = stage.wait(400);
    let [Effect::PlanShare { serial, wish }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((wish.hostname.as_str(), wish.session.as_str(), wish.port), ("studio.acme.dev", "8h", 22));
    stage.event(Event::SharePlanned { serial: *serial, plan: Ok(plan()) });
    stage
}

fn started() -> (Stage, u64) {
    let mut stage = planned();
    let effects = stage.ask(Request::StartSharing);
    let [Effect::Share { serial, .. }] = effects[..] else { panic!("{effects:?}") };
    (stage, serial)
}

fn shared() -> (Stage, u64) {
    let (mut stage, serial) = started();
    for index in 0..4 {
        let told = LinkTold::Up { location: "lhr01".to_owned(), protocol: "quic".to_owned() };
        stage.event(Event::LinkNews { serial, news: LinkNews { at: noon(), index, told } });
    }
    let told =
        ShareTold::Shared { share: fact("studio.acme.dev"), sshd: Some("TrustedUserCAKeys".to_owned()) };
    stage.event(Event::ShareTold { serial, told });
    (stage, serial)
}

fn problem(cause: &str, title: &str) -> Problem {
    Problem::told(
        cause.to_owned(),
        title.to_owned(),
        "Why.".to_owned(),
        "Make one at https://long".to_owned(),
    )
}

#[test]
fn without_a_token_it_is_asked_for_and_kept() {
    let mut stage = open(false);
    let ShareStage::Token(token) = view(&stage).stage else { panic!("no token is asked for") };
    assert!(token.permissions.contains(&"Zone, DNS, Edit".to_owned()) && !token.can_leave);
    let link = "https://dash.cloudflare.com/make".to_owned();
    assert_eq!(stage.ask(Request::OpenApiTokenPage), [Effect::OpenLink { team: None, link }]);
    assert_eq!(stage.ask(Request::KeepApiToken { token: Secret::new("  ") }), []);
    let token = Secret::new("secret");
    assert_eq!(stage.ask(Request::KeepApiToken { token: token.clone() }), [Effect::KeepApiToken { token }]);
    stage.event(Event::ApiTokenKept(Err(wire::Cause::KeychainLocked)));
    assert!(view(&stage).problem.unwrap().title.contains("locked"));
    stage.ask(Request::KeepApiToken { token: Secret::new("secret") });
    stage.event(Event::ApiTokenKept(Ok(())));
    assert!(!form_view(&stage).can_share);
}

#[test]
fn the_form_says_what_is_wrong_and_is_looked_at_once_it_rests() {
    let mut stage = open(true);
    let mut wrong = ShareForm { hostname: "studio".to_owned(), ..ShareForm::default() };
    assert_eq!(stage.ask(Request::EditShare { form: wrong.clone() }), []);
    let shown = form_view(&stage);
    assert_eq!(shown.hostname_error.as_deref(), Some("studio is not a hostname such as studio.acme.dev."));
    assert_eq!(shown.allow_error.as_deref(), Some("Add at least one person or domain."));
    wrong.allow = vec!["everyone".to_owned(), "jo@corp.test".to_owned()];
    wrong.port = "0".to_owned();
    stage.ask(Request::EditShare { form: wrong });
    let shown = form_view(&stage);
    assert_eq!(shown.faults, ["everyone"]);
    assert!(shown.port_error.is_some());
    assert_eq!(stage.wait_seconds(5), [], "nothing to look at");

    stage.ask(Request::EditShare { form: form() });
    assert_eq!(stage.wait(300), []);
    stage.ask(Request::EditShare { form: form() });
    assert_eq!(stage.wait(300), [], "the form changed in between");
    assert_eq!(stage.wait(100).len(), 1);
}

#[test]
fn an_answer_to_an_older_form_is_not_shown() {
    let mut stage = open(true);
    stage.ask(Request::EditShare { form: form() });
    let [Effect::PlanShare { serial, .. }] = stage.wait(400)[..] else { panic!("no plan") };
    stage.ask(Request::EditShare { form: ShareForm { port: "2222".to_owned(), ..form() } });
    stage.event(Event::SharePlanned { serial, plan: Ok(plan()) });
    assert!(form_view(&stage).plan.is_empty() && !form_view(&stage).can_share);
    assert_eq!(stage.ask(Request::StartSharing), []);
}

#[test]
fn the_plan_says_what_happens_where() {
    let shown = form_view(&planned());
    let steps: Vec<_> = shown.plan.iter().map(|step| (step.label.as_str(), step.place.as_str())).collect();
    assert_eq!(
        steps[2..],
        [
            ("Create a tunnel", "Cloudflare"),
            ("Run the tunnel", "This computer"),
            ("Point the address at it", "Cloudflare")
        ]
    );
    assert!(shown.can_share && !shown.looking);
    assert_eq!(shown.hint, "People run ssh studio.acme.dev");
}

#[test]
fn what_is_in_the_way_is_said_and_a_token_can_be_changed() {
    let mut stage = open(true);
    stage.ask(Request::EditShare { form: form() });
    let [Effect::PlanShare { serial, .. }] = stage.wait(400)[..] else { panic!("no plan") };
    let lacks = problem("share-rights", "The API token may not do all that sharing takes.");
    stage.event(Event::SharePlanned { serial, plan: Err(lacks) });
    let obstacle = form_view(&stage).obstacle.unwrap();
    let labels: Vec<_> = obstacle.buttons.iter().map(|button| button.label.as_str()).collect();
    assert_eq!(labels, ["Make a token…", "Use another token…", "Look again"]);
    assert!(!obstacle.next.contains("https://"));
    stage.ask(Request::ChangeApiToken { change: true });
    assert!(matches!(view(&stage).stage, ShareStage::Token(ShareToken { can_leave: true, .. })));
    stage.ask(Request::ChangeApiToken { change: false });
    assert!(matches!(stage.ask(Request::PlanShareAgain)[..], [Effect::PlanShare { .. }]));
}

#[test]
fn the_steps_are_followed_until_it_is_shared() {
    let (mut stage, serial) = started();
    assert_eq!(progress(&stage).title, "Step 1 of 5");
    step(&mut stage, serial, "policy", StepTold::Began);
    step(&mut stage, serial, "policy", StepTold::Done("jo may enter".to_owned()));
    step(&mut stage, serial, "application", StepTold::Began);
    let note =
        ShareTold::Note { text: "log in in your browser".to_owned(), link: Some("https://a.b".to_owned()) };
    stage.event(Event::ShareTold { serial, told: note });
    let shown = progress(&stage);
    assert_eq!(shown.link.as_deref(), Some("https://a.b"));
    assert_eq!((shown.title.as_str(), shown.done, shown.all), ("Step 2 of 5", 1, 5));
    assert_eq!(shown.note, "Log in in your browser");
    assert_eq!(
        (shown.steps[0].detail.as_str(), shown.steps[0].state),
        ("Jo may enter", ShareStepState::Done)
    );
    assert_eq!(shown.steps[1].state, ShareStepState::Running);
    let told = ShareTold::Shared { share: fact("studio.acme.dev"), sshd: None };
    stage.event(Event::ShareTold { serial, told });
    assert!(stage.snapshot().sharing);
    assert_eq!(running(&stage).line, "Shared since 12:30. jo@corp.test may connect.");
}

#[test]
fn a_step_that_fails_is_named_and_can_be_tried_again() {
    let (mut stage, serial) = started();
    step(&mut stage, serial, "policy", StepTold::Done(String::new()));
    step(
        &mut stage,
        serial,
        "application",
        StepTold::Failed(problem("api-refused", "Cloudflare refused it.")),
    );
    assert_eq!(progress(&stage).title, "Taking back what was made");
    step(&mut stage, serial, "policy", StepTold::Undone);
    stage.event(Event::ShareTold { serial, told: ShareTold::Failed(problem("api-refused", "Again.")) });
    assert_eq!(stage.event(Event::ShareEnded { serial }), [Effect::ReadShares]);
    let shown = progress(&stage);
    assert!(shown.is_over && shown.can_retry && !shown.can_call_off);
    assert_eq!(view(&stage).problem.unwrap().title, "Cloudflare refused it.");
    assert!(matches!(stage.ask(Request::StartSharing)[..], [Effect::Share { .. }]));
}

#[test]
fn called_off_nothing_is_left() {
    let (mut stage, serial) = started();
    step(&mut stage, serial, "policy", StepTold::Done(String::new()));
    assert_eq!(stage.ask(Request::CallOffSharing), [Effect::StopShare { serial }]);
    assert!(!progress(&stage).can_call_off);
    step(&mut stage, serial, "policy", StepTold::Undone);
    let effects = stage.event(Event::ShareEnded { serial });
    assert!(matches!(effects[..], [Effect::PlanShare { .. }, Effect::ReadShares]), "{effects:?}");
    assert!(!form_view(&stage).again);
    assert_eq!(stage.snapshot().toast.unwrap().text, "Called off. Nothing is left at Cloudflare");
}

#[test]
fn connections_are_counted_and_what_happens_is_told() {
    let (mut stage, serial) = shared();
    assert_eq!((running(&stage).count.as_str(), running(&stage).links.len()), ("4 of 4", 4));
    assert_eq!(running(&stage).sshd.as_deref(), Some("TrustedUserCAKeys"));
    stage.now.at += jiff::Span::new().minutes(18);
    let link = running(&stage).links[0].clone();
    assert_eq!(
        (link.location.as_str(), link.protocol.as_str(), link.up_for.as_str()),
        ("lhr01", "QUIC", "18 min")
    );
    let lost = LinkNews { at: noon() + 18 * MINUTE, index: 3, told: LinkTold::Lost("no answer".to_owned()) };
    stage.event(Event::LinkNews { serial, news: lost });
    let shown = running(&stage);
    assert_eq!(shown.count, "3 of 4. People can still connect.");
    assert_eq!((shown.events[0].time.as_str(), shown.events[0].tone), ("12:48", Tone::Warn));
    assert_eq!(shown.events[0].text, "Connection 4 lost: no answer. Trying again");
    assert!(shown.log.starts_with("12:48 Connection 4 lost"));
    let told = LinkTold::Up { location: "ams03".to_owned(), protocol: "http2".to_owned() };
    stage.event(Event::LinkNews { serial, news: LinkNews { at: noon() + 19 * MINUTE, index: 3, told } });
    let events = running(&stage).events;
    assert_eq!(events[0].text, "All 4 connections up");
    assert_eq!(events[1].text, "Connection 4 is back in ams03, over HTTP/2");
    assert!(running(&stage).invitation.contains("sallyport host add studio.acme.dev"));
}

#[test]
fn stopping_asks_first_and_keeps_the_address_unless_told_otherwise() {
    let (mut stage, serial) = shared();
    stage.ask(Request::StopSharing);
    let question = stage.snapshot().question.unwrap();
    assert_eq!(
        (question.title.as_str(), question.yes.as_str()),
        ("Stop sharing studio.acme.dev?", "Stop sharing")
    );
    assert!(question.also.is_some());
    assert_eq!(stage.ask(Request::Answer { yes: false, also: true }), []);
    assert!(stage.snapshot().question.is_none() && stage.snapshot().sharing);

    stage.ask(Request::StopSharing);
    assert_eq!(stage.ask(Request::Answer { yes: true, also: false }), [Effect::StopShare { serial }]);
    stage.event(Event::ShareEnded { serial });
    let ShareStage::Resting(resting) = view(&stage).stage else { panic!("{:?}", view(&stage).stage) };
    assert!(resting.can_answer && resting.title.contains("does not answer"));
    let effects = stage.ask(Request::AnswerAgain);
    assert!(matches!(&effects[..], [Effect::RunShare { hostname, .. }] if hostname == "studio.acme.dev"));
}

#[test]
fn all_of_it_is_taken_away_when_that_is_chosen() {
    let (mut stage, serial) = shared();
    stage.ask(Request::StopSharing);
    let effects = stage.ask(Request::Answer { yes: true, also: true });
    let [Effect::Unshare { serial: undoing, .. }] = effects[..] else { panic!("{effects:?}") };
    step(&mut stage, undoing, "dns-record", StepTold::Undone);
    assert_eq!(progress(&stage).title, "Taking it away");
    let effects = stage.event(Event::ShareTold { serial: undoing, told: ShareTold::Unshared });
    assert!(effects.contains(&Effect::StopShare { serial }), "{effects:?}");
    assert!(!stage.snapshot().sharing);
    assert_eq!(stage.snapshot().toast.unwrap().text, "studio.acme.dev is not shared any more");
    assert!(matches!(view(&stage).stage, ShareStage::Form(_)));
}

#[test]
fn what_cannot_be_taken_away_is_said() {
    let (mut stage, _) = shared();
    stage.ask(Request::StopSharing);
    let effects = stage.ask(Request::Answer { yes: true, also: true });
    let [Effect::Unshare { serial, .. }] = effects[..] else { panic!("{effects:?}") };
    step(&mut stage, serial, "tunnel", StepTold::Left(problem("api-busy", "Cloudflare is busy.")));
    stage.event(Event::ShareEnded { serial });
    assert_eq!(progress(&stage).title, "Not all of it could be taken away");
    assert_eq!(view(&stage).problem.unwrap().title, "Cloudflare is busy.");
    stage.ask(Request::CloseShareSteps);
    assert!(matches!(view(&stage).stage, ShareStage::Running(_)), "it still answers");
}

#[test]
fn quitting_asks_while_it_is_shared() {
    let mut stage = open(true);
    assert_eq!(stage.ask(Request::Quit), [Effect::Quit]);
    let (mut stage, _) = shared();
    assert_eq!(stage.ask(Request::Quit), [Effect::ShowWindow]);
    assert_eq!(stage.snapshot().question.unwrap().title, "Stop sharing studio.acme.dev and quit?");
    assert_eq!(stage.ask(Request::Answer { yes: true, also: false }), [Effect::Quit]);
}

#[test]
fn the_program_answers_again_at_its_start_if_that_was_chosen() {
    let shares = || Event::Shares { shares: Ok(vec![fact("studio.acme.dev")]), has_token: true };
    let mut stage = Stage::with(&[], vec![]);
    assert_eq!(stage.event(shares()), []);
    assert_eq!(stage.ask(Request::AnswerAtStart { on: true }), [Effect::AnswerAtStart { on: true }]);
    assert_eq!(stage.event(shares()), [], "it is no start");

    let mut stage = Stage::bare();
    stage.model.facts.answer_at_start = true;
    stage.give(Input::Started);
    let effects = stage.event(shares());
    assert!(matches!(&effects[..], [Effect::RunShare { .. }]), "{effects:?}");
    let [Effect::RunShare { serial, .. }] = effects[..] else { unreachable!() };
    let failed = ShareTold::Failed(problem("keychain-locked", "Your keyring is locked."));
    stage.event(Event::ShareTold { serial, told: failed });
    stage.event(Event::ShareEnded { serial });
    stage.ask(Request::Go { page: Page::Share });
    assert_eq!(view(&stage).problem.unwrap().title, "Your keyring is locked.");
}

#[test]
fn the_tray_says_that_it_is_shared() {
    let (mut stage, _) = shared();
    stage.event(Event::Logins(Ok(vec![unused("build-01")])));
    let tray = stage.tray();
    // The login of the host needs the person as well.
    assert_eq!(tray.icon, TrayIcon::SharingAttention);
    assert_eq!(tray.tooltip, "Sallyport: shared as studio.acme.dev");
    let labels = tray.menu.iter().filter_map(|item| match item {
        MenuItem::Act { label, .. } => Some(label.as_str()),
        MenuItem::Text(_) | MenuItem::Separator | MenuItem::Submenu { .. } => None,
    });
    let labels: Vec<_> = labels.collect();
    assert_eq!(labels[..2], ["Copy invitation", "Stop sharing…"]);
    assert!(!labels.contains(&"Share this computer…"));
    let effects = stage.ask(Request::CopyInvitation);
    assert!(matches!(&effects[..], [Effect::Copy { text }] if text.contains("ssh studio")));
    stage.event(Event::Logins(Ok(vec![login("build-01", 0, 5 * HOUR, None)])));
    assert_eq!(stage.tray().icon, TrayIcon::Sharing);
}
