//! With a valid token at hand: one connection, one request, three round trips, and no file that is not needed.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::process::Command;

use journeys::reach::{HOST, Running, Said};
use journeys::{Reach, need, origin, wait};

const GREETING: &[u8] = b"SSH-2.0-greeter\r\n";

#[test]
fn three_round_trips_to_the_first_byte_and_no_other_request() {
    let reach = logged_in();
    let (connections, requests) = (reach.edge.connections().len(), reach.requests().len());
    let said = greeted(&reach, Running::start(&mut reach.helper(&["access", "ssh", "--hostname", HOST])));
    assert_eq!((said.out.as_slice(), said.err.as_str()), (GREETING, ""));

    let made = reach.edge.connections().split_off(connections);
    assert_eq!(made.len(), 1, "{made:#?}");
    let tls = made[0].tls.as_ref().expect("TLS");
    assert_eq!((tls.version.as_str(), tls.group.as_str()), ("TLSv1_3", "X25519MLKEM768"));
    assert_eq!(tls.sni.as_deref(), Some(HOST));
    assert_eq!(made[0].round_trips_to_origin, Some(3), "TCP, TLS, upgrade");

    let made = reach.requests().split_off(requests);
    assert_eq!(made.len(), 1, "{made:#?}");
    assert!(made[0].is_upgrade() && made[0].header("cf-access-token").is_some(), "{made:#?}");
    assert_eq!((made[0].method.as_str(), made[0].status, made[0].round_trips), ("GET", 101, 3));
}

#[test]
fn no_certificates_and_no_slow_randomness_are_read_from_files() {
    if need::lacks(&["strace"]) {
        return;
    }
    let Some(strace) = need::find("strace").filter(|strace| works(strace)) else {
        eprintln!("SKIPPED: strace may not trace here");
        return;
    };
    let reach = logged_in();
    let trace = reach.home.join("trace");
    let helper = reach.helper(&["access", "ssh", "--hostname", HOST]);
    let mut command = reach.home.command(strace);
    command.args(["-f", "-qq", "-e", "trace=open,openat,openat2", "-o"]).arg(&trace);
    command.arg(helper.get_program()).args(helper.get_args());
    let said = greeted(&reach, Running::start(&mut command));
    assert_eq!(said.out, GREETING, "{}", said.err);

    let trace = std::fs::read_to_string(trace).expect("a trace");
    let opened: BTreeSet<&str> = trace.lines().filter_map(|line| line.split('"').nth(1)).collect();
    assert!(
        opened.iter().any(|path| path.ends_with("/realm.json")),
        "the trace is of the helper: {opened:?}"
    );
    let idle = |path: &&&str| {
        let path = path.to_ascii_lowercase();
        ["/ssl/", "/pki/", "ca-cert", ".pem", ".crt", "/dev/random", "/dev/hwrng"]
            .iter()
            .any(|mark| path.contains(mark))
    };
    assert_eq!(opened.iter().filter(idle).count(), 0, "{opened:?}");
}

fn logged_in() -> Reach {
    let reach = Reach::to(origin::saying(GREETING.to_vec()));
    reach.log_in(HOST);
    reach
}

/// Waits until the greeting went out, then answers it, which ends the stream.
fn greeted(reach: &Reach, mut running: Running) -> Said {
    let went_out = || reach.edge.connections().last().and_then(|seen| seen.round_trips_to_origin);
    wait::until("a greeting from the origin", wait::SOON, went_out);
    assert!(running.write(b"\n"));
    running.ended().well()
}

fn works(strace: &std::path::Path) -> bool {
    Command::new(strace)
        .args(["-qq", "-o", "/dev/null", "true"])
        .output()
        .is_ok_and(|traced| traced.status.success())
}
