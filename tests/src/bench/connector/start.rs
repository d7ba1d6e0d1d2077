//! From the start of the program to its registered connections.

use std::time::Instant;

use super::stage::Stage;
use crate::bench::table::{Better, Row, median};
use crate::tunnel::LINKS;

const RUNS: usize = 5;

/// Until the first of four, and until all four.
pub(super) fn rows(stage: &Stage, protocol: &str) -> Vec<Row> {
    let mut times = vec![(Vec::new(), Vec::new()); stage.programs.len()];
    for _ in 0..RUNS {
        for (program, (first, all)) in stage.programs.iter().zip(&mut times) {
            let begun = Instant::now();
            let (known, running) = stage.start(program, protocol, LINKS, stage.edge.connectors_addr());
            stage.until_registered(&running, known, 1);
            first.push(begun.elapsed().as_secs_f64() * 1e3);
            stage.until_registered(&running, known, LINKS);
            all.push(begun.elapsed().as_secs_f64() * 1e3);
        }
    }
    let (first, all): (Vec<f64>, Vec<f64>) =
        times.into_iter().map(|(first, all)| (median(first), median(all))).unzip();
    vec![
        Row::new(format!("{protocol}, start to first registration, ms"), &first, Better::Less),
        Row::new(format!("{protocol}, start to all four, ms"), &all, Better::Less),
    ]
}
