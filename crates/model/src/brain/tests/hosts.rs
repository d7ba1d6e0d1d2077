//! Rows, groups, foot and tray over time.

use wire::Cause;

use super::stage::*;
use crate::*;

fn text(line1: &str, line2: &str) -> (String, String) {
    (line1.to_owned(), line2.to_owned())
}

#[test]
fn starting_reads_hosts_and_then_their_logins() {
    let mut stage = Stage::bare();
    assert_eq!(stage.give(Input::Started), [Effect::ReadHosts, Effect::ReadShares]);
    assert_eq!(stage.snapshot().foot.line1, "Reading your hosts…");
    let effects = stage.event(Event::Hosts(Ok(vec![entry("build-01")])));
    assert_eq!(effects, [Effect::ReadLogins { hostnames: vec!["build-01.acme.dev".to_owned()] }]);
    assert_eq!(stage.lines("build-01"), text("Checking…", ""));
}

#[test]
fn a_valid_login_counts_down_ends_soon_and_ends() {
    let until = 5 * HOUR + 12 * MINUTE;
    let mut stage = Stage::with(&["build-01"], vec![login("build-01", -HOUR, until, None)]);
    assert_eq!(stage.lines("build-01"), text("Until 17:42", "5 h 12 min left"));
    assert_eq!(stage.row("build-01").mark.kind, MarkKind::Valid);
    let snapshot = stage.snapshot();
    assert_eq!(
        (snapshot.foot.line1.as_str(), snapshot.foot.line2.as_str()),
        ("1 of 1 ready", "Next ends 17:42")
    );
    assert_eq!(snapshot.groups[0].identity.as_deref(), Some("ada.park@acme.dev"));
    assert_eq!(stage.tray().tooltip, "Sallyport: 1 of 1 ready, next login ends 17:42");
    assert_eq!(
        stage.row("build-01").spoken,
        "build-01, build-01.acme.dev, logged in until 17:42, 5 hours 12 minutes left."
    );
    stage.wait_seconds(until - 9 * MINUTE);
    assert_eq!(stage.lines("build-01"), text("Ends 17:42", "9 min left"));
    assert_eq!(stage.snapshot().groups[0].line, "Ends 17:42, in 9 min");
    assert_eq!(stage.tray().icon, TrayIcon::Expiring);
    stage.wait_seconds(9 * MINUTE + 3 * HOUR);
    assert_eq!(stage.lines("build-01"), text("Ended 17:42", "3 h ago"));
    assert_eq!(stage.snapshot().groups[0].line, "Login ended 17:42");
    assert_eq!(stage.snapshot().foot.line2, "Log in to acme");
    assert_eq!(stage.tray().tooltip, "Sallyport: logged out of acme");
}

#[test]
fn a_locked_keychain_wins_over_everything() {
    let mut stage = Stage::with(&["build-01"], vec![login("build-01", 0, 5 * HOUR + 12 * MINUTE, None)]);
    stage.event(Event::Logins(Err(Cause::KeychainLocked)));
    assert_eq!(stage.lines("build-01"), text("Keychain locked", "Until 17:42 when last read"));
    let banner = stage.snapshot().banner.unwrap();
    assert_eq!(banner.title, "Your keyring is locked.");
    assert_eq!(banner.buttons[0].label, "Unlock…");
}

#[test]
fn a_host_of_a_machine_has_nobody_to_log_in() {
    let mut stage = Stage::bare();
    stage.give(Input::Started);
    stage.event(Event::Hosts(Ok(vec![HostEntry { machine: true, ..entry("ci") }])));
    assert_eq!(stage.lines("ci"), text("Service token", "Nobody logs in"));
    stage.event(Event::Logins(Ok(vec![login("ci", -HOUR, 5 * MINUTE, Some(20 * HOUR))])));
    let row = stage.row("ci");
    assert_eq!((row.line1.as_str(), row.mark.kind), ("Service token", MarkKind::ServiceToken));
    assert_eq!((row.button.label.as_str(), row.can_log_out), ("Connect", false));
    assert_eq!(stage.snapshot().foot.line1, "1 of 1 ready");
    stage.event(Event::Window(true));
    stage.ask(Request::Go { page: Page::Host { alias: "ci".to_owned() } });
    let detail = stage.snapshot().detail.unwrap();
    let labels: Vec<_> = detail.login.iter().map(|row| (row.label.as_str(), row.value.as_str())).collect();
    assert_eq!(labels[0], ("You", "Service token"));
    assert!(labels.iter().all(|(label, _)| !["Ends", "Renews until"].contains(label)), "{labels:?}");
    stage.event(Event::Window(false));
    for request in
        [Request::LogIn { alias: "ci".to_owned() }, Request::LogInToTeam { team: "acme".to_owned() }]
    {
        assert_eq!(stage.ask(request), []);
    }
    assert_eq!(stage.wait_seconds(HOUR), [], "neither renewed nor reminded of");
}
