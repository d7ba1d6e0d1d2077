//! The main job: add a host, log in, type `ssh`, and be in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use journeys::reach::{HOST, PERSON, Running};
use journeys::wait;

use crate::page::Page;
use crate::stage::{ALIAS, Stage, clock_time, lacks, menu_says, slot};

#[tokio::test]
async fn a_host_is_added_logged_in_to_and_reached() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    let before = stage.config_text();
    let page = stage.window().await;
    page.see("add-host").await;
    page.says("checks", &["OpenSSH", "Keyring ready", "opens for logins"]).await;
    page.shot("first-run").await;
    stage.tray_shows("none").await;

    add(&stage, &page, &before).await;
    let until = log_in(&stage, &page).await;
    tray_is_valid(&stage, &until).await;
    reach(&stage, &page).await;
    page.close().await;
}

/// Adds the host, and checks that what was shown is what was written.
async fn add(stage: &Stage, page: &Page, before: &str) {
    page.click("add-host").await;
    page.write("hostname", HOST).await;
    page.says("lookup", &["Behind Cloudflare Access", HOST, "team acme", "Known after you log in"]).await;
    page.see("preview").await;
    page.says("command", &[ALIAS]).await;
    page.shot("add-host").await;
    let shown = page.preview("added").await;
    assert!(page.preview("removed").await.is_empty());
    assert!(shown.iter().any(|line| line.trim() == format!("HostName {HOST}")), "{shown:#?}");
    assert!(shown.iter().any(|line| line.contains("access ssh --hostname %h")), "{shown:#?}");
    assert_eq!(stage.config_text(), before, "nothing is written before it is asked for");
    page.click("save").await;
    page.see(&format!("row-{ALIAS}")).await;
    assert_eq!(stage.config_text(), format!("{}\n{before}", shown.join("\n")));
    page.shot("hosts-not-logged-in").await;
}

/// Logs in, and has the time that the row tells.
async fn log_in(stage: &Stage, page: &Page) -> String {
    page.says(&format!("row-line1-{ALIAS}"), &["Not logged in"]).await;
    stage.tray_shows("expired").await;
    page.click(&format!("row-button-{ALIAS}")).await;
    page.says("login-dialog", &["Finish logging in to acme", "Log in there", "The link works until"]).await;
    let link = page.attribute("login-link", "data-link").await;
    assert_eq!(stage.browser(1), link, "the link that is shown is the one that was opened");
    stage.tray_shows("logging-in").await;
    page.shot("logging-in").await;

    stage.log_in_at(&link).await;
    page.gone("login-dialog").await;
    let told = page.says(&format!("row-line1-{ALIAS}"), &["Until "]).await;
    page.shot("hosts-logged-in").await;
    let (service, token) = stage.secret(&slot(stage)).expect("the login in the keyring");
    assert!(service.starts_with("Sallyport "), "{service}");
    let ends = clock_time(end_of(&token));
    assert!(told.ends_with(&ends), "{told:?} is not {ends}");
    ends
}

async fn tray_is_valid(stage: &Stage, until: &str) {
    let item = stage.tray_shows("valid").await;
    assert_eq!(item.title().await, "Sallyport");
    menu_says(&item, "1 of 1 hosts ready").await;
    let menu = item.menu().await;
    let labels: Vec<&str> = menu.iter().map(|line| line.label.as_str()).collect();
    assert!(labels[1].starts_with("Until ") && labels[1].contains(until), "{labels:?}");
    assert!(labels[1].contains(", renews until "), "both clocks: {labels:?}");
    assert!(labels.iter().any(|label| label.starts_with("build-01 · until")), "{labels:?}");
    let (title, text) = item.tooltip().await;
    assert!(format!("{title} {text}").contains("Sallyport: 1 of 1 ready, next login ends"), "{title} {text}");
}

/// Runs the command that the window shows, from outside.
async fn reach(stage: &Stage, page: &Page) {
    page.click(&format!("row-{ALIAS}")).await;
    let command = page.says("command", &["ssh ", ALIAS]).await;
    page.says("status-foot", &["1 of 1 ready"]).await;
    page.shot("host-detail").await;
    let line = format!("{command} 'echo reached by $(id -un); exit 7'");
    let ran = stage.shell(&line).output().expect("a shell");
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(7), "{said}\n{}", page.log());
    assert_eq!(String::from_utf8_lossy(&ran.stdout), format!("reached by {}\n", me()));
    assert!(!said.contains("sallyport:"), "nothing is said when all is well: {said}");

    page.back().await;
    page.click(&format!("row-button-{ALIAS}")).await;
    let terminal = wait::until("a terminal for Connect", wait::SOON, || stage.terminals().pop());
    assert_eq!(terminal, format!("-e {command}"));

    let mut session = Running::start(&mut stage.shell(&format!("exec {command} cat")));
    page.says(&format!("row-{ALIAS}"), &["1 open"]).await;
    page.shot("hosts-one-open").await;
    session.finish_input();
    assert_eq!(session.ended().code, Some(0));
    let row = format!("row-{ALIAS}");
    wait::eventually("no open session", wait::SOON, async || {
        let text = page.says(&row, &[ALIAS]).await;
        (!text.contains("open")).then_some(())
    })
    .await;
    assert_eq!(stage.browsers().len(), 1);
}

fn me() -> String {
    String::from_utf8_lossy(&std::process::Command::new("id").arg("-un").output().expect("a name").stdout)
        .trim()
        .to_owned()
}

/// The `exp` of a token.
fn end_of(token: &str) -> i64 {
    let payload = token.split('.').nth(1).expect("three parts");
    let claims: serde_json::Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("claims in JSON");
    assert_eq!(claims["email"], PERSON);
    claims["exp"].as_i64().expect("an end")
}
