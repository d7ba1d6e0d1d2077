//! How QUIC is spoken: times, and how much may be on its way (`tunnel.md` 4.1).

use std::sync::Arc;
use std::time::Duration;

use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, IdleTimeout, MtuDiscoveryConfig, TransportConfig, VarInt};

use crate::ConnectorError;
use crate::tls::{self, Roots};

/// After this time in silence the edge is gone.
pub(super) const IDLE: Duration = Duration::from_secs(5);
const IDLE_MILLIS: VarInt = VarInt::from_u32(5000);
/// How often to ask a silent edge whether it is there.
const PING: Duration = Duration::from_secs(1);
/// Streams that the edge may open at first.
pub(super) const STREAMS: usize = 512;
/// After what time an unanswered first packet is sent again, thrice this; real edges are near.
const FIRST_RTT: Duration = Duration::from_millis(150);
/// What may be on its way to the edge.
const SEND_WINDOW: u64 = 16 << 20;
/// Datagrams are offered as stock connectors offer them, and passed over: they belong to UDP of private networks.
const DATAGRAMS: usize = 64 << 10;

/// What of QUIC a person may choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuicSettings {
    /// Bytes that may be on their way to one stream.
    pub stream_window: u32,
    /// Bytes that may be on their way to all streams of a connection: enough for many that stall beside one that lives.
    pub window: u32,
    /// Whether to try how large packets may be.
    pub probes_mtu: bool,
}

impl Default for QuicSettings {
    fn default() -> Self {
        Self { stream_window: 4 << 20, window: 128 << 20, probes_mtu: true }
    }
}

/// How this connector speaks to the edge.
pub(crate) fn client_config(
    roots: &Roots,
    post_quantum: bool,
    settings: QuicSettings,
) -> Result<ClientConfig, ConnectorError> {
    let setup = |error: &dyn std::fmt::Display| ConnectorError::Setup { what: error.to_string() };
    let crypto = QuicClientConfig::try_from(tls::quic_config(roots, post_quantum)?);
    let mut config = ClientConfig::new(Arc::new(crypto.map_err(|error| setup(&error))?));
    let mut transport = TransportConfig::default();
    transport
        .max_idle_timeout(Some(IdleTimeout::from(IDLE_MILLIS)))
        .keep_alive_interval(Some(PING))
        .max_concurrent_bidi_streams(VarInt::from_u32(u32::try_from(STREAMS).unwrap_or(u32::MAX)))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .stream_receive_window(settings.stream_window.into())
        .receive_window(settings.window.into())
        .send_window(SEND_WINDOW)
        .initial_rtt(FIRST_RTT)
        .mtu_discovery_config(settings.probes_mtu.then(MtuDiscoveryConfig::default))
        .datagram_receive_buffer_size(Some(DATAGRAMS));
    config.transport_config(Arc::new(transport));
    Ok(config)
}
