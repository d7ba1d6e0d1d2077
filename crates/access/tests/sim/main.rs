//! Access against the simulated edge: everything that a bad day can bring, and what each costs.

#![expect(clippy::unwrap_used, reason = "fixtures fail as loudly as the tests they serve")]

mod agent;
mod carry;
mod certificate;
mod discovery;
mod faults;
mod log_in;
mod proxy;
mod support;
