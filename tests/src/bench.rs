//! The helper measured against a peer on the same simulated edge: first byte, throughput, CPU, memory, size.
//!
//! Absolute figures belong to the machine; what is printed at the end are ratios. With `cloudflared` on the PATH the run
//! moves into network and mount namespaces of its own, in which the edge may be 127.0.0.1:443 and the hosts file says
//! so: the peer knows no other way to be pointed at a simulated edge.

mod figures;
mod measure;
mod origins;
mod peers;
mod stage;

use std::io::Write as _;
use std::process::ExitCode;

use crate::need;
use figures::Figures;
use peers::Peer;
use stage::Stage;

/// Set in the run that is already inside the namespaces.
const INSIDE: &str = "SALLYPORT_BENCH_INSIDE";

/// Measures and prints.
#[must_use]
pub fn run() -> ExitCode {
    let beside = need::find("cloudflared").is_some();
    if beside && std::env::var_os(INSIDE).is_none() {
        return stage::inside_namespaces(INSIDE);
    }
    let stage = Stage::set(beside);
    let ours = Peer::sallyport(&stage);
    let theirs = beside.then(|| Peer::cloudflared(&stage));
    if theirs.is_none() {
        say("no cloudflared on the PATH: these are our figures alone, to be compared with nothing");
    }
    let ours = Figures::of(&stage, &ours);
    let theirs = theirs.map(|peer| Figures::of(&stage, &peer));
    say(&figures::table(&ours, theirs.as_ref()));
    ExitCode::SUCCESS
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}
