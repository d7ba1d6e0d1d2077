//! The log-in dialog.

use wire::Cause;

use super::stage::*;
use crate::*;

fn start(stage: &mut Stage, alias: &str) -> u64 {
    let effects = stage.ask(Request::LogIn { alias: alias.to_owned() });
    match effects.as_slice() {
        [Effect::LogIn { attempt, .. }] => *attempt,
        other => panic!("{other:?}"),
    }
}

fn waiting(stage: &mut Stage, alias: &str) -> u64 {
    let attempt = start(stage, alias);
    stage.event(Event::LogIn { attempt, step: link(300) });
    stage.event(opened(true));
    attempt
}

fn dialog(stage: &Stage) -> LogInView {
    stage.snapshot().log_in.unwrap()
}

fn steps(stage: &Stage) -> Vec<(StepState, String)> {
    dialog(stage).steps.into_iter().map(|step| (step.state, step.label)).collect()
}

#[test]
fn the_dialog_says_what_is_done_and_what_is_next() {
    let mut stage = Stage::with(&["a", "b"], vec![unused("a"), unused("b")]);
    stage.event(Event::Window(true));
    let attempt = start(&mut stage, "a");
    let view = dialog(&stage);
    assert!(view.visible);
    assert_eq!(
        (view.title.as_str(), view.subtitle.as_str()),
        ("Finish logging in to acme", "a and 1 other host")
    );
    assert_eq!(steps(&stage)[0], (StepState::Running, "Opening Firefox…".to_owned()));
    assert_eq!(stage.lines("a"), ("Logging in…".to_owned(), "Waiting for Firefox".to_owned()));
    assert_eq!(stage.row("a").button.label, "Cancel");

    stage.event(Event::LogIn { attempt, step: link(300) });
    assert_eq!(steps(&stage)[0], (StepState::Running, "Opening Firefox…".to_owned()));
    stage.event(opened(true));
    let view = dialog(&stage);
    assert_eq!((view.works_until.as_str(), view.code_first), ("12:35", false));
    assert_eq!(view.works_until_ms, Some((noon() + 300) * 1000));
    assert_eq!(steps(&stage)[0], (StepState::Done, "Firefox opened".to_owned()));
    assert_eq!(steps(&stage)[1], (StepState::Running, "Log in there".to_owned()));
    assert_eq!(steps(&stage)[2], (StepState::Todo, "Save the login in your keyring".to_owned()));
    assert_eq!(stage.snapshot().foot.line2, "Waiting for Firefox");

    stage.event(Event::LogIn { attempt, step: LogInStep::Saving });
    assert_eq!(steps(&stage)[2].0, StepState::Running);
}

#[test]
fn a_network_that_goes_while_a_person_is_waited_for_ends_nothing() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    waiting(&mut stage, "a");
    stage.ask(Request::Online { online: false });
    assert_eq!(steps(&stage)[1], (StepState::Warning, "Connection lost".to_owned()));
    assert_eq!(dialog(&stage).steps[1].detail, "Still waiting. The link keeps working when you are back.");
    stage.ask(Request::Online { online: true });
    assert_eq!(steps(&stage)[1], (StepState::Running, "Log in there".to_owned()));
}

#[test]
fn without_a_browser_the_code_shows_at_once() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    let attempt = start(&mut stage, "a");
    let effects = stage.event(Event::LogIn { attempt, step: link(300) });
    assert!(matches!(effects.as_slice(), [Effect::OpenLink { .. }]), "{effects:?}");
    assert_eq!(stage.event(opened(false)), [Effect::ShowWindow], "only there is the link to be had");
    assert!(dialog(&stage).code_first && dialog(&stage).visible);
    assert_eq!(steps(&stage)[0], (StepState::Warning, "No browser opened.".to_owned()));
    assert_eq!(dialog(&stage).steps[0].detail, "Copy the link and open it on any device, or scan the code.");
    stage.event(opened(true));
    assert_eq!(steps(&stage)[0], (StepState::Done, "Firefox opened".to_owned()), "tried again");
}

#[test]
fn a_browser_that_does_not_open_again_is_told_too() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    stage.event(Event::Window(true));
    waiting(&mut stage, "a");
    assert_eq!(stage.ask(Request::HideLogIn), []);
    assert!(matches!(stage.ask(Request::OpenBrowserAgain).as_slice(), [Effect::OpenLink { .. }]));
    assert_eq!(stage.event(opened(false)), [], "the window is in front");
    assert!(dialog(&stage).visible && dialog(&stage).code_first);
}

#[test]
fn its_link_can_be_copied_from_the_tray_as_long_as_it_works() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    let offered = |stage: &Stage| {
        let menu = stage.tray().menu;
        menu.iter().any(|item| matches!(item, MenuItem::Act { request: Request::CopyLogInLink, .. }))
    };
    assert!(!offered(&stage));
    assert_eq!(stage.ask(Request::CopyLogInLink), []);
    waiting(&mut stage, "a");
    assert!(offered(&stage));
    let link = dialog(&stage).link.unwrap();
    assert_eq!(stage.ask(Request::CopyLogInLink), [Effect::Copy { text: link }]);
}

#[test]
fn cancel_stops_it_and_a_late_end_changes_nothing() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    let attempt = waiting(&mut stage, "a");
    assert_eq!(stage.ask(Request::CancelLogIn), [Effect::CancelLogIn { attempt }]);
    assert_eq!(stage.snapshot().log_in, None);
    let result = Err(Cause::LogInCancelled { host: "a.acme.dev".to_owned() });
    assert_eq!(stage.event(Event::LogInEnded { attempt, result }), []);
    assert_eq!(stage.snapshot().log_in, None);
    assert_eq!(stage.lines("a").0, "Not logged in");
}

#[test]
fn hidden_it_goes_on_in_row_and_tray_and_ends_with_a_toast() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    stage.event(Event::Window(true));
    let attempt = waiting(&mut stage, "a");
    stage.ask(Request::HideLogIn);
    assert!(!dialog(&stage).visible);
    assert_eq!(stage.lines("a").1, "Waiting for Firefox");
    assert_eq!(stage.tray().tooltip, "Sallyport: waiting for you to log in to acme");
    assert_eq!(stage.snapshot().groups[0].act.as_ref().unwrap().request, Request::ShowLogIn);
    stage.event(Event::LogInEnded { attempt, result: Ok(login("a", 0, HOUR, None)) });
    assert_eq!(stage.snapshot().toast.unwrap().text, "a is ready until 13:30");
}

#[test]
fn a_link_that_ran_out_offers_a_new_one() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    let attempt = waiting(&mut stage, "a");
    let cause = Cause::LogInTimedOut { host: "a.acme.dev".to_owned(), seconds: 300 };
    stage.event(Event::LogInEnded { attempt, result: Err(cause) });
    let problem = dialog(&stage).outcome.unwrap().problem;
    assert_eq!(
        (problem.title.as_str(), problem.why.as_str()),
        ("The link ran out.", "Links work for 5 min.")
    );
    let labels: Vec<_> = problem.buttons.iter().map(|button| button.label.as_str()).collect();
    assert_eq!(labels, ["Get a new link", "Close"]);
    let again = stage.ask(Request::RetryLogIn);
    assert_eq!(
        again,
        [Effect::LogIn { attempt: attempt + 1, app: "a.acme.dev".to_owned(), from: LogInFrom::AtHand }]
    );
    stage.ask(Request::CancelLogIn);
    assert_eq!(stage.snapshot().log_in, None);
}

#[test]
fn closing_an_outcome_puts_it_away() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    let attempt = waiting(&mut stage, "a");
    let cause = Cause::TransferRefused { host: "a.acme.dev".to_owned(), status: 500 };
    stage.event(Event::LogInEnded { attempt, result: Err(cause) });
    assert!(dialog(&stage).outcome.is_some());
    stage.ask(Request::HideLogIn);
    assert_eq!(stage.snapshot().log_in, None);
}

#[test]
fn policy_that_blocks_is_said_by_dialog_row_and_detail() {
    let mut stage = Stage::with(&["legacy-hr"], vec![unused("legacy-hr")]);
    let attempt = waiting(&mut stage, "legacy-hr");
    let cause = Cause::Blocked {
        host: "legacy-hr.acme.dev".to_owned(),
        email: Some("ada.park@acme.dev".to_owned()),
        ray: Some("8f2c41d09b7e3a55".to_owned()),
    };
    stage.event(Event::LogInEnded { attempt, result: Err(cause) });
    let problem = dialog(&stage).outcome.unwrap().problem;
    assert_eq!(problem.title, "acme does not let you into legacy-hr.");
    assert!(problem.details.contains("Ray ID: 8f2c41d09b7e3a55"), "{}", problem.details);
    assert!(!problem.details.contains("ada.park"), "details are for others to read");
    assert_eq!(stage.lines("legacy-hr"), ("Blocked by policy".to_owned(), "Ask an acme admin".to_owned()));
    assert_eq!(stage.row("legacy-hr").button.label, "Details");
    stage.ask(Request::Go { page: Page::Host { alias: "legacy-hr".to_owned() } });
    assert_eq!(
        stage.snapshot().detail.unwrap().problem.unwrap().buttons[0].label,
        "Copy details for the admin"
    );
}

#[test]
fn log_in_and_connect_opens_a_terminal_afterwards() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    let effects = stage.ask(Request::LogInAndConnect { alias: "a".to_owned() });
    assert_eq!(
        effects,
        [Effect::LogIn { attempt: 1, app: "a.acme.dev".to_owned(), from: LogInFrom::AtHand }]
    );
    let effects = stage.event(Event::LogInEnded { attempt: 1, result: Ok(login("a", 0, HOUR, None)) });
    assert_eq!(effects, [Effect::OpenTerminal { alias: "a".to_owned() }]);
    let effects = stage.ask(Request::LogInAndConnect { alias: "a".to_owned() });
    assert_eq!(effects, [Effect::OpenTerminal { alias: "a".to_owned() }], "no login is needed any more");
}

#[test]
fn other_hosts_of_the_team_follow_and_other_teams_wait() {
    let facts = vec![unused("a"), unused("b"), of_team("other", unused("c"))];
    let mut stage = Stage::with(&["a", "b", "c"], facts);
    stage.event(Event::Window(true));
    let attempt = waiting(&mut stage, "a");
    assert_eq!(stage.ask(Request::LogIn { alias: "b".to_owned() }), []);
    assert_eq!(stage.ask(Request::LogIn { alias: "c".to_owned() }), []);
    assert_eq!(stage.lines("c").1, "After the login to acme");
    assert_eq!(stage.row("c").button.label, "Show");
    let fact = login("a", 0, HOUR, Some(9 * HOUR));
    let effects = stage.event(Event::LogInEnded { attempt, result: Ok(fact) });
    assert_eq!(
        effects,
        [
            Effect::ReadLogins { hostnames: vec!["b.acme.dev".to_owned()] },
            Effect::LogIn { attempt: attempt + 1, app: "b.acme.dev".to_owned(), from: LogInFrom::AtHand },
        ]
    );
    let effects = stage
        .event(Event::LogInEnded { attempt: attempt + 1, result: Ok(login("b", 0, HOUR, Some(9 * HOUR))) });
    assert!(effects.contains(&Effect::LogIn {
        attempt: attempt + 2,
        app: "c.acme.dev".to_owned(),
        from: LogInFrom::AtHand
    }));
    assert_eq!(dialog(&stage).title, "Finish logging in to other");
}

#[test]
fn a_login_that_follows_by_itself_shows_no_dialog() {
    let ended = login("a", -2 * HOUR, -HOUR, Some(9 * HOUR));
    let mut stage = Stage::with(&["a"], vec![ended]);
    stage.event(Event::Window(true));
    assert_eq!(stage.lines("a"), ("Ready".to_owned(), "Logs in as you connect".to_owned()));
    let attempt = start(&mut stage, "a");
    assert!(!dialog(&stage).visible);
    stage.event(Event::LogIn { attempt, step: link(300) });
    assert!(dialog(&stage).visible, "it needs the browser after all");
}

#[test]
fn another_account_than_before_is_pointed_out() {
    let mut stage = Stage::with(&["a"], vec![login("a", -2 * HOUR, -HOUR, None)]);
    let attempt = waiting(&mut stage, "a");
    let mut fact = login("a", 0, HOUR, None);
    fact.login.as_mut().unwrap().email = "ada@home.example".to_owned();
    stage.event(Event::LogInEnded { attempt, result: Ok(fact) });
    assert_eq!(
        stage.snapshot().toast.unwrap().text,
        "You logged in as ada@home.example. acme hosts were used as ada.park@acme.dev before."
    );
}

#[test]
fn a_team_is_logged_in_through_the_host_used_last() {
    let mut stage = Stage::with(&["a", "b"], vec![unused("a"), unused("b")]);
    stage.ask(Request::Connect { alias: "b".to_owned() });
    let effects = stage.ask(Request::LogInToTeam { team: "acme".to_owned() });
    assert_eq!(
        effects,
        [Effect::LogIn { attempt: 1, app: "b.acme.dev".to_owned(), from: LogInFrom::AtHand }]
    );
    let address = "https://build-01.acme.dev/cdn-cgi/access/cli".to_owned();
    let opens = [Effect::OpenLink { team: Some("acme".to_owned()), link: address }];
    assert_eq!(stage.event(Event::LogIn { attempt: 1, step: link(300) }), opens);
    assert_eq!(stage.ask(Request::OpenBrowserAgain), [], "it is being opened");
    stage.event(opened(true));
    assert_eq!(stage.ask(Request::OpenBrowserAgain), opens);
}

#[test]
fn who_logs_in_while_logged_in_gets_a_new_login() {
    let mut stage = Stage::with(&["a"], vec![login("a", -HOUR, HOUR, None)]);
    let effects = stage.ask(Request::LogIn { alias: "a".to_owned() });
    assert_eq!(effects, [Effect::LogIn { attempt: 1, app: "a.acme.dev".to_owned(), from: LogInFrom::Team }]);
}

#[test]
fn who_was_refused_may_log_in_as_somebody_else() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    let ask = Request::LogIn { alias: "a".to_owned() };
    stage.ask(ask.clone());
    let cause = Cause::Blocked { host: "a.acme.dev".to_owned(), email: None, ray: None };
    stage.event(Event::LogInEnded { attempt: 1, result: Err(cause) });
    let effects = stage.ask(ask);
    let other = Effect::LogIn { attempt: 2, app: "a.acme.dev".to_owned(), from: LogInFrom::Browser };
    assert_eq!(effects, [other], "the team's token would be refused again");
}
