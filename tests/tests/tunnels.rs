//! A tunnel from the log-in to its end, by commands alone: made, given a hostname, run by its name, reached by a stock
//! `ssh`, and deleted.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use edge_sim::{AccountPlan, ApiFault, AppPlan, LinkState, Plan, Right};
use journeys::homes::put;
use journeys::reach::{HOST, Said, TEAM, Visit};
use journeys::tunnel::page;
use journeys::{Part, Reach, Sshd, need, sshd, wait};
use serde_json::Value;

const ZONE: &str = "acme.test";
const MANAGER: &str = "manager-of-tunnels";

/// A person with an account at Cloudflare, one zone, and a host that leads nowhere yet.
fn person() -> Reach {
    let account = AccountPlan::default().zone(ZONE).token(MANAGER, &[Right::WriteTunnels]);
    let app = AppPlan::new(TEAM, HOST, ([127, 0, 0, 1], 9).into()).named("Build box");
    Reach::of(Plan::default().team(TEAM).app(app).account(account))
}

fn tunnel(reach: &Reach, words: &[&str]) -> Said {
    Said::of(&mut command(reach, words))
}

fn command(reach: &Reach, words: &[&str]) -> Command {
    let mut command = reach.helper(&["tunnel"]);
    command.args(words);
    command
}

/// Writes the file that a log-in leaves.
fn log_in_at_once(reach: &Reach) {
    let cert = AccountPlan::default().zone(ZONE).origin_cert(ZONE, MANAGER);
    put(reach.home.join(".cloudflared/cert.pem"), cert);
}

/// Chooses the zone on the page that a browser was opened with.
fn choose_zone(link: &str) {
    let rest = link.strip_prefix("http://").expect("a link through the gateway");
    let (address, path) = rest.split_once('/').expect("a path");
    let address = address.parse().expect("an address");
    assert!(page(address, &format!("/{path}")).contains(ZONE), "the page offers the zones");
    let done = page(address, &format!("/{path}&zone={ZONE}"));
    assert!(done.contains("You may close this window"), "{done}");
}

#[test]
fn a_log_in_leaves_the_file_for_its_owner_alone() {
    let reach = person();
    reach.visits(Visit::Leaves);
    let mut log_in = Part::start("log-in", &mut command(&reach, &["login"]), &reach.home.logs());
    reach.until_browsers(1);
    let link = reach.browsers().remove(0);
    log_in.says("the link", |log| log.contains(&link).then_some(()));
    choose_zone(&link);
    assert!(log_in.ended(wait::SOON).success(), "{}", log_in.log());
    assert!(log_in.log().contains("You have successfully logged in."), "{}", log_in.log());
    assert!(!log_in.log().contains(MANAGER));
    let cert = reach.home.join(".cloudflared/cert.pem");
    let mode = std::fs::metadata(&cert).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = tunnel(&reach, &["login"]);
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("is there already; move it away"), "{}", again.err);
    assert_eq!(tunnel(&reach, &["list", "--output", "json"]).well().text(), "[]\n");
}

#[test]
fn a_tunnel_is_made_named_run_reached_and_deleted() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let (reach, server) = (person(), Sshd::start());
    log_in_at_once(&reach);
    let said = tunnel(&reach, &["create", "office"]).well().text();
    let id = said.trim().rsplit(' ').next().expect("an id").to_owned();
    assert!(said.contains(&format!("Created tunnel office with id {id}")), "{said}");
    let file = reach.home.join(&format!(".cloudflared/{id}.json"));
    assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o400);
    let taken = tunnel(&reach, &["create", "office"]);
    assert_eq!(taken.code, Some(1));
    assert!(taken.err.contains("You already have a tunnel with this name"), "{}", taken.err);

    let routed = tunnel(&reach, &["route", "dns", "office", HOST]).well();
    assert!(
        routed.err.contains(&format!("Added CNAME {HOST} which will route to this tunnel tunnelID={id}"))
    );
    let service = format!("ssh://{}", server.address());
    let mut run = command(&reach, &["--metrics", "127.0.0.1:0", "run", "--url", &service, "office"]);
    let mut connector = Part::start("connector", &mut run, &reach.home.logs());
    until_registered(&reach);
    let listed = tunnel(&reach, &["list"]).well().text();
    let row = listed.lines().find(|line| line.starts_with(&id)).expect("a row");
    assert!(row.contains(" office ") && row.ends_with("4xsim01"), "{listed}");
    let info: Value =
        serde_json::from_slice(&tunnel(&reach, &["info", "-o", "json", "office"]).well().out).expect("JSON");
    assert_eq!(info["id"], id.as_str());
    assert_eq!(info["conns"][0]["conns"].as_array().map(Vec::len), Some(4), "{info}");
    what_is_left_is_shown(&reach);
    let yaml = tunnel(&reach, &["info", "-o", "yaml", "office"]).well().text();
    assert_eq!(yaml.matches("coloname: sim01\n").count(), 4, "{yaml}");
    assert!(yaml.contains("\nconnectors:\n") && yaml.contains(" connections:\n"), "{yaml}");

    put(reach.ssh_config(), server.client_lines());
    reach.run(&["host", "add", HOST, "--user", &server.user()]).well();
    reach.log_in(HOST);
    let reached = Said::of(reach.client("ssh").args(["build-01", "echo through"])).well();
    assert_eq!(reached.text(), "through\n");

    let used = tunnel(&reach, &["delete", "office"]);
    assert_eq!(used.code, Some(1));
    assert!(used.err.contains("stop its connectors first, or add --force"), "{}", used.err);
    connector.terminate();
    assert!(connector.ended(wait::SOON).success(), "{}", connector.log());
    tunnel(&reach, &["delete", "office"]).well();
    assert!(!file.exists(), "nothing could be run with it any more");
    assert!(tunnel(&reach, &["list"]).well().text().starts_with("No tunnels were found"));
    let gone = tunnel(&reach, &["info", "office"]);
    assert!(
        gone.err.contains("office is neither the ID nor the name of any of your tunnels"),
        "{}",
        gone.err
    );
}

/// Half of the connections are gone, and cannot come back for a while: who looks sees the others.
fn what_is_left_is_shown(reach: &Reach) {
    let standing = || {
        let said = tunnel(reach, &["info", "-o", "json", "office"]).well();
        let info: Value = serde_json::from_slice(&said.out).expect("JSON");
        info["conns"][0]["conns"].as_array().map_or(0, Vec::len)
    };
    reach.edge.faults().set(|faulty| faulty.connectors_turned_away = true);
    let goes = |link: &edge_sim::LinkSeen| link.state == LinkState::Registered && link.index >= 2;
    assert_eq!(reach.edge.kill_links(goes), 2);
    wait::until("two connections", wait::SOON, || (standing() == 2).then_some(()));
    reach.edge.faults().set(|faulty| faulty.connectors_turned_away = false);
    until_registered(reach);
    assert_eq!(standing(), 4);
}

#[test]
fn a_token_runs_what_was_made_elsewhere() {
    let reach = person();
    log_in_at_once(&reach);
    let secret = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    let made = tunnel(&reach, &["create", "--secret", secret, "--output", "json", "office"]).well();
    let made: Value = serde_json::from_slice(&made.out).expect("JSON");
    let file = reach.home.join("elsewhere/office.json");
    tunnel(&reach, &["token", "--cred-file", file.to_str().expect("a path"), "office"]).well();
    let credentials: Value =
        serde_json::from_slice(&std::fs::read(&file).expect("a file")).expect("credentials in JSON");
    assert_eq!(credentials["TunnelSecret"], secret);
    assert_eq!(credentials["TunnelID"], made["id"]);

    let token = tunnel(&reach, &["token", "office"]).well().text();
    let mut run = command(&reach, &["--metrics", "127.0.0.1:0", "run", "--hello-world"]);
    let mut connector = Part::start("connector", run.env("TUNNEL_TOKEN", token.trim()), &reach.home.logs());
    until_registered(&reach);
    let cleaned = tunnel(&reach, &["cleanup", "office"]).well();
    assert!(cleaned.err.contains("let go of the connections of tunnel"), "{}", cleaned.err);
    wait::until("four connections more", wait::SOON, || (reach.edge.links().len() >= 8).then_some(()));
    until_registered(&reach);
    tunnel(&reach, &["delete", "--force", "office"]).well();
    connector
        .says("that nobody may run it any more", |log| log.contains("Failed to get tunnel").then_some(()));
    connector.terminate();
    assert!(connector.ended(wait::SOON).success(), "{}", connector.log());
}

/// Waits until a connector has all of its connections.
fn until_registered(reach: &Reach) {
    wait::until("four connections", wait::SOON, || {
        let links = reach.edge.links();
        (links.iter().filter(|link| link.state == LinkState::Registered).count() == 4).then_some(())
    });
}

#[test]
fn the_file_of_another_tunnel_is_left_alone() {
    let reach = person();
    log_in_at_once(&reach);
    let own = reach.home.join(".cloudflared/home.json");
    tunnel(&reach, &["create", "--cred-file", own.to_str().expect("a path"), "home"]).well();
    let config = format!("tunnel: home\ncredentials-file: {}\n", own.display());
    put(reach.home.join(".cloudflared/config.yml"), config);
    let before = std::fs::read(&own).expect("a file");
    tunnel(&reach, &["create", "office"]).well();
    assert!(!tunnel(&reach, &["token", "office"]).well().text().is_empty(), "it is printed, not written");
    tunnel(&reach, &["delete", "--cred-file", own.to_str().expect("a path"), "office"]).well();
    assert_eq!(std::fs::read(&own).expect("a file"), before);
    let left = std::fs::read_dir(reach.home.join(".cloudflared")).expect("a folder").count();
    assert_eq!(left, 3, "cert.pem, config.yml and home.json");
    tunnel(&reach, &["delete", "--cred-file", own.to_str().expect("a path"), "home"]).well();
    assert!(!own.exists());
}

#[test]
fn what_cannot_be_done_says_why_and_what_next() {
    let reach = person();
    let without = tunnel(&reach, &["list"]);
    assert_eq!(without.code, Some(1));
    assert!(without.err.contains("make one with sallyport tunnel login"), "{}", without.err);

    let cert = AccountPlan::default().zone(ZONE).origin_cert(ZONE, "revoked-by-now");
    put(reach.home.join(".cloudflared/cert.pem"), cert);
    let refused = tunnel(&reach, &["list"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("Invalid access token"), "{}", refused.err);
    assert!(!refused.err.contains("revoked-by-now"));

    put(reach.home.join(".cloudflared/cert.pem"), "-----BEGIN ARGO TUNNEL TOKEN-----\nAAAA\n");
    let damaged = tunnel(&reach, &["list"]);
    assert!(damaged.err.contains("its block is damaged"), "{}", damaged.err);

    log_in_at_once(&reach);
    reach.edge.faults().set(|faulty| faulty.api.next(1, ApiFault::Throttled { seconds: 240 }));
    let busy = tunnel(&reach, &["list"]);
    assert!(busy.err.contains("was called too often; try again in 4 min"), "{}", busy.err);
    for (words, said) in [
        (&["create"][..], "name the tunnel"),
        (&["create", "6ff42ae2-765d-4adf-8112-31c55c1551ef"], "looks like an id"),
        (&["route", "dns", "office"], "say which tunnel and which hostname"),
        (&["route", "dns", "office", "https://x"], "is not a hostname"),
        (&["list", "--sort-by", "colour"], "it wants one of name, id"),
        (&["list", "--output", "toml"], "it wants json or yaml"),
        (&["route", "ip", "add", "10.0.0.0/8", "office"], "carries TCP, and neither UDP nor ICMP"),
        (&["vnet", "list"], "carries TCP, and neither UDP nor ICMP"),
    ] {
        let misused = tunnel(&reach, words);
        assert_eq!(misused.code, Some(2), "{words:?}: {}", misused.err);
        assert!(misused.err.contains(said), "{words:?}: {}", misused.err);
    }
}

#[test]
fn a_hostname_that_leads_elsewhere_is_given_to_another_tunnel_only_when_asked() {
    let reach = person();
    log_in_at_once(&reach);
    for name in ["office", "attic"] {
        tunnel(&reach, &["create", name]).well();
    }
    let route = |words: &[&str]| tunnel(&reach, &[&["route", "dns"], words].concat());
    assert!(route(&["office", HOST]).well().err.contains("Added CNAME"));
    assert!(route(&["office", HOST]).well().err.contains("is already configured to route to your tunnel"));
    let taken = route(&["attic", HOST]);
    assert_eq!(taken.code, Some(1));
    assert!(taken.err.contains("record with that host already exists"), "{}", taken.err);
    let updated = route(&["--overwrite-dns", "attic", HOST]).well();
    assert!(updated.err.contains(&format!("{HOST} updated to route to your tunnel")), "{}", updated.err);
}

#[test]
fn a_quick_tunnel_publishes_one_service_without_an_account() {
    let reach = Reach::of(Plan::default().team(TEAM));
    let config = reach.home.join(".cloudflared/config.yml");
    put(&config, "tunnel: office\ningress:\n  - service: http_status:404\n");
    for words in [&["--url", "hello_world"][..], &["run", "--quick", "--url=hello_world"]] {
        let mut run = command(&reach, &["--metrics", "127.0.0.1:0"]);
        let mut connector = Part::start("connector", run.args(words), &reach.home.logs());
        let hostname = connector.says("its address", |log| {
            let (_, after) = log.split_once("|  https://")?;
            after
                .split_whitespace()
                .next()
                .filter(|name| name.ends_with(".trycloudflare.com"))
                .map(str::to_owned)
        });
        connector.says("that nobody is asked", |log| log.contains("nobody is asked to log in").then_some(()));
        let monitoring = journeys::tunnel::monitoring(&mut connector);
        assert!(page(monitoring, "/quicktunnel").contains(&format!("{{\"hostname\":\"{hostname}\"}}")));
        wait::until("one connection", wait::SOON, || {
            let links = reach.edge.links();
            (links.iter().filter(|link| link.state == LinkState::Registered).count() == 1).then_some(())
        });
        let gateway = reach.edge.gateway();
        let gateway =
            gateway.trim_start_matches("http://").trim_end_matches("/b/").parse().expect("an address");
        assert!(page(gateway, &format!("/b/{hostname}/")).contains("This tunnel works"));
        connector.terminate();
        assert!(connector.ended(wait::SOON).success(), "{}", connector.log());
    }
    let nothing = tunnel(&reach, &["run", "--quick"]);
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.err.contains("name it by --url"), "{}", nothing.err);
}
