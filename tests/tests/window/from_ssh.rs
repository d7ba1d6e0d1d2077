//! What `ssh` runs into in a terminal, read in the window: the cause and the next step, until the next one gets through.

use edge_sim::{CarryFault, Cut, UpgradeFault};
use journeys::reach::{HOST, Said};
use serde_json::json;

use crate::page::Page;
use crate::stage::{Stage, lacks, log_in};

const LINE1: &str = "row-line1-build-01";
const LINE2: &str = "row-line2-build-01";

#[tokio::test]
async fn what_ssh_runs_into_shows_in_the_window_until_it_gets_through() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    // One that is ready would run into it alone, and ssh would get through on one of its own.
    stage.settings(&json!({ "keep_warm": false }));
    stage.add_host(HOST);
    let page = stage.window().await;
    log_in(&stage, &page).await;

    // The tunnel is down.
    stage.edge.faults().set(|faulty| faulty.upgrade.next(1, UpgradeFault::TunnelDown));
    let said = fails(&stage, "true");
    assert!(
        said.err.contains("the tunnel of build-01.acme.test is not running; try again later"),
        "{}",
        said.err
    );
    page.says("banner", &["The server's tunnel is not running.", "ask who runs the machine"]).await;
    page.says(LINE1, &["Cannot be reached"]).await;
    page.says(LINE2, &["Its tunnel is not running"]).await;
    page.shot("ssh-tunnel-down").await;
    gets_through(&stage, &page).await;

    // Policy has changed.
    assert!(stage.edge.change_app(HOST, |app| app.allow = vec!["boss@acme.test".to_owned()]));
    fails(&stage, "true");
    page.says("banner", &["acme does not let you into build-01.", "An acme admin can add a rule that does."])
        .await;
    page.says(LINE1, &["Blocked by policy"]).await;
    page.says(LINE2, &["Ask an acme admin"]).await;
    page.press("banner", "Details").await;
    page.says("problem", &["You are logged in as ada@acme.test", "Log in as someone else"]).await;
    page.gone("banner").await;
    page.shot("ssh-blocked").await;
    page.back().await;
    assert!(stage.edge.change_app(HOST, |app| app.allow.clear()));
    gets_through(&stage, &page).await;

    // The edge cuts the stream.
    let cut = CarryFault { after: 100_000, how: Cut::Truncate };
    stage.edge.faults().set(|faulty| faulty.carry.next(1, cut));
    fails(&stage, "head -c 1000000 /dev/zero");
    page.says("banner", &["The connection to build-01 was cut.", "Connect again."]).await;
    page.says(LINE1, &["Until "]).await;
    page.says(LINE2, &["Last connection was cut"]).await;
    page.shot("ssh-cut").await;
    gets_through(&stage, &page).await;

    // The edge has trouble of its own; the person reads it and closes it.
    let down = UpgradeFault::Status(503, "<html>".to_owned());
    stage.edge.faults().set(|faulty| faulty.upgrade.next(1, down));
    fails(&stage, "true");
    page.says("banner", &["Cloudflare is having trouble (error 503).", "Try again in a minute."]).await;
    page.press("banner", "Close").await;
    page.gone("banner").await;
    page.says(LINE2, &["Cloudflare had trouble"]).await;
    gets_through(&stage, &page).await;
    assert_eq!(stage.browsers().len(), 1);
    page.close().await;
}

fn ssh(stage: &Stage, command: &str) -> Said {
    Said::of(&mut stage.ssh(command))
}

fn fails(stage: &Stage, command: &str) -> Said {
    let said = ssh(stage, command);
    assert_eq!(said.code, Some(255), "{}", said.err);
    assert!(said.err.contains("sallyport: "), "{}", said.err);
    said
}

/// The next `ssh` works, and what was wrong is gone from the window.
async fn gets_through(stage: &Stage, page: &Page) {
    assert_eq!(ssh(stage, "true").code, Some(0));
    page.gone("banner").await;
    page.says(LINE1, &["Until "]).await;
    page.says_not(LINE2, &["cut", "not running", "Ask", "trouble"]).await;
}
