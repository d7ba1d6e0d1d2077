//! Figures of one program, and two programs side by side.

use std::fmt::Write as _;
use std::time::Duration;

use super::measure::{self, Bulk};
use super::peers::Peer;
use super::stage::Stage;

/// Runs of the short measurement; their median counts.
const STARTS: usize = 31;
/// Runs of the long ones.
const BULKS: usize = 3;

/// What was measured of one program.
pub(super) struct Figures {
    name: &'static str,
    first_byte: Duration,
    up: Bulk,
    down: Bulk,
    size: u64,
}

impl Figures {
    pub(super) fn of(_stage: &Stage, peer: &Peer) -> Self {
        Self {
            name: peer.name,
            first_byte: median((0..STARTS).map(|_| measure::first_byte(peer)).collect()),
            up: best((0..BULKS).map(|_| measure::upload(peer)).collect()),
            down: best((0..BULKS).map(|_| measure::download(peer)).collect()),
            size: std::fs::metadata(&peer.program).expect("a program").len(),
        }
    }
}

/// The figures as a table; with a peer, how many times less or more ours is.
pub(super) fn table(ours: &Figures, theirs: Option<&Figures>) -> String {
    let mut text = String::new();
    let rows: [Row; 9] = [
        ("time to first SSH byte, ms", |f| f.first_byte.as_secs_f64() * 1e3, Better::Less),
        ("upload, MB/s", |f| f.up.bytes_per_second / 1e6, Better::More),
        ("download, MB/s", |f| f.down.bytes_per_second / 1e6, Better::More),
        ("upload, CPU s per GiB", |f| f.up.cpu_seconds_per_gib, Better::Less),
        ("download, CPU s per GiB", |f| f.down.cpu_seconds_per_gib, Better::Less),
        ("peak memory while uploading, MiB", |f| f.up.peak_kib / 1024.0, Better::Less),
        ("peak memory while downloading, MiB", |f| f.down.peak_kib / 1024.0, Better::Less),
        ("size on disk, MB", size_mb, Better::Less),
        ("starts measured", |_| STARTS as f64, Better::Neither),
    ];
    let peer = theirs.map_or("", |theirs| theirs.name);
    let _ = writeln!(text, "{:<36}{:>12}{:>14}{:>16}", "", ours.name, peer, "ours is better");
    for (label, value, better) in rows {
        let mine = value(ours);
        let _ = write!(text, "{label:<36}{mine:>12.2}");
        if let Some(other) = theirs.map(value) {
            let ratio = match better {
                Better::Less => format!("{:.1} times", other / mine),
                Better::More => format!("{:.1} times", mine / other),
                Better::Neither => String::new(),
            };
            let _ = write!(text, "{other:>14.2}{ratio:>16}");
        }
        text.push('\n');
    }
    text
}

type Row = (&'static str, fn(&Figures) -> f64, Better);

#[derive(Clone, Copy)]
enum Better {
    Less,
    More,
    Neither,
}

#[expect(clippy::cast_precision_loss, reason = "programs are smaller than that")]
fn size_mb(figures: &Figures) -> f64 {
    figures.size as f64 / 1e6
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The run that was least disturbed by whatever else the machine did.
fn best(runs: Vec<Bulk>) -> Bulk {
    let better = |a: Bulk, b: Bulk| if b.cpu_seconds_per_gib < a.cpu_seconds_per_gib { b } else { a };
    runs.into_iter().reduce(better).expect("at least one run")
}
