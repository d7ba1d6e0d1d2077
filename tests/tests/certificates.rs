//! Short-lived certificates in files: `access ssh-gen`, and a stock OpenSSH that gets in by one.
#![cfg(target_os = "linux")]

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use edge_sim::AppPlan;
use journeys::homes::put;
use journeys::reach::{HOST, Running, Said, TEAM, plan};
use journeys::{Reach, Sshd, need, origin, sshd};

#[test]
fn a_stock_ssh_gets_in_by_a_certificate_alone() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let server = Sshd::start();
    let reach = Reach::to(server.address());
    // The authority certifies the name before the @, so the one who logs in is called as the account is.
    let email = format!("{}@acme.test", server.user());
    reach.logs_in_as(&email);
    server.trust_authority(&reach.edge.ssh_ca());

    let lines = reach.run(&["access", "ssh-config", "--hostname", HOST, "--short-lived-cert"]).well().text();
    let (_, entry) = lines.split_once(".ssh/config:\n").expect("lines to copy");
    let known = reach.home.join("known_hosts");
    let entry = format!(
        "{entry}Host *\n  User {}\n  IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile {}\n  \
         GlobalKnownHostsFile none\n  StrictHostKeyChecking accept-new\n  BatchMode yes\n",
        server.user(),
        known.display()
    );
    put(reach.ssh_config(), entry);

    let ssh = || Said::of(reach.client("ssh").args([HOST, "echo in; exit 7"]));
    let first = ssh();
    assert_eq!((first.code, first.text().as_str()), (Some(7), "in\n"), "{}\n{}", first.err, server.log());
    assert!(
        server.log().contains("Accepted publickey") && server.log().contains("ECDSA-CERT"),
        "{}",
        server.log()
    );
    assert_eq!(reach.browsers().len(), 1, "one log-in serves the certificate and the connection");
    let second = ssh();
    assert_eq!(second.code, Some(7), "{}", second.err);
    assert_eq!(signings(&reach), 1, "the certificate is used until shortly before its end");
    assert!(!reach.home.join(".cloudflared").exists(), "a profile of its own keeps its keys apart");
}

#[test]
fn the_files_are_named_and_guarded_as_configurations_and_ssh_expect() {
    let reach = stage();
    let said = reach.run(&["access", "ssh-gen", "--hostname", HOST]).well();
    assert_eq!(said.text(), "");
    let mut names: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(keys(&reach)).expect("the folder of keys") {
        let entry = entry.expect("a file");
        assert_eq!(entry.metadata().expect("its mode").permissions().mode() & 0o777, 0o600);
        names.push(entry.file_name().into_string().expect("a name"));
    }
    names.sort();
    let name = format!("{HOST}-cf_key");
    assert_eq!(names, [name.clone(), format!("{name}-cert.pub"), format!("{name}.pub")]);
    let mode = std::fs::metadata(keys(&reach)).expect("the folder").permissions().mode() & 0o777;
    assert_eq!(mode, 0o700);
    if need::lacks(&["ssh-keygen"]) {
        return;
    }
    let keygen = |words: &[&str]| Said::of(reach.home.command("ssh-keygen").args(words)).well().text();
    let file = |ending: &str| format!("{}{ending}", keys(&reach).join(&name).display());
    let derived = keygen(&["-y", "-f", &file("")]);
    assert_eq!(std::fs::read_to_string(file(".pub")).expect("a public key").trim(), derived.trim());
    let shown = keygen(&["-L", "-f", &file("-cert.pub")]);
    assert!(shown.contains("ecdsa-sha2-nistp256-cert-v01@openssh.com user certificate"), "{shown}");
    assert!(shown.contains("ada"), "{shown}");
}

#[test]
fn half_a_pair_is_made_whole_and_certified_anew() {
    let reach = stage();
    let words = ["access", "ssh-gen", "--hostname", HOST];
    reach.run(&words).well();
    let (private, public) =
        (keys(&reach).join(format!("{HOST}-cf_key")), keys(&reach).join(format!("{HOST}-cf_key.pub")));
    let before = std::fs::read_to_string(&public).expect("a public key");

    std::fs::remove_file(&private).expect("a private key");
    reach.run(&words).well();
    let after = std::fs::read_to_string(&public).expect("a public key");
    assert!(private.exists() && after != before, "a public half alone is of no use");
    assert_eq!(signings(&reach), 2);

    std::fs::remove_file(&public).expect("a public key");
    reach.run(&words).well();
    assert_eq!(std::fs::read_to_string(&public).expect("a public key"), after);
    assert_eq!(signings(&reach), 2, "the certificate is still the key's");
    assert_eq!(reach.browsers().len(), 1);
}

#[test]
fn many_at_once_ask_for_one_certificate() {
    let reach = stage();
    let start = || Running::start(&mut reach.helper(&["access", "ssh-gen", "--hostname", HOST]));
    let running: Vec<Running> = std::iter::repeat_with(start).take(20).collect();
    for one in running {
        one.ended().well();
    }
    assert_eq!((signings(&reach), reach.browsers().len()), (1, 1));
}

#[test]
fn failures_have_an_exit_code_and_a_reason() {
    let app = AppPlan::new(TEAM, "plain.acme.test", nowhere()).without_certificates();
    let reach = Reach::of(plan(nowhere()).app(app));
    for (words, named) in [
        (vec!["access", "ssh-gen"], "flag `--hostname` is needed; see: sallyport access ssh-gen --help"),
        (
            vec!["access", "ssh-gen", "--hostname", ""],
            "flag `--hostname` is needed; see: sallyport access ssh-gen --help",
        ),
        (
            vec!["access", "ssh-gen", "--hostname", HOST, "x"],
            "unexpected argument `x`; see: sallyport access ssh-gen --help",
        ),
    ] {
        assert_eq!(reach.run(&words).problem(2), named, "{words:?}");
    }
    assert!(reach.edge.log().is_empty(), "nobody was asked");
    let refused = reach.run(&["access", "ssh-gen", "--hostname", "plain.acme.test"]);
    let said = refused.problem(1);
    assert!(said.contains("404: the application has no certificate authority"), "{said}");
}

#[test]
fn a_revoked_token_is_replaced_before_the_authority_is_asked_again() {
    let reach = stage();
    reach.log_in(HOST);
    reach.edge.revoke_app_tokens(None);
    reach.run(&["access", "ssh-gen", "--hostname", HOST]).well();
    assert!(reach.browsers().is_empty(), "the team's token buys another");
    assert_eq!(signings(&reach), 2);
}

fn stage() -> Reach {
    Reach::to(origin::answering())
}

/// Nobody is asked there.
fn nowhere() -> SocketAddr {
    origin::answering()
}

fn keys(reach: &Reach) -> PathBuf {
    reach.home.profile().join("ssh-keys")
}

fn signings(reach: &Reach) -> usize {
    reach.requests().iter().filter(|seen| seen.path() == "/cdn-cgi/access/cert_sign").count()
}
