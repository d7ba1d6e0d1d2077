//! A keyring that does not take a login: it works from memory, and the person chooses what becomes of it.

use journeys::reach::{HOST, Said};

use crate::page::Page;
use crate::stage::{Stage, lacks, slot};

const BUTTON: &str = "row-button-build-01";
const LINE: &str = "row-line1-build-01";

#[tokio::test]
async fn a_login_that_cannot_be_saved_works_from_memory_until_the_end() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    stage.add_host(HOST);
    let page = stage.window().await;
    is_refused(&stage, &page).await;
    page.shot("logging-in-not-saved").await;
    page.press("problem", "Try again").await;
    page.says("problem", &["The login could not be saved."]).await;
    page.press("problem", "Keep in memory").await;
    page.gone("login-dialog").await;
    page.says(LINE, &["Until "]).await;
    assert_eq!(Said::of(&mut stage.ssh("true")).code, Some(0), "the desktop hands it to ssh");
    assert_eq!(stage.browsers().len(), 1);
    assert_eq!(stage.secret(&slot(&stage)), None);
    assert!(!stage.desk.home().profile().join("vault.json").exists(), "nobody asked for a plain file");

    let item = stage.tray_shows("valid").await;
    item.leave_by("Quit Sallyport").await;
    stage.until_ended();
    drop(page);
    let page = stage.window().await;
    page.says(LINE, &["Not logged in"]).await;
    page.close().await;
}

#[tokio::test]
async fn a_login_is_saved_once_the_keyring_takes_it() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    stage.add_host(HOST);
    let page = stage.window().await;
    is_refused(&stage, &page).await;
    stage.desk.refuse_secrets(false).await;
    page.press("problem", "Try again").await;
    page.gone("login-dialog").await;
    page.says("toast", &["The login is saved in your keyring"]).await;
    page.says(LINE, &["Until "]).await;
    assert_eq!(stage.browsers().len(), 1, "nobody logs in twice");
    let (_, kept) = stage.secret(&slot(&stage)).expect("a secret");
    assert!(kept.starts_with("eyJ"), "a login");
    page.close().await;
}

/// The person logs in, and the keyring does not take it.
async fn is_refused(stage: &Stage, page: &Page) {
    stage.desk.refuse_secrets(true).await;
    page.click(BUTTON).await;
    stage.log_in_at(&stage.browser(1)).await;
    let words = [
        "The login could not be saved.",
        "Your keyring said no. It stays in memory until you quit. \
         Allow Sallyport to use your keyring, then try again.",
    ];
    page.says("problem", &words).await;
    assert_eq!(page.attribute("problem", "data-cause").await, "keychain-refused");
    assert_eq!(stage.secret(&slot(stage)), None);
}
