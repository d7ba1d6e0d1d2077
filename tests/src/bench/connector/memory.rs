//! Memory of a connector that waits, and of streams that stand still.

use std::time::{Duration, Instant};

use edge_sim::DirectStream;
use rustix::process::{Resource, getrlimit, setrlimit};

use super::stage::{Origin, Running, Stage};
use super::streams::{KINDS, Kind, take};
use crate::bench::kernel;
use crate::bench::table::{Aim, Better, Row};
use crate::tunnel::LINKS;
use crate::wait;

/// Streams that stand still at once.
const STREAMS: usize = 2000;
/// Streams that are there once before anything is measured: what a process takes once, it keeps.
const FIRST: usize = 50;
/// Files that it takes: the origin's ends of all streams to both, and the rest.
const FILES: u64 = 2 * STREAMS as u64 + 500;
/// How long to let things settle.
const REST: Duration = Duration::from_secs(10);

const QUARTER: Aim = Aim::Times(4.0, "a quarter of the memory");
const SMALL: Aim = Aim::Below(12.0, "at most 12 kB");
const GIVEN_BACK: Aim = Aim::Below(1.2, "a tenth of that at most");

/// A connector that only waits, then one with streams of each kind.
pub(super) fn rows(stage: &Stage, protocol: &str) -> Vec<Row> {
    let running = stage.serving(protocol, LINKS);
    rest();
    let both =
        |of: fn(u32) -> f64| -> Vec<f64> { running.iter().map(|one| of(one.pid()) / 1024.0).collect() };
    let mut rows = vec![
        Row::new(format!("{protocol}, idle, memory, MiB"), &both(kernel::resident_kib), Better::Less)
            .aims(&[QUARTER]),
        Row::new(
            format!("{protocol}, idle, anonymous memory, MiB"),
            &both(kernel::anonymous_kib),
            Better::Less,
        ),
    ];
    drop(running);
    allow_files();
    for kind in KINDS {
        rows.extend(of_streams(stage, protocol, kind));
    }
    rows
}

/// What a stream costs while it stands still, and what of that is left ten seconds after all have ended.
fn of_streams(stage: &Stage, protocol: &str, kind: Kind) -> [Row; 2] {
    let running = stage.serving(protocol, LINKS);
    let resident = || -> Vec<f64> { running.iter().map(|one| kernel::resident_kib(one.pid())).collect() };
    drop(open(stage, kind, &running, FIRST));
    rest();
    let before = resident();
    let streams = open(stage, kind, &running, STREAMS);
    rest();
    let full = resident();
    stage.runtime.block_on(async { drop(streams) });
    rest();
    let after = resident();
    let each = |memory: &[f64]| -> Vec<f64> {
        memory.iter().zip(&before).map(|(kib, before)| (kib - before) * 1.024 / STREAMS as f64).collect()
    };
    let label = format!("{protocol}, {} that stands still, kB", kind.name());
    let kept = format!("{protocol}, the same, 10 s after its end, kB");
    [
        Row::new(label, &each(&full), Better::Less).aims(&[SMALL]),
        Row::new(kept, &each(&after), Better::Less).aims(&[GIVEN_BACK]),
    ]
}

/// So many streams through each, over which the origin has said a word.
fn open(stage: &Stage, kind: Kind, running: &[Running], count: usize) -> Vec<DirectStream> {
    stage.runtime.block_on(async {
        let mut streams = Vec::new();
        for _ in 0..count {
            for one in running {
                let mut stream = kind.open(stage, one, Origin::Greeter).await;
                take(&mut stream, 1).await;
                streams.push(stream);
            }
        }
        streams
    })
}

fn rest() {
    let begun = Instant::now();
    wait::until("the end of a rest", REST * 2, || (begun.elapsed() >= REST).then_some(()));
}

/// The connectors and their origins may have as many files as the system allows.
fn allow_files() {
    let mut limit = getrlimit(Resource::Nofile);
    assert!(limit.maximum.is_none_or(|most| most >= FILES), "{FILES} open files are needed (ulimit -Hn)");
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).expect("as many files as the system allows");
}
