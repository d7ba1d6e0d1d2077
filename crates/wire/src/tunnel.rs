//! What a connector and Cloudflare's edge say to each other about a tunnel. Pure and bounded: whatever the other side
//! sends is either understood or refused, and never a panic.

mod connect;
mod credentials;
mod folded;
mod id;
pub mod rpc;
mod words;

pub use connect::{ConnectKind, ConnectRequest, ConnectResponse, DATA_STREAM, Pair, preamble_length};
pub use credentials::{Credentials, Secret, UnusableCredentials};
pub use folded::{MalformedFold, ResponseMeta, fold, is_folded, unfold};
pub use id::{InvalidTunnelId, TunnelId};
pub use words::Malformed;
