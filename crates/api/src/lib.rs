//! Cloudflare's REST API, as far as tunnels need it: who may call it, tunnels, their connections, and the hostnames
//! that lead to them.
//!
//! Facts are those of `cloudflare-api.md` 1.1 to 3.5 and `tunnel.md` 6: paths, bodies, the envelope around every answer.

mod client;
mod envelope;
mod error;
mod log_in;
mod origin_cert;
mod tunnels;

pub use client::Api;
pub use error::ApiError;
pub use log_in::LogIn;
pub use origin_cert::{ApiToken, InvalidOriginCert, OriginCert};
pub use tunnels::{Connection, Connector, Filter, Made, Route, RouteChange, Tunnel};
