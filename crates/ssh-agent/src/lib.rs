//! The agent protocol of OpenSSH, as far as an agent of certificates needs it (`draft-ietf-sshm-ssh-agent`).
//!
//! ```text
//! ssh                               agent
//!   ── session-bind ─────────────▶          where this connection leads; forwarded ones get nothing
//!   ── request identities ───────▶
//!   ◀───────── identities answer ──
//!   ── sign request ─────────────▶
//!   ◀───────────── sign response ──
//!   ── anything else ────────────▶
//!   ◀─────────────────── failure ──
//! ```
//!
//! One question of our own goes the same way, as the protocol's extensions do: which certificate is there, and why none.

mod bytes;
mod frame;
mod message;
mod serve;
mod signature;

#[cfg(any(test, feature = "fuzz"))]
#[doc(hidden)]
pub mod fuzz;

pub use frame::{AgentError, LARGEST_FRAME};
pub use message::{Answer, Identity, Request};
pub use serve::{Agent, ask, serve};
pub use signature::ecdsa_p256;
