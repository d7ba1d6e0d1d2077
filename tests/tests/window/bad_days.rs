//! What goes wrong, as the window says it: the cause, the next step, and nothing lost.

use std::os::unix::fs::PermissionsExt as _;

use edge_sim::{AppPlan, TransferFault};
use journeys::homes::put;
use journeys::reach::{HOST, OTHER, TEAM};
use journeys::{Desk, Screen, wait};

use crate::picture::Picture;
use crate::stage::{ALIAS, Stage, lacks, log_in, slot};

const BUTTON: &str = "row-button-build-01";
const LINE: &str = "row-line1-build-01";

#[tokio::test]
async fn a_log_in_is_cancelled_opened_again_copied_and_tried_again() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    stage.add_host(HOST);
    let page = stage.window().await;
    page.click(BUTTON).await;
    let link = stage.browser(1);
    page.click("login-open-again").await;
    assert_eq!(stage.browser(2), link, "the same link once more");
    page.click("login-copy-link").await;
    page.says("login-copy-link", &["Copied"]).await;
    assert_eq!(Screen::of(&stage.desk).clipboard().as_deref(), Some(link.as_str()));
    page.click("login-show-code").await;
    page.says("login-dialog", &["Or log in on your phone", "Hide code"]).await;
    let picture = Picture::of_png(&page.shot("logging-in-code").await);
    assert_eq!(picture.scanned(), [link.as_str()]);
    page.click("login-cancel").await;
    page.gone("login-dialog").await;
    page.says(LINE, &["Not logged in"]).await;

    stage.edge.faults().set(|faulty| faulty.transfer.next(1, TransferFault::Undecryptable));
    page.click(BUTTON).await;
    stage.log_in_at(&stage.browser(3)).await;
    page.says("problem", &["What the browser sent back cannot be used.", "Log in once more"]).await;
    page.shot("logging-in-unreadable").await;
    assert_eq!(stage.secret(&slot(&stage)), None);
    page.press("problem", "Try again").await;
    stage.log_in_at(&stage.browser(4)).await;
    page.gone("login-dialog").await;
    page.says(LINE, &["Until "]).await;
    page.close().await;
}

#[tokio::test]
async fn a_browser_that_does_not_open_leaves_the_link() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    stage.add_host(HOST);
    let program = stage.desk.home().join("chosen");
    stage.settings(&serde_json::json!({ "browser": program }));
    let page = stage.window().await;
    page.click(BUTTON).await;
    page.says(
        "login-dialog",
        &["No browser opened.", "Copy the link and open it on any device", "Hide code"],
    )
    .await;
    let link = page.attribute("login-link", "data-link").await;
    page.shot("logging-in-no-browser").await;
    page.click("login-copy-link").await;
    page.says("login-copy-link", &["Copied"]).await;
    std::fs::copy(stage.desk.home().join("browser"), &program).expect("a browser");
    page.click("login-open-again").await;
    assert_eq!(stage.browser(1), link);
    page.says("login-dialog", &[" opened", "Log in there"]).await;
    page.says_not("login-dialog", &["No browser opened."]).await;
    stage.log_in_at(&link).await;
    page.gone("login-dialog").await;
    page.says(LINE, &["Until "]).await;
    page.close().await;
}

#[tokio::test]
async fn who_is_not_let_in_any_more_reads_whom_to_ask() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    stage.add_host(HOST);
    let page = stage.window().await;
    log_in(&stage, &page).await;
    assert!(stage.edge.change_app(HOST, |app| app.allow = vec!["@other.test".to_owned()]));
    page.click("row-menu-build-01").await;
    page.click("menu-log-in-again").await;
    page.says(
        "problem",
        &["acme does not let you into build-01.", "An acme admin can add a rule that does."],
    )
    .await;
    assert_eq!(page.attribute("problem", "data-cause").await, "blocked");
    page.shot("logging-in-blocked").await;
    page.click("login-cancel").await;
    page.says(LINE, &["Blocked by policy"]).await;
    page.close().await;
}

#[tokio::test]
async fn the_lookup_says_what_a_hostname_is() {
    if lacks() {
        return;
    }
    let desk = Desk::open().await;
    let stage = Stage::on(desk, |plan| {
        let origin = plan.apps[0].origin;
        plan.app(AppPlan::new(TEAM, "open.acme.test", origin).not_behind_access())
    });
    let page = stage.window().await;
    page.click("add-host").await;
    page.write("hostname", "nowhere.invalid").await;
    page.says("lookup", &["No such name.", "nowhere.invalid has no DNS record."]).await;
    page.shot("add-host-no-such-name").await;
    page.write("hostname", "open.acme.test").await;
    page.says("lookup", &["Not behind Access.", "nothing asks for a login"]).await;
    page.shot("add-host-not-behind-access").await;
    page.write("hostname", &format!("ssh -p 2222 ada@{OTHER}")).await;
    page.says("lookup", &["Behind Cloudflare Access", OTHER]).await;
    let shown = page.preview("added").await;
    for line in [format!("HostName {OTHER}"), "User ada".to_owned(), "Port 2222".to_owned()] {
        assert!(shown.iter().any(|shown| shown.trim() == line), "{line} in {shown:#?}");
    }
    page.close().await;
}

#[tokio::test]
async fn a_config_that_cannot_be_written_loses_nothing() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    let before = stage.config_text();
    permit(&stage, 0o400);
    let page = stage.window().await;
    page.click("add-host").await;
    page.write("hostname", HOST).await;
    page.see("preview").await;
    page.click("save").await;
    page.says("problem", &["is read-only.", "Copy the lines instead"]).await;
    assert_eq!(page.attribute("problem", "data-cause").await, "config-read-only");
    page.shot("add-host-read-only").await;
    assert_eq!(stage.config_text(), before);
    permit(&stage, 0o600);
    page.press("problem", "Try again").await;
    page.see(&format!("row-{ALIAS}")).await;
    assert!(stage.config_text().ends_with(&before) && stage.config_text().contains(HOST));
    page.close().await;
}

#[tokio::test]
async fn a_block_damaged_by_hand_is_mended() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    stage.add_host(HOST);
    let whole = stage.config_text();
    put(stage.config(), whole.replace("# <<< sallyport <<<\n", ""));
    let page = stage.window().await;
    page.says("banner", &["was changed by hand.", "every other line stays as it is"]).await;
    page.shot("hosts-damaged-block").await;
    page.press("banner", "Mend it").await;
    page.gone("banner").await;
    page.see(&format!("row-{ALIAS}")).await;
    wait::until("a mended block", wait::SOON, || (stage.config_text() == whole).then_some(()));
    page.close().await;
}

#[tokio::test]
async fn without_a_keyring_a_file_is_offered_and_works() {
    if lacks() {
        return;
    }
    let mut desk = Desk::bare();
    desk.show_tray().await;
    let stage = Stage::on(desk, |plan| plan);
    stage.add_host(HOST);
    let page = stage.window().await;
    page.says("banner", &["No keyring is running.", "use a private file"]).await;
    page.shot("hosts-no-keyring").await;
    page.press("banner", "Use a file…").await;
    page.gone("banner").await;
    log_in(&stage, &page).await;
    let item = stage.tray_shows("valid").await;
    item.leave_by("Quit Sallyport").await;
    stage.until_ended();
    drop(page);
    let page = stage.window().await;
    page.says(LINE, &["Until "]).await;
    assert_eq!(stage.browsers().len(), 1, "the login was kept");
    page.close().await;
}

fn permit(stage: &Stage, mode: u32) {
    let mode = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(stage.config(), mode).expect("a file");
}
