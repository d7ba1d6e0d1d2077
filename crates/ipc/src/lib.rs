//! Desktop and helper on one machine.
//!
//! The desktop listens, helpers connect and ask; only processes of the same person get through.
//!
//! ```text
//! helper                         desktop
//!   ── Hello { protocol } ─────▶
//!   ◀───── Hello { protocol } ──        another number: both ends say so and part
//!   ── Ask ────────────────────▶
//!   ◀──────────────────── Answer ──     a log-in answers more than once
//!   ── (closes) ───────────────▶        a session that was told of has ended
//! ```
//!
//! A desktop that hangs must not hang `ssh`: every wait has an end, except the one for a person who logs in, and that one
//! ends when the desktop does.

mod client;
mod door;
mod error;
mod frame;
mod hello;
mod message;
mod server;
mod transport;
#[cfg(unix)]
mod warm;

#[cfg(any(test, feature = "fuzz"))]
#[doc(hidden)]
pub mod fuzz;

pub use client::Desktop;
pub use door::{Door, LocalStream, knock};
pub use error::IpcError;
pub use frame::LARGEST_FRAME;
pub use hello::PROTOCOL;
pub use message::{Answer, Ask, Program, cause_in};
pub use server::{Bound, Listener, Peer};
#[cfg(unix)]
pub use warm::{Elsewhere, Keeper, Machine, Presence, Take, Taker};
