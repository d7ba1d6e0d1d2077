//! Short-lived certificates without files: `sallyport agent`, a stock OpenSSH that asks it, and what it refuses.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use edge_sim::AppPlan;
use journeys::homes::put;
use journeys::reach::{HOST, Running, Said, TEAM, plan};
use journeys::{Part, Reach, Sshd, need, origin, sshd};

/// What marks a private key or a certificate, in a file or in a line of a log.
const SECRETS: [&str; 4] = ["PRIVATE KEY", "ecdsa-sha2-nistp256", "nistp256", "cert-v01@openssh.com"];

#[test]
fn a_stock_ssh_gets_in_and_nothing_is_written() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let (server, reach) = certified();
    let mut agent = started(&reach);
    let ssh = || Said::of(reach.client("ssh").args(["build-01", "echo in; exit 7"]));
    let first = ssh();
    assert_eq!((first.code, first.text().as_str()), (Some(7), "in\n"), "{}\n{}", first.err, server.log());
    let log = server.log();
    assert!(log.contains("Accepted publickey") && log.contains("ECDSA-CERT"), "{log}");
    assert_eq!(ssh().code, Some(7));
    assert_eq!((signings(&reach), reach.browsers().len()), (1, 1), "one log-in, one certificate");
    none_written(&reach);

    let status: serde_json::Value =
        serde_json::from_str(&reach.run(&["status", "--json"]).well().text()).expect("JSON");
    let certificate = &status["hosts"][0]["certificate"];
    assert_eq!(certificate["state"], "valid");
    assert_eq!(certificate["principals"], serde_json::json!([server.user()]));
    assert!(certificate["until"].as_str().is_some_and(|until| until.ends_with('Z')), "{certificate}");
    let text = reach.run(&["status"]).well().text();
    assert!(text.contains(&format!("certificate for {} until ", server.user())), "{text}");

    let doctor = reach.run(&["doctor", HOST]).well().text();
    for line in ["Fine     agent: answers for 1 host\n", "Fine     certificate: build-01: certificate for "] {
        assert!(doctor.contains(line), "{line}\n{doctor}");
    }
    says(&mut agent, &format!("{HOST}: certificate for {}", server.user()));
    agent.stop();
    assert!(!socket(&reach).exists(), "the address goes with the agent");
}

#[test]
fn stock_clients_of_agents_see_one_certificate_and_cannot_change_it() {
    if need::lacks(&["ssh-add", "ssh-keygen"]) {
        return;
    }
    let reach = host_with_certificate(Reach::to(origin::answering()));
    reach.log_in(HOST);
    let _agent = started(&reach);
    let add = |words: &[&str]| {
        Said::of(reach.home.command("ssh-add").env("SSH_AUTH_SOCK", socket(&reach)).args(words))
    };
    let listed = add(&["-L"]).well().text();
    assert_eq!(listed.lines().count(), 1, "{listed}");
    assert!(listed.starts_with("ecdsa-sha2-nistp256-cert-v01@openssh.com "), "{listed}");
    assert!(listed.contains(HOST), "{listed}");
    put(reach.home.join("shown.pub"), &listed);
    let shown = Said::of(reach.home.command("ssh-keygen").args(["-L", "-f", "shown.pub"])).well().text();
    assert!(shown.contains("user certificate") && shown.contains("ada"), "{shown}");
    // Tells whether the agent can sign with what it lists.
    assert_eq!(add(&["-T", "shown.pub"]).code, Some(0));

    Said::of(reach.home.command("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", "mine"])).well();
    assert_ne!(add(&["mine"]).code, Some(0), "it takes no keys");
    assert_ne!(add(&["-D"]).code, Some(0), "and gives none away");
    assert_eq!(add(&["-L"]).well().text(), listed);
    assert_eq!(signings(&reach), 1);
}

#[test]
fn thirty_at_once_get_in_by_one_certificate() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let (server, reach) = certified();
    let _agent = started(&reach);
    let start = || Running::start(reach.client("ssh").args(["build-01", "echo in"]));
    let running: Vec<Running> = std::iter::repeat_with(start).take(30).collect();
    for one in running {
        let said = one.ended();
        assert_eq!((said.code, said.text().as_str()), (Some(0), "in\n"), "{}\n{}", said.err, server.log());
    }
    assert_eq!((signings(&reach), reach.browsers().len()), (1, 1));
    none_written(&reach);
}

#[test]
fn without_an_agent_ssh_says_how_and_does_not_hang() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let (_server, reach) = certified();
    let said = Said::of(reach.client("ssh").args(["build-01", "true"]));
    assert_eq!(said.code, Some(255));
    assert!(
        said.err.contains(
            "no agent has the certificate of build-01.acme.test; open Sallyport, or run: sallyport agent"
        ),
        "{}",
        said.err
    );
    let text = reach.run(&["status"]).well().text();
    assert!(text.contains("no agent runs for its certificate"), "{text}");
    let doctor = reach.run(&["doctor"]);
    assert_eq!(doctor.code, Some(1));
    assert!(doctor.text().starts_with("Broken   agent: Nobody has the certificate of "), "{}", doctor.text());
}

#[test]
fn a_user_that_is_no_principal_is_told() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let (server, reach) = certified();
    reach.run(&["host", "remove", "build-01"]).well();
    let words = ["host", "add", HOST, "--certificate", "--user", "nobody-here"];
    reach.run(&words).well();
    with_client_lines(&reach);
    let _agent = started(&reach);
    let said = Said::of(reach.client("ssh").args(["build-01", "true"]));
    assert_eq!(said.code, Some(255));
    let told = format!("the certificate of build-01 is for {}, not for nobody-here", server.user());
    assert_eq!(said.err.matches(&told).count(), 1, "{}", said.err);
}

#[test]
fn an_authority_that_refuses_is_named() {
    let app = AppPlan::new(TEAM, "plain.acme.test", origin::answering()).without_certificates();
    let reach = Reach::of(plan(origin::answering()).app(app));
    reach.run(&["host", "add", "plain.acme.test", "--certificate"]).well();
    let _agent = started(&reach);
    let words = ["access", "ssh", "--hostname", "plain.acme.test"];
    let mut carry = Part::start("carry", &mut reach.helper(&words), &reach.home.logs());
    says(&mut carry, "404: the application has no certificate authority");
}

#[test]
fn the_address_is_the_persons_alone_and_has_one_agent() {
    let reach = host_with_certificate(Reach::to(origin::answering()));
    let mut first = started(&reach);
    let socket = socket(&reach);
    let mode = |path: &Path| std::fs::metadata(path).expect("a path").permissions().mode() & 0o777;
    assert_eq!(mode(&socket), 0o600);
    assert_eq!(mode(socket.parent().expect("its folder")), 0o700);
    let mut second = Part::start("second", &mut reach.helper(&["agent"]), &reach.home.logs());
    says(&mut second, "another Sallyport answers");
    first.stop();
    says(&mut second, "sallyport: answers for build-01.acme.test at");
    assert!(socket.exists(), "the second one has taken over");
}

#[test]
fn somebody_else_gets_no_answer_even_where_permissions_let_them_in() {
    if need::lacks(&["ssh-add", "setpriv"]) || !rustix::process::geteuid().is_root() {
        return;
    }
    let reach = host_with_certificate(Reach::to(origin::answering()));
    reach.log_in(HOST);
    let words = ["--loglevel", "warn", "agent"];
    let mut agent = Part::start("agent", &mut reach.helper(&words), &reach.home.logs());
    says(&mut agent, "sallyport: answers for");
    let (socket, home) = (socket(&reach), reach.home.path());
    let open = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("permissions");
    };
    socket.ancestors().skip(1).take_while(|path| path.starts_with(home)).for_each(|path| open(path, 0o711));
    open(&socket, 0o666);
    let other = ["--reuid", "65534", "--regid", "65534", "--clear-groups", "ssh-add", "-L"];
    let said = Said::of(reach.home.command("setpriv").env("SSH_AUTH_SOCK", &socket).args(other));
    assert!(said.code != Some(0) && said.out.is_empty(), "{said:?}");
    says(&mut agent, "turned somebody away");
    assert_eq!(signings(&reach), 0);
}

#[test]
fn a_machine_that_was_logged_in_to_cannot_use_the_agent() {
    if need::lacks(&sshd::NEEDS) || need::lacks(&["ssh-add"]) {
        return;
    }
    let (_server, reach) = certified();
    let _agent = started(&reach);
    let said =
        Said::of(reach.client("ssh").args(["-A", "build-01", "test -S \"$SSH_AUTH_SOCK\" && ssh-add -L"]));
    assert_eq!(said.text(), "The agent has no identities.\n", "{}", said.err);
    assert_eq!(signings(&reach), 1, "the certificate was for the way there");
}

#[test]
fn the_lines_stand_in_the_managed_block_and_go_with_the_host() {
    let reach = host_with_certificate(Reach::to(origin::answering()));
    let config = std::fs::read_to_string(reach.ssh_config()).expect("a config");
    assert!(
        config.contains(&format!("  IdentityAgent \"{}\"\n  IdentitiesOnly no\n", socket(&reach).display())),
        "{config}"
    );
    let listed = reach.run(&["host", "list", "--json"]).well().text();
    assert!(listed.contains("\"certificate\": true"), "{listed}");
    reach.run(&["host", "remove", "build-01"]).well();
    let config = std::fs::read_to_string(reach.ssh_config()).unwrap_or_default();
    assert!(!config.contains("IdentityAgent"), "{config}");
}

/// A server that trusts the team's authority, and a person who logs in by its certificates alone.
fn certified() -> (Sshd, Reach) {
    let server = Sshd::start();
    let reach = Reach::to(server.address());
    // The authority certifies the name before the @, so the one who logs in is called as the account is.
    reach.logs_in_as(&format!("{}@acme.test", server.user()));
    server.trust_authority(&reach.edge.ssh_ca());
    reach.run(&["host", "add", HOST, "--certificate", "--user", &server.user()]).well();
    with_client_lines(&reach);
    (server, reach)
}

/// What many people have for all hosts, and would keep ssh from an agent if ours did not come first.
fn with_client_lines(reach: &Reach) {
    let block = std::fs::read_to_string(reach.ssh_config()).expect("the managed block");
    let block = block.split("Host *").next().unwrap_or_default();
    let known = reach.home.join("known_hosts");
    let all = format!(
        "Host *\n  IdentitiesOnly yes\n  UserKnownHostsFile {}\n  GlobalKnownHostsFile none\n  \
         StrictHostKeyChecking accept-new\n  BatchMode yes\n",
        known.display()
    );
    put(reach.ssh_config(), format!("{block}{all}"));
}

fn host_with_certificate(reach: Reach) -> Reach {
    reach.run(&["host", "add", HOST, "--certificate"]).well();
    reach
}

fn started(reach: &Reach) -> Part {
    let mut agent = Part::start("agent", &mut reach.helper(&["agent"]), &reach.home.logs());
    says(&mut agent, "sallyport: answers for");
    agent
}

fn says(part: &mut Part, line: &str) {
    part.says(line, |log| log.contains(line).then_some(()));
}

fn socket(reach: &Reach) -> PathBuf {
    reach.home.profile().join(format!("run/sallyport-agent/{HOST}.sock"))
}

fn signings(reach: &Reach) -> usize {
    reach.requests().iter().filter(|seen| seen.path() == "/cdn-cgi/access/cert_sign").count()
}

/// No file of this person's has a key or a certificate of theirs in it. What ssh knows of servers is no secret.
fn none_written(reach: &Reach) {
    let mut looked_at = 0;
    for file in files(reach.home.path()) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap_or_default()).into_owned();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        assert!(!name.contains("cf_key") && !name.ends_with("-cert.pub"), "{}", file.display());
        if name != "known_hosts" {
            let found = SECRETS.iter().find(|mark| text.contains(**mark));
            assert_eq!(found, None, "{}", file.display());
        }
        looked_at += 1;
    }
    assert!(looked_at > 3, "the home has files");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => files(&entry.path()),
            Ok(kind) if kind.is_file() => vec![entry.path()],
            Ok(_) | Err(_) => Vec::new(),
        })
        .collect()
}
