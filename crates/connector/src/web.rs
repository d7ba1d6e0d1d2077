//! Asks a web server: requests, answers as they arrive, and WebSockets that the server itself ends.

mod client;

use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderName, HeaderValue, SEC_WEBSOCKET_VERSION, TRANSFER_ENCODING,
    UPGRADE, USER_AGENT,
};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Empty, Full, StreamBody};
use hyper::body::{Body as _, Frame, Incoming};
use hyper_util::rt::TokioIo;

pub(crate) use client::{Client, client};

use crate::connector::Shared;
use crate::exchange::{Answerer, Asked, Kind, Reader};
use crate::ingress::{Origin, Rule};
use crate::raw;

/// Headers that are about one connection and do not travel.
const HOP: [&str; 5] = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];
/// Longest body that is held back until its length is known.
const LONGEST: usize = 16 << 20;
const HELLO: &str = "<!doctype html><title>Sallyport</title><h1>This tunnel works</h1>\
    <p>The request came through the edge to a connector on the machine that publishes it.</p>";

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Answers from a web server.
pub(crate) async fn answer(
    shared: &Shared,
    rule: &Rule,
    mut asked: Box<Asked>,
    answer: Answerer,
) -> io::Result<()> {
    if rule.service == Origin::HelloWorld {
        return hello(answer).await;
    }
    let is_upgrade = asked.kind == Kind::WebSocket;
    let asking = async {
        let client = rule.client()?.way(is_upgrade);
        let collects = rule.origin.disable_chunked_encoding && !is_upgrade && asked.has_body();
        let whole = if collects { collected(&mut asked).await? } else { None };
        let (request, body) = request(shared, rule, *asked, whole)?;
        let response = client.request(request).await.map_err(told)?;
        Ok::<_, io::Error>((response, body))
    };
    let (response, body) = match asking.await {
        Ok(asked) => asked,
        Err(error) => {
            answer.failed().await?;
            return Err(error);
        }
    };
    shared.board.counts.answered(response.status());
    match body {
        Some(body) if is_upgrade && response.status() == StatusCode::SWITCHING_PROTOCOLS => {
            switch(response, body, answer).await
        }
        Some(_) | None => pass(response, answer).await,
    }
}

async fn hello(answer: Answerer) -> io::Result<()> {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(HELLO.len()));
    let mut to = answer.origin(StatusCode::OK, &headers, false).await?;
    to.send(Bytes::from_static(HELLO.as_bytes())).await?;
    to.end()
}

/// The innermost reason: the others only say that something went wrong.
#[expect(clippy::needless_pass_by_value, reason = "it stands where errors are mapped")]
fn told(error: hyper_util::client::legacy::Error) -> io::Error {
    let mut inner: &dyn std::error::Error = &error;
    while let Some(cause) = inner.source() {
        inner = cause;
    }
    io::Error::other(inner.to_string())
}

/// The whole of a body whose length nobody knows, for a server that has to know it; nothing where it is known.
async fn collected(asked: &mut Asked) -> io::Result<Option<Bytes>> {
    if asked.headers.contains_key(CONTENT_LENGTH) {
        return Ok(None);
    }
    let mut whole = BytesMut::new();
    while let Some(bytes) = asked.body.next().await? {
        if whole.len() + bytes.len() > LONGEST {
            return Err(io::Error::other(format!(
                "a body of more than {} MiB without a length cannot be sent with one (disableChunkedEncoding)",
                LONGEST >> 20
            )));
        }
        whole.extend_from_slice(&bytes);
    }
    Ok(Some(whole.freeze()))
}

/// The request as the server gets it; for an upgrade, what follows it comes back apart.
fn request(
    shared: &Shared,
    rule: &Rule,
    asked: Asked,
    whole: Option<Bytes>,
) -> io::Result<(Request<Body>, Option<Reader>)> {
    let settings = &rule.origin;
    let heard =
        if settings.http_host_header.is_empty() { &asked.authority } else { &settings.http_host_header };
    let uri = client::uri(&rule.service, settings, heard, &asked.target)?;
    let is_upgrade = asked.kind == Kind::WebSocket;
    let has_body = asked.has_body();
    let mut headers = asked.headers;
    for name in HOP {
        headers.remove(name);
    }
    let value = |text: &str| HeaderValue::try_from(text).map_err(io::Error::other);
    if settings.http_host_header.is_empty() {
        headers.insert(HOST, value(&asked.authority)?);
    } else {
        headers.insert("x-forwarded-host", value(&asked.authority)?);
        headers.insert(HOST, value(&settings.http_host_header)?);
    }
    headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(""));
    headers.insert("cf-warp-tag-id", value(&shared.client().to_string())?);
    for (name, tag) in &shared.tags {
        let name = HeaderName::try_from(format!("cf-warp-tag-{name}")).map_err(io::Error::other)?;
        headers.insert(name, value(tag)?);
    }
    let (body, rest) = match (is_upgrade, has_body, whole) {
        (true, ..) => (empty(), Some(asked.body)),
        (false, _, Some(whole)) => (Full::new(whole).map_err(|never| match never {}).boxed_unsync(), None),
        (false, true, None) => (streamed(asked.body), None),
        (false, false, None) => (empty(), None),
    };
    if settings.http2_origin && !is_upgrade {
        // The address has it, and HTTP/2 says it once only; by HTTP/1.1 it is taken from there.
        headers.remove(HOST);
    }
    if is_upgrade {
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    }
    let mut request =
        Request::builder().method(asked.method).uri(uri).body(body).map_err(io::Error::other)?;
    *request.headers_mut() = headers;
    Ok((request, rest))
}

fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

fn streamed(body: Reader) -> Body {
    let frames = stream::unfold(body, |mut body| async move {
        let next = body.next().await.transpose()?;
        Some((next.map(Frame::data), body))
    });
    StreamBody::new(frames).boxed_unsync()
}

/// The server's answer, as it arrives.
async fn pass(response: Response<Incoming>, answer: Answerer) -> io::Result<()> {
    let (parts, mut body) = response.into_parts();
    let mut headers = parts.headers;
    for name in [CONNECTION, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    let mut to = answer.origin(parts.status, &headers, body.is_end_stream()).await?;
    if body.is_end_stream() {
        return Ok(());
    }
    loop {
        let frame = tokio::select! {
            frame = body.frame() => frame,
            () = to.refused() => return Ok(()),
        };
        match frame.transpose().map_err(io::Error::other)?.map(Frame::into_data) {
            Some(Ok(bytes)) => to.send(bytes).await?,
            Some(Err(frame)) => match frame.into_trailers() {
                Ok(trailers) => return to.end_with(trailers),
                Err(_) => continue,
            },
            None => return to.end(),
        }
    }
}

/// The server speaks WebSocket itself: its bytes are passed on as they are.
async fn switch(response: Response<Incoming>, body: Reader, answer: Answerer) -> io::Result<()> {
    let headers = response.headers().clone();
    let upgraded = match hyper::upgrade::on(response).await {
        Ok(upgraded) => upgraded,
        Err(error) => {
            answer.failed().await?;
            return Err(io::Error::other(error));
        }
    };
    let to = answer.origin(StatusCode::SWITCHING_PROTOCOLS, &headers, false).await?;
    raw::carry(body, to, TokioIo::new(upgraded)).await
}
