//! A path that is dead ends its streams within fifteen seconds, and the person is told why; one that is only quiet lives.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use journeys::homes::put;
use journeys::reach::{HOST, Running, Said, plan};
use journeys::{Background, Network, Reach, network, origin, wait};
use serde_json::{Value, json};

/// How long a dead carrier may hang at most.
const LIMIT: Duration = Duration::from_secs(15);
/// More than any timer here that could take a pause for an end.
const PAUSE: Duration = Duration::from_secs(22);
const DEAD: &str =
    "nothing comes back from build-01.acme.test any more; check your network, then connect again";

/// A person on the near machine, an edge and a host on the far one.
struct Stage {
    reach: Reach,
    network: Network,
    /// How many lines the host has heard.
    heard: Arc<AtomicUsize>,
}

impl Stage {
    fn lay() -> Self {
        let network = Network::lay();
        let heard = Arc::new(AtomicUsize::new(0));
        let far = SocketAddr::new(network::FAR, 0);
        let mut plan = plan(hearing(&heard));
        (plan.listen, plan.gateway) = (far, far);
        let reach = Reach::of(plan);
        // The desktop of these tests is not on the machine whose network goes.
        reach.settings(&json!({ "ssh_config": reach.ssh_config(), "keep_warm": false }));
        put(reach.ssh_config(), "");
        reach.run(&["host", "add", HOST]).well();
        reach.log_in(HOST);
        Self { reach, network, heard }
    }

    /// A stream like that of ssh, on which one line has gone there and back.
    fn stream(&self) -> Running {
        let before = self.heard.load(Ordering::SeqCst);
        let mut running = Running::start(&mut self.network.near(&self.carrying()));
        assert!(running.write(b"hello\n"));
        wait::until("a line that is heard", wait::SOON, || {
            (self.heard.load(Ordering::SeqCst) > before).then_some(())
        });
        running
    }

    fn carrying(&self) -> std::process::Command {
        self.reach.helper(&["access", "ssh", "--hostname", HOST])
    }

    /// Why the desktop thinks that the host was not reached, as scripts read it.
    fn problem_in_json(&self) -> Value {
        let status = self.reach.run(&["status", "--json"]).well();
        let status: Value = serde_json::from_slice(&status.out).expect("JSON");
        status["hosts"][0].get("problem").expect("a host").clone()
    }
}

/// A stream under way that ends by itself, and when it did.
fn end_of(running: Running) -> JoinHandle<(Said, Instant)> {
    std::thread::spawn(|| (running.ended(), Instant::now()))
}

/// Says so when a line has come, and sends it back.
fn hearing(heard: &Arc<AtomicUsize>) -> SocketAddr {
    let heard = Arc::clone(heard);
    origin::serve(move |mut stream| {
        let mut chunk = [0; 65_536];
        while let Ok(count @ 1..) = stream.read(&mut chunk) {
            heard.fetch_add(chunk[..count].iter().filter(|byte| **byte == b'\n').count(), Ordering::SeqCst);
            let _ = stream.write_all(&chunk[..count]);
        }
    })
}

#[test]
fn a_network_that_swallows_everything() {
    if !network::is_own("a_network_that_swallows_everything") {
        return;
    }
    let stage = Stage::lay();
    let desktop = Background::start(&stage.reach);
    let (idle, mut typing) = (stage.stream(), stage.stream());
    // Its stdin never ends, and never waits.
    let mut flood = stage.network.near(&stage.carrying());
    flood.stdin(File::open("/dev/zero").expect("zeros"));
    let flooding = std::thread::spawn(move || (Said::of(&mut flood), Instant::now()));
    wait::until("three streams", wait::SOON, || {
        let carries = |seen: &edge_sim::ConnectionSeen| seen.upgraded && !seen.closed;
        (stage.reach.edge.connections().iter().filter(|seen| carries(seen)).count() >= 3).then_some(())
    });
    assert_eq!(stage.problem_in_json(), Value::Null);

    stage.network.swallow();
    let cut = Instant::now();
    assert!(typing.write(b"is anybody there?\n"));
    for (what, ended) in [("idle", end_of(idle)), ("typing", end_of(typing)), ("flooding", flooding)] {
        let (said, at) = ended.join().expect("an end");
        assert!(at - cut <= LIMIT, "{what}: {:?}", at - cut);
        assert_eq!(said.problem(255), DEAD, "{what}");
    }
    assert_eq!(stage.problem_in_json(), "path-dead");
    desktop.end();
}

#[test]
fn a_cable_that_is_pulled() {
    if !network::is_own("a_cable_that_is_pulled") {
        return;
    }
    let stage = Stage::lay();
    let (idle, mut typing) = (stage.stream(), stage.stream());
    stage.network.unplug();
    let cut = Instant::now();
    assert!(typing.write(b"is anybody there?\n"));
    for (what, ended) in [("idle", end_of(idle)), ("typing", end_of(typing))] {
        let (said, at) = ended.join().expect("an end");
        assert!(at - cut <= LIMIT, "{what}: {:?}", at - cut);
        assert_eq!(said.problem(255), DEAD, "{what}");
    }
}

#[test]
fn a_computer_that_joins_another_network() {
    if !network::is_own("a_computer_that_joins_another_network") {
        return;
    }
    let stage = Stage::lay();
    let (idle, mut typing) = (stage.stream(), stage.stream());
    stage.network.move_away();
    let cut = Instant::now();
    assert!(typing.write(b"is anybody there?\n"));
    for (what, ended) in [("idle", end_of(idle)), ("typing", end_of(typing))] {
        let (said, at) = ended.join().expect("an end");
        assert!(at - cut <= LIMIT, "{what}: {:?}", at - cut);
        let line =
            "the network changed, and the connection to build-01.acme.test did not survive it; connect again";
        assert_eq!(said.problem(255), line, "{what}");
    }
}

#[test]
fn a_host_that_reads_nothing_for_a_while_keeps_its_stream() {
    // More than all buffers on the way take.
    let words: Vec<u8> = (0..32_000_000_u32).map(|at| at.to_le_bytes()[usize::from(at % 3 == 0)]).collect();
    let (resume, resumed) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel();
    let resumed = Arc::new(std::sync::Mutex::new(resumed));
    let length = words.len();
    let origin = origin::serve(move |mut stream| {
        let _ = resumed.lock().expect("one stream").recv();
        let mut all = vec![0; length];
        let whole = stream.read_exact(&mut all).is_ok();
        let _ = tell.send(whole.then_some(all));
    });
    let reach = Reach::to(origin);
    reach.log_in(HOST);
    let mut running = Running::start(&mut reach.helper(&["access", "ssh", "--hostname", HOST]));
    let sent = words.clone();
    let sending = std::thread::spawn(move || {
        assert!(running.write(&sent), "the helper ended");
        running.finish_input();
        running.ended()
    });
    // Nothing comes in all that time, neither an end nor a word.
    assert_eq!(told.recv_timeout(PAUSE), Err(mpsc::RecvTimeoutError::Timeout));
    assert!(!sending.is_finished(), "everything fits into the buffers, and nothing is shown");
    resume.send(()).expect("the host reads again");
    assert!(told.recv_timeout(wait::SOON).expect("an answer") == Some(words), "byte for byte");
    assert_eq!(sending.join().expect("the helper").well().err, "");
}
