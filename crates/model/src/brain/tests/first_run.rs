//! The page of the first start: what a first host needs.

use wire::Cause;

use super::stage::*;
use crate::*;

fn checks(stage: &mut Stage, around: Surroundings) -> Vec<(bool, String)> {
    stage.event(Event::Surroundings(around));
    let first = stage.snapshot().first_run.unwrap();
    first.checks.into_iter().map(|check| (check.fine, check.label)).collect()
}

fn fine() -> Surroundings {
    Surroundings { ssh: Some("OpenSSH_9.2p1".to_owned()), vault: Ok(KeptIn::Keychain), browser: true }
}

#[test]
fn it_says_what_is_here() {
    let mut stage = Stage::with(&[], vec![]);
    assert_eq!(stage.snapshot().first_run.unwrap().checks, []);
    let said = checks(&mut stage, fine());
    let wanted = ["OpenSSH 9.2", "Keyring ready", "Firefox opens for logins"];
    assert_eq!(said, wanted.map(|label| (true, label.to_owned())));
    for (place, label) in [(KeptIn::File, "Private file ready"), (KeptIn::Memory, "Logins stay in memory")] {
        let chosen = Surroundings { vault: Ok(place), ..fine() };
        assert_eq!(checks(&mut stage, chosen)[1], (true, label.to_owned()));
    }
    let windows = Surroundings { ssh: Some("OpenSSH_for_Windows_9.5p1".to_owned()), ..fine() };
    assert_eq!(checks(&mut stage, windows)[0].1, "OpenSSH 9.5");
}

#[test]
fn and_what_is_missing_with_what_helps() {
    let mut stage = Stage::with(&[], vec![]);
    let vault = Err(Cause::KeychainLocked);
    let said = checks(&mut stage, Surroundings { ssh: None, vault, browser: false });
    let wanted = [
        "No ssh found. Install the package openssh-client.",
        "Keyring locked",
        "No browser found. Logins will use a link.",
    ];
    assert_eq!(said, wanted.map(|label| (false, label.to_owned())));
    let buttons: Vec<_> =
        stage.snapshot().first_run.unwrap().checks.into_iter().map(|check| check.button).collect();
    let unlock = ButtonAct::Send { request: Request::Unlock };
    assert_eq!(buttons[1].as_ref().map(|button| &button.act), Some(&unlock));
    assert!(buttons[0].is_none() && buttons[2].is_none());
}

#[test]
fn it_looks_again_as_long_as_there_are_no_hosts() {
    let mut stage = Stage::with(&[], vec![]);
    assert!(stage.event(Event::Hosts(Ok(vec![]))).contains(&Effect::LookAround));
    assert!(
        stage.event(Event::VaultChosen(Ok(()))).contains(&Effect::LookAround),
        "they are kept elsewhere now"
    );
    let mut stage = Stage::with(&["a"], vec![unused("a")]);
    assert!(!stage.ask(Request::Refresh).contains(&Effect::LookAround));
}
