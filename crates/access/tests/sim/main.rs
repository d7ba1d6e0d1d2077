//! Access against the simulated edge: everything that a bad day can bring, and what each costs.

mod carry;
mod discovery;
mod log_in;
mod support;
