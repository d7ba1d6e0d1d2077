//! A login that the keychain did not take.

use wire::Cause;

use super::stage::*;
use crate::*;

fn refused() -> Cause {
    Cause::KeychainRefused { why: "access denied".to_owned() }
}

/// A person has logged in, and the keychain has refused the login.
fn unsaved() -> Stage {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    stage.event(Event::Window(true));
    stage.ask(Request::LogIn { alias: "a".to_owned() });
    stage.event(Event::LogIn { attempt: 1, step: link(300) });
    stage.event(Event::LogInEnded { attempt: 1, result: Ok(login("a", 0, HOUR, None)) });
    stage.event(Event::LoginUnsaved { hostname: "a.acme.dev".to_owned(), cause: refused() });
    stage
}

fn problem(stage: &Stage) -> ProblemView {
    stage.snapshot().log_in.unwrap().outcome.unwrap().problem
}

#[test]
fn it_works_and_the_person_is_asked_what_to_do() {
    let mut stage = unsaved();
    let shown = problem(&stage);
    assert_eq!(
        (shown.cause.as_str(), shown.title.as_str()),
        ("keychain-refused", "The login could not be saved.")
    );
    assert_eq!(shown.why, "Your keyring said no. It stays in memory until you quit.");
    assert!(shown.details.contains("\nReason: access denied\n"), "{}", shown.details);
    let labels: Vec<_> = shown.buttons.iter().map(|button| button.label.as_str()).collect();
    assert_eq!(labels, ["Try again", "Keep in memory"]);
    assert_eq!(stage.lines("a").0, "Until 13:30", "it is a login all the same");
    assert_eq!(stage.ask(Request::KeepInMemory), []);
    assert_eq!(stage.snapshot().log_in, None);
    assert_eq!(stage.lines("a").0, "Until 13:30");
}

#[test]
fn trying_again_saves_and_does_not_log_in_again() {
    let mut stage = unsaved();
    assert_eq!(stage.ask(Request::RetryLogIn), [Effect::SaveLogins]);
    let saving = stage.snapshot().log_in.unwrap();
    assert_eq!((saving.outcome, saving.steps[1].label.as_str()), (None, "Save the login in your keyring"));
    assert_eq!(stage.ask(Request::RetryLogIn), [], "once is enough");
    stage.event(Event::LoginsSaved(Err(Cause::KeychainLocked)));
    assert_eq!(problem(&stage).why, "Your keyring is locked. It stays in memory until you quit.");
    assert_eq!(stage.ask(Request::RetryLogIn), [Effect::SaveLogins]);
    stage.event(Event::LoginsSaved(Ok(())));
    let snapshot = stage.snapshot();
    assert_eq!(
        (snapshot.log_in, snapshot.toast.unwrap().text.as_str()),
        (None, "The login is saved in your keyring")
    );
}

#[test]
fn whoever_puts_the_question_away_is_not_asked_again() {
    let mut stage = unsaved();
    stage.ask(Request::RetryLogIn);
    stage.ask(Request::CancelLogIn);
    stage.event(Event::LoginsSaved(Err(refused())));
    assert_eq!(stage.snapshot().log_in, None);
}
