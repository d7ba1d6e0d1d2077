//! The house rules that a program can check; `docs/architecture.md` says why they are there.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a rule that cannot look has failed")]

mod arrows;
mod cargo;
mod proofs;
mod shapes;
mod tree;
mod words;
