//! Several things are shared at once; a tunnel of cloudflared's is taken over; people are cut off.

use std::path::PathBuf;
use std::process::Stdio;

use edge_sim::{AccountPlan, Right, TunnelPlan};
use journeys::homes::put;
use journeys::reach::PERSON;
use journeys::shared::{SHARED, TOKEN, ZONE};
use journeys::{Desk, Part, wait};

use crate::logind::Logind;
use crate::page::Page;
use crate::stage::{Stage, lacks, menu_says};

/// The connector, as the system cuts its name.
const CONNECTOR: &str = "sallyport-conne";
const SECOND: &str = "db.acme.test";

pub(crate) async fn set() -> Stage {
    let account = AccountPlan::default().zone(ZONE).token(TOKEN, &Right::SHARE);
    Stage::on(Desk::open().await, |plan| plan.account(account))
}

/// Shared by a command, which then ends: the address stays.
pub(crate) fn was_shared(stage: &Stage, hostname: &str, port: &str) {
    was_shared_by(stage, &["--hostname", hostname, "--port", port]);
}

/// The same with these words.
pub(crate) fn was_shared_by(stage: &Stage, words: &[&str]) {
    let words = [&["share", "ssh", "--allow", PERSON, "--no-proof"], words].concat();
    let mut command = stage.helper(&words);
    command.env("CLOUDFLARE_API_TOKEN", TOKEN);
    let mut share = Part::start("share", &mut command, &stage.desk.home().logs());
    share.says("that it is shared", |log| log.contains("is shared.").then_some(()));
    share.terminate();
    assert!(share.ended(wait::SOON).success(), "{}", share.log());
}

fn until_connectors(stage: &Stage, count: usize) {
    let is = || (stage.processes(CONNECTOR) == count).then_some(());
    wait::until(&format!("{count} connectors"), wait::SOON, is);
}

/// A person's ssh to what is shared.
pub(crate) fn visit(stage: &Stage) -> Part {
    let line = format!("exec ssh -F '{}' studio cat", stage.config().display());
    let mut ssh = stage.shell(&line);
    ssh.stdin(Stdio::piped());
    Part::start("ssh", &mut ssh, &stage.desk.home().logs())
}

pub(crate) fn add_host(stage: &Stage) {
    let added = stage.helper(&["host", "add", SHARED, "--user", &stage.user()]).status();
    assert!(added.expect("the helper starts").success());
}

/// The person logs in to what is shared, in the first browser that opens.
pub(crate) async fn log_in(stage: &Stage, page: &Page) {
    page.with_ctrl("1").await;
    page.click("row-button-studio").await;
    stage.log_in_at(&stage.browser(1)).await;
    page.says("row-line1-studio", &["Until"]).await;
    page.click("go-share").await;
}

/// The API token is given by way of the form.
pub(crate) async fn keep_token(page: &Page) {
    page.click("share-another").await;
    page.write("share-token", TOKEN).await;
    page.click("share-keep-token").await;
    page.see("share-address").await;
    page.click("share-list-back").await;
}

pub(crate) async fn answers_again(stage: &Stage) -> Page {
    let page = stage.window().await;
    page.click("go-share").await;
    page.click("share-answer").await;
    page.says("share-count", &["4 of 4"]).await;
    page
}

#[tokio::test]
async fn several_names_are_shared_at_once_and_stopped_one_by_one() {
    if lacks() {
        return;
    }
    let stage = set().await;
    let port = stage.server_port();
    was_shared(&stage, SHARED, &port);
    was_shared(&stage, SECOND, &port);
    let page = stage.window().await;
    page.click("go-share").await;
    for hostname in [SHARED, SECOND] {
        let row = format!("share-row-{hostname}");
        page.says(&row, &["Does not answer"]).await;
        page.press(&row, "Answer again").await;
        page.says(&row, &["4 of 4 connections"]).await;
    }
    until_connectors(&stage, 2);
    page.says("go-share", &["2 on"]).await;
    page.shot("share-list").await;
    let item = stage.tray_shows("sharing").await;
    menu_says(&item, &format!("Stop sharing {SECOND}…")).await;
    page.click("share-another").await;
    page.see("share-token").await;
    page.click("share-list-back").await;

    page.press(&format!("share-row-{SECOND}"), SECOND).await;
    page.says("share-name", &[SECOND]).await;
    page.says("share-rules", &[SECOND, "Everything else", "http_status:404"]).await;
    page.click("share-stop").await;
    page.says("ask-text", &["Nobody is connected now."]).await;
    page.click("ask-yes").await;
    page.see("share-answer").await;
    until_connectors(&stage, 1);
    page.says("go-share", &["On"]).await;
    page.click("share-list-back").await;
    page.says(&format!("share-row-{SHARED}"), &["Shared since"]).await;
    // Whether the driver ends the desktop with its session is the driver's affair.
    page.with_ctrl("q").await;
    page.leave_by("ask-yes").await;
    stage.until_ended();
    until_connectors(&stage, 0);
}

#[tokio::test]
async fn who_is_connected_is_seen_and_can_be_cut_off() {
    if lacks() {
        return;
    }
    let stage = set().await;
    was_shared(&stage, SHARED, &stage.server_port());
    add_host(&stage);
    let (logind, _bus) = Logind::play(&stage).await;
    let page = answers_again(&stage).await;
    log_in(&stage, &page).await;
    page.says("share-awake-help", &["Sharing pauses while this computer sleeps."]).await;
    page.click("share-awake").await;
    let mut ssh = visit(&stage);
    page.says("share-visitors", &[PERSON, "Since"]).await;
    page.says("share-events", &[&format!("{PERSON} connected")]).await;
    logind.until_held(1).await;
    let said = ["sleep:idle", "Sallyport", "Somebody is connected to this machine", "block"];
    assert_eq!(logind.said(), said);
    page.shot("share-visitors").await;
    page.click("share-disconnect").await;
    page.says("ask-text", &["cut off at once"]).await;
    page.click("ask-yes").await;
    assert!(!ssh.ended(wait::SOON).success(), "{}", ssh.log());
    page.says("share-events", &[&format!("{PERSON} disconnected after")]).await;
    page.gone("share-visitors").await;
    logind.until_held(0).await;
    page.says("share-count", &["4 of 4"]).await;
    page.close().await;
}

/// Somebody more is let in, which shows before it counts.
async fn edit_people(stage: &Stage, page: &Page) {
    page.click("share-edit").await;
    page.says("people-changes", &["Nothing is changed yet."]).await;
    page.write("share-allow", "@corp.test,").await;
    page.says("people-changes", &["Everybody at corp.test may connect."]).await;
    page.shot("share-people").await;
    page.click("people-save").await;
    page.gone("people-edit").await;
    page.says("share-line", &["1 person and 1 domain may connect."]).await;
    let allowed = stage.edge.guard(SHARED).expect("an application").allow;
    assert_eq!(allowed, ["@corp.test", PERSON]);
}

#[tokio::test]
async fn rules_are_edited_and_a_name_that_leads_elsewhere_comes_back() {
    if lacks() {
        return;
    }
    let stage = set().await;
    was_shared(&stage, SHARED, &stage.server_port());
    let page = stage.window().await;
    page.click("go-share").await;
    keep_token(&page).await;
    page.click("share-answer").await;
    page.says("share-count", &["4 of 4"]).await;

    edit_people(&stage, &page).await;
    page.click("share-edit-rules").await;
    page.write("rule-service-2", "carrier pigeon").await;
    page.click("rules-save").await;
    page.says("rules-problem", &["Rule 2 cannot be used."]).await;
    page.write("rule-service-2", "http_status:410").await;
    page.gone("rules-problem").await;
    page.shot("share-edit-rules").await;
    page.click("rules-save").await;
    page.gone("rules-save").await;
    page.says("share-rules", &[SHARED, "http_status:410"]).await;
    page.says("share-events", &["Rules of version"]).await;
    page.gone("share-trouble").await;

    assert!(stage.edge.lead_elsewhere(SHARED, "203.0.113.7"));
    page.click("go-share").await;
    page.says("share-trouble", &[&format!("{SHARED} points somewhere else now."), "203.0.113.7"]).await;
    page.shot("share-moved").await;
    page.press("share-trouble", "Point it here").await;
    page.gone("share-trouble").await;
    let record = format!("record {SHARED} to a tunnel");
    assert!(stage.edge.account().contains(&record), "{:?}", stage.edge.account());
    page.close().await;
}

#[tokio::test]
async fn a_tunnel_of_cloudflareds_is_found_and_run_and_nothing_of_it_is_changed() {
    if lacks() {
        return;
    }
    let tunnel = TunnelPlan::new("office");
    let planned = tunnel.clone();
    let stage = Stage::on(Desk::open().await, |plan| plan.tunnel(planned));
    let folder: PathBuf = stage.desk.home().join(".cloudflared");
    let (config, right) = (folder.join("config.yml"), folder.join(format!("{}.json", tunnel.id)));
    let text = format!(
        "tunnel: {}\ningress:\n  - hostname: office.acme.test\n    service: ssh://127.0.0.1:{}\n  - service: http_status:404\n",
        tunnel.id,
        stage.server_port()
    );
    put(&config, &text);
    put(&right, tunnel.credentials());

    let page = stage.window().await;
    page.click("go-share").await;
    let row = "share-row-office.acme.test";
    page.says(row, &["office.acme.test, by ~/.cloudflared/config.yml"]).await;
    page.shot("share-found").await;
    page.press(row, "office.acme.test").await;
    page.says("share-resting", &["is set up for cloudflared.", "Nothing of cloudflared's is changed"]).await;
    page.says("share-rules", &["office.acme.test", "ssh://127.0.0.1:"]).await;
    page.click("share-answer").await;
    page.says("share-count", &["4 of 4"]).await;
    page.says("share-line", &["Runs here since", "~/.cloudflared/config.yml"]).await;
    page.says("go-share", &["On"]).await;
    page.shot("share-taken").await;
    until_connectors(&stage, 1);

    page.click("share-stop").await;
    page.says("ask-text", &["Where cloudflared runs it as well, that goes on."]).await;
    page.click("ask-yes").await;
    page.see("share-answer").await;
    until_connectors(&stage, 0);
    let read = |path: &PathBuf| std::fs::read_to_string(path).expect("a file");
    assert_eq!((read(&config), read(&right)), (text, tunnel.credentials()));
    page.close().await;
}
