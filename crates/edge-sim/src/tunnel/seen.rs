//! What the edge knows of one connection of a connector.

use std::net::IpAddr;

use jiff::Timestamp;
use wire::tunnel::TunnelId;
use wire::tunnel::rpc::Registration;

use crate::seen::TlsSeen;

/// One connection of one connector.
#[derive(Clone, Debug)]
pub struct LinkSeen {
    /// Counted from 1 in the order of arrival.
    pub number: u64,
    /// When it came.
    pub at: Timestamp,
    /// What it speaks.
    pub protocol: LinkProtocol,
    /// How TLS was agreed.
    pub tls: TlsSeen,
    /// How far it has come.
    pub state: LinkState,
    /// The tunnel that it asked for, once it did.
    pub tunnel: Option<TunnelId>,
    /// Which of the connector's connections it is.
    pub index: u8,
    /// Names the running connector.
    pub client: [u8; 16],
    /// Names this connection, once it is registered.
    pub connection: [u8; 16],
    /// The data centre that it ends in, once it is registered.
    pub location: String,
    /// What the connector can do.
    pub features: Vec<String>,
    /// The connector's version.
    pub version: String,
    /// The connector's system and processor.
    pub arch: String,
    /// The connector's own address, as it tells it.
    pub local: Option<IpAddr>,
    /// How many attempts came before, as it tells it.
    pub attempts: u8,
    /// The rules that it read from a file, in JSON, where it told them.
    pub local_config: Option<String>,
    /// Whether it has ended the conversation in due form.
    pub aborted: Option<String>,
}

/// What a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkProtocol {
    /// HTTP/2 over TLS over TCP.
    Http2,
    /// QUIC over UDP.
    Quic,
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// TLS and what goes over it are agreed.
    Connected,
    /// It takes requests.
    Registered,
    /// Its registration was refused.
    Refused,
    /// It said that it leaves, and takes no new requests.
    Unregistered,
    /// It has left after saying so.
    Left,
    /// It is gone without a word.
    Lost,
}

impl LinkSeen {
    pub(super) fn new(number: u64, protocol: LinkProtocol, tls: TlsSeen) -> Self {
        Self {
            number,
            at: Timestamp::now(),
            protocol,
            tls,
            state: LinkState::Connected,
            tunnel: None,
            index: 0,
            client: [0; 16],
            connection: [0; 16],
            location: String::new(),
            features: Vec::new(),
            version: String::new(),
            arch: String::new(),
            local: None,
            attempts: 0,
            local_config: None,
            aborted: None,
        }
    }

    pub(super) fn asked(&mut self, registration: &Registration) {
        self.tunnel = Some(registration.tunnel);
        self.index = registration.index;
        self.client = registration.options.client;
        self.features.clone_from(&registration.options.features);
        self.version.clone_from(&registration.options.version);
        self.arch.clone_from(&registration.options.arch);
        self.local = registration.options.local;
        self.attempts = registration.options.attempts;
    }
}
