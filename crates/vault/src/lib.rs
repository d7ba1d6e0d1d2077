//! Secrets at rest, and turns between processes.
//!
//! A [`Vault`] is the operating system's keychain or what the person has chosen in its place; it never falls back by
//! itself. A keychain may block for ever and a connection to it dies with its daemon, so every call goes over a fresh
//! connection, on a thread of its own, with a time limit. A [`Turn`] lets one process at a time do what must not be done
//! twice, and passes on when its owner dies.

mod aside;
mod call;
mod error;
mod slot;
mod store;
mod turn;
mod vault;

pub use error::VaultError;
pub use slot::Slot;
pub use turn::{Turn, TurnError, Word};
pub use vault::Vault;
