//! Two hundred people's `ssh` through one connector: all of them open at the same moment, all of them talking.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use journeys::process::memory;
use journeys::reach::Running;
use journeys::tunnel::{monitoring, page};
use journeys::{Circle, need, wait};

const SESSIONS: usize = 200;
/// So many begin at once: the key exchange of one keeps a processor busy for a while.
const PACE: usize = 10;
/// What each of them says, in bytes: not a round number of anything.
const WORDS: u32 = 150_001;
/// What one of them may cost the connector while all of them talk, in bytes.
const EACH: u64 = 512 * 1024;
/// How long they may talk, all of them together, on a machine that has much else to do.
const TALK: Duration = Duration::from_secs(120);
/// Sockets and pipes of this process, in which the edge lives too.
const FILES: u64 = 6 * SESSIONS as u64 + 500;
/// What a session says when it is open.
const OPEN: &[u8] = b"open\n";

#[test]
fn two_hundred_sessions_talk_at_once_over_http2() {
    eprintln!("{} KiB more at most", talk_at_once("http2") >> 10);
}

#[test]
fn two_hundred_sessions_talk_at_once_over_quic() {
    eprintln!("{} KiB more at most", talk_at_once("quic") >> 10);
}

/// What it has cost the connector, in bytes.
fn talk_at_once(protocol: &str) -> u64 {
    if need::lacks_files(FILES) {
        return 0;
    }
    let Some(mut circle) = Circle::by(protocol) else { return 0 };
    let (monitor, pid) = (monitoring(&mut circle.connector), circle.connector.pid());
    let running = |count: usize| {
        let line = format!("\ncloudflared_tunnel_concurrent_requests_per_tunnel {count}\n");
        let is_so = || page(monitor, "/metrics").contains(&line).then_some(());
        wait::until(&format!("{count} streams that run"), wait::SOON, is_so);
    };
    running(0);
    let before = memory(pid, "VmHWM");
    let mut sessions = Vec::new();
    while sessions.len() < SESSIONS {
        sessions.extend(some_more(&circle));
    }
    running(SESSIONS);

    let since = Instant::now();
    say_all(&mut sessions);
    for (session, number) in sessions.into_iter().zip(0..) {
        let said = session.ended().well();
        let (heard, rest) = said.out.split_at(OPEN.len());
        assert!(heard == OPEN && rest == words(number), "session {number}: its own words come back");
    }
    assert!(since.elapsed() < TALK, "{:?}", since.elapsed());
    running(0);
    let cost = memory(pid, "VmHWM") - before;
    assert!(cost <= SESSIONS as u64 * EACH, "{protocol}: {cost} bytes");
    cost
}

/// A few sessions, once all of them are open.
fn some_more(circle: &Circle) -> Vec<Running> {
    let command = "echo open; exec cat";
    let mut some: Vec<Running> = (0..PACE).map(|_| Running::start(&mut circle.ssh(&[command]))).collect();
    for session in &mut some {
        wait::until("an open session", 2 * wait::SOON, || {
            let is_open = session.heard() == OPEN;
            assert!(is_open || session.is_running(), "a session ended: {}", circle.connector.log());
            is_open.then_some(())
        });
    }
    some
}

/// Lets all of them talk at the same time.
fn say_all(sessions: &mut [Running]) {
    std::thread::scope(|threads| {
        for (session, number) in sessions.iter_mut().zip(0..) {
            threads.spawn(move || {
                assert!(session.write(&words(number)), "session {number} listens");
                session.finish_input();
            });
        }
    });
}

/// What the session of this number says, and no other.
fn words(number: u32) -> Vec<u8> {
    let word = |at: u32| (at + number * 7919).wrapping_mul(2_654_435_761).to_le_bytes()[3];
    (0..WORDS).map(word).collect()
}
