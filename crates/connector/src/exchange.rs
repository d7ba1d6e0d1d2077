//! One request of the edge and its answer, whatever transport they came on.

use std::io;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::header::{CONTENT_LENGTH, HeaderValue, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Response, StatusCode};
use wire::tunnel::{ResponseMeta, fold};

/// All headers of the origin in one.
const HEADERS: &str = "cf-cloudflared-response-headers";
/// Who answers: the origin or the connector.
const META: &str = "cf-cloudflared-response-meta";

/// What the edge asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One request and its answer.
    Http,
    /// A WebSocket; for services that are streams it ends here.
    WebSocket,
    /// Bytes both ways.
    Tcp,
}

/// One request.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) kind: Kind,
    pub(crate) method: Method,
    /// Host as the client named it, perhaps with a port; for [`Kind::Tcp`] the address to reach.
    pub(crate) authority: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Reader,
}

impl Asked {
    /// The host without its port.
    pub(crate) fn host(&self) -> &str {
        match self.authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            Some(_) | None => &self.authority,
        }
    }

    /// The path without its query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether a body follows the head.
    pub(crate) fn has_body(&self) -> bool {
        let length = self.header(CONTENT_LENGTH.as_str()).and_then(|length| length.parse::<u64>().ok());
        length.map_or_else(
            || self.headers.contains_key(TRANSFER_ENCODING) || !self.body.is_over(),
            |length| length > 0,
        )
    }
}

/// Bytes from the edge.
#[derive(Debug)]
pub(crate) struct Reader {
    stream: RecvStream,
    /// Bytes that were handed out, and whose room the edge gets back once more are asked for.
    taken: usize,
}

impl Reader {
    pub(crate) fn new(stream: RecvStream) -> Self {
        Self { stream, taken: 0 }
    }

    /// The next bytes; nothing at the end. Whoever asks has dealt with the last ones: only then the edge may send more.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        let taken = std::mem::take(&mut self.taken);
        self.stream.flow_control().release_capacity(taken).map_err(io::Error::other)?;
        let bytes = self.stream.data().await.transpose().map_err(io::Error::other)?;
        self.taken = bytes.as_ref().map_or(0, Bytes::len);
        Ok(bytes)
    }

    fn is_over(&self) -> bool {
        self.stream.is_end_stream()
    }
}

/// Gives the answer, once.
#[derive(Debug)]
pub(crate) struct Answerer(SendResponse<Bytes>);

impl Answerer {
    pub(crate) fn new(answer: SendResponse<Bytes>) -> Self {
        Self(answer)
    }

    /// The origin's status and headers; its body follows unless `ends`.
    pub(crate) fn origin(
        mut self,
        status: StatusCode,
        headers: &HeaderMap,
        ends: bool,
    ) -> io::Result<Sender> {
        // HTTP/2 has no 101; the edge knows by the headers what is meant.
        let told = if status == StatusCode::SWITCHING_PROTOCOLS { StatusCode::OK } else { status };
        let folded = fold(headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
        let mut answer = head(told, &ResponseMeta::origin())?;
        answer.headers_mut().insert(HEADERS, HeaderValue::try_from(folded).map_err(io::Error::other)?);
        if let Some(length) = headers.get(CONTENT_LENGTH) {
            answer.headers_mut().insert(CONTENT_LENGTH, length.clone());
        }
        let stream = self.0.send_response(answer, ends).map_err(io::Error::other)?;
        Ok(Sender { stream, has_ended: ends })
    }

    /// The origin could not be asked.
    pub(crate) fn failed(mut self) -> io::Result<()> {
        let answer = head(StatusCode::BAD_GATEWAY, &ResponseMeta::connector())?;
        self.0.send_response(answer, true).map(drop).map_err(io::Error::other)
    }

    /// An answer that is the connector's own business.
    pub(crate) fn own(mut self, body: Option<Bytes>) -> io::Result<Sender> {
        let ends = body.as_ref().is_some_and(Bytes::is_empty);
        let stream = self.0.send_response(Response::new(()), ends).map_err(io::Error::other)?;
        let mut sender = Sender { stream, has_ended: ends };
        if let Some(body) = body.filter(|body| !body.is_empty()) {
            sender.stream.send_data(body, true).map_err(io::Error::other)?;
            sender.has_ended = true;
        }
        Ok(sender)
    }
}

fn head(status: StatusCode, meta: &ResponseMeta) -> io::Result<Response<()>> {
    let meta = serde_json::to_string(meta).map_err(io::Error::other)?;
    Response::builder().status(status).header(META, meta).body(()).map_err(io::Error::other)
}

/// Bytes to the edge. Dropped before its end it takes the stream back, so that nobody takes half for a whole.
#[derive(Debug)]
pub(crate) struct Sender {
    stream: SendStream<Bytes>,
    has_ended: bool,
}

impl Sender {
    /// Sends all of it, as fast as the edge takes it.
    pub(crate) async fn send(&mut self, mut bytes: Bytes) -> io::Result<()> {
        while !bytes.is_empty() {
            self.stream.reserve_capacity(bytes.len());
            let granted = std::future::poll_fn(|context| self.stream.poll_capacity(context)).await;
            let room = granted.ok_or(io::ErrorKind::BrokenPipe)?.map_err(io::Error::other)?;
            let part = bytes.split_to(room.min(bytes.len()));
            self.stream.send_data(part, false).map_err(io::Error::other)?;
        }
        Ok(())
    }

    /// Sends a short message without waiting for room.
    pub(crate) fn say(&mut self, bytes: Bytes) -> io::Result<()> {
        self.stream.send_data(bytes, false).map_err(io::Error::other)
    }

    pub(crate) fn end(&mut self) -> io::Result<()> {
        self.has_ended = true;
        self.stream.send_data(Bytes::new(), true).map_err(io::Error::other)
    }

    pub(crate) fn end_with(&mut self, trailers: HeaderMap) -> io::Result<()> {
        self.has_ended = true;
        self.stream.send_trailers(trailers).map_err(io::Error::other)
    }

    /// Waits until the edge does not want the rest.
    pub(crate) async fn refused(&mut self) {
        let _ = std::future::poll_fn(|context| self.stream.poll_reset(context)).await;
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        if !self.has_ended {
            self.stream.send_reset(Reason::INTERNAL_ERROR);
        }
    }
}
