//! What an `ssh` gets from a running desktop.

use wire::Cause;

use super::stage::*;
use crate::*;

fn log_in(app: &str, terminal: bool) -> HelperAsk {
    HelperAsk::LogIn { app: app.to_owned(), terminal }
}

fn token_of(alias: &str) -> HelperReply {
    HelperReply::Token { hostname: format!("{alias}.acme.dev") }
}

fn replies(effects: Vec<Effect>) -> Vec<(u64, HelperReply)> {
    let reply =
        |effect| if let Effect::Reply { ticket, reply } = effect { Some((ticket, reply)) } else { None };
    effects.into_iter().filter_map(reply).collect()
}

#[test]
fn a_token_is_handed_over_only_while_it_works() {
    let mut stage = Stage::with(&["a"], vec![login("a", -HOUR, 60, None)]);
    let ask = || HelperAsk::Token { hostname: "a.acme.dev".to_owned() };
    assert_eq!(replies(stage.helper(1, ask())), [(1, token_of("a"))]);
    stage.wait_seconds(60);
    assert_eq!(replies(stage.helper(2, ask())), [(2, HelperReply::NoToken)]);
}

#[test]
fn two_helpers_share_one_browser_and_get_one_login_each() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    let first = stage.helper(1, log_in("https://a.acme.dev/", true));
    assert_eq!(
        first,
        [Effect::LogIn { attempt: 1, app: "https://a.acme.dev/".to_owned(), from: LogInFrom::AtHand }]
    );
    let effects = stage.event(Event::LogIn { attempt: 1, step: link(300) });
    assert!(matches!(effects.as_slice(), [Effect::OpenLink { .. }]), "{effects:?}");
    let told = replies(stage.event(opened(true)));
    assert!(matches!(told.as_slice(), [(1, HelperReply::Waiting { browser_opened: true, .. })]), "{told:?}");
    let joined = stage.helper(2, log_in("https://a.acme.dev/", true));
    assert!(matches!(joined.as_slice(), [Effect::Reply { ticket: 2, reply: HelperReply::Waiting { .. } }]));
    let ended = stage.event(Event::LogInEnded { attempt: 1, result: Ok(login("a", 0, HOUR, None)) });
    assert_eq!(replies(ended), [(1, token_of("a")), (2, token_of("a"))]);
}

#[test]
fn a_helper_joins_what_a_person_began() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    stage.ask(Request::LogIn { alias: "a".to_owned() });
    assert_eq!(stage.helper(1, log_in("a.acme.dev", true)), []);
    let cause = Cause::LogInTimedOut { host: "a.acme.dev".to_owned(), seconds: 300 };
    let ended = stage.event(Event::LogInEnded { attempt: 1, result: Err(cause.clone()) });
    assert_eq!(replies(ended), [(1, HelperReply::Failed(cause))]);
}

#[test]
fn a_login_that_nobody_waits_for_ends() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    stage.helper(1, log_in("a.acme.dev", true));
    stage.helper(2, log_in("a.acme.dev", true));
    assert_eq!(stage.give(Input::HelperGone { ticket: 1 }), []);
    assert_eq!(stage.give(Input::HelperGone { ticket: 2 }), [Effect::CancelLogIn { attempt: 1 }]);
    assert_eq!(stage.snapshot().log_in, None);
}

#[test]
fn a_login_that_a_person_sees_goes_on_without_the_helper() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    stage.event(Event::Window(true));
    stage.helper(1, log_in("a.acme.dev", true));
    stage.event(Event::LogIn { attempt: 1, step: link(300) });
    assert!(stage.snapshot().log_in.unwrap().visible);
    assert_eq!(stage.give(Input::HelperGone { ticket: 1 }), []);
    assert!(stage.snapshot().log_in.is_some());
}

#[test]
fn cancelling_tells_every_helper() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    stage.helper(1, log_in("a.acme.dev", true));
    let cancelled = HelperReply::Failed(Cause::LogInCancelled { host: "a.acme.dev".to_owned() });
    assert_eq!(replies(stage.ask(Request::CancelLogIn)), [(1, cancelled)]);
}

#[test]
fn without_window_and_terminal_a_notification_says_who_waits() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    stage.helper(1, log_in("a.acme.dev", false));
    let effects = stage.event(Event::LogIn { attempt: 1, step: link(300) });
    let [Effect::Reply { reply, .. }, Effect::Notify(notification)] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert!(
        matches!(reply, HelperReply::Waiting { browser_opened: false, asks_first: true, .. }),
        "{reply:?}"
    );
    assert_eq!(stage.lines("a").1, "Waiting for you");
    assert_eq!(notification.summary, "A program wants to reach a");
    assert_eq!(notification.body, "Log in to acme to let it");
    let ended = stage.event(Event::LogInEnded { attempt: 1, result: Ok(login("a", 0, HOUR, None)) });
    assert!(ended.contains(&Effect::Withdraw { tag: notification.tag.clone() }));
}

#[test]
fn a_browser_opens_for_an_unwatched_program_only_when_the_person_says_so() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    stage.helper(1, log_in("a.acme.dev", false));
    let effects = stage.event(Event::LogIn { attempt: 1, step: link(300) });
    let Some(Effect::Notify(notification)) = effects.last() else { panic!("{effects:?}") };
    let action = notification.actions[0].clone();
    assert_eq!(action.label, "Log in");
    let effects = stage.event(Event::NotificationPressed { request: action.request });
    let withdrawn = Effect::Withdraw { tag: notification.tag.clone() };
    assert!(matches!(effects.as_slice(), [Effect::OpenLink { .. }, w] if *w == withdrawn), "{effects:?}");
    let told = replies(stage.event(opened(true)));
    assert!(matches!(told.as_slice(), [(1, HelperReply::Waiting { browser_opened: true, .. })]), "{told:?}");
}

#[test]
fn who_types_ssh_opens_the_browser_for_all_who_wait() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    stage.helper(1, log_in("a.acme.dev", false));
    stage.event(Event::LogIn { attempt: 1, step: link(300) });
    let effects = stage.helper(2, log_in("a.acme.dev", true));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::OpenLink { .. })), "{effects:?}");
    assert_eq!(replies(stage.event(opened(true))).len(), 2);
}

#[test]
fn programs_may_always_be_asked_about_or_refused() {
    for choice in [LogInForPrograms::Ask, LogInForPrograms::Never] {
        let mut stage = Stage::with(&["a"], vec![unused("a")]);
        stage.model.facts.log_in_for_programs = choice;
        stage.helper(1, log_in("a.acme.dev", true));
        let effects = stage.event(Event::LogIn { attempt: 1, step: link(300) });
        let opens = effects.iter().any(|effect| matches!(effect, Effect::OpenLink { .. }));
        assert!(!opens, "{choice:?}: {effects:?}");
        let refused = (1, HelperReply::Failed(Cause::LogInNeeded { host: "a.acme.dev".to_owned() }));
        assert_eq!(replies(effects).contains(&refused), choice == LogInForPrograms::Never);
        stage.ask(Request::CancelLogIn);
        stage.ask(Request::LogIn { alias: "a".to_owned() });
        let effects = stage.event(Event::LogIn { attempt: 2, step: link(300) });
        assert!(matches!(effects.as_slice(), [Effect::OpenLink { .. }]), "a person is not a program");
    }
}

#[test]
fn a_window_behind_others_tells_nobody() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    stage.event(Event::Window(true));
    stage.helper(1, log_in("a.acme.dev", false));
    let notified = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Notify(_)));
    assert!(!notified(&stage.event(Event::LogIn { attempt: 1, step: link(300) })), "the dialog asks");
    assert!(stage.snapshot().log_in.unwrap().visible);
    stage.ask(Request::CancelLogIn);

    stage.event(Event::Focus(false));
    stage.helper(2, log_in("a.acme.dev", false));
    assert!(notified(&stage.event(Event::LogIn { attempt: 2, step: link(300) })));
    let effects = stage.event(Event::Focus(true));
    assert!(
        matches!(effects.as_slice(), [Effect::Withdraw { .. }, Effect::ReadHosts]),
        "it is seen now: {effects:?}"
    );
}

#[test]
fn a_slow_login_without_a_window_is_told_when_it_is_done() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    stage.helper(1, log_in("a.acme.dev", true));
    stage.event(Event::LogIn { attempt: 1, step: link(300) });
    stage.wait_seconds(11);
    let effects = stage.event(Event::LogInEnded { attempt: 1, result: Ok(login("a", 0, HOUR, None)) });
    let told = effects.iter().find_map(|effect| {
        if let Effect::Notify(notification) = effect { Some(notification.summary.as_str()) } else { None }
    });
    assert_eq!(told, Some("acme is ready until 13:30"));
}

#[test]
fn sessions_are_counted_as_long_as_they_live() {
    let mut stage = Stage::with(&["a"], vec![login("a", 0, HOUR, None)]);
    for ticket in [1, 2] {
        let ask = HelperAsk::SessionOpened { hostname: "a.acme.dev".to_owned() };
        assert_eq!(replies(stage.helper(ticket, ask)), [(ticket, HelperReply::Done)]);
    }
    assert_eq!(stage.row("a").open, 2);
    assert!(stage.row("a").spoken.ends_with(", 2 sessions open."));
    stage.give(Input::HelperGone { ticket: 1 });
    assert_eq!(stage.row("a").open, 1);
}

#[test]
fn changes_by_others_are_read_again() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    let hostnames = vec!["a.acme.dev".to_owned()];
    assert_eq!(stage.helper(1, HelperAsk::TokensChanged)[0], Effect::ReadLogins { hostnames });
    assert_eq!(stage.helper(2, HelperAsk::HostsChanged)[0], Effect::ReadHosts);
}

#[test]
fn status_is_json_without_secrets() {
    let mut stage = Stage::with(&["a"], vec![login("a", -HOUR, HOUR, None)]);
    let replies = replies(stage.helper(1, HelperAsk::Status));
    let [(1, HelperReply::Status(json))] = replies.as_slice() else { panic!("{replies:?}") };
    let status: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(status["hosts"][0]["state"], "valid");
    assert_eq!(status["hosts"][0]["until"], noon() + HOUR);
}
