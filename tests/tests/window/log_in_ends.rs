//! Log-ins that come to nothing, and logins that stop working.

use edge_sim::TokenFault;
use journeys::reach::{HOST, Running, Said};
use serde_json::json;

use crate::stage::{Stage, lacks, log_in, slot};

const BUTTON: &str = "row-button-build-01";
const LINE: &str = "row-line1-build-01";

#[tokio::test]
async fn who_closes_the_tab_gets_a_new_link() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    stage.settings(&json!({ "log_in_wait_s": 5 }));
    stage.add_host(HOST);
    let page = stage.window().await;
    page.click(BUTTON).await;
    let first = stage.browser(1);
    page.says("problem", &["The link ran out.", "Links work for 5 s.", "Get a new link"]).await;
    assert_eq!(page.attribute("problem", "data-cause").await, "log-in-timed-out");
    page.shot("logging-in-timed-out").await;
    page.says(LINE, &["Not logged in"]).await;
    page.press("problem", "Get a new link").await;
    let second = stage.browser(2);
    assert_ne!(first, second);
    stage.log_in_at(&second).await;
    page.gone("login-dialog").await;
    page.says(LINE, &["Until "]).await;
    page.close().await;
}

#[tokio::test]
async fn a_login_that_is_not_for_this_app_is_not_kept() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    stage.add_host(HOST);
    let page = stage.window().await;
    page.click(BUTTON).await;
    for (browsers, fault) in
        [(1, TokenFault::OtherAudience), (2, TokenFault::WrongSignature), (3, TokenFault::Expired)]
    {
        stage.edge.faults().set(|faulty| faulty.tokens.next(1, fault));
        stage.log_in_at(&stage.browser(browsers)).await;
        let words =
            ["What the browser sent back cannot be used.", "It is not for build-01", "Log in once more."];
        page.says("problem", &words).await;
        assert_eq!(stage.secret(&slot(&stage)), None, "{fault:?}");
        page.press("problem", "Try again").await;
    }
    stage.log_in_at(&stage.browser(4)).await;
    page.gone("login-dialog").await;
    page.says(LINE, &["Until "]).await;
    page.close().await;
}

#[tokio::test]
async fn a_login_that_was_revoked_asks_for_one_log_in_and_ssh_goes_on() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    stage.add_host(HOST);
    let page = stage.window().await;
    log_in(&stage, &page).await;

    // The app's login alone: the team's buys the next one, and nobody hears of it.
    stage.edge.revoke_app_tokens(None);
    assert_eq!(Said::of(&mut stage.ssh("echo in")).well().text(), "in\n");
    assert_eq!(stage.browsers().len(), 1);

    stage.edge.revoke_app_tokens(None);
    stage.edge.revoke_org_tokens(None);
    let running = Running::start(&mut stage.ssh("echo in"));
    page.says("login-dialog", &["A program wants to reach build-01", "Open the browser to let it."]).await;
    page.shot("logging-in-for-a-program").await;
    page.click("login-open-again").await;
    stage.log_in_at(&stage.browser(2)).await;
    page.gone("login-dialog").await;
    assert_eq!(running.ended().well().text(), "in\n");
    page.says(LINE, &["Until "]).await;

    page.close().await;
}
