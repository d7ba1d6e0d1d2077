//! The operating system runs a tunnel: written below a folder that stands for another system's, run as the unit says, and
//! taken away without a trace.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use edge_sim::LinkState;
use journeys::homes::put;
use journeys::reach::Said;
use journeys::{Part, Tunnelled, need, wait};

/// What enables a unit of a system that does not run.
const NEEDS: [&str; 1] = ["systemctl"];

fn root(tunnelled: &Tunnelled) -> PathBuf {
    tunnelled.reach.home.join("root")
}

fn service(tunnelled: &Tunnelled, words: &[&str]) -> Command {
    let mut command = tunnelled.reach.helper(&["service"]);
    command.args(words).args(["--init", "systemd", "--root"]).arg(root(tunnelled));
    command
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let below = entries.flatten().map(|entry| entry.path());
    below.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// What a unit starts, with the folder of its credentials in place.
fn start(tunnelled: &Tunnelled, unit: &Path) -> Command {
    let text = std::fs::read_to_string(unit).expect("a unit");
    let line = text.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("what it starts");
    let folder = root(tunnelled).join("etc/sallyport").display().to_string();
    // What is no credential is named by its path on the system.
    let line = line.replace("\"/etc/sallyport", &format!("\"{folder}")).replace("%d", &folder);
    let words: Vec<String> = line.split(' ').map(|word| word.trim_matches('"').to_owned()).collect();
    let mut command = tunnelled.reach.home.command(&words[0]);
    command.args(["--metrics", "127.0.0.1:0"]).args(&words[1..]);
    command.env("SALLYPORT_PROFILE", tunnelled.reach.home.profile());
    command
}

fn until_served(tunnelled: &Tunnelled) {
    tunnelled.until_links("registered", |link| link.state == LinkState::Registered);
}

#[test]
fn a_token_makes_a_service_that_runs_and_goes_without_a_trace() {
    if need::lacks(&NEEDS) {
        return;
    }
    let tunnelled = Tunnelled::new();
    let token = tunnelled.tunnel.token();
    let said = Said::of(service(&tunnelled, &["install", &token]).arg("--no-update-service")).well();
    assert!(said.err.contains("a secret on the command line can be read"), "{}", said.err);
    assert!(said.err.contains("its log: sallyport service logs\n"), "{}", said.err);
    let unit = root(&tunnelled).join("etc/systemd/system/sallyport.service");
    for file in files(&root(&tunnelled)) {
        let mode = std::fs::metadata(&file).map_or(0, |found| found.permissions().mode() & 0o777);
        let holds = std::fs::read_to_string(&file).unwrap_or_default().contains(&token);
        assert_eq!(holds, mode == 0o600, "{} {mode:o}", file.display());
    }
    let mut running = Part::start("service", &mut start(&tunnelled, &unit), &tunnelled.reach.home.logs());
    until_served(&tunnelled);
    running.terminate();
    assert!(running.ended(wait::SOON).success(), "{}", running.log());

    assert_eq!(Said::of(&mut service(&tunnelled, &["status"])).well().text(), "installed\n");
    let again = Said::of(&mut service(&tunnelled, &["install", &token]));
    assert_eq!(again.code, Some(1));
    assert!(
        again.err.contains("is there already; sallyport service uninstall takes it away"),
        "{}",
        again.err
    );
    Said::of(&mut service(&tunnelled, &["uninstall"])).well();
    assert_eq!(files(&root(&tunnelled)), Vec::<PathBuf>::new());
    let gone = Said::of(&mut service(&tunnelled, &["uninstall"]));
    assert!(gone.err.contains("there is no service sallyport here"), "{}", gone.err);
    assert_eq!(Said::of(&mut service(&tunnelled, &["status"])).code, Some(1));
}

#[test]
fn a_configuration_makes_a_service_that_reads_it_where_it_was_put() {
    if need::lacks(&NEEDS) {
        return;
    }
    let tunnelled = Tunnelled::new();
    let config = tunnelled.reach.home.join(".cloudflared/config.yml");
    let text = format!(
        "tunnel: {}\ncredentials-file: {}\ningress:\n  - service: hello_world\n",
        tunnelled.tunnel.id,
        tunnelled.credentials_file().display()
    );
    put(&config, &text);
    Said::of(&mut service(&tunnelled, &["install"])).well();
    let copied = root(&tunnelled).join("etc/sallyport/config.yml");
    assert_eq!(std::fs::read_to_string(&copied).expect("a file"), text);
    let unit = root(&tunnelled).join("etc/systemd/system/sallyport.service");
    let mut running = Part::start("service", &mut start(&tunnelled, &unit), &tunnelled.reach.home.logs());
    until_served(&tunnelled);
    running.terminate();
    assert!(running.ended(wait::SOON).success(), "{}", running.log());
    Said::of(&mut service(&tunnelled, &["uninstall"])).well();
    assert_eq!(files(&root(&tunnelled)), Vec::<PathBuf>::new());
}

#[test]
fn what_cannot_be_a_service_says_why() {
    let tunnelled = Tunnelled::new();
    let told = |words: &[&str]| Said::of(&mut service(&tunnelled, words));
    let nothing = told(&["install"]);
    assert_eq!(nothing.code, Some(1));
    assert!(nothing.err.contains("give a token by --token-file"), "{}", nothing.err);
    let wrong = told(&["install", "no-token"]);
    assert_eq!((wrong.code, wrong.err.contains("the token: ")), (Some(2), true), "{}", wrong.err);
    let named =
        told(&["install", "--name", "a/b", "--token-file", &tunnelled.token_file().display().to_string()]);
    assert!(named.err.contains("is no name for a service"), "{}", named.err);
    let unknown = told(&["instal"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("the nearest is `service install`"), "{}", unknown.err);
    assert_eq!(files(&root(&tunnelled)), Vec::<PathBuf>::new());
}
