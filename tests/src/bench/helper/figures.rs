//! Figures of one program, and two programs side by side.

use std::time::Duration;

use super::measure::{self, Bulk, Start};
use super::peers::Peer;
use super::stage::Stage;
use crate::bench::table::{Aim, Better, Row, median};

/// Runs of the short measurements; their median counts.
const STARTS: usize = 31;
/// Runs of the long ones.
const BULKS: usize = 3;

/// What was measured of one program.
pub(super) struct Figures {
    pub(super) name: &'static str,
    first_packet: Duration,
    first_packet_cpu: Duration,
    empty_process: Duration,
    first_byte: Duration,
    up: Bulk,
    down: Bulk,
    size: u64,
}

impl Figures {
    pub(super) fn of(stage: &Stage, peer: &Peer) -> Self {
        let starts: Vec<Start> = (0..STARTS).map(|_| measure::first_packet(peer, &stage.silence)).collect();
        Self {
            name: peer.name,
            first_packet: median(starts.iter().map(|start| start.elapsed).collect()),
            first_packet_cpu: median(starts.iter().map(|start| start.cpu).collect()),
            empty_process: median((0..STARTS).map(|_| measure::empty_process()).collect()),
            first_byte: median((0..STARTS).map(|_| measure::first_byte(peer)).collect()),
            up: best((0..BULKS).map(|_| measure::upload(peer)).collect()),
            down: best((0..BULKS).map(|_| measure::download(peer)).collect()),
            size: std::fs::metadata(&peer.program).expect("a program").len(),
        }
    }
}

/// The figures of both.
pub(super) fn rows(ours: &Figures, theirs: Option<&Figures>) -> Vec<Row> {
    let both = |value: fn(&Figures) -> f64| -> Vec<f64> {
        [Some(ours), theirs].into_iter().flatten().map(value).collect()
    };
    COLUMNS.iter().map(|it| Row::new(it.label, &both(it.value), it.better).aims(it.aims)).collect()
}

struct Column {
    label: &'static str,
    value: fn(&Figures) -> f64,
    better: Better,
    aims: &'static [Aim],
}

const COLUMNS: &[Column] = &[
    Column {
        label: "start to first packet, ms",
        value: |f| f.first_packet.as_secs_f64() * 1e3,
        better: Better::Less,
        aims: &[Aim::Below(5.0, "under 5 ms")],
    },
    Column {
        label: "start to first packet, CPU ms",
        value: |f| f.first_packet_cpu.as_secs_f64() * 1e3,
        better: Better::Less,
        aims: &[Aim::Below(5.0, "under 5 ms of CPU")],
    },
    Column {
        label: "start, in starts of an empty process",
        value: |f| f.first_packet.as_secs_f64() / f.empty_process.as_secs_f64(),
        better: Better::Less,
        aims: &[],
    },
    Column {
        label: "time to first SSH byte, ms",
        value: |f| f.first_byte.as_secs_f64() * 1e3,
        better: Better::Less,
        aims: &[],
    },
    Column { label: "upload, MB/s", value: |f| f.up.bytes_per_second / 1e6, better: Better::More, aims: &[] },
    Column {
        label: "download, MB/s",
        value: |f| f.down.bytes_per_second / 1e6,
        better: Better::More,
        aims: &[],
    },
    Column {
        label: "upload, CPU s per GiB",
        value: |f| f.up.cpu_seconds_per_gib,
        better: Better::Less,
        aims: &[Aim::Times(3.0, "3x less CPU")],
    },
    Column {
        label: "download, CPU s per GiB",
        value: |f| f.down.cpu_seconds_per_gib,
        better: Better::Less,
        aims: &[Aim::Times(3.0, "3x less CPU")],
    },
    Column {
        label: "peak memory while uploading, MiB",
        value: |f| f.up.peak_kib / 1024.0,
        better: Better::Less,
        aims: &[Aim::Times(5.0, "a fifth of the memory"), Aim::Below(8.0, "at most 8 MiB")],
    },
    Column {
        label: "peak memory while downloading, MiB",
        value: |f| f.down.peak_kib / 1024.0,
        better: Better::Less,
        aims: &[Aim::Times(5.0, "a fifth of the memory"), Aim::Below(8.0, "at most 8 MiB")],
    },
    Column {
        label: "size on disk, MiB",
        value: size_mib,
        better: Better::Less,
        aims: &[Aim::Times(5.0, "a fifth of the size"), Aim::Below(8.0, "at most 8 MiB")],
    },
];

#[expect(clippy::cast_precision_loss, reason = "programs are smaller than that")]
fn size_mib(figures: &Figures) -> f64 {
    figures.size as f64 / f64::from(1 << 20)
}

/// The run that was least disturbed by whatever else the machine did.
fn best(runs: Vec<Bulk>) -> Bulk {
    let better = |a: Bulk, b: Bulk| if b.cpu_seconds_per_gib < a.cpu_seconds_per_gib { b } else { a };
    runs.into_iter().reduce(better).expect("at least one run")
}
