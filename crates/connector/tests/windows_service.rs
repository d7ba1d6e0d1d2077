//! Windows itself runs a tunnel: put on its list, started by it, heard of, asked to end, and gone without a trace.
#![cfg(windows)]
#![expect(clippy::unwrap_used, reason = "what the test here builds on has to be there")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use edge_sim::{AppPlan, EdgeSim, LinkState, Plan, TunnelPlan};

/// How long a busy machine may take for what is a matter of seconds.
const SOON: Duration = Duration::from_secs(90);
/// A name that nobody else gives to a service.
const NAME: &str = "sallyport-journey";

#[test]
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn windows_runs_a_tunnel_and_is_rid_of_it_without_a_trace() {
    // It changes the machine, which only Wine's may be.
    if std::env::var_os("UNDER_WINE").is_none() {
        eprintln!("SKIPPED: it installs a service, and does so under Wine only");
        return;
    }
    let tunnel = TunnelPlan::new("office");
    let app = AppPlan::through("acme", "build-01.acme.test", tunnel.id);
    let edge = EdgeSim::launch(Plan::default().team("acme").tunnel(tunnel.clone()).app(app)).unwrap();
    // Not in a home, which no such account may look into.
    let folder = tempfile::tempdir_in(r"C:\").unwrap();
    let program = folder.path().join("sallyport-connector.exe");
    // Cargo's variable for it has a dash, which shells between Cargo and the compiler drop.
    let test = std::env::current_exe().unwrap();
    let built = test.ancestors().nth(2).unwrap().join("sallyport-connector.exe");
    std::fs::copy(built, &program).unwrap();
    let (profile, token) = (folder.path().join("profile"), folder.path().join("token"));
    std::fs::create_dir(&profile).unwrap();
    put(&profile.join("realm.json"), &serde_json::to_string(&edge.realm()).unwrap());
    put(&token, &tunnel.token());
    let told = |words: &[&str]| {
        let mut command = Command::new(&program);
        command.arg("service").args(words).args(["--name", NAME]).output().unwrap()
    };
    let _gone = Gone(program.clone());

    let installed = Command::new(&program)
        .args(["service", "install", "--name", NAME, "--token-file"])
        .arg(&token)
        .arg("--profile")
        .arg(&profile)
        .output()
        .unwrap();
    assert!(installed.status.success(), "{installed:?}");
    let own = PathBuf::from(format!(r"C:\ProgramData\Sallyport service {NAME}"));
    assert_eq!(std::fs::read_to_string(own.join("token")).unwrap(), tunnel.token());
    let again = told(&["install", &tunnel.token()]);
    assert!(text(&again.stderr).contains("is there already"), "{again:?}");

    until("a service that is connected", || {
        let status = told(&["status"]);
        let said = text(&status.stdout);
        assert!(!said.contains("has failed"), "{said}\n{}", text(&told(&["logs"]).stdout));
        let is_well = status.status.code() == Some(0) && said.starts_with(&format!("{NAME} runs, since "));
        is_well && said.contains("Connected to the edge by ")
    });
    assert!(text(&told(&["logs", "--lines", "400"]).stdout).contains("Registered tunnel connection"));
    let list = text(&Command::new("sc.exe").args(["qc", NAME]).output().unwrap().stdout);
    assert!(!list.contains(&*tunnel.token()), "the right to run the tunnel is in no list: {list}");

    let uninstalled = told(&["uninstall"]);
    assert!(uninstalled.status.success(), "{uninstalled:?}");
    assert!(!own.exists(), "nothing of it is left");
    assert_eq!(told(&["status"]).status.code(), Some(1));
    until("an edge that was told goodbye", || {
        let links = edge.links();
        !links.is_empty() && links.iter().all(|link| link.state != LinkState::Registered)
    });
}

/// Whatever becomes of the test, no service stays.
struct Gone(PathBuf);

impl Drop for Gone {
    fn drop(&mut self) {
        let _: std::io::Result<Output> =
            Command::new(&self.0).args(["service", "uninstall", "--name", NAME]).output();
    }
}

fn put(path: &Path, text: &str) {
    use std::io::Write as _;
    std::fs::File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn until(what: &str, is: impl Fn() -> bool) {
    let late = Instant::now() + SOON;
    while !is() {
        assert!(Instant::now() < late, "waited {SOON:?} in vain: {what}");
        pause();
    }
}

#[expect(clippy::disallowed_methods, reason = "the pause between two looks at a fact")]
fn pause() {
    std::thread::sleep(Duration::from_millis(100));
}
