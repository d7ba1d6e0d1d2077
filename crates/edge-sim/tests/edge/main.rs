//! The simulated edge, seen from outside: by clients that share none of its code.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod common;
mod log_in;
