//! Figures of one program, and two programs side by side.

use std::fmt::Write as _;
use std::time::Duration;

use super::measure::{self, Bulk, Start};
use super::peers::Peer;
use super::stage::Stage;

/// Runs of the short measurements; their median counts.
const STARTS: usize = 31;
/// Runs of the long ones.
const BULKS: usize = 3;

/// What was measured of one program.
pub(super) struct Figures {
    name: &'static str,
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

/// The figures as a table; with a peer, how many times less or more ours is. Behind it, what ours should be.
pub(super) fn table(ours: &Figures, theirs: Option<&Figures>) -> String {
    let mut text = String::new();
    let peer = theirs.map_or("", |theirs| theirs.name);
    let _ = writeln!(text, "{:<38}{:>11}{peer:>13}{:>16}", "", ours.name, "ours is better");
    for row in ROWS {
        let mine = (row.value)(ours);
        let _ = write!(text, "{:<38}{mine:>11.2}", row.label);
        let other = theirs.map(row.value);
        let ratio = other.and_then(|other| row.better.times(mine, other));
        match (other, ratio) {
            (Some(other), Some(ratio)) => {
                let _ = write!(text, "{other:>13.2}{:>16}", format!("{ratio:.1} times"));
            }
            (Some(other), None) => {
                let _ = write!(text, "{other:>13.2}{:>16}", "");
            }
            (None, _) => {
                let _ = write!(text, "{:>13}{:>16}", "", "");
            }
        }
        let aims: Vec<String> = row.aims.iter().filter_map(|aim| aim.verdict(mine, ratio)).collect();
        let _ = writeln!(text, "   {}", aims.join("; "));
    }
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

struct Row {
    label: &'static str,
    value: fn(&Figures) -> f64,
    better: Better,
    aims: &'static [Aim],
}

const ROWS: &[Row] = &[
    Row {
        label: "start to first packet, ms",
        value: |f| f.first_packet.as_secs_f64() * 1e3,
        better: Better::Less,
        aims: &[Aim::Below(5.0, "under 5 ms")],
    },
    Row {
        label: "start to first packet, CPU ms",
        value: |f| f.first_packet_cpu.as_secs_f64() * 1e3,
        better: Better::Less,
        aims: &[Aim::Below(5.0, "under 5 ms of CPU")],
    },
    Row {
        label: "start, in starts of an empty process",
        value: |f| f.first_packet.as_secs_f64() / f.empty_process.as_secs_f64(),
        better: Better::Less,
        aims: &[],
    },
    Row {
        label: "time to first SSH byte, ms",
        value: |f| f.first_byte.as_secs_f64() * 1e3,
        better: Better::Less,
        aims: &[],
    },
    Row { label: "upload, MB/s", value: |f| f.up.bytes_per_second / 1e6, better: Better::More, aims: &[] },
    Row {
        label: "download, MB/s",
        value: |f| f.down.bytes_per_second / 1e6,
        better: Better::More,
        aims: &[],
    },
    Row {
        label: "upload, CPU s per GiB",
        value: |f| f.up.cpu_seconds_per_gib,
        better: Better::Less,
        aims: &[Aim::Times(3.0, "3x less CPU")],
    },
    Row {
        label: "download, CPU s per GiB",
        value: |f| f.down.cpu_seconds_per_gib,
        better: Better::Less,
        aims: &[Aim::Times(3.0, "3x less CPU")],
    },
    Row {
        label: "peak memory while uploading, MiB",
        value: |f| f.up.peak_kib / 1024.0,
        better: Better::Less,
        aims: &[Aim::Times(5.0, "a fifth of the memory"), Aim::Below(8.0, "at most 8 MiB")],
    },
    Row {
        label: "peak memory while downloading, MiB",
        value: |f| f.down.peak_kib / 1024.0,
        better: Better::Less,
        aims: &[Aim::Times(5.0, "a fifth of the memory"), Aim::Below(8.0, "at most 8 MiB")],
    },
    Row {
        label: "size on disk, MiB",
        value: size_mib,
        better: Better::Less,
        aims: &[Aim::Times(5.0, "a fifth of the size"), Aim::Below(8.0, "at most 8 MiB")],
    },
];

#[derive(Clone, Copy)]
enum Better {
    Less,
    More,
}

impl Better {
    /// How many times better `mine` is, unless one of them was too small to be measured.
    fn times(self, mine: f64, other: f64) -> Option<f64> {
        let (more, less) = match self {
            Self::Less => (other, mine),
            Self::More => (mine, other),
        };
        (less > 0.0).then(|| more / less)
    }
}

/// What a figure of ours should be, and how that is said.
enum Aim {
    /// No more than this.
    Below(f64, &'static str),
    /// So many times better than the peer's.
    Times(f64, &'static str),
}

impl Aim {
    /// Whether it is reached; nothing where there is nobody to compare with.
    fn verdict(&self, mine: f64, ratio: Option<f64>) -> Option<String> {
        let (reached, words) = match *self {
            Self::Below(most, words) => (mine <= most, words),
            Self::Times(least, words) => (ratio? >= least, words),
        };
        Some(format!("aim: {words}: {}", if reached { "ok" } else { "short" }))
    }
}

#[expect(clippy::cast_precision_loss, reason = "programs are smaller than that")]
fn size_mib(figures: &Figures) -> f64 {
    figures.size as f64 / f64::from(1 << 20)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aim_says_whether_it_is_reached() {
        let fifth = Aim::Times(5.0, "a fifth");
        assert_eq!(fifth.verdict(8.0, Some(5.1)).as_deref(), Some("aim: a fifth: ok"));
        assert_eq!(fifth.verdict(8.0, Some(4.9)).as_deref(), Some("aim: a fifth: short"));
        assert_eq!(fifth.verdict(8.0, None), None, "there is nobody to compare with");
        let most = Aim::Below(8.0, "at most 8 MiB");
        assert_eq!(most.verdict(8.1, None).as_deref(), Some("aim: at most 8 MiB: short"));
        assert_eq!(Better::Less.times(2.0, 6.0), Some(3.0));
        assert_eq!(Better::More.times(6.0, 2.0), Some(3.0));
        assert_eq!(Better::Less.times(0.0, 6.0), None);
    }
}
