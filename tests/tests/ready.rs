//! Waiting for a host, from a script: what is worth another try, what is not, and which code says so.
#![cfg(target_os = "linux")]

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use edge_sim::UpgradeFault;
use journeys::reach::{HOST, OTHER};
use journeys::{Reach, Sshd, need, origin, sshd};

#[test]
fn a_real_server_behind_a_login_is_ready() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let server = Sshd::start();
    let reach = Reach::to(server.address());
    reach.run(&["host", "add", HOST]).well();
    reach.log_in(HOST);
    for named in ["build-01", HOST] {
        let said = reach.run(&["wait-ready", named]).well();
        assert!(
            said.err.starts_with(&format!("sallyport: {named} is ready (SSH-2.0-OpenSSH_")),
            "{}",
            said.err
        );
        assert_eq!(said.text(), "", "stdout is for data");
    }
    // The team's token buys the other app's, without a browser.
    reach.run(&["wait-ready", OTHER, "--timeout", "20s"]).well();
    assert!(reach.browsers().is_empty());
}

#[test]
fn what_may_pass_is_tried_again() {
    let reach = Reach::to(greeting());
    reach.log_in(HOST);
    for fault in [
        UpgradeFault::TunnelDown,
        UpgradeFault::OriginDown,
        UpgradeFault::Status(503, String::new()),
        UpgradeFault::WrongAccept,
    ] {
        reach.edge.faults().set(|faulty| faulty.upgrade.next(2, fault.clone()));
        let before = upgrades(&reach);
        reach.run(&["wait-ready", HOST, "--timeout", "20s"]).well();
        assert_eq!(upgrades(&reach) - before, 3, "{fault:?}");
    }
}

#[test]
fn a_server_that_hangs_up_at_first_is_tried_again() {
    let calls = Arc::new(AtomicUsize::new(0));
    let server = origin::serve(move |mut stream| {
        if calls.fetch_add(1, Ordering::SeqCst) > 0 {
            let _ = stream.write_all(b"SSH-2.0-late\r\n");
            let _ = stream.read(&mut [0]);
        }
    });
    let reach = Reach::to(server);
    reach.log_in(HOST);
    let said = reach.run(&["wait-ready", HOST, "--timeout", "20s"]).well();
    assert_eq!(said.err, format!("sallyport: {HOST} is ready (SSH-2.0-late)\n"));
}

#[test]
fn a_needed_login_fails_at_once_and_opens_no_browser() {
    let reach = Reach::to(greeting());
    let said = reach.run(&["wait-ready", HOST, "--timeout", "60s"]);
    assert!(said.problem(3).contains(HOST), "{}", said.err);
    assert!(said.took.as_secs() < 20 && reach.browsers().is_empty());
}

#[test]
fn a_refusal_by_policy_fails_at_once() {
    let reach = Reach::to(greeting());
    reach.log_in(HOST);
    reach.edge.faults().set(|faulty| faulty.upgrade.always(UpgradeFault::Denied));
    let said = reach.run(&["wait-ready", HOST, "--timeout", "60s"]);
    let _ = said.problem(4);
    assert_eq!(upgrades(&reach), 1, "asked once");
    assert!(said.took.as_secs() < 20);
}

#[test]
fn time_runs_out_with_the_last_cause() {
    let reach = Reach::to(greeting());
    reach.log_in(HOST);
    reach.edge.faults().set(|faulty| faulty.upgrade.always(UpgradeFault::TunnelDown));
    let said = reach.run(&["wait-ready", HOST, "--timeout", "1s"]);
    assert!(said.problem(5).contains("tunnel"), "{}", said.err);
    reach.edge.faults().set(|faulty| faulty.upgrade.always(UpgradeFault::Silence));
    let said = reach.run(&["wait-ready", HOST, "--timeout", "500ms"]);
    assert!(said.problem(5).contains(HOST), "{}", said.err);
}

#[test]
fn mistakes_name_themselves() {
    let reach = Reach::to(greeting());
    for (words, named) in [
        (vec!["wait-ready"], "name the host to wait for; see: sallyport wait-ready --help"),
        (
            vec!["wait-ready", HOST, "--timeout", "soon"],
            "`soon` is not a time to wait, such as 500ms, 90s or 5m; see: sallyport wait-ready --help",
        ),
    ] {
        assert_eq!(reach.run(&words).problem(2), named);
    }
    assert!(reach.edge.log().is_empty(), "nobody was asked");
}

fn greeting() -> std::net::SocketAddr {
    origin::saying(b"SSH-2.0-there\r\n".to_vec())
}

fn upgrades(reach: &Reach) -> usize {
    reach.edge.log().iter().filter(|seen| seen.is_upgrade()).count()
}
