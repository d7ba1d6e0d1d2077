//! What is around the hosts: the helper, the network, the keychain, and a window that comes and goes.

use wire::Cause;

use super::stage::*;
use crate::*;

fn banner(stage: &Stage) -> Banner {
    stage.snapshot().banner.unwrap()
}

#[test]
fn a_helper_that_was_moved_is_named_until_the_lines_lead_to_it() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    let path = || "~/old/sallyport".to_owned();
    stage.event(Event::Helper(Some(Cause::HelperMissing { path: path(), now: None })));
    let gone = banner(&stage);
    assert_eq!(gone.why, "There is nothing at ~/old/sallyport. Install Sallyport again.");
    assert_eq!(gone.buttons[0].label, "Try again");
    let now = Some("/usr/bin/sallyport".to_owned());
    stage.event(Event::Helper(Some(Cause::HelperMissing { path: path(), now })));
    let moved = banner(&stage);
    assert_eq!(moved.why, "The app was moved after setup; it is no longer at ~/old/sallyport.");
    assert_eq!(moved.buttons[0].label, "Fix");
    let fix = Request::RepairConfig;
    assert_eq!(moved.buttons[0].act, ButtonAct::Send { request: fix.clone() });
    assert_eq!(stage.ask(fix), [Effect::Change { serial: 1, change: HostChange::Repair }]);
    assert_eq!(stage.event(Event::Changed { serial: 1, result: Ok(()) }), [Effect::ReadHosts]);
    stage.event(Event::Helper(None));
    assert_eq!(stage.snapshot().banner, None);
}

#[test]
fn a_machine_without_a_network_is_told_once_and_may_try_all_the_same() {
    let mut stage = Stage::with(&["a"], vec![login("a", -HOUR, 5 * HOUR, None)]);
    assert_eq!(stage.ask(Request::Online { online: false }), []);
    let offline = banner(&stage);
    assert_eq!(
        (offline.title.as_str(), offline.why.as_str()),
        ("You are offline.", "Logins keep their time. Connecting needs a network.")
    );
    assert_eq!(offline.mark, BannerMark::Network);
    assert_eq!(stage.lines("a").0, "Until 17:30", "rows stay as they are");
    stage.event(Event::Logins(Err(Cause::KeychainLocked)));
    assert_eq!(banner(&stage).mark, BannerMark::Keychain);
    assert_eq!(banner(&stage).title, "Your keyring is locked.", "that is worse");
    stage.event(Event::Logins(Ok(Vec::new())));
    stage.ask(Request::Online { online: true });
    assert_eq!(stage.snapshot().banner, None);
    stage.ask(Request::Online { online: false });
    let ButtonAct::Send { request } = banner(&stage).buttons[0].act.clone() else { panic!() };
    assert_eq!(stage.ask(request), [Effect::ReadHosts]);
    assert_eq!(stage.snapshot().banner, None);
}

#[test]
fn practice_needs_no_network() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    stage.model.facts.practice = true;
    stage.ask(Request::Online { online: false });
    assert_eq!(stage.snapshot().banner, None);
}

#[test]
fn what_failed_stays_until_the_person_turns_to_something_else() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    let path = "~/.ssh/config".to_owned();
    stage.event(Event::Undone(Err(Cause::ConfigChanged { path })));
    let title = banner(&stage).title;
    for request in [
        Request::HoldToast { held: true },
        Request::DismissToast,
        Request::Online { online: true },
        Request::ShowWindow,
        Request::WindowClosed,
    ] {
        stage.ask(request.clone());
        assert_eq!(banner(&stage).title, title, "{request:?}");
    }
    stage.ask(Request::Refresh);
    assert_eq!(stage.snapshot().banner, None);
}

#[test]
fn a_locked_keychain_is_opened_only_when_the_person_wants_it() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    stage.event(Event::Logins(Err(Cause::KeychainLocked)));
    let ButtonAct::Send { request } = banner(&stage).buttons[0].act.clone() else { panic!() };
    let ButtonAct::Send { request: of_row } = stage.row("a").button.act else { panic!() };
    assert_eq!(request, of_row);
    let hostnames = vec!["a.acme.dev".to_owned()];
    assert_eq!(stage.ask(request), [Effect::Unlock { hostnames }]);
    assert_eq!(stage.ask(Request::Refresh), [Effect::ReadHosts], "which asks for nothing");
}

#[test]
fn turning_to_the_window_reads_again_what_others_may_have_changed() {
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    stage.event(Event::Window(true));
    assert_eq!(stage.event(Event::Focus(true)), [], "it was in front already");
    stage.event(Event::Focus(false));
    assert_eq!(stage.event(Event::Focus(true)), [Effect::ReadHosts]);
    stage.event(Event::Focus(false));
    stage.event(Event::Window(false));
    assert_eq!(stage.event(Event::Focus(true)), [], "there is no window to turn to");
}
