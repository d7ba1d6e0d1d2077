//! A keychain that is locked, absent, or never answers: a line within seconds, no browser, no plain file instead.

use std::os::unix::net::UnixListener;
use std::time::Duration;

use journeys::keychain::{Bus, NEEDS};
use journeys::reach::HOST;
use journeys::{Keychain, Reach, need};
use serde_json::json;

use crate::{goes_through, stage};

/// Longer than any wait for a keychain, with room for a slow machine.
const BOUND: Duration = Duration::from_secs(15);

#[tokio::test]
async fn a_keyring_that_is_locked() {
    if need::lacks(&NEEDS) {
        return;
    }
    let reach = stage();
    let keychain = Keychain::open(&reach.home).await;
    uses(&reach, keychain.address());
    goes_through(&reach, HOST);
    assert_eq!(goes_through(&reach, HOST).err, "", "what was kept there is found again");
    keychain.lock().await;
    let said = reach.carry(HOST);
    let line = said.problem(255);
    assert!(line.ends_with(" is locked; unlock it, then try again"), "{line}");
    assert!(said.took < BOUND, "{:?}", said.took);
    assert_eq!(reach.browsers().len(), 1, "a login that cannot be kept is not begun");
    assert!(!reach.home.profile().join("vault.json").exists());
}

#[test]
fn no_keyring_on_the_bus() {
    if need::lacks(&NEEDS[..1]) {
        return;
    }
    let reach = stage();
    let bus = Bus::start(&reach.home);
    uses(&reach, bus.address());
    is_absent(&reach);
}

#[test]
fn no_bus_at_all() {
    let reach = stage();
    reach.settings(&json!({ "vault": "keychain" }));
    is_absent(&reach);
}

#[test]
fn a_bus_that_never_answers() {
    let reach = stage();
    let socket = reach.home.join("silent");
    let listener = UnixListener::bind(&socket).expect("a socket");
    std::thread::spawn(move || {
        let held: Vec<_> = listener.incoming().take(100).collect();
        drop(held);
    });
    uses(&reach, &format!("unix:path={}", socket.display()));
    let said = reach.carry(HOST);
    let line = said.problem(255);
    assert!(line.contains(" did not answer within ") && line.contains("; look for that window"), "{line}");
    assert!(said.took < BOUND, "{:?}", said.took);
    assert!(reach.browsers().is_empty());
}

fn uses(reach: &Reach, address: &str) {
    reach.settings(&json!({ "vault": "keychain", "session_bus": address }));
}

#[track_caller]
fn is_absent(reach: &Reach) {
    let said = reach.carry(HOST);
    assert_eq!(
        said.problem(255),
        "no keyring is running; start GNOME Keyring or KWallet, or use a private file"
    );
    assert!(said.took < BOUND, "{:?}", said.took);
    assert!(reach.browsers().is_empty(), "a login that cannot be kept is not begun");
    assert!(!reach.home.profile().join("vault.json").exists(), "nobody asked for a plain file");
}
