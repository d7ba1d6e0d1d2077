//! Cloudflare's REST API, as far as publishing a machine needs it: who may call it, zones, tunnels and their rules,
//! DNS records, and what stands before hostnames.
//!
//! Facts are those of `cloudflare-api.md` 1.1 to 6.1 and `tunnel.md` 6: paths, bodies, the envelope around every answer.

mod access;
mod client;
mod configuration;
mod envelope;
mod error;
mod log_in;
mod origin_cert;
mod policies;
mod quick;
mod records;
mod tunnels;
mod zones;

pub use access::{AccessApp, NewApp, Way};
pub use client::Api;
pub use configuration::Configuration;
pub use error::ApiError;
pub use log_in::LogIn;
pub use origin_cert::{ApiToken, InvalidOriginCert, OriginCert};
pub use policies::{GROUP, Group, Policy, PolicyRules, Whom};
pub use quick::{QuickTunnel, quick_tunnel};
pub use records::{Record, tunnel_host};
pub use tunnels::{Connection, Connector, Filter, Made, Route, RouteChange, Tunnel};
pub use zones::{Owner, TokenStatus, Zone};
