//! A connector before the simulated edge: registration, streams, requests, setbacks and the farewell.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

#[path = "../../../edge-sim/tests/edge/socket.rs"]
#[expect(dead_code, reason = "shared with the edge's own tests, which use more of it")]
mod socket;

mod configuration;
mod figures;
mod long_ways;
mod monitoring;
mod origins;
mod private;
mod protocols;
mod renewals;
mod serving;
mod setbacks;
mod stage;
mod traps;
mod web;

mod common {
    pub(crate) const HOST: &str = "build-01.acme.test";
}
