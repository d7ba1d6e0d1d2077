//! systemd, and OpenRC, run a tunnel on a machine of the test's own: start it, start it again when it is killed, and forget
//! it.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::process::Stdio;
use std::time::Duration;

use edge_sim::LinkState;
use journeys::booted::Booted;
use journeys::homes::put;
use journeys::reach::Said;
use journeys::shared::{SHARED, Sharing, TOKEN, objects};
use journeys::{Part, Tunnelled, need, process, sshd, wait};
use serde_json::Value;

/// A service is started again after five seconds, and connects.
const AGAIN: Duration = Duration::from_secs(60);

fn said(machine: &Booted, words: &[&str]) -> Said {
    Said::of(&mut machine.helper(words))
}

/// Waits until it says that it is connected; has what it said.
#[track_caller]
fn until_connected(machine: &Booted, words: &[&str]) -> String {
    wait::until("a service that is connected", AGAIN, || {
        let status = said(machine, words);
        let text = status.text();
        let is_well = status.code == Some(0) && text.contains(" runs, since ");
        (is_well && text.contains("Connected to the edge by ")).then_some(text)
    })
}

fn status_lines(process: u32, name: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    status.lines().find(|line| line.starts_with(name)).expect("a line").to_owned()
}

#[test]
fn systemd_runs_a_tunnel_starts_it_again_and_forgets_it() {
    let tunnelled = Tunnelled::new();
    let token = tunnelled.tunnel.token();
    put(tunnelled.reach.home.profile().join("token"), &token);
    let Some(machine) = Booted::with(&tunnelled.reach.home) else { return };
    said(&machine, &["service", "install", "--token-file", "/srv/profile/token"]).well();
    let told = until_connected(&machine, &["service", "status"]);
    assert!(told.contains(", starts at boot."), "{told}");

    let first = machine.connector().expect("a process");
    let user = status_lines(first, "Uid:");
    assert!(!user.contains("\t0"), "it runs as nobody who is there besides: {user}");
    assert!(
        status_lines(first, "NoNewPrivs:").ends_with('1') && status_lines(first, "Seccomp:").ends_with('2')
    );
    assert!(status_lines(first, "CapBnd:").ends_with("\t0000000000000000"));
    let line = std::fs::read_to_string(format!("/proc/{first}/cmdline")).expect("a command line");
    assert!(!line.contains(&token), "{line}");

    process::kill(first);
    let told = wait::until("a service that was started again", AGAIN, || {
        let told = until_connected(&machine, &["service", "status"]);
        told.contains("was started again once after a failure").then_some(told)
    });
    assert_ne!(machine.connector(), Some(first), "{told}");
    let log = said(&machine, &["service", "logs", "--lines", "500"]).well().text();
    assert!(log.matches("Registered tunnel connection").count() >= 2 && !log.contains(&token), "{log}");

    said(&machine, &["service", "uninstall"]).well();
    wait::until("an edge that was told goodbye", AGAIN, || {
        let links = tunnelled.reach.edge.links();
        links.iter().all(|link| link.state != LinkState::Registered).then_some(())
    });
    for left in [
        "/etc/systemd/system/sallyport.service",
        "/etc/sallyport",
        "/etc/systemd/system/multi-user.target.wants/sallyport.service",
    ] {
        assert!(machine.file(left).symlink_metadata().is_err(), "{left} is left");
    }
    let unit =
        Said::of(machine.command("systemctl").args(["show", "--property=LoadState", "--value", "sallyport"]));
    assert_eq!(unit.text(), "not-found\n");
    assert_eq!(said(&machine, &["service", "status"]).code, Some(1));
}

/// What a log-in of a person would start for them, under the name by which the journal knows whose services are whose.
const MANAGER_NAME: &str = "user@0.service";
const MANAGER: &str = "[Unit]\nDefaultDependencies=no\n[Service]\nType=notify\nDelegate=yes\nRuntimeDirectory=user/0\n\
                       Environment=HOME=/home/ada XDG_RUNTIME_DIR=/run/user/0\nExecStart=/lib/systemd/systemd --user\n";

#[test]
fn the_systemd_of_a_person_runs_a_tunnel_of_theirs() {
    let tunnelled = Tunnelled::new();
    let token = tunnelled.tunnel.token();
    put(tunnelled.reach.home.profile().join("token"), &token);
    let Some(machine) = Booted::with(&tunnelled.reach.home) else { return };
    put(machine.file(&format!("/srv/units/{MANAGER_NAME}")), MANAGER);
    Said::of(machine.command("systemctl").args(["start", MANAGER_NAME])).well();
    let service = |words: &[&str]| {
        let mut command = machine.helper(&[&["service"], words, &["--user"]].concat());
        Said::of(command.env("XDG_RUNTIME_DIR", "/run/user/0"))
    };
    service(&["install", "--token-file", "/srv/profile/token"]).well();
    let connected = |again: &str| {
        wait::until("a service that is connected", AGAIN, || {
            let told = service(&["status"]).text();
            let is_well = told.contains(again) && told.contains("Connected to the edge by ");
            is_well.then_some(told)
        })
    };
    let told = connected(", starts when you log in");
    let first = machine.connector().expect("a process");
    let line = std::fs::read_to_string(format!("/proc/{first}/cmdline")).expect("a command line");
    assert!(line.contains("/home/ada/.config/sallyport/token") && !line.contains(&token), "{line}");
    assert!(status_lines(first, "NoNewPrivs:").ends_with('1'), "{told}");
    process::kill(first);
    connected("was started again once after a failure");
    let log = service(&["logs", "--lines", "500"]).well().text();
    assert!(log.matches("Registered tunnel connection").count() >= 2 && !log.contains(&token), "{log}");
    assert_eq!(service(&["logs", "--lines", "1"]).well().text().lines().count(), 1);
    service(&["uninstall"]).well();
    for left in ["/home/ada/.config/systemd/user/sallyport.service", "/home/ada/.config/sallyport"] {
        assert!(machine.file(left).symlink_metadata().is_err(), "{left} is left");
    }
    assert_eq!(machine.connector(), None);
}

#[test]
fn openrc_runs_a_tunnel_starts_it_again_and_forgets_it() {
    let tunnelled = Tunnelled::new();
    let token = tunnelled.tunnel.token();
    put(tunnelled.reach.home.profile().join("token"), &token);
    let Some(machine) = Booted::by_openrc(&tunnelled.reach.home) else { return };
    // Both are there, and none is process 1.
    let service = |words: &[&str]| said(&machine, &[&["service"], words, &["--init", "openrc"]].concat());
    service(&["install", "--token-file", "/srv/profile/token"]).well();
    let connected = || until_connected(&machine, &["service", "status", "--init", "openrc"]);
    let told = connected();
    assert!(told.contains(", starts at boot."), "{told}");
    let first = machine.connector().expect("a process");
    assert!(status_lines(first, "NoNewPrivs:").ends_with('1'));
    let line = std::fs::read_to_string(format!("/proc/{first}/cmdline")).expect("a command line");
    assert!(!line.contains(&token), "{line}");

    process::kill(first);
    wait::until("another process", AGAIN, || machine.connector().filter(|now| *now != first));
    connected();
    let log = service(&["logs", "--lines", "500"]).well().text();
    assert!(log.matches("Registered tunnel connection").count() >= 2 && !log.contains(&token), "{log}");

    service(&["uninstall"]).well();
    assert_eq!(machine.connector(), None, "it is asked to end, and does");
    for left in
        ["/etc/init.d/sallyport", "/etc/sallyport", "/var/log/sallyport", "/etc/runlevels/default/sallyport"]
    {
        assert!(machine.file(left).symlink_metadata().is_err(), "{left} is left");
    }
    assert_eq!(service(&["status"]).code, Some(1));
}

#[test]
fn a_machine_that_is_shared_as_a_service_outlives_the_terminal() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::new();
    let Some(machine) = Booted::with(&sharing.reach.home) else { return };
    let port = sharing.server.address().port().to_string();
    let share = |words: &[&str]| {
        let mut share =
            machine.helper(&["share", "ssh", "--hostname", SHARED, "--port", &port, "--no-proof"]);
        share.args(["--allow", "@acme.test", "--service"]).args(words).env("CLOUDFLARE_API_TOKEN", TOKEN);
        Said::of(&mut share)
    };
    let api = |words: &[&str]| Said::of(machine.helper(words).env("CLOUDFLARE_API_TOKEN", TOKEN));
    let name = format!("sallyport-{SHARED}");
    let unit = format!("/etc/systemd/system/{name}.service");
    let is_there = || machine.file(&unit).exists();

    let plan = share(&["--dry-run"]).well().text();
    assert!(
        plan.contains(&format!("run by the service {name} of the machine's, which starts at boot")),
        "{plan}"
    );
    assert!(!is_there());
    // What fails after it was installed takes it away again.
    let no = edge_sim::ApiFault::Refused { status: 400, code: 1234, message: "not today" };
    sharing.reach.edge.faults().set(|faulty| faulty.api_calls = vec![("POST", "/dns_records", no)]);
    let failed = share(&[]);
    assert_eq!((failed.code, is_there()), (Some(1), false), "{}", failed.err);
    assert!(failed.text().contains("✓ Connector: taken away"), "{}", failed.text());
    sharing.reach.edge.faults().set(|faulty| faulty.api_calls = Vec::new());

    let shared = share(&[]).well();
    assert!(shared.text().contains(&format!("It is run by the service {name}")), "{}", shared.text());
    let list =
        || objects(&said(&machine, &["share", "list", "--json"]).well().text())[0]["shares"][SHARED].clone();
    assert_eq!(list()["service"]["state"], "running", "{}", list());
    put(sharing.reach.ssh_config(), sharing.server.client_lines());
    sharing.reach.run(&["host", "add", SHARED, "--user", &sharing.server.user()]).well();
    sharing.reach.log_in(SHARED);
    let reached = Said::of(sharing.reach.client("ssh").args(["studio", "echo served"])).well();
    assert_eq!(reached.text(), "served\n");

    // Who is connected is told by the service itself.
    let mut visit = sharing.reach.client("ssh");
    let mut visit =
        Part::start("visit", visit.args(["studio", "cat"]).stdin(Stdio::piped()), &sharing.reach.home.logs());
    let until = |streams: u64| {
        let is = || (list()["service"]["streams"] == streams).then_some(());
        wait::until(&format!("{streams} streams"), AGAIN, is);
    };
    until(1);
    visit.stop();
    until(0);

    let again = said(&machine, &["share", "run"]);
    assert!(again.err.contains(&format!("the service {name} answers for {SHARED}")), "{}", again.err);
    let off = said(&machine, &["share", "service", "off", "--json"]).well();
    assert_eq!(objects(&off.text())[0]["service"], Value::Null);
    assert_eq!((is_there(), list()["service"].clone()), (false, Value::Null));
    let on = said(&machine, &["share", "service", "on", SHARED, "--json"]).well();
    assert_eq!(objects(&on.text())[0]["service"]["name"], name, "{}", on.text());
    let reached = Said::of(sharing.reach.client("ssh").args(["studio", "echo again"])).well();
    assert_eq!(reached.text(), "again\n");

    let gone = api(&["unshare"]).well();
    assert!(gone.text().contains("is not shared any more"), "{}", gone.text());
    sharing.until_account_is(&["log-in by onetimepin".to_owned()]);
    assert!(!is_there() && !machine.file(&format!("/etc/{name}")).exists(), "nothing of it is left");
}

#[test]
fn a_service_that_others_took_away_is_set_up_again_by_the_right_that_it_left_or_that_cloudflare_has() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::new();
    let Some(machine) = Booted::with(&sharing.reach.home) else { return };
    let port = sharing.server.address().port().to_string();
    let api = |words: &[&str]| Said::of(machine.helper(words).env("CLOUDFLARE_API_TOKEN", TOKEN));
    let words = ["share", "ssh", "--hostname", SHARED, "--port", &port, "--no-proof", "--service"];
    api(&[&words[..], &["--allow", "@acme.test"]].concat()).well();
    let name = format!("sallyport-{SHARED}");
    let take = |what: &[&str]| {
        Said::of(machine.command("systemctl").args(["disable", "--now", &name])).well();
        Said::of(machine.command("rm").arg("-r").args(what)).well();
    };
    let (unit, own) = (format!("/etc/systemd/system/{name}.service"), format!("/etc/{name}"));
    let runs = || {
        let list = objects(&said(&machine, &["share", "list", "--json"]).well().text());
        list[0]["shares"][SHARED]["service"]["state"].clone()
    };
    // The unit alone is gone.
    take(&[&unit]);
    assert_eq!(runs(), "gone");
    said(&machine, &["share", "service", "on"]).well();
    assert_eq!(runs(), "running");
    // All of it is.
    take(&[&unit, &own]);
    let on = api(&["share", "service", "on", "--json"]).well();
    assert_eq!((objects(&on.text())[0]["right"].clone(), runs()), (true.into(), "running".into()));
    take(&[&unit, &own]);
    let kept = "/srv/profile/right";
    let off = api(&["share", "service", "off", "--token-file", kept, "--json"]).well();
    let told = objects(&off.text());
    assert_eq!(told.last().expect("a word")["right"], true, "{told:?}");
    assert!(machine.file(kept).exists() && !machine.file(&own).exists());

    said(&machine, &["share", "service", "on"]).well();
    take(&[&unit, &own]);
    its_right_is_nowhere(&machine, &name);
    api(&["unshare"]).well();
    sharing.until_account_is(&["log-in by onetimepin".to_owned()]);
}

/// What is so is said with the next step, and what is shared stays.
fn its_right_is_nowhere(machine: &Booted, name: &str) {
    let off = said(machine, &["share", "service", "off"]).well();
    assert!(
        off.err.contains(&format!("the service {name} was gone from this machine already")),
        "{}",
        off.err
    );
    let words = format!(
        "{SHARED} is still shared, and nobody answers: the right to run its tunnel went with the service. \
                         sallyport unshare {SHARED} takes it away; then it can be shared again.\n"
    );
    assert_eq!(off.text(), words);
    let list = said(machine, &["share", "list"]).well().text();
    assert!(list.contains(SHARED) && !list.contains("service"), "{list}");
    let run = said(machine, &["share", "run"]);
    let lacks = format!("the right to run the tunnel of {SHARED} is not kept here");
    assert!(run.code == Some(1) && run.err.contains(&lacks), "{}", run.err);
}
