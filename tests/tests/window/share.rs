//! An administrator shares this machine from the window, is reached through it, and takes it back.

use std::path::Path;

use edge_sim::{AccountPlan, ApiFault, Right};
use journeys::reach::PERSON;
use journeys::shared::{SHARED, TOKEN, ZONE};
use journeys::{Desk, process, wait};

use crate::page::Page;
use crate::shares::was_shared;
use crate::stage::{Stage, lacks, menu_says};

/// What the account has besides.
const BEFORE: [&str; 2] = ["group Platform", "log-in by onetimepin"];
/// Somebody in the account's group.
const OTHER: &str = "bob@corp.test";
/// WebDriver's name of the key.
const ENTER: char = '\u{E007}';
/// The connector, as the system cuts its name.
const CONNECTOR: &str = "sallyport-conne";
/// Where one of these is, a service would be set up for whoever runs the tests.
const STARTS_SERVICES: [&str; 3] = ["/run/systemd/system", "/sbin/openrc-run", "/usr/sbin/openrc-run"];

async fn set(rights: &[Right]) -> Stage {
    let account = AccountPlan::default().zone(ZONE).token(TOKEN, rights).group("Platform", &[OTHER]);
    Stage::on(Desk::open().await, |plan| plan.account(account))
}

fn until_account_is_as_before(stage: &Stage) {
    let is = || (stage.edge.account() == BEFORE).then_some(());
    wait::until("an account as before", wait::SOON, is);
}

/// The form, filled but for who may connect.
async fn fill(stage: &Stage, page: &Page) {
    page.click("go-share").await;
    page.write("share-token", TOKEN).await;
    page.click("share-keep-token").await;
    page.write("share-address", SHARED).await;
    page.write("share-port", &stage.server_port()).await;
}

#[tokio::test]
async fn a_machine_is_shared_reached_and_taken_back_from_the_window() {
    if lacks() {
        return;
    }
    let stage = set(&Right::SHARE).await;
    let page = stage.window().await;
    fill(&stage, &page).await;
    page.says("share-allow-error", &["Add at least one person, group or domain."]).await;
    page.write("share-allow", &format!("{PERSON}{ENTER}")).await;
    page.write("share-allow", "plat").await;
    page.see("share-group-Platform").await;
    page.shot("share-groups").await;
    page.click("share-group-Platform").await;
    page.says(
        "share-plan",
        &["group Platform", "Say who may connect", "Create a tunnel", "Point the address at it"],
    )
    .await;
    page.shot("share-form").await;
    assert_eq!(stage.edge.account(), BEFORE, "a plan makes nothing");
    let kept = stage.secret("api").expect("the API token in the keyring");
    assert_eq!(kept.1, TOKEN);

    page.click("share-start").await;
    let link = stage.browser(1);
    page.says("share-progress", &["Step ", "Log in in your browser"]).await;
    page.shot("share-progress").await;
    stage.log_in_at(&link).await;
    page.says("share-count", &["4 of 4"]).await;
    page.says("share-link-1", &["sim", "QUIC", " ms"]).await;
    page.says("share-line", &["Shared since", "1 person and 1 group may connect."]).await;
    assert_eq!(stage.edge.guard(SHARED).expect("an application").allow, [PERSON, OTHER]);
    page.says("share-events", &["All 4 connections up"]).await;
    page.says("go-share", &["On"]).await;
    page.shot("share-running").await;

    let added = stage.helper(&["host", "add", SHARED, "--user", &stage.user()]).status();
    assert!(added.expect("the helper starts").success());
    let line = format!("exec ssh -F '{}' studio 'echo through'", stage.config().display());
    let reached = stage.shell(&line).output().expect("ssh starts");
    let said = String::from_utf8_lossy(&reached.stderr);
    assert_eq!(String::from_utf8_lossy(&reached.stdout), "through\n", "{said}");
    let item = stage.tray_shows("sharing").await;
    menu_says(&item, &format!("Shared as {SHARED}")).await;
    menu_says(&item, "Copy invitation").await;
    for pid in process::inhabitants(stage.desk.home().path()) {
        let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&words).contains(TOKEN), "{pid}");
    }

    page.click("share-stop").await;
    page.click("ask-also").await;
    page.click("ask-yes").await;
    page.says("toast", &[&format!("{SHARED} is not shared any more")]).await;
    page.see("share-address").await;
    until_account_is_as_before(&stage);
    wait::until("no connector", wait::SOON, || (stage.processes(CONNECTOR) == 0).then_some(()));
    assert!(!page.log().contains(TOKEN), "the token is in no log");
    page.close().await;
}

#[tokio::test]
async fn what_the_token_lacks_is_said_before_anything_is_made() {
    if lacks() {
        return;
    }
    let rights: Vec<Right> = Right::SHARE.into_iter().filter(|right| *right != Right::WriteApps).collect();
    let stage = set(&rights).await;
    let page = stage.window().await;
    fill(&stage, &page).await;
    page.write("share-allow", &format!("{PERSON}{ENTER}")).await;
    page.says("share-obstacle", &["It lacks: Account, Access: Apps and Policies, Edit.", "Make a token"])
        .await;
    page.shot("share-obstacle").await;
    page.press("share-obstacle", "Use another token").await;
    page.see("share-token").await;
    page.click("share-make-token").await;
    assert!(stage.browser(1).starts_with("https://dash.cloudflare.com/profile/api-tokens?"));
    assert_eq!(stage.edge.account(), BEFORE);
    page.close().await;
}

#[tokio::test]
async fn what_failed_stays_over_a_restart_and_is_undone_or_gone_on_with() {
    if lacks() {
        return;
    }
    let stage = set(&Right::SHARE).await;
    let page = stage.window().await;
    fill(&stage, &page).await;
    page.write("share-allow", &format!("{PERSON}{ENTER}")).await;
    let no = ApiFault::Refused { status: 400, code: 1234, message: "not today" };
    stage.edge.faults().set(|faulty| faulty.api_calls = vec![("POST", "/dns_records", no)]);
    page.click("share-start").await;
    page.says("share-progress", &["Stopped at step 6 of 8"]).await;
    page.says("problem", &["not today"]).await;
    page.shot("share-failed").await;
    page.click("share-undo-step").await;
    page.says("share-progress", &["3 of 8 steps are in place"]).await;
    page.leave_with_ctrl("q").await;
    stage.until_ended();
    drop(page);

    stage.edge.faults().set(|faulty| faulty.api_calls.clear());
    let page = stage.window().await;
    page.click("go-share").await;
    page.says("share-in-place", &["3 steps are in place"]).await;
    page.says("share-plan", &["What is left to do"]).await;
    page.shot("share-in-place").await;
    page.click("share-continue").await;
    stage.log_in_at(&stage.browser(1)).await;
    page.says("share-count", &["4 of 4"]).await;
    page.says("share-rules", &[SHARED, "http_status:404"]).await;
    page.close().await;
}

/// Nothing here starts services: that is said at the switch, and all stays as it was.
async fn is_refused_a_service(stage: &Stage, page: &Page) {
    page.says("share-service-help", &["Runs as a service"]).await;
    page.click("share-service").await;
    let why = "Neither systemd, nor OpenRC, nor launchd runs here";
    page.says("share-service-problem", &["The service could not be set up.", why]).await;
    page.shot("share-no-service").await;
    page.says("share-count", &["4 of 4"]).await;
    assert_eq!(stage.processes(CONNECTOR), 1);
}

#[tokio::test]
async fn what_is_shared_answers_again_and_quitting_asks() {
    if lacks() {
        return;
    }
    let stage = set(&Right::SHARE).await;
    was_shared(&stage, SHARED, &stage.server_port());

    let page = stage.window().await;
    page.click("go-share").await;
    page.says("share-resting", &[&format!("{SHARED} is shared, but does not answer.")]).await;
    page.shot("share-resting").await;
    page.click("share-again").await;
    page.click("share-answer").await;
    page.says("share-count", &["4 of 4"]).await;
    if !STARTS_SERVICES.iter().any(|path| Path::new(path).exists()) {
        is_refused_a_service(&stage, &page).await;
    }
    page.with_ctrl("q").await;
    page.see("ask-yes").await;
    page.shot("share-quit").await;
    page.click("ask-no").await;
    page.gone("ask-yes").await;
    assert_eq!(stage.processes(CONNECTOR), 1);
    page.with_ctrl("q").await;
    page.leave_by("ask-yes").await;
    stage.until_ended();
    wait::until("no connector", wait::SOON, || (stage.processes(CONNECTOR) == 0).then_some(()));
    drop(page);

    // It was chosen to answer again.
    let page = stage.window().await;
    page.click("go-share").await;
    page.says("share-count", &["4 of 4"]).await;
    page.click("share-stop").await;
    page.click("ask-yes").await;
    page.see("share-answer").await;
    wait::until("no connector", wait::SOON, || (stage.processes(CONNECTOR) == 0).then_some(()));
    page.close().await;
}
