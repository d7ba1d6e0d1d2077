//! What Add host says when the answer to a look-up cannot be believed.

use edge_sim::MetadataFault;
use journeys::reach::HOST;

use crate::page::Page;
use crate::stage::{ALIAS, Stage, lacks};

#[tokio::test]
async fn a_description_that_cannot_be_believed_is_told_and_opens_no_browser() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    let before = stage.config_text();
    let page = stage.window().await;
    let faults = [
        (MetadataFault::WrongSignature, "its signature is not by the team's keys."),
        (MetadataFault::WrongHost, "it describes `"),
        (MetadataFault::TooOld, "it was signed more than a day ago."),
    ];
    for (at, (fault, why)) in faults.into_iter().enumerate() {
        stage.edge.faults().set(|faulty| faulty.metadata.always(fault.clone()));
        look_up(&page, at == 0).await;
        page.says(
            "lookup",
            &[
                "The login page of build-01.acme.test cannot be trusted.",
                &format!("What it says about itself does not hold: {why}"),
                "Try again on another network; if it stays so, tell an admin of the team.",
            ],
        )
        .await;
    }
    page.shot("add-host-not-trusted").await;
    assert_eq!(stage.config_text(), before);
    stage.edge.faults().clear();
    page.press("lookup", "Try again").await;
    page.says("lookup", &["Behind Cloudflare Access"]).await;
    page.click("save").await;
    page.see(&format!("row-{ALIAS}")).await;

    stage.edge.faults().set(|faulty| faulty.metadata.always(MetadataFault::WrongSignature));
    std::fs::remove_file(stage.desk.home().profile().join("apps.json")).expect("what is known of apps");
    page.click("row-button-build-01").await;
    page.says("problem", &["cannot be trusted.", "Try again on another network"]).await;
    page.shot("logging-in-not-trusted").await;
    assert!(stage.browsers().is_empty(), "nobody is sent to a page that cannot be trusted");
    stage.edge.faults().clear();
    page.press("problem", "Try again").await;
    stage.log_in_at(&stage.browser(1)).await;
    page.gone("login-dialog").await;
    page.says("row-line1-build-01", &["Until "]).await;
    page.close().await;
}

#[tokio::test]
async fn a_clock_that_is_off_by_a_day_is_named_until_it_is_right() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    stage.edge.faults().set(|faulty| faulty.clock_offset = 86_400);
    let page = stage.window().await;
    look_up(&page, true).await;
    let words = ["This computer's clock is 1 d behind.", "set the clock by the network."];
    page.says("lookup", &words).await;
    page.says("banner", &words).await;
    page.shot("add-host-clock").await;
    stage.edge.faults().clear();
    page.press("lookup", "Try again").await;
    page.says("lookup", &["Behind Cloudflare Access"]).await;
    page.gone("banner").await;
    page.close().await;
}

/// Opens the form, or begins it anew, and types the hostname.
async fn look_up(page: &Page, first: bool) {
    if !first {
        page.click("cancel").await;
    }
    page.click("add-host").await;
    page.write("hostname", HOST).await;
}
