//! `sallyport-sim` as a program: ready on stdout, ended by stdin, and the browser that it can play.

// A check for another system builds no program whose path could be asked for.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::process::Stdio;
use std::time::Duration;

use edge_sim::{EdgeSim, Plan};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use wire::Realm;

const PATIENCE: Duration = Duration::from_secs(20);
const LINK: &str =
    "https://b.acme.test/cdn-cgi/access/cli?token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D";

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sallyport-sim"));
    command.env_remove("RUST_LOG").stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    command
}

async fn ready(child: &mut Child) -> Value {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().unwrap();
    serde_json::from_str(&line).unwrap()
}

#[tokio::test]
async fn it_says_where_it_is_and_ends_with_its_stdin() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (realm_out, ca_out) = (file("realm.json"), file("ca.pem"));
    let mut command = program();
    command.args([
        "--team",
        "acme",
        "--app",
        "b.acme.test=127.0.0.1:9,name=Build box",
        "--until-stdin-closes",
    ]);
    let mut child = command.args(["--realm-out", &realm_out, "--ca-out", &ca_out]).spawn().unwrap();
    let said = ready(&mut child).await;
    assert_eq!((&said["ready"], &said["apps"][0]["name"]), (&true.into(), &"Build box".into()));
    let realm = Realm::from_json(&std::fs::read_to_string(realm_out).unwrap()).unwrap();
    assert_eq!(serde_json::to_value(&realm).unwrap(), said["realm"]);
    assert_eq!(realm.route("b.acme.test").unwrap().to_string(), said["listen"].as_str().unwrap());
    assert_eq!(realm.roots, std::fs::read_to_string(ca_out).unwrap());
    for email in ["ada@acme.test", "nonsense"] {
        let link = realm.browser_link(LINK);
        let status = program().args(["browse", "--email", email, &link]).status().await.unwrap();
        assert_eq!(status.success(), email.contains('@'), "{email}");
    }
    drop(child.stdin.take());
    let status = tokio::time::timeout(PATIENCE, child.wait()).await.unwrap().unwrap();
    assert!(status.success());
}

#[cfg(unix)]
#[tokio::test]
async fn it_ends_when_it_is_terminated() {
    let mut child = program().args(["--team", "acme"]).spawn().unwrap();
    ready(&mut child).await;
    let id = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    let status = tokio::time::timeout(PATIENCE, child.wait()).await.unwrap().unwrap();
    assert!(status.success());
}

#[tokio::test]
async fn mistakes_end_it_with_two_and_a_taken_address_with_one() {
    let done = program().args(["--what", "x"]).output().await.unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("`--what` is not a flag"));
    let sim = EdgeSim::start(Plan::default()).await.unwrap();
    let taken = sim.addr().to_string();
    let done = program().args(["--listen", &taken, "--team", "acme"]).output().await.unwrap();
    assert_eq!(done.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&done.stderr).contains(&format!("cannot listen on {taken}")));
}
