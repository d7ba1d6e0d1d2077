//! A host that is changed, taken away and brought back: the ssh config is read after each step.

use std::os::unix::fs::PermissionsExt as _;

use journeys::reach::{HOST, OTHER};
use journeys::wait;

use crate::page::Page;
use crate::stage::{Stage, lacks};

const ROW: &str = "row-build-01";

#[tokio::test]
async fn a_host_is_edited_removed_and_brought_back() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    let bare = stage.config_text();
    stage.add_host(HOST);
    let added = stage.config_text();
    let page = stage.window().await;
    page.click("row-menu-build-01").await;
    page.click("menu-edit").await;
    page.write("user", "grace").await;
    wait::eventually("the changed line", wait::SOON, async || {
        page.preview("added").await.iter().any(|line| line.trim() == "User grace").then_some(())
    })
    .await;
    page.shot("edit-host").await;
    page.click("save").await;
    until(&stage, "an edited host", |text| text.contains("User grace"));
    let edited = stage.config_text();
    assert!(edited.ends_with(&bare), "the rest of the file stays as it is");
    page.says("toast", &["build-01 saved", "Undo"]).await;
    page.press("toast", "Undo").await;
    until(&stage, "the file before the edit", |text| text == added);

    page.back().await;
    remove(&page).await;
    page.says("toast", &["build-01 removed", "Undo"]).await;
    until(&stage, "a file without the host", |text| text == bare);
    page.press("toast", "Undo").await;
    page.see(ROW).await;
    until(&stage, "the file as before", |text| text == added);

    remove(&page).await;
    page.gone("toast").await;
    page.see("add-host").await;
    assert_eq!(stage.config_text(), bare, "nothing is left of it");
    page.close().await;
}

#[tokio::test]
async fn a_config_that_is_a_folder_is_named_and_left_alone() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    std::fs::remove_file(stage.config()).expect("a config");
    std::fs::create_dir(stage.config()).expect("a folder");
    let page = stage.window().await;
    page.says("banner", &["~/ssh/config is not a file.", "Move it away, then try again."]).await;
    page.shot("hosts-config-is-a-folder").await;
    page.click("add-host").await;
    page.write("hostname", HOST).await;
    page.says("lookup", &["Behind Cloudflare Access"]).await;
    page.says("problem", &["is not a file.", "Move it away, then try again."]).await;
    assert!(stage.config().is_dir());
    std::fs::remove_dir(stage.config()).expect("an empty folder");
    page.press("problem", "Try again").await;
    page.see(ROW).await;
    assert!(stage.config_text().contains(HOST));
    page.gone("banner").await;
    page.close().await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_loses_nothing() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    stage.add_host(HOST);
    let before = stage.config_text();
    let page = stage.window().await;
    page.see(ROW).await;
    let folder = stage.config().parent().expect("a folder").to_owned();
    permit(&folder, 0o500);
    page.click("add-host").await;
    page.write("hostname", OTHER).await;
    page.see("preview").await;
    page.click("save").await;
    page.says("problem", &["is read-only.", "Copy the lines instead, or change its permissions."]).await;
    page.shot("add-host-folder-read-only").await;
    assert_eq!(stage.config_text(), before);
    permit(&folder, 0o700);
    page.press("problem", "Try again").await;
    page.gone("problem").await;
    until(&stage, "the other host", |text| text.contains(OTHER));
    page.close().await;
}

async fn remove(page: &Page) {
    page.click("row-menu-build-01").await;
    page.click("menu-remove").await;
    page.gone(ROW).await;
}

fn until(stage: &Stage, what: &str, is_so: impl Fn(&str) -> bool) {
    wait::until(what, wait::SOON, || is_so(&stage.config_text()).then_some(()));
}

fn permit(path: &std::path::Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
}
