//! Over QUIC: each request is a stream that the edge opens, and that one message each way begins.

use std::io;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING};
use http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;
use wire::tunnel::rpc::{Answer, Call, Configured, Rpc, Target};
use wire::tunnel::{
    ConnectKind, ConnectRequest, ConnectResponse, HEADER_KEY, HOST_KEY, METHOD_KEY, Pair, RPC_STREAM,
    STATUS_KEY, preamble_length,
};

use super::{Head, Kind, Told};
use crate::tunnel::rpc_stream::RpcStream;
use crate::tunnel::stream::{FromConnector, ToConnector};

/// One connection over QUIC.
#[derive(Clone)]
pub(crate) struct QuicLink {
    connection: quinn::Connection,
    /// The streams of requests that run.
    streams: TaskTracker,
}

impl QuicLink {
    pub(in crate::tunnel) fn new(connection: quinn::Connection) -> Self {
        Self { connection, streams: TaskTracker::new() }
    }

    /// Until no request runs any more; none may begin then.
    pub(in crate::tunnel) async fn idle(&self) {
        self.streams.close();
        self.streams.wait().await;
    }

    /// The connector opens this one, as the first of the connection.
    pub(super) async fn control(&self) -> io::Result<RpcStream> {
        let (to, from) = self.connection.accept_bi().await?;
        Ok(RpcStream::new(ToConnector::Quic(to), FromConnector::quic(from, BytesMut::new(), None)))
    }

    pub(super) async fn configure(&self, json: &[u8]) -> io::Result<Value> {
        const BOOTSTRAP: u32 = 0;
        const QUESTION: u32 = 1;
        let pushed: Value = serde_json::from_slice(json)?;
        let version = pushed["version"].as_i64().and_then(|version| i32::try_from(version).ok());
        let version = version.ok_or_else(|| io::Error::other("the configuration has no version"))?;
        let config = pushed["config"].to_string().into_bytes();
        let (mut to, from) = self.connection.open_bi().await?;
        to.write_all(&RPC_STREAM).await?;
        let from = FromConnector::quic(from, BytesMut::new(), None);
        let mut stream = RpcStream::new(ToConnector::Quic(to), from);
        stream.say(&Rpc::Bootstrap { question: BOOTSTRAP }).await?;
        let call = Box::new(Call::UpdateConfiguration { version, config });
        let target = Target::Promised(BOOTSTRAP);
        stream.say(&Rpc::Call { question: QUESTION, target, call }).await?;
        let holds = loop {
            match stream.next().await? {
                Some(Rpc::Return(returned)) if returned.answer == QUESTION => break returned.holds,
                Some(_) => {}
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        };
        if let Answer::Exception(why) = holds {
            return Err(io::Error::other(why));
        }
        let configured = holds.configured().map_err(io::Error::other)?;
        for question in [BOOTSTRAP, QUESTION] {
            stream.say(&Rpc::Finish { question, release: false }).await?;
        }
        stream.end();
        let Configured { version, error } = configured;
        Ok(json!({"lastAppliedVersion": version, "err": Some(error).filter(|error| !error.is_empty())}))
    }

    pub(super) async fn ask(
        &self,
        mut request: Request<()>,
        body: Bytes,
    ) -> io::Result<(Told, FromConnector)> {
        if !body.is_empty() && !request.headers().contains_key(CONTENT_LENGTH) {
            // Without either of these two the connector reads no body.
            request.headers_mut().insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        let (mut to, from) = self.open(Kind::Http, &request).await?;
        // Beside the answer, which may begin before the connector has read all of it, or without any of it.
        self.streams.spawn(async move {
            if to.write_chunk(body).await.is_ok() {
                let _ = to.finish();
            }
        });
        self.answer(from).await
    }

    pub(super) async fn begin(
        &self,
        kind: Kind,
        request: Request<()>,
    ) -> io::Result<(Told, FromConnector, ToConnector)> {
        let (to, from) = self.open(kind, &request).await?;
        let (told, from) = self.answer(from).await?;
        Ok((told, from, ToConnector::Quic(to)))
    }

    pub(super) async fn say(&self, bytes: Bytes) -> io::Result<(FromConnector, ToConnector)> {
        let (mut to, from) = self.connection.open_bi().await?;
        to.write_chunk(bytes).await?;
        Ok((FromConnector::quic(from, BytesMut::new(), None), ToConnector::Quic(to)))
    }

    async fn open(
        &self,
        kind: Kind,
        request: &Request<()>,
    ) -> io::Result<(quinn::SendStream, quinn::RecvStream)> {
        let (mut to, from) = self.connection.open_bi().await?;
        let start = beginning(kind, request)?.write().map_err(io::Error::other)?;
        to.write_all(&start).await?;
        Ok((to, from))
    }

    async fn answer(&self, mut from: quinn::RecvStream) -> io::Result<(Told, FromConnector)> {
        let mut start = BytesMut::new();
        let length = loop {
            if let Some(length) = preamble_length(&start).map_err(io::Error::other)?
                && start.len() >= length
            {
                break length;
            }
            let chunk = from.read_chunk(usize::MAX, true).await?;
            start.extend_from_slice(&chunk.ok_or(io::ErrorKind::UnexpectedEof)?.bytes);
        };
        let rest = start.split_off(length);
        let told = told(&ConnectResponse::read(&start).map_err(io::Error::other)?)?;
        Ok((told, FromConnector::quic(from, rest, Some(self.streams.token()))))
    }
}

/// The message that begins a request (`tunnel.md` 4.3).
fn beginning(kind: Kind, request: &Request<()>) -> io::Result<ConnectRequest> {
    let uri = request.uri();
    let host = uri.authority().map(ToString::to_string).unwrap_or_default();
    let kind = match kind {
        Kind::Http => ConnectKind::Http,
        Kind::WebSocket => ConnectKind::WebSocket,
        Kind::Tcp => {
            let metadata = vec![("FlowID".to_owned(), "1".to_owned())];
            return Ok(ConnectRequest { dest: host, kind: ConnectKind::Tcp, metadata });
        }
    };
    let mut metadata: Vec<Pair> =
        vec![(METHOD_KEY.to_owned(), request.method().to_string()), (HOST_KEY.to_owned(), host)];
    for (name, value) in request.headers() {
        let value = value.to_str().map_err(io::Error::other)?.to_owned();
        metadata.push((format!("{HEADER_KEY}{name}"), value));
    }
    Ok(ConnectRequest { dest: uri.to_string(), kind, metadata })
}

fn told(response: &ConnectResponse) -> io::Result<Told> {
    if !response.error.is_empty() {
        tracing::debug!(error = response.error, "the connector could not ask the origin");
        return Ok(Told::Failed);
    }
    let (mut status, mut headers) = (StatusCode::OK, HeaderMap::new());
    for (key, value) in &response.metadata {
        if key == STATUS_KEY {
            status = value.parse().map_err(io::Error::other)?;
        } else if let Some(name) = key.strip_prefix(HEADER_KEY) {
            let name = HeaderName::try_from(name).map_err(io::Error::other)?;
            headers.append(name, HeaderValue::try_from(value).map_err(io::Error::other)?);
        }
    }
    let switches = status == StatusCode::SWITCHING_PROTOCOLS;
    Ok(Told::Head(Head { status, headers, switches }))
}
