//! With the desktop running, a connection is ready before ssh asks: one round trip to the first byte, and a session that
//! needs the desktop no more.
#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;

use edge_sim::{CarryFault, ConnectionSeen, Cut};
use journeys::homes::put;
use journeys::reach::{HOST, OTHER, Running};
use journeys::{Background, Reach, origin, process, wait};
use model::Event;
use profile::{DesktopAddress, Profile};
use serde_json::json;

/// Greets, then answers every line in capitals until it hears `bye`.
fn echoing() -> SocketAddr {
    origin::serve(|mut stream| {
        let _ = stream.write_all(b"SSH-2.0-echo\n");
        let Ok(reading) = stream.try_clone() else { return };
        for line in BufReader::new(reading).lines().map_while(Result::ok) {
            if line == "bye" {
                return;
            }
            let _ = stream.write_all(format!("{}\n", line.to_uppercase()).as_bytes());
        }
    })
}

/// A person who has just logged in to both hosts, and whose desktop starts.
fn used(keep_warm: bool) -> (Reach, Background) {
    let reach = Reach::to(echoing());
    let ssh_config = reach.ssh_config();
    put(&ssh_config, "");
    reach.settings(&json!({ "ssh_config": ssh_config, "keep_warm": keep_warm }));
    for host in [HOST, OTHER] {
        reach.log_in(host);
        let _added = reach.run(&["host", "add", host]).well();
    }
    talks_coldly(&reach);
    let desktop = Background::start(&reach);
    (reach, desktop)
}

fn ssh(reach: &Reach) -> Running {
    Running::start(&mut reach.logging(&["access", "ssh", "--hostname", HOST]))
}

/// Says a line and waits until the origin has spoken; the connection that it came over.
fn talk(reach: &Reach, ssh: &mut Running, line: &str) -> ConnectionSeen {
    assert!(ssh.write(format!("{line}\n").as_bytes()));
    let is_it = |seen: &ConnectionSeen| seen.round_trips_to_origin.is_some() && !seen.closed;
    let greeted = || reach.edge.connections().into_iter().rfind(is_it);
    wait::until("a greeting", wait::SOON, greeted)
}

/// A session that makes a connection of its own.
fn talks_coldly(reach: &Reach) {
    let before = reach.edge.connections().len() as u64;
    let mut cold = ssh(reach);
    assert!(talk(reach, &mut cold, "cold").connection > before, "a connection of its own");
    end(cold);
}

fn end(mut ssh: Running) {
    assert!(ssh.write(b"bye\n"));
    assert_eq!(ssh.ended().well().err, "");
}

/// Connections on which TLS is done and nothing was asked, in order.
fn idle(reach: &Reach) -> Vec<ConnectionSeen> {
    let asked: Vec<u64> = reach.edge.log().iter().map(|seen| seen.connection).collect();
    let is_idle =
        |seen: &ConnectionSeen| seen.tls.is_some() && !seen.closed && !asked.contains(&seen.connection);
    reach.edge.connections().into_iter().filter(is_idle).collect()
}

fn until_idle(reach: &Reach, count: usize) -> Vec<ConnectionSeen> {
    let profile = Profile::open(Some(reach.home.profile()), &|_| None).unwrap_or_else(|why| panic!("{why}"));
    let is_open = |host: &&str| match profile.warm_address(host, 443) {
        Some(DesktopAddress::Socket(path)) => {
            std::fs::read_to_string("/proc/net/unix").is_ok_and(|all| all.contains(&*path.to_string_lossy()))
        }
        Some(DesktopAddress::Pipe(_)) | None => false,
    };
    let open = || [HOST, OTHER].iter().filter(|host| is_open(host)).count();
    let ready = || Some(idle(reach)).filter(|idle| idle.len() == count && open() == count);
    wait::until(&format!("{count} connections that are ready"), wait::SOON, ready)
}

#[test]
fn the_first_byte_takes_one_round_trip_and_the_session_outlives_the_desktop() {
    let (reach, desktop) = used(true);
    let ready = until_idle(&reach, 2);
    let of_host =
        |seen: &&ConnectionSeen| seen.tls.as_ref().is_some_and(|tls| tls.sni.as_deref() == Some(HOST));
    let spare = ready.iter().find(of_host).expect("one for the host that was used");
    let (number, before, connections) =
        (spare.connection, spare.round_trips(), reach.edge.connections().len());

    let mut warm = ssh(&reach);
    let seen = talk(&reach, &mut warm, "warm");
    // The end of the handshake was for nobody to answer: on the wire it may be one flight with what comes next.
    let waited = seen.round_trips_to_origin.expect("a greeting") - before;
    assert_eq!(seen.connection, number);
    assert!(waited <= 1, "the upgrade alone, not {waited}");
    let upgrade = reach.requests().pop().expect("a request");
    assert_eq!((upgrade.connection, upgrade.status), (number, 101));
    assert!(upgrade.header("cf-access-token").is_some(), "the token goes with the first request");
    wait::until("another that is ready", wait::SOON, || {
        (reach.edge.connections().len() > connections).then_some(())
    });

    desktop.end();
    wait::until("no connection that nobody uses", wait::SOON, || idle(&reach).is_empty().then_some(()));
    assert!(warm.write(b"and on\nbye\n"));
    let said = warm.ended().well();
    assert_eq!((said.text().as_str(), said.err.as_str()), ("SSH-2.0-echo\nWARM\nAND ON\n", ""));
    talks_coldly(&reach);
}

#[test]
fn the_setting_switches_it_off() {
    let (reach, desktop) = used(false);
    talks_coldly(&reach);
    assert!(idle(&reach).is_empty(), "{:#?}", idle(&reach));
    desktop.end();
}

#[test]
fn none_is_kept_on_battery_saver() {
    let (reach, desktop) = used(true);
    until_idle(&reach, 2);
    desktop.tell(Event::SavesPower(true));
    until_idle(&reach, 0);
    talks_coldly(&reach);
    assert!(idle(&reach).is_empty());
    desktop.tell(Event::SavesPower(false));
    until_idle(&reach, 2);
    desktop.end();
}

#[test]
fn whatever_goes_wrong_with_it_is_made_good_without_it() {
    let (reach, desktop) = used(true);
    until_idle(&reach, 2);
    // The process that keeps it is gone without a word.
    let keeper = keepers(&reach).into_iter().find(|(_, words)| words.ends_with(HOST)).expect("a keeper");
    process::kill(keeper.0);
    talks_coldly(&reach);
    desktop.end();
    // The edge says no: who asked is told in the same words as always.
    let desktop = Background::start(&reach);
    until_idle(&reach, 2);
    reach.edge.revoke_app_tokens(None);
    reach.edge.revoke_org_tokens(None);
    let refused = reach.logging(&["access", "ssh", "--no-login", "--hostname", HOST]);
    let said = Running::start(&mut { refused }).ended();
    assert!(said.problem(3).contains("sallyport login"), "{}", said.err);
    let upgrades = reach.requests().into_iter().filter(|seen| seen.is_upgrade() && seen.status == 302);
    assert_eq!(upgrades.count(), 2, "once on the connection that was ready, once on one of its own");
    desktop.end();
}

#[test]
fn a_stream_that_breaks_is_told_by_the_helper() {
    let (reach, desktop) = used(true);
    until_idle(&reach, 2);
    let connections = reach.edge.connections().len();
    reach.edge.faults().set(|faulty| faulty.carry.always(CarryFault { after: 4, how: Cut::Reset }));
    let mut cut = ssh(&reach);
    let _written = cut.write(b"a line\n");
    let said = cut.ended();
    let warm = said.problem(255).to_owned();
    assert!(
        reach.edge.connections()[..connections].iter().filter(|seen| seen.upgraded).count() > 1,
        "it was warm"
    );
    desktop.end();
    let cold = reach.carry(HOST);
    assert_eq!(warm, cold.problem(255), "the same words");
}

#[test]
fn a_helper_that_is_killed_takes_its_stream_along() {
    let (reach, desktop) = used(true);
    until_idle(&reach, 2);
    let mut warm = ssh(&reach);
    talk(&reach, &mut warm, "warm");
    let carried =
        || reach.edge.connections().iter().filter(|seen| seen.upgraded && seen.carried.is_none()).count();
    assert_eq!(carried(), 1);
    warm.kill();
    wait::until("the end of its stream", wait::SOON, || (carried() == 0).then_some(()));
    desktop.end();
}

/// Processes that keep a connection ready, with their command lines.
fn keepers(reach: &Reach) -> Vec<(u32, String)> {
    let words = |pid: u32| {
        let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        (pid, line.trim_end_matches('\0').replace('\0', " "))
    };
    process::around(reach.home.path())
        .into_iter()
        .map(words)
        .filter(|(_, line)| line.contains(" warm "))
        .collect()
}
