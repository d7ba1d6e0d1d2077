//! Over HTTP/2: the origin's headers are folded into one (`tunnel.md` 3.4).

use std::io;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::header::{CONTENT_LENGTH, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use wire::tunnel::{ResponseMeta, fold};

use super::Sender;

/// All headers of the origin in one.
const HEADERS: &str = "cf-cloudflared-response-headers";
/// Who answers: the origin or the connector.
const META: &str = "cf-cloudflared-response-meta";

/// Bytes from the edge.
#[derive(Debug)]
pub(crate) struct Http2Reader {
    stream: RecvStream,
    /// Bytes that were handed out, and whose room the edge gets back once more are asked for.
    taken: usize,
}

impl Http2Reader {
    pub(crate) fn new(stream: RecvStream) -> Self {
        Self { stream, taken: 0 }
    }

    pub(crate) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        let taken = std::mem::take(&mut self.taken);
        self.stream.flow_control().release_capacity(taken).map_err(io::Error::other)?;
        let bytes = self.stream.data().await.transpose().map_err(io::Error::other)?;
        self.taken = bytes.as_ref().map_or(0, Bytes::len);
        Ok(bytes)
    }

    pub(super) fn is_over(&self) -> bool {
        self.stream.is_end_stream()
    }
}

/// Gives the answer, once.
#[derive(Debug)]
pub(crate) struct Http2Answerer(SendResponse<Bytes>);

impl Http2Answerer {
    pub(crate) fn new(answer: SendResponse<Bytes>) -> Self {
        Self(answer)
    }

    pub(super) fn origin(
        mut self,
        status: StatusCode,
        headers: &HeaderMap,
        ends: bool,
    ) -> io::Result<Http2Sender> {
        // HTTP/2 has no 101; the edge knows by the headers what is meant.
        let told = if status == StatusCode::SWITCHING_PROTOCOLS { StatusCode::OK } else { status };
        let folded = fold(headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
        let mut answer = head(told, &ResponseMeta::origin())?;
        answer.headers_mut().insert(HEADERS, HeaderValue::try_from(folded).map_err(io::Error::other)?);
        if let Some(length) = headers.get(CONTENT_LENGTH) {
            answer.headers_mut().insert(CONTENT_LENGTH, length.clone());
        }
        let stream = self.0.send_response(answer, ends).map_err(io::Error::other)?;
        Ok(Http2Sender { stream, has_ended: ends })
    }

    pub(super) fn failed(self) -> io::Result<()> {
        self.refused(&ResponseMeta::connector())
    }

    pub(super) fn limited(self) -> io::Result<()> {
        self.refused(&ResponseMeta { flow_rate_limited: true, ..ResponseMeta::connector() })
    }

    fn refused(mut self, meta: &ResponseMeta) -> io::Result<()> {
        let answer = head(StatusCode::BAD_GATEWAY, meta)?;
        self.0.send_response(answer, true).map(drop).map_err(io::Error::other)
    }

    /// An answer that is the connector's own business.
    pub(crate) fn own(mut self, body: Option<Bytes>) -> io::Result<Sender> {
        let ends = body.as_ref().is_some_and(Bytes::is_empty);
        let stream = self.0.send_response(Response::new(()), ends).map_err(io::Error::other)?;
        let mut sender = Http2Sender { stream, has_ended: ends };
        if let Some(body) = body.filter(|body| !body.is_empty()) {
            sender.stream.send_data(body, true).map_err(io::Error::other)?;
            sender.has_ended = true;
        }
        Ok(Sender::Http2(sender))
    }
}

fn head(status: StatusCode, meta: &ResponseMeta) -> io::Result<Response<()>> {
    let meta = serde_json::to_string(meta).map_err(io::Error::other)?;
    Response::builder().status(status).header(META, meta).body(()).map_err(io::Error::other)
}

/// Bytes to the edge.
#[derive(Debug)]
pub(crate) struct Http2Sender {
    stream: SendStream<Bytes>,
    has_ended: bool,
}

impl Http2Sender {
    pub(super) async fn send(&mut self, mut bytes: Bytes) -> io::Result<()> {
        while !bytes.is_empty() {
            self.stream.reserve_capacity(bytes.len());
            let granted = std::future::poll_fn(|context| self.stream.poll_capacity(context)).await;
            let room = granted.ok_or(io::ErrorKind::BrokenPipe)?.map_err(io::Error::other)?;
            let part = bytes.split_to(room.min(bytes.len()));
            self.stream.send_data(part, false).map_err(io::Error::other)?;
        }
        Ok(())
    }

    pub(super) fn say(&mut self, bytes: Bytes) -> io::Result<()> {
        self.stream.send_data(bytes, false).map_err(io::Error::other)
    }

    pub(super) fn end(&mut self) -> io::Result<()> {
        self.has_ended = true;
        self.stream.send_data(Bytes::new(), true).map_err(io::Error::other)
    }

    pub(super) fn end_with(&mut self, trailers: HeaderMap) -> io::Result<()> {
        self.has_ended = true;
        self.stream.send_trailers(trailers).map_err(io::Error::other)
    }

    pub(super) async fn refused(&mut self) {
        let _ = std::future::poll_fn(|context| self.stream.poll_reset(context)).await;
    }
}

impl Drop for Http2Sender {
    fn drop(&mut self) {
        if !self.has_ended {
            self.stream.send_reset(Reason::INTERNAL_ERROR);
        }
    }
}
