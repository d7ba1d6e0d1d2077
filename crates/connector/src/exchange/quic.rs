//! Over QUIC: one message each way begins the stream, and the rest of it is bytes (`tunnel.md` 4.2 to 4.4).

use std::io;
use std::sync::Once;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt as _;
use http::{HeaderMap, StatusCode};
use quinn::{RecvStream, SendStream, VarInt};
use wire::tunnel::{ConnectResponse, HEADER_KEY, Pair, STATUS_KEY};

use super::Kind;

/// The code by which streams are given up.
const GIVEN_UP: VarInt = VarInt::from_u32(0);
/// Pieces that are handed on together: each is at most one packet.
const PIECES: usize = 44;
/// Why a request was not answered; what was dialled, and how it failed, stays here.
const UNREACHABLE: &str = "the origin cannot be reached";

/// The same where so many run that there is no room for one more, and how the edge knows that.
const TOO_MANY: &str = "too many active flows";
const LIMITED_KEY: &str = "FlowConnectRateLimited";

/// Bytes from the edge.
#[derive(Debug)]
pub(crate) struct QuicReader {
    stream: RecvStream,
    /// What came together with the beginning of the stream.
    early: BytesMut,
}

impl QuicReader {
    pub(crate) fn new(stream: RecvStream, early: BytesMut) -> Self {
        Self { stream, early }
    }

    pub(super) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        if !self.early.is_empty() {
            return Ok(Some(std::mem::take(&mut self.early).freeze()));
        }
        let Some(first) = self.stream.read_chunk(usize::MAX, true).await? else { return Ok(None) };
        Ok(Some(self.with_followers(first.bytes)))
    }

    /// With what has arrived besides: packets are small, and each write to an origin costs a call of the system.
    fn with_followers(&mut self, first: Bytes) -> Bytes {
        let mut pieces = [const { Bytes::new() }; PIECES];
        // An end and an error are told again to whoever asks next.
        let Some(Ok(Some(count))) = self.stream.read_chunks(&mut pieces).now_or_never() else { return first };
        let followers = pieces.get(..count).unwrap_or_default();
        let length = first.len() + followers.iter().map(Bytes::len).sum::<usize>();
        let mut joined = BytesMut::with_capacity(length);
        joined.extend_from_slice(&first);
        for piece in followers {
            joined.extend_from_slice(piece);
        }
        joined.freeze()
    }
}

/// Gives the answer, once.
#[derive(Debug)]
pub(crate) struct QuicAnswerer {
    sender: QuicSender,
    kind: Kind,
}

impl QuicAnswerer {
    pub(crate) fn new(stream: SendStream, kind: Kind) -> Self {
        Self { sender: QuicSender::new(stream), kind }
    }

    pub(super) async fn origin(
        mut self,
        status: StatusCode,
        headers: &HeaderMap,
        ends: bool,
    ) -> io::Result<QuicSender> {
        let metadata = match self.kind {
            Kind::Http | Kind::WebSocket => metadata(status, headers)?,
            Kind::Tcp => Vec::new(),
        };
        self.begin(&ConnectResponse { error: String::new(), metadata }).await?;
        if ends {
            self.sender.end()?;
        }
        Ok(self.sender)
    }

    pub(super) async fn failed(self) -> io::Result<()> {
        self.refused(UNREACHABLE, Vec::new()).await
    }

    pub(super) async fn limited(self) -> io::Result<()> {
        self.refused(TOO_MANY, vec![(LIMITED_KEY.to_owned(), "true".to_owned())]).await
    }

    async fn refused(mut self, error: &str, metadata: Vec<Pair>) -> io::Result<()> {
        let response = ConnectResponse { error: error.to_owned(), metadata };
        self.begin(&response).await?;
        self.sender.end()
    }

    async fn begin(&mut self, response: &ConnectResponse) -> io::Result<()> {
        // In one piece: readers take the two bytes of the version at once.
        self.sender.send(response.write().map_err(io::Error::other)?.into()).await
    }
}

fn metadata(status: StatusCode, headers: &HeaderMap) -> io::Result<Vec<Pair>> {
    let mut metadata = vec![(STATUS_KEY.to_owned(), status.as_u16().to_string())];
    for (name, value) in headers {
        metadata.push((format!("{HEADER_KEY}{}", canonical(name.as_str())), text(value.as_bytes())));
    }
    Ok(metadata)
}

/// Only text can travel; what is not text is read as Latin-1, as elsewhere in HTTP.
fn text(value: &[u8]) -> String {
    std::str::from_utf8(value).map_or_else(|_| value.iter().copied().map(char::from).collect(), str::to_owned)
}

/// A name as stock connectors spell it: `Content-Type`.
fn canonical(name: &str) -> String {
    let mut begins = true;
    let spelt = name.chars().map(|letter| {
        let spelt = if begins { letter.to_ascii_uppercase() } else { letter };
        begins = letter == '-';
        spelt
    });
    spelt.collect()
}

/// Bytes to the edge.
#[derive(Debug)]
pub(crate) struct QuicSender {
    stream: SendStream,
    has_ended: bool,
}

impl QuicSender {
    pub(crate) fn new(stream: SendStream) -> Self {
        Self { stream, has_ended: false }
    }

    pub(crate) async fn send(&mut self, bytes: Bytes) -> io::Result<()> {
        Ok(self.stream.write_chunk(bytes).await?)
    }

    pub(super) fn end(&mut self) -> io::Result<()> {
        self.has_ended = true;
        Ok(self.stream.finish()?)
    }

    /// There is no place for trailers (`tunnel.md` 4.4): the body ends, and a line in the log says what was lost.
    pub(super) fn end_without(&mut self, trailers: &HeaderMap) -> io::Result<()> {
        static TOLD: Once = Once::new();
        TOLD.call_once(|| {
            let names: Vec<&str> = trailers.keys().map(http::HeaderName::as_str).collect();
            tracing::warn!(
                trailers = names.join(", "),
                "QUIC to the edge has no place for what a service says behind its body; gRPC needs `--protocol http2`"
            );
        });
        self.end()
    }

    pub(super) async fn refused(&mut self) {
        let _ = self.stream.stopped().await;
    }
}

impl Drop for QuicSender {
    fn drop(&mut self) {
        if !self.has_ended {
            // Nobody hears it where the connection is gone.
            let _ = self.stream.reset(GIVEN_UP);
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn answers_are_spelt_as_stock_connectors_spell_them() {
        let mut headers = HeaderMap::new();
        headers.insert("sec-websocket-accept", HeaderValue::from_static("x="));
        headers.append("set-cookie", HeaderValue::from_bytes("a=ß".as_bytes()).unwrap());
        headers.append("set-cookie", HeaderValue::from_bytes(b"c=\xe9").unwrap());
        let pairs = metadata(StatusCode::SWITCHING_PROTOCOLS, &headers).unwrap();
        let shown: Vec<_> = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(
            shown,
            [
                ("HttpStatus", "101"),
                ("HttpHeader:Sec-Websocket-Accept", "x="),
                ("HttpHeader:Set-Cookie", "a=ß"),
                ("HttpHeader:Set-Cookie", "c=é"),
            ]
        );
    }
}
