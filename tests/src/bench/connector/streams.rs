//! Streams through a connector as the edge sees them: bytes as they are, or frames of a WebSocket.

use bytes::{BufMut as _, Bytes, BytesMut};
use edge_sim::DirectStream;

use super::stage::{Origin, Running, Stage};

/// Most that a message may hold: stock connectors lose what exceeds it.
const MESSAGE: usize = 16 * 1024;
/// Bytes that are sent at once in bulk.
pub(super) const BLOCK: usize = 4 * MESSAGE;
/// What clients mask with; any will do.
const MASK: [u8; 4] = [0x5a, 0xc3, 0x0f, 0x96];

/// What bytes are wrapped in.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Nothing: streams to a private network.
    Raw,
    /// Messages of a WebSocket: SSH.
    WebSocket,
}

pub(super) const KINDS: [Kind; 2] = [Kind::Raw, Kind::WebSocket];

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::WebSocket => "WebSocket",
        }
    }

    /// Opens a stream to an origin through this connector.
    pub(super) async fn open(self, stage: &Stage, through: &Running, origin: Origin) -> DirectStream {
        let stream = match self {
            Self::Raw => stage.edge.reach(through.tunnel.id, &stage.address(origin).to_string()).await,
            Self::WebSocket => stage.edge.web_socket(through.tunnel.id, origin.host()).await,
        };
        stream.expect("a stream")
    }

    /// Payload as a client sends it.
    pub(super) fn wrap(self, payload: &[u8]) -> Bytes {
        match self {
            Self::Raw => Bytes::copy_from_slice(payload),
            Self::WebSocket => {
                let mut wrapped = BytesMut::new();
                payload.chunks(MESSAGE).for_each(|message| put_message(&mut wrapped, message));
                wrapped.freeze()
            }
        }
    }

    /// How many bytes so many of payload are on their way back, at least; exactly for a short message.
    pub(super) fn wrapped(self, payload: u64) -> u64 {
        match self {
            Self::Raw => payload,
            Self::WebSocket => payload + 2,
        }
    }
}

/// One message of a client (RFC 6455 5.2).
fn put_message(wrapped: &mut BytesMut, payload: &[u8]) {
    wrapped.put_u8(0x82);
    match u16::try_from(payload.len()) {
        Ok(length @ 0..126) => wrapped.put_slice(&[0x80 | u8::try_from(length).unwrap_or_default()]),
        Ok(length) => {
            wrapped.put_u8(0x80 | 126);
            wrapped.put_u16(length);
        }
        Err(_) => unreachable!("messages are short"),
    }
    wrapped.put_slice(&MASK);
    wrapped.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

/// Takes so many bytes, or more, off a stream.
pub(super) async fn take(stream: &mut DirectStream, bytes: u64) {
    let mut seen = 0;
    while seen < bytes {
        let some = stream.next().await.expect("a stream that stands");
        seen += some.expect("more bytes").len() as u64;
    }
}
