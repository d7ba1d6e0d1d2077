//! A keyring that is locked or does not answer: the window says so, stays usable, and goes on when it is open again.

use journeys::reach::HOST;
use journeys::{Desk, Keychain};
use serde_json::json;

use crate::stage::{Stage, lacks, log_in};

const LINE1: &str = "row-line1-build-01";

#[tokio::test]
async fn a_keyring_that_is_locked_is_told_and_read_again_when_it_is_open() {
    if lacks() {
        return;
    }
    let mut desk = Desk::bare();
    desk.show_tray().await;
    let keychain = Keychain::open(desk.home()).await;
    let stage = Stage::on(desk, |plan| plan);
    stage.settings(&json!({ "session_bus": keychain.address() }));
    stage.add_host(HOST);
    let page = stage.window().await;
    log_in(&stage, &page).await;

    keychain.lock().await;
    page.with_ctrl("r").await;
    page.says("banner", &[" is locked.", "Unlock"]).await;
    page.says(LINE1, &["Keychain locked"]).await;
    page.says("row-line2-build-01", &["Until ", " when last read"]).await;
    page.says("row-button-build-01", &["Unlock"]).await;
    page.shot("hosts-keychain-locked").await;
    stage.tray_shows("expired").await;

    keychain.unlock().await;
    page.press("banner", "Unlock").await;
    page.gone("banner").await;
    page.says(LINE1, &["Until "]).await;
    stage.tray_shows("valid").await;
    page.close().await;
}

#[tokio::test]
async fn a_keyring_that_does_not_answer_leaves_the_window_usable() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    let socket = stage.desk.home().join("silent");
    let listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    // Takes whoever comes, and never says a word.
    std::thread::spawn(move || listener.incoming().take(100).collect::<Vec<_>>());
    stage.settings(&json!({ "session_bus": format!("unix:path={}", socket.display()) }));
    stage.add_host(HOST);
    let page = stage.window().await;
    page.says(LINE1, &["Checking"]).await;
    page.says("banner", &[" did not answer within ", "Look for that window and answer it"]).await;
    page.shot("hosts-keychain-slow").await;
    page.says(LINE1, &["Keychain locked"]).await;
    page.click("add-host").await;
    page.see("hostname").await;
    page.close().await;
}
