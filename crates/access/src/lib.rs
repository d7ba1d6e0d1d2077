//! Reach an Access application.
//!
//! ```text
//! connect ─► reach (name, TCP, TLS) ─► upgrade with the token at hand ─► Carrier
//!                  │                        │ redirect to the login page
//!                  │                        ▼
//!                  └── discovery ─► obtain: at hand ─► turn ─► at hand ─► exchange ─► log in
//! ```
//!
//! Everything that comes from outside is verified before it counts: the description of an app by its team's keys, tokens
//! by the same keys, audience and time, the edge by its certificate.

mod access;
mod agent;
mod app;
mod app_list;
mod browser;
mod carrier;
mod certificate;
mod classify;
mod clock;
mod connect;
mod discovery;
mod error;
mod exchange;
mod file;
mod http;
mod issuer;
mod limit;
mod machine;
mod metadata;
mod plain_tokens;
mod portal;
mod reach;
mod survey;
mod team_keys;
mod token_check;
mod tokens;
mod transfer;
mod trust;
mod warm;

#[cfg(any(test, feature = "fuzz"))]
#[doc(hidden)]
pub mod fuzz;

pub use access::Access;
pub use agent::{Agents, CertificateAgent, Served, TokenSource, ask_agent};
pub use app::App;
pub use browser::{has_browser, open_browser};
pub use carrier::{Break, Carried, Carrier, Detour, DialOptions, End, LINGER, ServiceToken};
pub use certificate::{Certificate, CertificateKey};
pub use classify::Circumstances;
pub use clock::Clock;
pub use connect::Renewal;
pub use discovery::Lookup;
pub use error::{AccessError, CertificateFault, MetadataFault, ProxyAnswer, Step, TransferFault};
pub use plain_tokens::{Adoption, PlainKind, PlainToken};
pub use tokens::{Held, LogInEvent};
pub use warm::Warm;

/// How this program introduces itself.
const USER_AGENT: &str = concat!("sallyport/", env!("CARGO_PKG_VERSION"));
