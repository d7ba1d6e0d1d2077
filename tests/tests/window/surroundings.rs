//! What is around the hosts: a helper that was moved, a network that went.

use journeys::homes::put;
use journeys::reach::HOST;
use journeys::{built, wait};

use crate::stage::{Stage, lacks};

#[tokio::test]
async fn lines_that_name_a_moved_helper_are_mended() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    stage.add_host(HOST);
    let whole = stage.config_text();
    let helper = built::program("sallyport").display().to_string();
    let old = stage.desk.home().join("old/sallyport").display().to_string();
    assert!(whole.contains(&helper));
    put(stage.config(), whole.replace(&helper, &old));
    let page = stage.window().await;
    page.says("banner", &["ssh cannot find Sallyport's helper.", "~/old/sallyport", "Fix"]).await;
    page.see("row-build-01").await;
    page.shot("hosts-helper-moved").await;
    page.press("banner", "Fix").await;
    page.gone("banner").await;
    wait::until("lines that name the helper", wait::SOON, || (stage.config_text() == whole).then_some(()));
    page.close().await;
}

#[tokio::test]
async fn a_network_that_goes_is_said_until_it_is_back() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    // What is at hand on this machine needs no network; what the real edge guards does. Nothing here asks it anything.
    std::fs::remove_file(stage.desk.home().profile().join("realm.json")).expect("a realm");
    let page = stage.window().await;
    page.see("add-host").await;
    page.online(false).await;
    page.says("banner", &["You are offline.", "Logins keep their time.", "Try now"]).await;
    page.shot("offline").await;
    page.online(true).await;
    page.gone("banner").await;
    page.close().await;
}
