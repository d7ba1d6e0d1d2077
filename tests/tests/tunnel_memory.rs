//! What streams through a connector cost while they run, and what is left of that when they have ended.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::io::Read as _;
use std::net::SocketAddr;

use edge_sim::DirectStream;
use journeys::reach::HOST;
use journeys::tunnel::{PROTOCOLS, monitoring, page};
use journeys::{Tunnelled, origin, wait};
use rustix::process::{Resource, getrlimit, setrlimit};

/// So many streams stand still at once.
const STREAMS: u64 = 2000;
/// What one of them may cost, in bytes.
const EACH: u64 = 12_000;
/// Sockets of the origin's in this process, and the rest.
const FILES: u64 = STREAMS + 500;

/// What a stream is.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Bytes, to an address of the private network.
    Raw,
    /// The messages of a WebSocket, as they carry SSH.
    WebSocket,
}

impl Kind {
    async fn open(self, stage: &Tunnelled, origin: SocketAddr) -> DirectStream {
        let (edge, tunnel) = (&stage.reach.edge, stage.tunnel.id);
        let opened = match self {
            Self::Raw => edge.reach(tunnel, &origin.to_string()).await,
            Self::WebSocket => edge.web_socket(tunnel, HOST).await,
        };
        opened.expect("a stream")
    }
}

#[test]
fn streams_that_stand_still_cost_little_and_give_it_back() {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.maximum.is_some_and(|most| most < FILES) {
        eprintln!("SKIPPED: the system does not allow {FILES} open files here (ulimit -Hn)");
        return;
    }
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("as many files as the system allows");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let origin = origin::serve(|mut stream| drop(stream.read(&mut [0])));
    for (protocol, kind) in PROTOCOLS.into_iter().flat_map(|it| [(it, Kind::Raw), (it, Kind::WebSocket)]) {
        let stage = Tunnelled::new();
        let mut connector = stage.serving_by(protocol, &format!("tcp://{origin}"));
        let monitor = monitoring(&mut connector);
        let streams = |count: u64| {
            runtime.block_on(async {
                let mut streams = Vec::new();
                for _ in 0..count {
                    streams.push(kind.open(&stage, origin).await);
                }
                streams
            })
        };
        // What a process takes once, for good.
        drop(streams(50));
        let before = anonymous(connector.pid());
        let open = streams(STREAMS);
        let full = anonymous(connector.pid());
        let each = (full.saturating_sub(before)) * 1024 / STREAMS;
        assert!(each <= EACH, "{protocol}, {kind:?}: {each} bytes a stream ({before} to {full} KiB)");
        runtime.block_on(async move { drop(open) });
        wait::until("memory that is given back", wait::SOON, || {
            let after = anonymous(connector.pid());
            (after <= before + (full - before) / 3).then_some(())
        });
        wait::until("the end of all streams", wait::SOON, || {
            page(monitor, "/metrics").contains("\ncloudflared_tcp_active_sessions 0\n").then_some(())
        });
        let _again = streams(STREAMS);
        let again = anonymous(connector.pid());
        assert!(again <= full + full / 5, "{protocol}, {kind:?}: {full} KiB, then {again}");
    }
}

/// Memory of a process that is no file's, in KiB.
fn anonymous(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("its status");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}
