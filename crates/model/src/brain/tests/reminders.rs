//! Notifications about logins that end soon.

use super::stage::*;
use crate::*;

fn told(effects: Vec<Effect>) -> Vec<Notification> {
    let notification =
        |effect| if let Effect::Notify(notification) = effect { Some(notification) } else { None };
    effects.into_iter().filter_map(notification).collect()
}

fn withdrawn(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Withdraw { .. }))
}

#[test]
fn a_login_in_use_is_reminded_of_ten_minutes_before_its_end() {
    let mut stage = Stage::with(&["azure"], vec![login("azure", -HOUR, 20 * MINUTE, None)]);
    stage.helper(1, HelperAsk::SessionOpened { hostname: "azure.acme.dev".to_owned() });
    assert_eq!(told(stage.wait_seconds(10 * MINUTE - 1)), []);
    let said = told(stage.wait_seconds(1));
    let [one] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(one.summary, "acme login ends 12:50");
    assert_eq!(one.body, "azure has 1 open session");
    let labels: Vec<_> = one.actions.iter().map(|action| action.label.as_str()).collect();
    assert_eq!(labels, ["Log in again", "Not today"]);
    let rest = stage.wait_seconds(HOUR);
    assert!(withdrawn(&rest), "it ended, so the reminder is no longer true");
    assert_eq!(told(rest), []);
}

#[test]
fn several_teams_are_told_at_once() {
    let facts = vec![
        login("a", -HOUR, 9 * MINUTE, None),
        of_team("northwind", login("b", -HOUR, 8 * MINUTE, None)),
        of_team("widgetcorp", login("c", -HOUR, 7 * MINUTE, None)),
    ];
    let mut stage = Stage::bare();
    stage.event(Event::Hosts(Ok(["a", "b", "c"].map(entry).to_vec())));
    let said = told(stage.event(Event::Logins(Ok(facts))));
    let [one] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(one.summary, "3 logins end before 12:39");
    assert_eq!(one.body, "widgetcorp, northwind and acme");
}

#[test]
fn nothing_is_said_of_what_renews_or_was_not_used_or_is_seen() {
    let renews = Stage::with(&["a"], vec![login("a", -HOUR, 20 * MINUTE, Some(HOUR))]);
    let unused = Stage::with(&["a"], vec![login("a", -13 * HOUR, 20 * MINUTE, None)]);
    let mut seen = Stage::with(&["a"], vec![login("a", -HOUR, 20 * MINUTE, None)]);
    seen.event(Event::Window(true));
    for mut stage in [renews, unused, seen] {
        assert_eq!(told(stage.wait_seconds(2 * HOUR)), []);
    }
}

#[test]
fn not_today_is_quiet_until_midnight() {
    let mut stage = Stage::with(&["a"], vec![login("a", -HOUR, 20 * MINUTE, None)]);
    assert_eq!(told(stage.wait_seconds(11 * MINUTE)).len(), 1);
    let effects = stage.ask(Request::NotToday { team: "acme".to_owned() });
    assert!(withdrawn(&effects));
    let later = login("a", 5 * HOUR, 7 * HOUR, None);
    stage.event(Event::Logins(Ok(vec![later])));
    assert_eq!(told(stage.wait_seconds(11 * HOUR)), []);
    let tomorrow = login("a", 11 * HOUR, 13 * HOUR, None);
    stage.event(Event::Logins(Ok(vec![tomorrow])));
    assert_eq!(told(stage.wait_seconds(3 * HOUR)).len(), 1);
}

#[test]
fn a_team_is_told_at_most_once_in_half_an_hour() {
    let mut stage = Stage::with(&["a"], vec![login("a", -HOUR, 9 * MINUTE, None)]);
    stage.wait_seconds(0);
    let solved = stage.event(Event::Logins(Ok(vec![login("a", 0, 25 * MINUTE, None)])));
    assert!(withdrawn(&solved), "a new login solves it");
    let said = told(stage.wait_seconds(25 * MINUTE));
    assert_eq!(said, [], "it was told less than half an hour ago");
    stage.event(Event::Logins(Ok(vec![login("a", 25 * MINUTE, 50 * MINUTE, None)])));
    assert_eq!(told(stage.wait_seconds(20 * MINUTE)).len(), 1);
}

#[test]
fn closing_the_window_for_the_first_time_is_explained_once() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    stage.event(Event::Window(true));
    let said = told(stage.ask(Request::WindowClosed));
    assert_eq!(said[0].summary, "Sallyport keeps running in the system tray");
    stage.event(Event::Window(true));
    assert_eq!(told(stage.ask(Request::WindowClosed)), []);
}
