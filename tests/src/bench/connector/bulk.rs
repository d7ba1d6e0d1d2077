//! CPU time for each gigabyte that is carried.

use super::medians;
use super::stage::{BULK, Origin, Running, Stage};
use super::streams::{BLOCK, KINDS, Kind, take};
use crate::bench::kernel;
use crate::bench::table::{Aim, Better, Row};

/// Runs of each.
const RUNS: usize = 5;

const HALF: Aim = Aim::Times(2.0, "half the CPU");
const NEAR_RAW: Aim = Aim::Below(1.2, "within 1.2 times raw");

/// Which way the bytes go.
#[derive(Clone, Copy)]
enum Way {
    /// From the origin.
    Down,
    /// To the origin.
    Up,
}

/// One connection, one stream: each kind each way, and how near the kinds are to each other.
pub(super) fn rows(stage: &Stage, protocol: &str) -> Vec<Row> {
    let running = stage.serving(protocol, 1);
    let mut rows = Vec::new();
    for (way, word) in [(Way::Down, "down"), (Way::Up, "up")] {
        let figures = KINDS.map(|kind| medians(&running, RUNS, |one| way.cpu_of(stage, kind, one)));
        for (kind, figures) in KINDS.iter().zip(&figures) {
            let label = format!("{protocol}, {} {word}, CPU s per GB", kind.name());
            rows.push(Row::new(label, figures, Better::Less).aims(&[HALF]));
        }
        let [raw, web_socket] = &figures;
        let ratio: Vec<f64> = web_socket.iter().zip(raw).map(|(web_socket, raw)| web_socket / raw).collect();
        let label = format!("{protocol}, WebSocket {word}, in times raw");
        rows.push(Row::new(label, &ratio, Better::Less).aims(&[NEAR_RAW]));
    }
    rows
}

impl Way {
    /// Seconds for each gigabyte of payload.
    #[expect(clippy::cast_precision_loss, reason = "a gigabyte fits")]
    fn cpu_of(self, stage: &Stage, kind: Kind, through: &Running) -> f64 {
        let before = kernel::cpu_time(through.pid());
        stage.runtime.block_on(async {
            match self {
                Self::Down => down(stage, kind, through).await,
                Self::Up => up(stage, kind, through, Origin::Sink, BULK).await,
            }
        });
        let spent = kernel::cpu_time(through.pid()).saturating_sub(before);
        spent.as_secs_f64() / (BULK as f64 / 1e9)
    }
}

async fn down(stage: &Stage, kind: Kind, through: &Running) {
    let mut stream = kind.open(stage, through, Origin::Source).await;
    stream.send(kind.wrap(b"?")).await.expect("a stream that stands");
    take(&mut stream, BULK).await;
}

/// Sends so many bytes, and waits until the origin has them.
pub(super) async fn up(stage: &Stage, kind: Kind, through: &Running, to: Origin, bytes: u64) {
    let mut stream = kind.open(stage, through, to).await;
    let block = kind.wrap(&[0xa5; BLOCK]);
    for _ in 0..bytes / BLOCK as u64 {
        stream.send(block.clone()).await.expect("a stream that stands");
    }
    take(&mut stream, 1).await;
}
