//! Cloudflare on loopback.
//!
//! One listener is every host at once, told apart by name as at the real edge: applications, team domains with their
//! login pages and keys, and the transfer service. A second listener is the gateway through which a person's own
//! browser walks the login without a certificate warning.
//!
//! ```text
//! program ──TLS──► listen ─► dispatch ─┬─► app_host ─► upgrade ─► carry ──TCP──► origin
//! browser ─HTTP─► gateway ─────┘       ├─► tunnel ◄─TLS── connector ──TCP──► origin
//!                                      ├─► team_host (identity provider, keys, SSH certificates)
//!                                      └─► transfer (mailboxes)
//! ```
//!
//! Tokens are really signed, boxes really sealed, policies really asked; [`Faults`] make it go wrong on purpose, a line to
//! connectors that is slow or loses packets among them ([`Slow`], as `--line-delay` and its like of the program), and
//! [`Seen`] tells what clients did.

mod answer;
mod app_host;
mod carry;
mod certificate;
mod clock;
mod dashboard;
mod dispatch;
mod edge;
mod error;
mod faults;
mod flights;
mod frames;
mod front;
mod gateway;
mod keys;
mod line;
mod listen;
mod mint;
mod names;
mod pages;
mod person;
mod plan;
mod random;
mod rest;
mod secrets;
mod seen;
mod sim;
mod spoil;
mod ssh_authority;
mod team_host;
mod transfer;
mod tunnel;
mod upgrade;

pub use error::{PersonError, SimError};
pub use faults::{
    ApiFault, CarryFault, Cut, ExchangeFault, Faults, Faulty, FrontFault, KeySetFault, MetadataFault,
    NetworkFault, RegistrationFault, Scripted, TokenFault, TransferFault, UpgradeFault,
};
pub use line::Slow;
pub use names::NamesPlan;
pub use person::{PageOutcome, Person};
pub use plan::{AppPlan, ConnectorHabits, People, Plan, Team};
pub use rest::{AccountPlan, ApiTokenPlan, Right};
pub use seen::{CarriedSeen, ConnectionSeen, Seen, TlsSeen, redacted};
pub use sim::EdgeSim;
pub use spoil::{Spoil, Which};
pub use tunnel::{DirectReader, DirectSender, DirectStream, LinkProtocol, LinkSeen, LinkState, TunnelPlan};
