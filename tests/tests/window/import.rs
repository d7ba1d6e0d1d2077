//! Somebody has used cloudflared so far: the first page offers to take its entries and logins over.

use journeys::homes::put;
use journeys::reach::HOST;

use crate::page::Page;
use crate::stage::{Stage, lacks, slot};

const THEIRS: &str = "Host build\n  HostName build-01.acme.test\n  ProxyCommand cloudflared access ssh --hostname %h\n\n\
     Host *.elsewhere.test\n  ProxyCommand cloudflared access ssh --hostname %h\n";

#[tokio::test]
async fn what_cloudflared_left_is_taken_over_and_can_be_put_back() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    let plain = leave_a_login(&stage).await;
    let before = format!("{}{THEIRS}", stage.config_text());
    put(stage.config(), &before);
    let page = stage.window().await;

    page.says("go-import", &["Import", "1 found"]).await;
    page.shot("first-run-import").await;
    page.click("go-import").await;
    page.says("import-row-build", &["build-01.acme.test", "ProxyCommand replaced"]).await;
    page.says("import-row-*.elsewhere.test", &["Left alone: covers many hosts"]).await;
    page.says("import", &["Import 1 host"]).await;
    page.shot("import").await;
    let shown = changes(&page).await;
    assert_eq!(stage.config_text(), before, "nothing is written before it is asked for");
    page.click("import-delete").await;
    page.click("import").await;

    page.says("row-line1-build", &["Until "]).await;
    page.says("toast", &["1 host imported, 1 file deleted"]).await;
    page.shot("imported").await;
    let after = stage.config_text();
    assert!(shown.iter().all(|line| after.contains(line.as_str())), "{shown:#?} in {after}");
    assert!(!plain.exists(), "the plain file is gone");
    assert!(stage.secret(&slot(&stage)).is_some(), "its login is in the keyring");

    page.press("toast", "Undo").await;
    page.see("go-import").await;
    assert_eq!(stage.config_text(), before, "byte for byte");
    page.close().await;
}

#[tokio::test]
async fn nothing_to_import_is_said() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    let page = stage.window().await;
    page.says("go-import", &["None found"]).await;
    page.click("go-import").await;
    page.says("import-none", &["No entries use cloudflared.", "Add host"]).await;
    page.click("add-host").await;
    page.see("hostname").await;
    page.close().await;
}

/// The lines that would be added.
async fn changes(page: &Page) -> Vec<String> {
    page.click("import-changes").await;
    page.see("preview").await;
    let added = page.preview("added").await;
    assert!(added.iter().any(|line| line.trim() == "HostName build-01.acme.test"), "{added:#?}");
    added
}

/// A real login in a plain file, and nowhere else.
async fn leave_a_login(stage: &Stage) -> std::path::PathBuf {
    let mut login = stage.helper(&["login", HOST]);
    let login = std::thread::spawn(move || login.output().expect("the helper starts"));
    stage.log_in_at(&stage.browser(1)).await;
    let login = login.join().expect("a login");
    assert!(login.status.success(), "{}", String::from_utf8_lossy(&login.stderr));
    let (_, token) = stage.secret(&slot(stage)).expect("a login");
    let out = stage.helper(&["logout", HOST]).output().expect("the helper starts");
    assert!(out.status.success() && stage.secret(&slot(stage)).is_none());
    let _ = std::fs::remove_file(stage.desk.home().profile().join("apps.json"));
    let audience = stage.app(HOST).audience();
    let plain = stage.desk.home().join(&format!(".cloudflared/{HOST}-{audience}-token"));
    put(&plain, token);
    plain
}
