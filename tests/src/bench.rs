//! What ships measured against a peer on the same simulated edge: the helper by first byte, throughput, CPU, memory and
//! size; the connector by CPU, memory, latency and start, over both protocols.
//!
//! Absolute figures belong to the machine; what counts are ratios. With `cloudflared` on the PATH the run moves into
//! network and mount namespaces of its own, in which the edge may be 127.0.0.1:443 and the hosts file says so: the peer
//! knows no other way to be pointed at a simulated edge.

mod connector;
mod helper;
mod kernel;
mod namespaces;
mod origins;
mod table;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::need;

/// What can be measured: its name on the command line, and how, beside the peer or alone.
type Part = (&'static str, fn(bool));

const PARTS: [Part; 2] = [("helper", helper::measure), ("connector", connector::measure)];

/// Measures and prints the parts that are named, or all of them.
#[must_use]
pub fn run() -> ExitCode {
    let named: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = named.iter().find(|name| PARTS.iter().all(|(part, _)| part != name)) {
        say(&format!("there is no part {unknown:?}; there are: {}", PARTS.map(|(name, _)| name).join(", ")));
        return ExitCode::FAILURE;
    }
    let beside = need::find("cloudflared").is_some();
    if beside && !namespaces::are_own() {
        return namespaces::enter();
    }
    if !beside {
        say("no cloudflared on the PATH: these are our figures alone, to be compared with nothing");
    }
    for (name, measure) in PARTS {
        if named.is_empty() || named.iter().any(|one| one == name) {
            measure(beside);
        }
    }
    ExitCode::SUCCESS
}

/// A program as it ships; a debug build would say nothing about speed.
fn shipped(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("a program knows where it stands");
    let target = own.ancestors().nth(2).expect("a program of the workspace's target folder");
    let shipped = target.join("dist").join(name);
    assert!(shipped.is_file(), "{name} is not built: scripts/dist");
    shipped
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}
