//! One connection to a connector. The connector has dialled, and yet it is the edge that sends the requests.

use std::io;

use bytes::{Bytes, BytesMut};
use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use http::{Request, Response};

use super::rpc_stream::RpcStream;

/// Marks requests that are not plain ones, and tells what they are.
pub(super) const UPGRADE: &str = "cf-cloudflared-proxy-connection-upgrade";

/// One connection to a connector, on which any number of requests may run.
#[derive(Clone)]
pub(crate) struct Link(SendRequest<Bytes>);

impl Link {
    pub(super) fn new(requests: SendRequest<Bytes>) -> Self {
        Self(requests)
    }

    /// Begins the conversation of which there is one on each connection.
    pub(super) async fn control(&self) -> io::Result<RpcStream> {
        let request = Request::get("https://h2.cftunnel.com/").header(UPGRADE, "control-stream");
        let (answer, to) = self.send(request.body(()).map_err(io::Error::other)?, false).await?;
        let answer = answer.await.map_err(io::Error::other)?;
        Ok(RpcStream::new(to, answer.into_body()))
    }

    /// Sends new rules and hears what the connector makes of them.
    pub(super) async fn configure(&self, json: Bytes) -> io::Result<Bytes> {
        let request = Request::put("https://h2.cftunnel.com/").header(UPGRADE, "update-configuration");
        let answer = self.ask(request.body(()).map_err(io::Error::other)?, json).await?;
        let mut body = answer.into_body();
        let mut told = BytesMut::new();
        while let Some(bytes) = body.data().await {
            told.extend_from_slice(&bytes.map_err(io::Error::other)?);
        }
        Ok(told.freeze())
    }

    /// Sends a request, its whole body, and waits for the head of its answer.
    pub(super) async fn ask(&self, request: Request<()>, body: Bytes) -> io::Result<Response<RecvStream>> {
        let (answer, mut to) = self.send(request, body.is_empty()).await?;
        if !body.is_empty() {
            to.send_data(body, true).map_err(io::Error::other)?;
        }
        answer.await.map_err(io::Error::other)
    }

    /// Sends a request whose body goes on, and waits for the head of its answer.
    pub(super) async fn begin(
        &self,
        request: Request<()>,
    ) -> io::Result<(Response<RecvStream>, SendStream<Bytes>)> {
        let (answer, to) = self.send(request, false).await?;
        Ok((answer.await.map_err(io::Error::other)?, to))
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
