//! A service runs what is shared: it is set up, taken away, refused, and found again.

use super::share_stage::*;
use super::stage::*;
use crate::*;

fn name() -> String {
    STUDIO.to_owned()
}

fn by(state: ServiceState) -> ServiceFact {
    ServiceFact { whose: Whose::Person, state, streams: None }
}

fn resting(stage: &Stage) -> ShareResting {
    let ShareStage::Resting(resting) = view(stage).stage else { panic!("{:?}", view(stage).stage) };
    *resting
}

fn switched(stage: &mut Stage, result: Result<Option<ServiceFact>, Problem>) -> Vec<Effect> {
    stage.event(Event::ServiceSwitched { hostname: name(), result })
}

/// The program starts where a service runs what is shared.
fn found(service: ServiceFact) -> Stage {
    let mut stage = Stage::bare();
    stage.model.facts.answer_at_start = true;
    stage.give(Input::Started);
    let share = ShareFact { service: Some(service), ..fact(STUDIO) };
    let event = Event::Shares { shares: Ok(vec![share]), found: Vec::new(), has_token: true };
    assert_eq!(stage.event(event), []);
    stage.ask(Request::Go { page: Page::Share });
    stage
}

#[test]
fn what_the_system_runs_is_left_to_it() {
    let mut stage = found(by(ServiceState::Running));
    let resting = resting(&stage);
    let switch = resting.service.unwrap();
    assert!(switch.on && !switch.busy);
    assert_eq!(switch.help, resting.text);
    assert_eq!(resting.text, "Runs as a service. Quitting Sallyport does not stop it.");
    assert!(resting.button.is_none() && resting.can_stop);
    assert_eq!(stage.ask(Request::AnswerAgain { name: name() }), []);
    assert_eq!(stage.ask(Request::Quit), [Effect::Quit], "quitting stops nothing");
}

#[test]
fn a_service_takes_its_place() {
    let (mut stage, serial) = shared();
    let switch = running(&stage).service.unwrap();
    assert!(!switch.on && !switch.busy);
    assert_eq!(switch.help, "Runs as a service when you log in.");
    let effects = stage.ask(Request::RunAsService { name: name(), on: true });
    assert_eq!(effects, [Effect::SwitchService { hostname: name(), on: true }]);
    let switch = running(&stage).service.unwrap();
    assert!(switch.on && switch.busy);
    assert_eq!(switch.help, "Setting up the service…");
    assert_eq!(stage.ask(Request::RunAsService { name: name(), on: true }), [], "once");
    stage.ask(Request::StopSharing { name: name() });
    assert!(stage.snapshot().question.is_none(), "one thing at a time");

    let effects = switched(&mut stage, Ok(Some(by(ServiceState::Running))));
    assert_eq!(effects, [Effect::StopShare { serial }, Effect::ReadShares]);
    let switch = running(&stage).service.unwrap();
    assert!(switch.on && !switch.busy);
    assert_eq!(switch.help, "Runs as a service. Quitting Sallyport does not stop it.");
    assert_eq!(stage.event(Event::ShareEnded { serial }), [Effect::ReadShares], "nobody need be told");
    assert_eq!(resting(&stage).title, "studio.acme.dev is shared.");
    assert_eq!(resting(&stage).text, switch.help);
    assert_eq!(stage.ask(Request::Quit), [Effect::Quit], "it goes on without the program");
}

#[test]
fn without_its_service_the_desktop_runs_it() {
    let mut stage = found(by(ServiceState::Running));
    let effects = stage.ask(Request::RunAsService { name: name(), on: false });
    assert_eq!(effects, [Effect::SwitchService { hostname: name(), on: false }]);
    let switch = resting(&stage).service.unwrap();
    assert!(!switch.on && switch.busy);
    let effects = switched(&mut stage, Ok(None));
    let [Effect::RunShare { serial, hostname, by_http2: false }, Effect::ReadShares] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(*hostname, name());
    stands(&mut stage, *serial, status(4));
    let told = ShareTold::Shared { share: fact(STUDIO), sshd: None };
    stage.event(Event::ShareTold { serial: *serial, told });
    assert!(!running(&stage).service.unwrap().on);
    assert_eq!(running(&stage).count, "4 of 4");
}

#[test]
fn a_service_that_cannot_be_had_changes_nothing() {
    let (mut stage, _) = shared();
    stage.model.facts.services = Whose::Machine;
    stage.ask(Request::RunAsService { name: name(), on: true });
    let refused = problem("misuse", "this system knows services of the machine's only; do it as root");
    assert_eq!(switched(&mut stage, Err(refused)), [Effect::ReadShares]);
    let switch = running(&stage).service.unwrap();
    assert!(!switch.on && !switch.busy);
    assert_eq!(switch.help, "Runs as a service, even before anyone logs in.");
    let told = switch.problem.unwrap();
    assert_eq!(told.title, "The service could not be set up.");
    assert_eq!(told.why, "This system knows services of the machine's only; do it as root.");
    assert_eq!((running(&stage).count.as_str(), view(&stage).problem), ("4 of 4", None));
    stage.ask(Request::RunAsService { name: name(), on: true });
    assert_eq!(running(&stage).service.unwrap().problem, None, "another attempt");

    let mut stage = found(by(ServiceState::Running));
    stage.ask(Request::RunAsService { name: name(), on: false });
    assert_eq!(switched(&mut stage, Err(problem("misuse", "the keychain is locked"))), [Effect::ReadShares]);
    let switch = resting(&stage).service.unwrap();
    assert!(switch.on && !switch.busy);
    assert_eq!(switch.problem.unwrap().title, "The service could not be taken away.");
}

#[test]
fn how_a_service_is_shows_after_a_restart() {
    for (state, title, text) in [
        (ServiceState::Starting, "studio.acme.dev is shared.", "Its service is starting."),
        (ServiceState::Stopped, "studio.acme.dev is shared, but does not answer.", "Its service is stopped."),
        (ServiceState::Failed, "studio.acme.dev is shared, but does not answer.", "Its service has failed."),
        (ServiceState::Gone, "studio.acme.dev is shared, but does not answer.", "Its service is gone"),
    ] {
        let stage = found(by(state));
        let shown = resting(&stage);
        assert_eq!(shown.title, title);
        assert!(shown.text.starts_with(text), "{}", shown.text);
        let switch = shown.service.unwrap();
        assert!(switch.on && shown.button.is_none());
        assert_eq!(switch.help, "Runs as a service when you log in.");
    }
}

#[test]
fn what_a_service_runs_counts_in_sidebar_and_tray() {
    let mut stage = found(by(ServiceState::Running));
    assert_eq!(stage.snapshot().sharing, "On");
    assert_eq!(stage.tray().tooltip, "Sallyport: shared as studio.acme.dev");
    assert_eq!(stage.wait_seconds(59), []);
    assert_eq!(stage.wait_seconds(1), [Effect::ReadServices]);
    let now = |streams: Option<u64>, state: ServiceState| {
        let service = Some(ServiceFact { streams, ..by(state) });
        Event::Services(vec![ShareFact { service, ..fact(STUDIO) }])
    };
    stage.event(now(Some(2), ServiceState::Running));
    assert_eq!(stage.tray().tooltip, "Sallyport: shared as studio.acme.dev, 2 connected");
    assert_eq!(stage.ask(Request::Quit), [Effect::Quit], "it goes on without the program");
    stage.event(now(Some(0), ServiceState::Failed));
    assert_eq!(stage.snapshot().sharing, "");
    assert_ne!(stage.tray().icon, TrayIcon::Sharing);
    stage.ask(Request::RunAsService { name: name(), on: false });
    switched(&mut stage, Ok(None));
    stage.event(now(Some(1), ServiceState::Running));
    assert_eq!(stage.snapshot().sharing, "", "an answer from before it was taken away");
}
