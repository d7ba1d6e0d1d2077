//! The connector: what serves a tunnel, in the place of `cloudflared tunnel run` and with the same words, over both
//! protocols and on the same edge.

mod bulk;
mod delay;
mod echo;
mod memory;
mod stage;
mod start;
mod streams;

use super::say;
use super::table::{Row, heading, median};
use crate::tunnel::PROTOCOLS;
use stage::{Running, Stage};

/// Measures it, beside cloudflared or alone.
pub(super) fn measure(beside: bool) {
    let stage = Stage::set(beside);
    say(&heading("the connector", stage.programs.get(1).map(|program| program.name)));
    for protocol in PROTOCOLS {
        let runs: [fn(&Stage, &str) -> Vec<Row>; 4] = [start::rows, memory::rows, bulk::rows, echo::rows];
        for rows in runs {
            rows(&stage, protocol).iter().for_each(|row| say(&row.line()));
        }
    }
    say(&delay::row(&stage).line());
}

/// What is measured of each of them so many times, in turns, so that a busy minute falls on all; their medians.
fn medians(running: &[Running], runs: usize, measure: impl Fn(&Running) -> f64) -> Vec<f64> {
    let mut figures = vec![Vec::new(); running.len()];
    for _ in 0..runs {
        for (one, figures) in running.iter().zip(&mut figures) {
            figures.push(measure(one));
        }
    }
    figures.into_iter().map(median).collect()
}
