//! A machine's host, added in the form: its service token rests in the keyring, and ssh gets in with nobody asked.

use journeys::reach::HOST;

use crate::stage::{ALIAS, Stage, lacks};

const ID: &str = "robot.access";
const SECRET: &str = "s3cret-of-a-robot";

#[tokio::test]
async fn a_host_for_machines_is_added_and_reached_with_nobody_asked() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    let token = || vec![(ID.to_owned(), SECRET.to_owned())];
    assert!(stage.edge.change_app(HOST, |app| app.service_tokens = token()));
    let page = stage.window().await;
    page.click("add-host").await;
    page.write("hostname", HOST).await;
    page.write("user", &stage.user()).await;
    page.click("machine").await;
    page.write("client-id", ID).await;
    page.write("client-secret", SECRET).await;
    page.shot("add-host-machine").await;
    page.click("save").await;
    page.says(&format!("row-line1-{ALIAS}"), &["Service token"]).await;
    page.click(&format!("row-{ALIAS}")).await;
    let command = page.says("command", &["ssh ", ALIAS]).await;
    let ran = stage.shell(&format!("{command} 'echo in'")).output().expect("a shell");
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "in\n", "{said}\n{}", page.log());
    assert!(stage.browsers().is_empty());
    page.close().await;
}
