//! A login that ends, and the reminder before it does.

use std::time::Duration;

use journeys::reach::{HOST, Running};
use journeys::{Screen, wait};

use crate::stage::{Stage, lacks, menu_says, slot};

/// Long enough to be noticed, short enough to be waited for.
const SHORT: Duration = Duration::from_secs(12);
const LONG: Duration = Duration::from_secs(8 * 60 * 60);

#[tokio::test]
async fn a_login_that_ends_is_told_of_and_renewed_from_the_notification() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    stage.add_host(HOST);
    let _desktop = stage.running();
    stage.edge.set_lifetimes(SHORT, SHORT);
    let terminal = Running::start(&mut stage.helper(&["login", HOST]));
    stage.log_in_at(&stage.browser(1)).await;
    let said = terminal.ended();
    assert_eq!(said.code, Some(0), "{}", said.err);

    // Only a browser renews it.
    stage.edge.revoke_org_tokens(None);
    let item = stage.tray_shows("expiring").await;
    let notice = stage.desk.notices().one_with("acme login ends").await;
    assert_eq!((notice.app.as_str(), notice.body.as_str()), ("Sallyport", "build-01 needs it"));
    let labels: Vec<&str> = notice.actions.iter().map(|(_, label)| label.as_str()).collect();
    assert_eq!(labels, ["Open", "Log in again", "Not today"]);
    let again = notice.actions.iter().find(|(_, label)| label == "Log in again").expect("a button");
    // Pressed in the very moment it appears, the program may not listen yet.
    wait::eventually("a browser for the button", wait::SOON, async || {
        stage.desk.notices().press(&notice, &again.0).await;
        (stage.browsers().len() == 2).then_some(())
    })
    .await;
    stage.tray_shows("logging-in").await;
    item.click("Copy login link").await;
    let (screen, link) = (Screen::of(&stage.desk), stage.browser(2));
    wait::until("the link on the clipboard", wait::SOON, || (screen.clipboard()? == link).then_some(()));
    item.click("Stop waiting").await;

    stage.tray_shows("expired").await;
    menu_says(&item, "No login is valid").await;
    let told = stage.secret(&slot(&stage));
    stage.edge.set_lifetimes(LONG, LONG);
    // In its very last second the login still works, and is all that one gets.
    wait::eventually("a browser for a new login", wait::SOON, async || {
        item.click_if_there("Log in to acme").await;
        (stage.browsers().len() == 3).then_some(())
    })
    .await;
    stage.log_in_at(&stage.browser(3)).await;
    stage.tray_shows("valid").await;
    assert_ne!(stage.secret(&slot(&stage)), told, "a new login is in the keyring");
    let ended = stage.desk.notices().all();
    assert!(wait::SOON > SHORT && ended.len() < 3, "one reminder is enough: {ended:?}");
}
