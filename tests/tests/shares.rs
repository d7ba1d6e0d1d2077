//! A machine is published by one command, reached by a stock `ssh` from outside, and taken back by one command.
#![cfg(target_os = "linux")]

use std::os::unix::fs::PermissionsExt as _;

use edge_sim::{ApiFault, Right};
use journeys::homes::put;
use journeys::reach::{Said, Visit};
use journeys::shared::{SHARED, Sharing, TOKEN, objects};
use journeys::{Part, keychain, need, sshd, wait};

/// What the account has besides.
const BEFORE: [&str; 1] = ["log-in by onetimepin"];

fn before() -> Vec<String> {
    BEFORE.map(str::to_owned).to_vec()
}

#[test]
fn a_machine_is_shared_reached_and_taken_back() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::new();
    let mut share = sharing.shared(&["--certificates"]);
    let log = share.log();
    let ticks: Vec<&str> =
        log.lines().filter_map(|line| line.strip_prefix("✓ ")?.split(':').next()).collect();
    let steps = [
        "Policy",
        "Application",
        "Certificate authority",
        "Tunnel",
        "Rules",
        "Connector",
        "DNS record",
        "Log-in asked for",
        "SSH from outside",
    ];
    assert_eq!(ticks, steps, "{log}");
    assert!(log.contains("SSH from outside: SSH-2.0-OpenSSH"), "{log}");
    assert!(log.contains("TrustedUserCAKeys /etc/ssh/ca.pub"), "{log}");
    assert!(!log.contains(TOKEN));
    let made = ["POST policy", "POST app", "POST authority", "POST tunnel", "PUT rules", "POST record"];
    assert_eq!(sharing.changes(), made, "what guards the hostname comes before what leads here");

    // By the key of the server's own list first, then by a certificate of the authority that was made.
    let (reach, server) = (&sharing.reach, &sharing.server);
    put(reach.ssh_config(), server.client_lines());
    reach.run(&["host", "add", SHARED, "--user", &server.user()]).well();
    let reached = Said::of(reach.client("ssh").args(["studio", "echo through"])).well();
    assert_eq!(reached.text(), "through\n");

    let log = std::fs::read_to_string(reach.home.profile().join(format!("share-{SHARED}.log")));
    let log = log.expect("the connector's log");
    assert!(log.contains("Registered tunnel connection") && !log.contains("could not be served"), "{log}");
    let listed = sharing.said(&["share", "list"]).well();
    assert!(listed.text().contains(SHARED), "{}", listed.text());
    let said = sharing.said(&["unshare"]).well();
    assert!(said.text().ends_with("studio.acme.test is not shared any more.\n"), "{}", said.text());
    sharing.until_account_is(&before());
    let taken = sharing.changes().split_off(made.len());
    assert_eq!(taken, ["DELETE record", "DELETE tunnel", "DELETE authority", "DELETE app", "DELETE policy"]);
    assert!(share.ended(wait::SOON).success(), "the running end has heard of it: {}", share.log());
    assert!(!reach.home.profile().join(format!("share-{SHARED}.log")).exists());
    assert_eq!(
        objects(&sharing.said(&["share", "list", "--json"]).well().text())[0]["shares"],
        serde_json::json!({})
    );
}

#[test]
fn rules_of_the_machine_itself_stand_over_those_of_the_edge() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::new();
    let mut share = sharing.shared(&[]);
    let listener =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a service that nobody meant to publish");
    let service = format!("tcp://{}", listener.local_addr().expect("an address"));
    let rules = serde_json::json!({ "version": 7, "config": { "ingress": [{ "service": service }] } });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let told =
        runtime.block_on(sharing.reach.edge.push_configuration(&rules.to_string())).expect("an answer");
    assert_eq!(told["lastAppliedVersion"], 7, "{told}");
    let refused = sharing.reach.carry(SHARED);
    assert_ne!(refused.code, Some(0));
    listener.set_nonblocking(true).expect("a listener that does not wait");
    assert!(listener.accept().is_err(), "nobody was let through to it");
    let log = sharing.reach.home.profile().join(format!("share-{SHARED}.log"));
    let log = || std::fs::read_to_string(&log).unwrap_or_default();
    wait::until("why it was refused", wait::SOON, || {
        log().contains("none of the destinations that this machine allows").then_some(())
    });
    share.terminate();
    assert!(share.ended(wait::SOON).success(), "{}", share.log());
}

#[test]
fn stopped_it_stays_shared_and_runs_again() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::new();
    let mut share = sharing.shared(&["--no-proof"]);
    share.terminate();
    assert!(share.ended(wait::SOON).success(), "{}", share.log());
    assert!(share.log().contains("sallyport share run lets it answer again"), "{}", share.log());
    let mut again = Part::start("again", &mut sharing.command(&["share", "run"]), &sharing.reach.home.logs());
    again.says("that it answers", |log| log.contains("answers again").then_some(()));
    put(sharing.reach.ssh_config(), sharing.server.client_lines());
    sharing.reach.run(&["host", "add", SHARED, "--user", &sharing.server.user()]).well();
    sharing.reach.log_in(SHARED);
    sharing.reach.run(&["wait-ready", SHARED]).well();
    let reached = Said::of(sharing.reach.client("ssh").args(["studio", "echo again"])).well();
    assert_eq!(reached.text(), "again\n");
    sharing.said(&["unshare", SHARED]).well();
    sharing.until_account_is(&before());
    assert!(again.ended(wait::SOON).success(), "{}", again.log());
}

#[test]
fn a_plan_changes_nothing() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::new();
    let said = Said::of(&mut sharing.share(&["--dry-run", "--certificates"])).well();
    assert!(said.text().starts_with("1. Policy: ada@acme.test may enter\n"), "{}", said.text());
    assert!(
        said.text().contains("\n7. DNS record: studio.acme.test leads to the tunnel\n"),
        "{}",
        said.text()
    );
    let said = Said::of(&mut sharing.share(&["--dry-run", "--json"])).well();
    let plan = &objects(&said.text())[0];
    assert_eq!((&plan["state"], &plan["steps"][0]["step"]), (&"plan".into(), &"policy".into()));
    assert_eq!(sharing.changes(), Vec::<String>::new());
    assert_eq!(sharing.reach.edge.account(), before());
    assert!(!sharing.reach.home.profile().join("shares.json").exists());
}

#[test]
fn a_failure_at_any_step_takes_everything_away_again() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::new();
    let refused = |status, code, message| ApiFault::Refused { status, code, message };
    let always = [
        (refused(400, 1234, "not today"), "api-refused"),
        (refused(409, 1013, "there is one of that name"), "api-refused"),
        (refused(403, 10000, "Authentication error"), "share-rights"),
        (ApiFault::Throttled { seconds: 240 }, "api-busy"),
    ];
    // What only made something may not be asked for twice; all else is.
    let once = (ApiFault::Page(502), "edge-trouble");
    for (method, path, step) in [
        ("POST", "/access/policies", "policy"),
        // The application's path is the beginning of its authority's.
        ("POST", "/access/app", "application"),
        ("POST", "/ca", "certificate-authority"),
        ("POST", "/cfd_tunnel", "tunnel"),
        ("PUT", "/configurations", "rules"),
        ("GET", "/connections", "connector"),
        ("POST", "/dns_records", "dns-record"),
    ] {
        let faults = always.iter().chain((method == "POST").then_some(&once));
        for (fault, cause) in faults {
            let call = (method, path, fault.clone());
            sharing.reach.edge.faults().set(|faulty| faulty.api_calls = vec![call]);
            let said = Said::of(&mut sharing.share(&["--certificates", "--json"]));
            assert_eq!(said.code, Some(1), "{step}, {fault:?}: {}", said.text());
            let lines = objects(&said.text());
            let failed = lines.iter().find(|line| line["state"] == "failed").expect("a step that failed");
            assert_eq!(failed["step"], step, "{fault:?}: {}", said.text());
            // Reading who is connected is part of the right to make the tunnel, which was there a moment ago.
            let cause = if (method, *cause) == ("GET", "share-rights") { "api-right" } else { cause };
            assert_eq!(failed["problem"]["cause"], cause, "{fault:?}: {failed}");
            assert_eq!(sharing.reach.edge.account(), before(), "{step}, {fault:?}: {}", said.text());
            let left = sharing.said(&["share", "list", "--json"]).well();
            assert_eq!(objects(&left.text())[0]["shares"], serde_json::json!({}), "{step}, {fault:?}");
        }
    }
}

#[test]
fn answers_that_are_lost_leave_nothing_behind() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::new();
    let lost = ["/access/policies", "/access/apps", "/ca", "/cfd_tunnel", "/dns_records"];
    let faults = lost.map(|path| ("POST", path, ApiFault::Lost(502)));
    sharing.reach.edge.faults().set(|faulty| faulty.api_calls = faults.to_vec());
    let mut share = sharing.shared(&["--certificates"]);
    assert!(
        share.log().contains("✓ SSH from outside"),
        "what was made all the same was found: {}",
        share.log()
    );
    share.terminate();
    assert!(share.ended(wait::SOON).success());
    sharing.said(&["unshare"]).well();
    assert_eq!(sharing.reach.edge.account(), before());
}

#[test]
fn what_the_edge_or_the_person_denies_takes_everything_away_again() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::new();
    sharing.reach.visits(Visit::Leaves);
    let mut share = Part::start("left", &mut sharing.share(&[]), &sharing.reach.home.logs());
    sharing.reach.until_browsers(1);
    share.terminate();
    assert_eq!(share.ended(wait::SOON).code(), Some(1));
    assert!(share.log().contains("✗ SSH from outside"), "{}", share.log());
    assert!(share.log().contains("✓ DNS record: taken away"), "{}", share.log());
    assert_eq!(sharing.reach.edge.account(), before(), "{}", share.log());
    let around = journeys::process::inhabitants(sharing.reach.home.path());
    assert_eq!(around, Vec::<u32>::new(), "no connector is left");
}

#[test]
fn a_permission_that_is_missing_is_named_before_anything_is_made() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let lacks = |missing: &[Right]| {
        let rights: Vec<Right> = Right::SHARE.into_iter().filter(|right| !missing.contains(right)).collect();
        let sharing = Sharing::with(&rights, |account| account);
        let said = Said::of(&mut sharing.share(&[]));
        assert_eq!((said.code, sharing.changes()), (Some(1), Vec::new()), "{}", said.err);
        said.err
    };
    assert!(lacks(&[Right::ReadZones]).contains("lacks the permission Zone, Zone, Read;"));
    let told = lacks(&[Right::WriteDns, Right::WriteApps, Right::ReadOrganization, Right::WriteTunnels]);
    for permission in [
        "Account, Cloudflare Tunnel, Edit",
        "Zone, DNS, Edit",
        "Account, Access: Apps and Policies, Edit",
        "Account, Access: Organizations, Identity Providers, and Groups, Read",
    ] {
        assert!(told.contains(permission), "{permission} is missing in: {told}");
    }
    assert!(told.contains("https://dash.cloudflare.com/profile/api-tokens?"), "{told}");

    // One that may read, and not write, is found out on the way, and everything is as before.
    let reads =
        [Right::ReadZones, Right::WriteTunnels, Right::ReadDns, Right::WriteApps, Right::ReadOrganization];
    let sharing = Sharing::with(&reads, |account| account);
    let said = Said::of(&mut sharing.share(&[]));
    assert!(said.err.contains("lacks the permission Zone, DNS, Edit;"), "{}", said.err);
    assert_eq!(sharing.reach.edge.account(), before());

    let wrong = Said::of(sharing.share(&[]).env("CLOUDFLARE_API_TOKEN", "revoked-by-now"));
    assert!(
        wrong.err.contains("Cloudflare does not accept the API token (Invalid access token)"),
        "{}",
        wrong.err
    );
    let none = Said::of(sharing.share(&[]).env_remove("CLOUDFLARE_API_TOKEN"));
    assert!(
        none.err.contains("there is no API token; make one at https://dash.cloudflare.com/"),
        "{}",
        none.err
    );
    let off = Sharing::with(&Right::SHARE, edge_sim::AccountPlan::without_team);
    let said = Said::of(&mut off.share(&[]));
    assert!(said.err.contains("Zero Trust is not switched on"), "{}", said.err);
}

#[test]
fn a_team_without_a_way_to_log_in_gets_one() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let rights = [&Right::SHARE[..], &[Right::WriteOrganization]].concat();
    let sharing = Sharing::with(&rights, edge_sim::AccountPlan::without_identity_providers);
    let no = ApiFault::Refused { status: 400, code: 1234, message: "not today" };
    sharing.reach.edge.faults().set(|faulty| faulty.api_calls = vec![("POST", "/dns_records", no)]);
    assert_eq!(Said::of(&mut sharing.share(&[])).code, Some(1));
    assert_eq!(sharing.reach.edge.account(), Vec::<String>::new());
    let mut share = sharing.shared(&[]);
    assert!(share.log().contains("✓ Way to log in"), "{}", share.log());
    share.terminate();
    assert!(share.ended(wait::SOON).success());
    sharing.said(&["unshare"]).well();
    assert_eq!(sharing.reach.edge.account(), before(), "others may log in that way by now");
}

#[test]
fn what_is_secret_lies_in_the_keyring_or_in_a_file_that_was_asked_for() {
    if need::lacks(&[&sshd::NEEDS[..], &keychain::NEEDS].concat()) {
        return;
    }
    let sharing = Sharing::new();
    let home = &sharing.reach.home;
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let keychain = runtime.block_on(keychain::Keychain::open(home));
    sharing.reach.settings(&serde_json::json!({ "vault": "keychain" }));
    let on_bus = |mut command: std::process::Command| {
        command.env("DBUS_SESSION_BUS_ADDRESS", keychain.address());
        command
    };
    let mut share = Part::start("share", &mut on_bus(sharing.share(&["--remember"])), &home.logs());
    share.says("that it is shared", |log| log.contains("is shared.").then_some(()));
    share.terminate();
    assert!(share.ended(wait::SOON).success());
    for file in ["shares.json", &format!("share-{SHARED}.log")] {
        let text = std::fs::read_to_string(home.profile().join(file)).expect("a file");
        assert!(!text.contains(TOKEN) && !text.contains("eyJ"), "{file}: {text}");
    }
    // The API token comes from the keyring now.
    let mut unshare = on_bus(sharing.command(&["unshare"]));
    Said::of(unshare.env_remove("CLOUDFLARE_API_TOKEN")).well();
    assert_eq!(sharing.reach.edge.account(), before());

    // Without a keyring nothing is made, unless a file was asked for.
    let nowhere = |mut command: std::process::Command| {
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
        command
    };
    let said = Said::of(&mut nowhere(sharing.share(&[])));
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.err.contains("--token-file FILE keeps the right to run the tunnel"), "{}", said.err);
    let file = home.join("studio.token");
    let path = file.to_str().expect("a path");
    let shared = nowhere(sharing.share(&["--no-proof", "--token-file", path]));
    let mut share = Part::start("share", &mut { shared }, &home.logs());
    share.says("that it is shared", |log| log.contains("is shared.").then_some(()));
    let mode = std::fs::metadata(&file).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let line = std::fs::read_to_string(format!("/proc/{}/cmdline", share.pid())).expect("a command line");
    assert!(!line.contains("eyJ") && !line.contains(TOKEN), "{line}");
    Said::of(&mut nowhere(sharing.command(&["unshare"]))).well();
    assert!(share.ended(wait::SOON).success(), "{}", share.log());
    assert!(!file.exists(), "nothing could be run with it any more");
}

#[test]
fn what_another_machine_has_shared_is_found_by_its_marks() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::new();
    let mut share = sharing.shared(&["--no-proof"]);
    share.terminate();
    assert!(share.ended(wait::SOON).success());
    std::fs::remove_file(sharing.reach.home.profile().join("shares.json")).expect("a file");
    let again = Said::of(&mut sharing.share(&[]));
    assert!(again.err.contains("made by sallyport share: sallyport unshare takes it away"), "{}", again.err);
    let plan = sharing.said(&["unshare", SHARED, "--dry-run"]).well().text();
    assert!(plan.starts_with("1. DNS record of studio.acme.test\n2. tunnel "), "{plan}");
    sharing.said(&["unshare", SHARED]).well();
    assert_eq!(sharing.reach.edge.account(), before());
    let nothing = sharing.said(&["unshare", SHARED]);
    assert!(
        nothing.err.contains("nothing of studio.acme.test was made by sallyport share"),
        "{}",
        nothing.err
    );
}
