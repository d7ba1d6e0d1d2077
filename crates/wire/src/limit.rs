//! Sizes and times that the protocol fixes.

use std::time::Duration;

/// Most payload bytes in one binary message towards the edge.
///
/// Stock connectors read each message into a buffer of this size and drop the rest without a word.
pub const MESSAGE: usize = 16_384;
/// Most bytes of a key set.
pub const KEY_SET: usize = 1 << 20;
/// How long one HEAD for metadata, or one whole exchange, may take.
pub const DISCOVERY: Duration = Duration::from_secs(7);
/// How long fetching a key set may take.
pub const KEY_SET_FETCH: Duration = Duration::from_secs(10);
/// How long the transfer service may hold one poll.
pub const POLL: Duration = Duration::from_secs(60);
/// How many polls one log-in lasts at most.
pub const POLLS: u32 = 10;
/// Oldest metadata that is accepted.
pub const METADATA_AGE: Duration = Duration::from_secs(24 * 3600);
/// How far in the future metadata may be signed, for clocks that differ.
pub const METADATA_SKEW: Duration = Duration::from_secs(300);
/// How long a fetched key set is fresh.
pub const KEY_SET_AGE: Duration = Duration::from_secs(24 * 3600);
/// How long after a fetch an unknown key may not cause another one.
pub const KEY_SET_REFETCH: Duration = Duration::from_secs(60);
/// Period of the far side's own WebSocket pings.
pub const CONNECTOR_PING: Duration = Duration::from_secs(54);
