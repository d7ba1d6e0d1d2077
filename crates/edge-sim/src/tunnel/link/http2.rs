//! Over HTTP/2, of which the edge is the client.

use std::io;

use bytes::{Bytes, BytesMut};
use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Request, Response, StatusCode};
use serde_json::Value;
use wire::tunnel::unfold;

use super::{Head, Kind, Told};
use crate::tunnel::rpc_stream::RpcStream;
use crate::tunnel::stream::{FromConnector, ToConnector};

/// Marks requests that are not plain ones, and tells what they are.
const UPGRADE: &str = "cf-cloudflared-proxy-connection-upgrade";
/// Marks streams of bytes; the value is for logs only.
const SOURCE: &str = "cf-cloudflared-proxy-src";
/// All headers of the origin in one.
const HEADERS: &str = "cf-cloudflared-response-headers";
/// Who answered: the origin or the connector.
const META: &str = "cf-cloudflared-response-meta";

/// One connection over HTTP/2.
#[derive(Clone)]
pub(crate) struct Http2Link(SendRequest<Bytes>);

impl Http2Link {
    pub(in crate::tunnel) fn new(requests: SendRequest<Bytes>) -> Self {
        Self(requests)
    }

    pub(super) async fn control(&self) -> io::Result<RpcStream> {
        let request = Request::get("https://h2.cftunnel.com/").header(UPGRADE, "control-stream");
        let (answer, to) = self.send(request.body(()).map_err(io::Error::other)?, false).await?;
        let answer = answer.await.map_err(io::Error::other)?;
        Ok(RpcStream::new(ToConnector::Http2(to), FromConnector::http2(answer.into_body())))
    }

    pub(super) async fn configure(&self, json: Bytes) -> io::Result<Value> {
        let request = Request::put("https://h2.cftunnel.com/").header(UPGRADE, "update-configuration");
        let (answer, mut to) = self.send(request.body(()).map_err(io::Error::other)?, false).await?;
        to.send_data(json, true).map_err(io::Error::other)?;
        let mut body = FromConnector::http2(answer.await.map_err(io::Error::other)?.into_body());
        let mut told = BytesMut::new();
        while let Some(bytes) = body.next().await? {
            told.extend_from_slice(&bytes);
        }
        Ok(serde_json::from_slice(&told)?)
    }

    pub(super) async fn ask(&self, request: Request<()>, body: Bytes) -> io::Result<(Told, FromConnector)> {
        let (answer, mut to) = self.send(request, body.is_empty()).await?;
        if !body.is_empty() {
            to.send_data(body, true).map_err(io::Error::other)?;
        }
        let answer = answer.await.map_err(io::Error::other)?;
        Ok((told(&answer)?, FromConnector::http2(answer.into_body())))
    }

    pub(super) async fn begin(
        &self,
        kind: Kind,
        mut request: Request<()>,
    ) -> io::Result<(Told, FromConnector, ToConnector)> {
        let headers = request.headers_mut();
        match kind {
            Kind::Http => None,
            Kind::WebSocket => headers.insert(UPGRADE, HeaderValue::from_static("websocket")),
            Kind::Tcp => headers.insert(SOURCE, HeaderValue::from_static("1")),
        };
        let (answer, to) = self.send(request, false).await?;
        let answer = answer.await.map_err(io::Error::other)?;
        Ok((told(&answer)?, FromConnector::http2(answer.into_body()), ToConnector::Http2(to)))
    }

    async fn send(
        &self,
        request: Request<()>,
        ends: bool,
    ) -> io::Result<(ResponseFuture, SendStream<Bytes>)> {
        let mut ready = self.0.clone().ready().await.map_err(io::Error::other)?;
        ready.send_request(request, ends).map_err(io::Error::other)
    }
}

fn told(answer: &Response<RecvStream>) -> io::Result<Told> {
    let value = |name| answer.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let meta: Value = serde_json::from_str(value(META).unwrap_or("null"))?;
    let status = answer.status();
    if status == StatusCode::BAD_GATEWAY && meta["src"] == "cloudflared" {
        return Ok(Told::Failed);
    }
    let mut headers = HeaderMap::new();
    for (name, value) in unfold(value(HEADERS).unwrap_or_default()).map_err(io::Error::other)? {
        let name = HeaderName::try_from(name).map_err(io::Error::other)?;
        headers.append(name, HeaderValue::try_from(value).map_err(io::Error::other)?);
    }
    // HTTP/2 has no 101: what is granted is told by a header.
    let upgraded = headers.get("upgrade").map(HeaderValue::as_bytes);
    let switches =
        status == StatusCode::OK && upgraded.is_some_and(|to| to.eq_ignore_ascii_case(b"websocket"));
    Ok(Told::Head(Head { status, headers, switches }))
}
