//! How long a short message takes to the origin and back.

use std::time::{Duration, Instant};

use super::stage::{Origin, Running, Stage};
use super::streams::{KINDS, Kind, take};
use crate::bench::table::{Aim, Better, Row};

/// What a key press, its echo and their wrapping come to.
const LENGTH: usize = 64;
/// Messages of one turn, and turns of each.
const MESSAGES: usize = 500;
const TURNS: usize = 8;

const NO_WORSE: Aim = Aim::Times(1.0, "no worse");

/// The middle and the hundredth of each kind.
pub(super) fn rows(stage: &Stage, protocol: &str) -> Vec<Row> {
    let running = stage.serving(protocol, 1);
    let mut rows = Vec::new();
    for kind in KINDS {
        let mut times = vec![Vec::new(); running.len()];
        for _ in 0..TURNS {
            for (one, times) in running.iter().zip(&mut times) {
                times.extend(stage.runtime.block_on(turn(stage, kind, one)));
            }
        }
        times.iter_mut().for_each(|times| times.sort_unstable());
        for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
            let figures: Vec<f64> = times.iter().map(|times| millis(times, share)).collect();
            let label = format!("{protocol}, {} echo, {name}, ms", kind.name());
            rows.push(Row::new(label, &figures, Better::Less).aims(&[NO_WORSE]));
        }
    }
    rows
}

async fn turn(stage: &Stage, kind: Kind, through: &Running) -> Vec<Duration> {
    let mut stream = kind.open(stage, through, Origin::Echo).await;
    let message = kind.wrap(&[b'x'; LENGTH]);
    let mut times = Vec::with_capacity(MESSAGES);
    for _ in 0..MESSAGES {
        let begun = Instant::now();
        stream.send(message.clone()).await.expect("a stream that stands");
        take(&mut stream, kind.wrapped(LENGTH as u64)).await;
        times.push(begun.elapsed());
    }
    times
}

/// The time that this share of all does not exceed.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place in a list of thousands"
)]
fn millis(sorted: &[Duration], share: f64) -> f64 {
    sorted[(sorted.len() as f64 * share) as usize].as_secs_f64() * 1e3
}
