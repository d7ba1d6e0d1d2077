//! The doctor before patients with one complaint each: named first, mended where that can be done, and nothing told on.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use edge_sim::UpgradeFault;
use journeys::homes::put;
use journeys::reach::{HOST, PERSON, Said};
use journeys::{Reach, Sshd, built, need, origin, sshd};
use serde_json::{Value, json};

#[test]
fn a_healthy_host_is_fine_up_to_its_banner() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let server = Sshd::start();
    let reach = patient(server.address());
    reach.log_in(HOST);
    let said = reach.run(&["doctor", "build-01"]).well();
    let text = said.text();
    for line in [
        "Fine     helper: starts, same version",
        "Fine     managed block: 1 host",
        "Fine     ssh config: ssh takes it",
        "Fine     other entries: each host uses Sallyport's lines",
        "Fine     permissions: 700 and 600",
        "Fine     cloudflared: not needed",
        "Fine     proxy: none needed",
        "Fine     IPv4: ",
        "Skipped  IPv6: the name has no such address",
        "Fine     TLS: the certificate is trusted (issued by Sallyport simulated edge), after ",
        "Skipped  agent: no host logs in by a certificate",
        "Fine     clock: within 5 s",
        "Fine     app: behind Cloudflare Access, team acme",
        "Skipped  desktop: it does not run; ssh works without it",
    ] {
        assert!(
            text.lines().any(|found| found == line || line.ends_with(' ') && found.starts_with(line)),
            "{line}\n{text}"
        );
    }
    assert!(text.contains("Fine     SSH banner: SSH-2.0-OpenSSH_"), "{text}");
    assert!(!text.contains("Broken") && !text.contains("Check "), "{text}");
    assert!(reach.browsers().is_empty());

    let without = json_of(&reach.run(&["doctor", "--json"]).well());
    assert_eq!(state(&without, "SSH banner"), "skipped");
    assert_eq!((state(&without, "login"), &without["mended"]), ("fine", &json!([])));
}

#[test]
fn without_hosts_there_is_little_to_check() {
    let reach = Reach::to(greeting());
    let found = json_of(&reach.run(&["doctor", "--json"]).well());
    for name in ["managed block", "ssh config", "helper", "network", "SSH banner"] {
        assert_eq!(state(&found, name), "skipped", "{name}");
    }
    assert!(reach.edge.log().is_empty(), "nobody was asked");
}

#[test]
fn a_missing_login_is_worth_a_word_and_no_failure() {
    let reach = patient(greeting());
    let said = reach.run(&["doctor", HOST]).well();
    let first = said.text().lines().next().expect("a line").to_owned();
    assert_eq!(first, format!("Check    login: none at hand (sallyport login {HOST})"));
    assert!(said.text().contains("Skipped  SSH banner: a login is needed first"), "{}", said.text());
    assert!(reach.browsers().is_empty());
}

#[test]
fn what_is_wrong_on_the_way_comes_first_with_its_cause() {
    let reach = patient(greeting());
    reach.log_in(HOST);
    reach.edge.faults().set(|faulty| faulty.upgrade.always(UpgradeFault::TunnelDown));
    let said = reach.run(&["doctor", HOST]);
    assert_eq!(said.code, Some(1), "{}", said.text());
    assert!(
        said.text().starts_with("Broken   SSH banner: The server's tunnel is not running ("),
        "{}",
        said.text()
    );
    let found = json_of(&reach.run(&["doctor", HOST, "--json"]));
    assert_eq!(check(&found, "SSH banner")["cause"], "tunnel-down");

    reach.edge.faults().clear();
    reach.edge.faults().set(|faulty| faulty.clock_offset = -90);
    let found = json_of(&reach.run(&["doctor", HOST, "--json"]));
    assert_eq!((state(&found, "clock"), &check(&found, "clock")["cause"]), ("broken", &json!("clock-off")));
}

#[test]
fn nothing_holds_the_doctor_up() {
    let reach = patient(greeting());
    reach.log_in(HOST);
    let config = std::fs::read_to_string(reach.ssh_config()).expect("a config");
    put(reach.ssh_config(), format!("{config}\nMatch exec \"exec sleep 30\"\n  Compression yes\n"));
    reach.edge.faults().set(|faulty| faulty.upgrade.always(UpgradeFault::Silence));
    let said = reach.run(&["doctor", HOST]);
    assert!(said.took.as_secs() < 10, "{:?}", said.took);
    for name in ["ssh config", "SSH banner"] {
        let line = format!("Check    {name}: no answer within 5 s (try again)");
        assert!(said.text().contains(&line), "{line}\n{}", said.text());
    }
}

#[test]
fn other_entries_are_found() {
    let reach = patient(greeting());
    let config = std::fs::read_to_string(reach.ssh_config()).expect("a config");
    let old = "Host old\n  ProxyCommand cloudflared access ssh --hostname %h\n";
    put(reach.ssh_config(), format!("Host build-01\n  ProxyCommand none\n{config}{old}"));
    let found = json_of(&reach.run(&["doctor", "--json"]));
    let wins = check(&found, "other entries");
    assert_eq!(wins["what"], "another entry wins over Sallyport's for build-01 (line 1)");
    assert_eq!((state(&found, "other entries"), state(&found, "ssh config")), ("broken", "fine"));
    assert_eq!(state(&found, "cloudflared"), "check");

    let said = reach.run(&["doctor", "--fix"]).well();
    assert!(said.err.contains("stands first"), "{}", said.err);
    assert!(said.text().contains("Fine     other entries: "), "{}", said.text());
    let mended = std::fs::read_to_string(reach.ssh_config()).expect("a config");
    assert!(mended.ends_with(&format!("Host build-01\n  ProxyCommand none\n{old}")), "{mended}");
}

#[test]
fn permissions_are_mended() {
    let reach = patient(greeting());
    let folder = reach.home.join(".ssh");
    put(folder.join("id_ed25519"), "a key");
    for (file, mode) in [("", 0o775), ("config", 0o644), ("id_ed25519", 0o640)] {
        chmod(&folder.join(file), mode);
    }
    let said = reach.run(&["doctor"]);
    assert_eq!(said.code, Some(1));
    assert!(said.text().starts_with("Broken   permissions: "), "{}", said.text());
    assert!(said.text().contains("ssh ignores it (sallyport doctor --fix)"), "{}", said.text());

    let said = reach.run(&["doctor", "--fix"]).well();
    assert_eq!(
        said.err.lines().filter(|line| line.starts_with("sallyport: mended: ")).count(),
        3,
        "{}",
        said.err
    );
    assert!(said.text().contains("Fine     permissions: 700 and 600"), "{}", said.text());
    for (file, mode) in [("", 0o700), ("config", 0o600), ("id_ed25519", 0o600)] {
        assert_eq!(mode_of(&folder.join(file)), mode, "{file}");
    }
    assert_eq!(reach.run(&["doctor", "--fix"]).well().err, "", "once is enough");
}

#[test]
fn a_helper_that_has_moved_is_found_and_its_path_rewritten() {
    let reach = Reach::to(greeting());
    let old = reach.home.join("old/sallyport");
    std::fs::create_dir_all(old.parent().expect("a folder")).expect("a folder");
    std::fs::copy(built::program("sallyport"), &old).expect("a copy");
    reach.settings(&json!({ "helper": old }));
    reach.run(&["host", "add", HOST]).well();
    reach.settings(&json!({}));
    std::fs::remove_file(&old).expect("removed");

    let said = reach.run(&["doctor"]);
    assert_eq!(said.code, Some(1));
    let line = format!("Broken   helper: {} is not there any more (sallyport doctor --fix)", old.display());
    assert!(said.text().contains(&line), "{}", said.text());
    put(&old, "#!/bin/sh\nexit 3\n");
    chmod(&old, 0o700);
    assert!(reach.run(&["doctor"]).text().contains("does not start: it fails at once"));

    let said = reach.run(&["doctor", "--fix"]).well();
    assert!(said.err.contains("sallyport: mended: ") && said.err.contains(" runs "), "{}", said.err);
    let config = std::fs::read_to_string(reach.ssh_config()).expect("a config");
    assert!(config.contains(&built::program("sallyport").display().to_string()), "{config}");
    assert!(!config.contains("old/sallyport"), "{config}");
}

#[test]
fn damaged_fences_are_mended() {
    let reach = patient(greeting());
    let config = std::fs::read_to_string(reach.ssh_config()).expect("a config");
    let mine = "Host mine\n  User me\n";
    let first = config.lines().next().expect("a fence");
    put(reach.ssh_config(), config.replacen(&format!("{first}\n"), "", 1) + mine);
    let said = reach.run(&["doctor"]);
    assert_eq!(said.code, Some(1));
    assert!(said.text().starts_with("Broken   managed block: "), "{}", said.text());

    let said = reach.run(&["doctor", "--fix"]).well();
    assert!(said.err.contains("is whole again"), "{}", said.err);
    let mended = std::fs::read_to_string(reach.ssh_config()).expect("a config");
    assert!(mended.starts_with(first) && mended.ends_with(mine), "{mended}");
}

#[test]
fn a_report_is_private_and_holds_no_secret() {
    let reach = patient(greeting());
    reach.log_in(HOST);
    reach.run(&["doctor", HOST, "--report", "report.txt"]).well();
    let file = reach.home.join("report.txt");
    assert_eq!(mode_of(&file), 0o600);
    let report = std::fs::read_to_string(&file).expect("a report");
    assert!(report.starts_with("sallyport ") && report.contains("SSH banner: SSH-2.0-there"), "{report}");
    let vault = std::fs::read_to_string(reach.home.profile().join("vault.json")).expect("the file vault");
    let vault: Value = serde_json::from_str(&vault).expect("JSON");
    let tokens = vault.as_object().expect("slots").values().filter_map(Value::as_str);
    let parts: Vec<&str> = tokens.flat_map(|token| token.split('.')).collect();
    assert!(parts.len() >= 3, "a login is kept");
    for secret in parts.into_iter().chain([PERSON, "eyJ", &reach.home.path().display().to_string()]) {
        assert!(!report.contains(secret), "{secret}: {report}");
    }
    let folder = reach.home.path().display().to_string();
    let said = reach.run(&["doctor", "--report", &folder]);
    assert_eq!(said.code, Some(1), "a folder is no file");
    assert!(said.err.contains("cannot be written"), "{}", said.err);
}

/// A person who has added the host and has not logged in.
fn patient(server: std::net::SocketAddr) -> Reach {
    let reach = Reach::to(server);
    put(reach.ssh_config(), "");
    reach.run(&["host", "add", HOST]).well();
    reach
}

fn greeting() -> std::net::SocketAddr {
    origin::saying(b"SSH-2.0-there\r\n".to_vec())
}

fn json_of(said: &Said) -> Value {
    serde_json::from_slice(&said.out).unwrap_or_else(|why| panic!("{why}: {}{}", said.text(), said.err))
}

fn check<'a>(found: &'a Value, name: &str) -> &'a Value {
    let checks = found["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no {name}: {found:#}"))
}

fn state<'a>(found: &'a Value, name: &str) -> &'a str {
    check(found, name)["state"].as_str().expect("a state")
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
}

fn mode_of(path: &Path) -> u32 {
    std::fs::metadata(path).expect("there").permissions().mode() & 0o777
}
