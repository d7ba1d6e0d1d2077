//! The simulated edge, seen from outside: by clients that share none of its code.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod carry;
mod carry_faults;
mod certificates;
mod common;
mod exchange;
mod log_in;
mod manners;
mod socket;
mod stock_connector;
