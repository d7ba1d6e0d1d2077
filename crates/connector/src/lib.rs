//! Hosts a tunnel: dials Cloudflare's edge, registers, and serves what the edge asks for.
//!
//! ```text
//! Connector ── Keeper (one a connection) ── Session: QUIC, or HTTP/2 over TLS ──► edge
//!                                             ├─ Talk: registration, farewell
//!                                             └─ a stream ─► Rules ─► TCP service (websocket, raw) or web server (web)
//! ```
//!
//! Connections come and go on their own; a stream lives as long as the connection that it came on.

mod backoff;
mod board;
mod connector;
mod control;
mod destinations;
mod dial;
mod down;
mod edge;
mod error;
mod exchange;
mod frame;
#[cfg(any(test, feature = "fuzz"))]
#[doc(hidden)]
pub mod fuzz;
mod guests;
mod http2;
mod ingress;
mod keeper;
mod monitor;
mod names;
mod pool;
mod protocol;
mod pushed;
mod quic;
mod raw;
mod read_size;
mod reconnect;
mod reporter;
mod rpc_stream;
mod serve;
mod session;
mod socks;
mod talk;
mod tls;
mod visitors;
mod web;
mod websocket;

pub use board::{Failed, LinkState};
pub use connector::{Connector, LocalRules, Setup};
pub use destinations::Destinations;
pub use edge::{Edge, Versions};
pub use error::{ConnectorError, LinkFault};
pub use ingress::{
    AccessCheck, ConfigFile, InvalidRules, IpRule, Origin, OriginRequest, Rule, Rules, UnknownKey, duration,
};
pub use monitor::{Monitor, listen_for_monitoring};
pub use protocol::{Protocol, Wanted};
pub use quic::QuicSettings;
pub use reconnect::Reconnect;
pub use reporter::{Asker, Reporter};
pub use tls::Roots;
