//! A host that logs in by a short-lived certificate: added in the window, reached from a terminal, with nothing on the disk.

use journeys::reach::HOST;
use journeys::wait;

use crate::stage::{ALIAS, Stage, lacks};

#[tokio::test]
async fn the_window_is_the_agent_of_what_it_added() {
    if lacks() {
        return;
    }
    let stage = Stage::set().await;
    stage.trust_authority();
    let page = stage.window().await;
    page.click("add-host").await;
    page.write("hostname", HOST).await;
    page.says("lookup", &["Behind Cloudflare Access"]).await;
    page.write("user", &stage.user()).await;
    page.click("certificate").await;
    wait::eventually("the lines of the agent", wait::SOON, async || {
        let lines = page.preview("added").await;
        lines.iter().any(|line| line.contains("IdentityAgent")).then_some(())
    })
    .await;
    page.shot("add-host-certificate").await;
    page.click("save").await;
    page.click(&format!("row-button-{ALIAS}")).await;
    let link = page.attribute("login-link", "data-link").await;
    // The authority certifies the name before the @, so the one who logs in is called as the account is.
    let email = format!("{}@acme.test", stage.user());
    assert!(stage.edge.person().submit(&link, &email).await.expect("a page").is_logged_in());
    page.gone("login-dialog").await;

    page.click(&format!("row-{ALIAS}")).await;
    let command = page.says("command", &["ssh ", ALIAS]).await;
    let ran = stage.shell(&format!("{command} 'echo in'")).output().expect("a shell");
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "in\n", "{said}\n{}", page.log());
    let log = stage.server_log();
    assert!(log.contains("ECDSA-CERT"), "{log}");
    page.shot("host-detail-certificate").await;
    page.close().await;
}
