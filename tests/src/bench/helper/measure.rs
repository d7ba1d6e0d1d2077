//! Running a peer and reading from the kernel what it took.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::peers::Peer;
use super::stage::{BULK, GREETER, SILENT, SINK, SOURCE};
use crate::bench::kernel::{cpu_seconds, cpu_time, peak_kib};
use crate::bench::origins::GREETING;
use crate::wait;

/// What moving [`BULK`] bytes took.
#[derive(Clone, Copy)]
pub(super) struct Bulk {
    pub(super) bytes_per_second: f64,
    pub(super) cpu_seconds_per_gib: f64,
    pub(super) peak_kib: f64,
}

/// What a program took until its first packet.
#[derive(Clone, Copy)]
pub(super) struct Start {
    pub(super) elapsed: Duration,
    pub(super) cpu: Duration,
}

/// From starting the program, logged in, to the first of its bytes that another program can see.
pub(super) fn first_packet(peer: &Peer, silence: &TcpListener) -> Start {
    let begun = Instant::now();
    let child = start(peer, SILENT);
    let (mut stream, _) = silence.accept().expect("a connection");
    stream.read_exact(&mut [0]).expect("its first packet");
    let elapsed = begun.elapsed();
    // The kernel accounts for a process when it stops running.
    let mut before = Duration::ZERO;
    let cpu = wait::until("a program that waits for an answer", wait::SOON, || {
        let last = std::mem::replace(&mut before, cpu_time(child.id()));
        (last == before).then_some(last)
    });
    end(child);
    Start { elapsed, cpu }
}

/// What a process takes that does nothing at all.
pub(super) fn empty_process() -> Duration {
    let begun = Instant::now();
    let ended = Command::new("true").stdin(Stdio::null()).status().expect("a program that starts");
    assert!(ended.success());
    begun.elapsed()
}

/// From starting the program to the first byte of the server's greeting.
pub(super) fn first_byte(peer: &Peer) -> Duration {
    let begun = Instant::now();
    let mut child = start(peer, GREETER);
    let mut greeting = [0; GREETING.len()];
    child.stdout.as_mut().expect("a pipe").read_exact(&mut greeting).expect("a greeting");
    let took = begun.elapsed();
    assert_eq!(greeting, GREETING);
    end(child);
    took
}

/// From the local program to the edge.
pub(super) fn upload(peer: &Peer) -> Bulk {
    let mut child = start(peer, SINK);
    let block = vec![0xa5; 256 * 1024];
    let begun = Instant::now();
    let stdin = child.stdin.as_mut().expect("a pipe");
    let mut left = BULK;
    while left > 0 {
        let size = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
        stdin.write_all(&block[..size]).expect("a reader");
        left -= size as u64;
    }
    child.stdout.as_mut().expect("a pipe").read_exact(&mut [0]).expect("the origin's receipt");
    finish(child, begun)
}

/// From the edge to the local program.
pub(super) fn download(peer: &Peer) -> Bulk {
    let mut child = start(peer, SOURCE);
    let begun = Instant::now();
    child.stdin.as_mut().expect("a pipe").write_all(b"?").expect("a reader");
    let stdout = child.stdout.as_mut().expect("a pipe");
    let mut block = vec![0; 256 * 1024];
    let mut seen = 0;
    while seen < BULK {
        let count = stdout.read(&mut block).expect("a writer");
        assert!(count > 0, "{} ended after {seen} bytes", peer.name);
        seen += count as u64;
    }
    finish(child, begun)
}

fn start(peer: &Peer, app: &str) -> Child {
    peer.carry(app).spawn().expect("a program that starts")
}

#[expect(clippy::cast_precision_loss, reason = "a gibibyte fits")]
fn finish(child: Child, begun: Instant) -> Bulk {
    let took = begun.elapsed().as_secs_f64();
    let gibibytes = BULK as f64 / f64::from(1 << 30);
    let bulk = Bulk {
        bytes_per_second: BULK as f64 / took,
        cpu_seconds_per_gib: cpu_seconds(child.id()) / gibibytes,
        peak_kib: peak_kib(child.id()),
    };
    end(child);
    bulk
}

fn end(mut child: Child) {
    drop(child.stdin.take());
    // It may linger for what the far side still has to say; the bench does not.
    let _ = child.kill();
    let _ = child.wait();
}
