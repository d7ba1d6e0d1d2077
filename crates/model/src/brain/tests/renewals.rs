//! Logins that renew themselves: when, how often, and what is said when that is refused.

use wire::Cause;

use super::stage::*;
use crate::*;

const DAY: i64 = 24 * HOUR;

/// The hostnames that are to be renewed.
fn wanted(effects: &[Effect]) -> Vec<&str> {
    let mut hostnames = Vec::new();
    for effect in effects {
        if let Effect::Renew { hostname, .. } = effect {
            hostnames.push(hostname.as_str());
        }
    }
    hostnames
}

fn told(effects: &[Effect]) -> Vec<&Notification> {
    let mut notifications = Vec::new();
    for effect in effects {
        if let Effect::Notify(notification) = effect {
            notifications.push(notification);
        }
    }
    notifications
}

/// The host's own app, so that hosts do not share a login.
fn own_app(fact: LoginFact) -> LoginFact {
    let audience = format!("aud-{}", fact.hostname);
    LoginFact { app: fact.app.map(|app| AppFact { audience, ..app }), ..fact }
}

fn renewed(alias: &str, result: Result<LoginFact, NotRenewed>) -> Event {
    Event::Renewed { hostname: format!("{alias}.acme.dev"), result }
}

/// A login of ten hours that began nine hours ago, at a team whose own lasts until tomorrow.
fn stage() -> Stage {
    Stage::with(&["a"], vec![login("a", -9 * HOUR, HOUR, Some(20 * HOUR))])
}

#[test]
fn a_login_is_renewed_before_its_end_and_nobody_is_told() {
    let mut stage = stage();
    assert_eq!(stage.lines("a"), ("Until 13:30".to_owned(), "Renews until Wed 08:30".to_owned()));
    assert_eq!(wanted(&stage.wait_seconds(40 * MINUTE)), Vec::<&str>::new());
    let effects = stage.wait_seconds(5 * MINUTE);
    let Some(Effect::Renew { hostname, ends }) = effects.first() else { panic!("{effects:?}") };
    assert_eq!((hostname.as_str(), *ends), ("a.acme.dev", noon() + HOUR));
    let effects = stage.event(renewed("a", Ok(login("a", 45 * MINUTE, 11 * HOUR, Some(20 * HOUR)))));
    assert_eq!(effects, [], "no word of it");
    assert_eq!(stage.lines("a"), ("Until 23:30".to_owned(), "Renews until Wed 08:30".to_owned()));
    let rest = stage.wait_seconds(9 * HOUR);
    assert_eq!((wanted(&rest).len(), told(&rest).len()), (0, 0), "not before it is due again");
    assert_eq!(wanted(&stage.wait_seconds(DAY)), ["a.acme.dev"]);
}

#[test]
fn both_clocks_are_shown_and_handed_to_scripts() {
    let mut stage = stage();
    stage.event(Event::Window(true));
    stage.ask(Request::Go { page: Page::Host { alias: "a".to_owned() } });
    let detail = stage.snapshot().detail.unwrap();
    assert_eq!(detail.headline, "Logged in until 13:30, renews by itself until Wed 08:30");
    assert_eq!(
        stage.row("a").spoken,
        "a, a.acme.dev, logged in until 13:30, renews by itself until Wed 08:30."
    );
    assert_eq!(stage.snapshot().groups[0].line, "Renews by itself until Wed 08:30");
    assert_eq!(stage.tray().tooltip, "Sallyport: 1 of 1 ready, next login ends Wed 08:30");
    let near = stage.tray().menu;
    assert_eq!(near[1], MenuItem::Text("Until 13:30, renews until Wed 08:30".to_owned()));
    let until =
        |item: &MenuItem| matches!(item, MenuItem::Act { label, .. } if label == "a · until 13:30, renews");
    assert!(near.iter().any(until), "{near:?}");
    let effects = stage.helper(1, HelperAsk::Status);
    let [Effect::Reply { reply: HelperReply::Status(json), .. }] = effects.as_slice() else { panic!() };
    let status: serde_json::Value = serde_json::from_str(json).unwrap();
    let host = &status["hosts"][0];
    assert_eq!(
        (&host["until"], &host["renewsUntil"]),
        (&(noon() + HOUR).into(), &(noon() + 20 * HOUR).into())
    );
    assert!(host["renewalRefused"].is_null());
}

#[test]
fn a_failure_that_passes_is_tried_again_after_growing_pauses_and_told_to_nobody() {
    let mut stage = stage();
    let mut tries = Vec::new();
    while stage.now.seconds() < noon() + HOUR {
        let effects = stage.wait_seconds(1);
        assert_eq!(told(&effects).len(), 0, "it may still renew");
        if !wanted(&effects).is_empty() {
            tries.push(stage.now.seconds() - noon());
            stage.event(renewed("a", Err(NotRenewed::Later)));
        }
    }
    let pauses: Vec<i64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!((4..8).contains(&pauses.len()), "{pauses:?}");
    assert!(pauses.windows(2).all(|pair| pair[1] > pair[0]), "{pauses:?}");
    assert!((30..=40).contains(&pauses[0]), "{pauses:?}");
    assert_eq!(stage.row("a").line1, "Ready", "ssh buys one");
}

#[test]
fn a_machine_that_slept_renews_as_it_wakes() {
    let mut stage = stage();
    stage.now.at += jiff::SignedDuration::from_hours(8);
    assert_eq!(wanted(&stage.give(Input::Woke)), ["a.acme.dev"]);
}

#[test]
fn many_that_are_due_are_renewed_one_after_the_other() {
    let names: Vec<String> = (0..30).map(|number| format!("h{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let facts = names.iter().map(|name| own_app(login(name, -9 * HOUR, 5 * MINUTE, Some(20 * HOUR))));
    let mut stage = Stage::bare();
    stage.event(Event::Hosts(Ok(names.iter().map(|name| entry(name)).collect())));
    let mut effects = stage.event(Event::Logins(Ok(facts.collect())));
    let mut seen = std::collections::BTreeSet::new();
    while let [hostname] = wanted(&effects)[..] {
        assert!(seen.insert(hostname.to_owned()), "{hostname} twice");
        let alias = hostname.trim_end_matches(".acme.dev").to_owned();
        let fact = own_app(login(&alias, 0, 10 * HOUR, Some(20 * HOUR)));
        effects = stage.event(renewed(&alias, Ok(fact)));
    }
    assert_eq!(seen.len(), 30);
    assert_eq!(effects, []);
}

#[test]
fn hosts_of_one_app_are_renewed_once_and_read_again() {
    let facts = ["a", "b"].map(|alias| login(alias, -9 * HOUR, 5 * MINUTE, Some(20 * HOUR)));
    let mut stage = Stage::bare();
    stage.event(Event::Hosts(Ok(["a", "b"].map(entry).to_vec())));
    assert_eq!(wanted(&stage.event(Event::Logins(Ok(facts.to_vec())))), ["a.acme.dev"]);
    let fact = login("a", 0, 10 * HOUR, Some(20 * HOUR));
    let effects = stage.event(renewed("a", Ok(fact)));
    assert_eq!(effects, [Effect::ReadLogins { hostnames: vec!["b.acme.dev".to_owned()] }]);
    assert_eq!(stage.event(Event::Logins(Ok(vec![login("b", 0, 10 * HOUR, Some(20 * HOUR))]))), []);
}

#[test]
fn what_nobody_uses_or_nothing_renews_is_left_alone() {
    let unused = login("a", -8 * DAY, HOUR, Some(20 * HOUR));
    let alone = login("a", -9 * HOUR, HOUR, None);
    let shorter = login("a", -9 * HOUR, HOUR, Some(HOUR));
    let mut machine = login("a", -9 * HOUR, HOUR, Some(20 * HOUR));
    machine.login.as_mut().unwrap().email.clear();
    for fact in [unused, alone, shorter, machine] {
        let mut stage = Stage::with(&["a"], vec![fact.clone()]);
        assert_eq!(wanted(&stage.wait_seconds(DAY)), Vec::<&str>::new(), "{fact:?}");
    }
}

#[test]
fn a_renewal_is_not_a_use() {
    let mut stage = Stage::with(&["a"], vec![login("a", -9 * HOUR, HOUR, Some(30 * DAY))]);
    let mut days = 0;
    let mut effects = stage.wait_seconds(DAY);
    while !wanted(&effects).is_empty() && days < 20 {
        days += 1;
        let start = stage.now.seconds() - noon();
        let fact = login("a", start, start + DAY, Some(30 * DAY));
        stage.event(renewed("a", Ok(fact.clone())));
        stage.event(Event::Logins(Ok(vec![fact])));
        effects = stage.wait_seconds(DAY);
    }
    assert!((5..=7).contains(&days), "a week after the last use it is left alone, not after {days} days");
}

#[test]
fn an_edge_that_hands_out_the_same_end_again_is_not_asked_at_once() {
    let mut stage = stage();
    stage.wait_seconds(50 * MINUTE);
    let same = login("a", -9 * HOUR, HOUR, Some(20 * HOUR));
    assert_eq!(wanted(&stage.event(renewed("a", Ok(same)))), Vec::<&str>::new());
    assert_eq!(wanted(&stage.wait_seconds(8 * MINUTE)), Vec::<&str>::new());
}

#[test]
fn a_refusal_is_explained_and_reminded_of_and_not_repeated() {
    let mut stage = stage();
    stage.helper(1, HelperAsk::SessionOpened { hostname: "a.acme.dev".to_owned() });
    stage.wait_seconds(46 * MINUTE);
    let refused = Cause::RenewalRefused { host: "a.acme.dev".to_owned() };
    stage.event(renewed("a", Err(NotRenewed::Refused(refused))));
    assert_eq!(stage.lines("a"), ("Ends 13:30".to_owned(), "14 min left".to_owned()));
    assert_eq!(stage.snapshot().groups[0].line, "Ends 13:30, in 14 min");
    let effects = stage.helper(2, HelperAsk::Status);
    let [Effect::Reply { reply: HelperReply::Status(json), .. }] = effects.as_slice() else { panic!() };
    assert!(json.contains(r#""renewalRefused":{"host":"a.acme.dev","kind":"renewal-refused"}"#), "{json}");

    let effects = stage.wait_seconds(5 * MINUTE);
    assert_eq!(wanted(&effects), Vec::<&str>::new());
    let said = told(&effects);
    assert_eq!(said[0].summary, "acme login ends 13:30");
    assert_eq!(said[0].body, "a has 1 open session. acme wants you to log in again.");

    stage.event(Event::Window(true));
    stage.ask(Request::Go { page: Page::Host { alias: "a".to_owned() } });
    let detail = stage.snapshot().detail.unwrap();
    assert!(detail.login.iter().all(|row| row.label != "Renews until"));
    let problem = detail.problem.unwrap();
    assert_eq!(
        (problem.cause.as_str(), problem.buttons[0].label.as_str()),
        ("renewal-refused", "Log in again")
    );
    stage.event(Event::Window(false));

    stage.wait_seconds(HOUR);
    assert_eq!(stage.row("a").line1, "Ended 13:30", "the team's login buys none");
    let again = login("a", 2 * HOUR, 12 * HOUR, Some(22 * HOUR));
    stage.event(Event::Logins(Ok(vec![again])));
    assert_eq!(stage.row("a").line2, "Renews until Wed 10:30", "a new login renews again");
}

#[test]
fn a_policy_that_changed_blocks_once_the_login_has_ended() {
    let mut stage = stage();
    stage.wait_seconds(46 * MINUTE);
    let blocked = Cause::Blocked { host: "a.acme.dev".to_owned(), email: None, ray: None };
    stage.event(renewed("a", Err(NotRenewed::Refused(blocked))));
    assert_eq!(stage.row("a").line1, "Ends 13:30", "it still works");
    stage.wait_seconds(HOUR);
    assert_eq!(stage.row("a").line1, "Blocked by policy");
}

#[test]
fn a_team_that_was_logged_out_of_elsewhere_is_read_again() {
    let mut stage = stage();
    stage.wait_seconds(46 * MINUTE);
    let effects = stage.event(renewed("a", Err(NotRenewed::NoTeamLogin)));
    assert_eq!(effects, [Effect::ReadLogins { hostnames: vec!["a.acme.dev".to_owned()] }]);
    stage.event(Event::Logins(Ok(vec![login("a", -9 * HOUR, HOUR, None)])));
    assert_eq!(stage.row("a").line1, "Ends 13:30");
}
