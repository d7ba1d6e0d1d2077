//! What a connector and Cloudflare's edge say to each other about a tunnel. Pure and bounded: whatever the other side
//! sends is either understood or refused, and never a panic.

mod connect;
mod credentials;
mod folded;
mod id;
pub mod rpc;
mod words;

pub use connect::{
    ConnectKind, ConnectRequest, ConnectResponse, DATA_STREAM, HEADER_KEY, HOST_KEY, METHOD_KEY, Pair,
    RPC_STREAM, STATUS_KEY, StreamKind, preamble_length, stream_kind,
};
pub use credentials::{Credentials, Secret, UnusableCredentials};
pub use folded::{MalformedFold, ResponseMeta, fold, is_folded, unfold};
pub use id::{InvalidTunnelId, TunnelId};
pub use words::Malformed;
