//! Sharing this machine, from the API token to the end.

use super::share_stage::*;
use super::stage::*;
use crate::*;

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
    assert_eq!(stage.ask(Request::EditShare { form: wrong.clone() }), [Effect::ReadGroups]);
    let shown = form_view(&stage);
    assert_eq!(shown.hostname_error.as_deref(), Some("studio is not a hostname such as studio.acme.dev."));
    assert_eq!(shown.allow_error.as_deref(), Some("Add at least one person, group or domain."));
    wrong.allow = vec!["everyone".to_owned(), "jo@corp.test".to_owned()];
    wrong.port = "0".to_owned();
    stage.ask(Request::EditShare { form: wrong });
    let shown = form_view(&stage);
    assert_eq!(shown.faults, ["everyone"]);
    let error = "everyone is neither an e-mail address nor a domain such as @acme.dev.";
    assert_eq!(shown.allow_error.as_deref(), Some(error));
    assert!(shown.port_error.is_some());
    assert_eq!(stage.wait_seconds(5), [], "nothing to look at");

    stage.ask(Request::EditShare { form: form() });
    assert_eq!(stage.wait(300), []);
    stage.ask(Request::EditShare { form: form() });
    assert_eq!(stage.wait(300), [], "the form changed in between");
    assert_eq!(stage.wait(100).len(), 1);
}

#[test]
fn groups_are_offered_and_a_name_that_is_none_gets_the_nearest() {
    let mut stage = open(true);
    let with =
        |allow: &[&str]| ShareForm { allow: allow.iter().map(|&whom| whom.to_owned()).collect(), ..form() };
    stage.ask(Request::EditShare { form: with(&["group:Platfrom"]) });
    assert_eq!(form_view(&stage).allow_error, None, "which groups there are is not known yet");
    let group = |id: &str, name: &str| GroupFact { id: id.to_owned(), name: name.to_owned() };
    stage.event(Event::Groups(vec![group("1", "Contractors, Lisbon"), group("2", "Platform")]));
    let shown = form_view(&stage);
    assert_eq!(shown.groups, ["Contractors, Lisbon", "Platform"]);
    assert_eq!(shown.faults, ["group:Platfrom"]);
    assert_eq!(shown.allow_error.as_deref(), Some("There is no group Platfrom. Did you mean Platform?"));
    stage.ask(Request::EditShare { form: with(&["platfrm"]) });
    let error = "platfrm is neither an address nor a group. Did you mean the group Platform?";
    assert_eq!(form_view(&stage).allow_error.as_deref(), Some(error));
    assert_eq!(
        stage.ask(Request::EditShare { form: with(&["group:Platform", "group:Contractors, Lisbon"]) }),
        []
    );
    assert_eq!(form_view(&stage).allow_error, None);
    let effects = stage.wait(400);
    let [Effect::PlanShare { wish, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(wish.allow, ["group:Platform", "group:1"], "a comma parts those who may connect");
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
    assert_eq!(stage.snapshot().sharing, "On");
    assert_eq!(running(&stage).line, "Shared since 12:30. jo@corp.test may connect.");
}

#[test]
fn stopping_asks_first_and_keeps_the_address_unless_told_otherwise() {
    let (mut stage, serial) = shared();
    stage.ask(Request::StopSharing { name: STUDIO.to_owned() });
    let question = stage.snapshot().question.unwrap();
    assert_eq!(
        (question.title.as_str(), question.yes.as_str()),
        ("Stop sharing studio.acme.dev?", "Stop sharing")
    );
    assert!(question.also.is_some());
    assert_eq!(stage.ask(Request::Answer { yes: false, also: true }), []);
    assert!(stage.snapshot().question.is_none() && stage.snapshot().sharing == "On");

    stage.ask(Request::StopSharing { name: STUDIO.to_owned() });
    assert_eq!(stage.ask(Request::Answer { yes: true, also: false }), [Effect::StopShare { serial }]);
    stage.event(Event::ShareEnded { serial });
    let ShareStage::Resting(resting) = view(&stage).stage else { panic!("{:?}", view(&stage).stage) };
    assert!(resting.button.is_some() && resting.title.contains("does not answer"));
    let effects = stage.ask(Request::AnswerAgain { name: STUDIO.to_owned() });
    assert!(matches!(&effects[..], [Effect::RunShare { hostname, .. }] if hostname == "studio.acme.dev"));
}

#[test]
fn all_of_it_is_taken_away_when_that_is_chosen() {
    let (mut stage, serial) = shared();
    stage.ask(Request::StopSharing { name: STUDIO.to_owned() });
    let effects = stage.ask(Request::Answer { yes: true, also: true });
    let [Effect::Unshare { serial: undoing, .. }] = effects[..] else { panic!("{effects:?}") };
    step(&mut stage, undoing, "dns-record", StepTold::Undone);
    assert_eq!(progress(&stage).title, "Taking it away");
    let effects = stage.event(Event::ShareTold { serial: undoing, told: ShareTold::Unshared });
    assert!(effects.contains(&Effect::StopShare { serial }), "{effects:?}");
    assert_eq!(stage.snapshot().sharing, "");
    assert_eq!(stage.snapshot().toast.unwrap().text, "studio.acme.dev is not shared any more");
    assert!(matches!(view(&stage).stage, ShareStage::Form(_)));
}

#[test]
fn what_cannot_be_taken_away_is_said() {
    let (mut stage, _) = shared();
    stage.ask(Request::StopSharing { name: STUDIO.to_owned() });
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
    let shares = || shares(&["studio.acme.dev"]);
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
    let effects = stage.ask(Request::CopyInvitation { name: STUDIO.to_owned() });
    assert!(matches!(&effects[..], [Effect::Copy { text }] if text.contains("ssh studio")));
    stage.event(Event::Logins(Ok(vec![login("build-01", 0, 5 * HOUR, None)])));
    assert_eq!(stage.tray().icon, TrayIcon::Sharing);
}
