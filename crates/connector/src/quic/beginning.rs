//! How a stream of the edge begins, and what it becomes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Method, Uri};
use quinn::{RecvStream, SendStream};
use wire::tunnel::{
    ConnectKind, ConnectRequest, HEADER_KEY, HOST_KEY, METHOD_KEY, RPC_STREAM, StreamKind, preamble_length,
    stream_kind,
};

use super::calls;
use crate::connector::Shared;
use crate::exchange::{Answerer, Asked, Kind, QuicAnswerer, QuicReader, QuicSender, Reader, Sender};
use crate::rpc_stream::RpcStream;
use crate::serve;

/// How long the beginning of a stream may take to arrive.
const PATIENCE: Duration = Duration::from_secs(15);

/// Serves one stream to its end. One that does not begin as it should is taken back.
pub(super) async fn serve(shared: Arc<Shared>, to: SendStream, from: RecvStream) {
    let begun = tokio::time::timeout(PATIENCE, begin(from)).await;
    match begun.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
        Ok(Begun::Request(request, body)) => {
            let answerer = Answerer::Quic(QuicAnswerer::new(to, kind(request.kind)));
            match asked(request, body) {
                Ok(asked) => serve::answer(shared, asked, answerer).await,
                Err(error) => {
                    tracing::debug!(%error, "a request of the edge cannot be understood");
                    // Nobody hears it where the connection is gone.
                    let _ = answerer.failed().await;
                }
            }
        }
        Ok(Begun::Calls(from)) => {
            let stream = RpcStream::new(Reader::Quic(from), Sender::Quic(QuicSender::new(to)));
            calls::answer(&shared, stream).await;
        }
        Err(error) => {
            drop(QuicSender::new(to));
            tracing::debug!(%error, "a stream of the edge does not begin as it should");
        }
    }
}

/// What a stream is for.
enum Begun {
    Request(ConnectRequest, QuicReader),
    Calls(QuicReader),
}

async fn begin(mut from: RecvStream) -> io::Result<Begun> {
    let mut start = BytesMut::new();
    loop {
        match stream_kind(&start).map_err(io::Error::other)? {
            Some(StreamKind::Rpc) => {
                let rest = start.split_off(RPC_STREAM.len());
                return Ok(Begun::Calls(QuicReader::new(from, rest)));
            }
            Some(StreamKind::Data) => {
                if let Some(length) = preamble_length(&start).map_err(io::Error::other)?
                    && length <= start.len()
                {
                    let rest = start.split_off(length);
                    let request = ConnectRequest::read(&start).map_err(io::Error::other)?;
                    return Ok(Begun::Request(request, QuicReader::new(from, rest)));
                }
            }
            None => {}
        }
        let chunk = from.read_chunk(usize::MAX, true).await?;
        start.extend_from_slice(&chunk.ok_or(io::ErrorKind::UnexpectedEof)?.bytes);
    }
}

fn kind(kind: ConnectKind) -> Kind {
    match kind {
        ConnectKind::Http => Kind::Http,
        ConnectKind::WebSocket => Kind::WebSocket,
        ConnectKind::Tcp => Kind::Tcp,
    }
}

/// The request as every transport has it (`tunnel.md` 4.3).
fn asked(request: ConnectRequest, body: QuicReader) -> io::Result<Asked> {
    let kind = kind(request.kind);
    let body = Reader::Quic(body);
    if kind == Kind::Tcp {
        let (method, headers, target) = (Method::CONNECT, HeaderMap::new(), String::new());
        return Ok(Asked { kind, method, authority: request.dest, target, headers, body });
    }
    let (mut method, mut authority, mut headers) = (Method::GET, String::new(), HeaderMap::new());
    for (key, value) in request.metadata {
        if key == METHOD_KEY {
            method = value.parse().map_err(io::Error::other)?;
        } else if key == HOST_KEY {
            authority = value;
        } else if let Some(name) = key.strip_prefix(HEADER_KEY) {
            let name = HeaderName::try_from(name).map_err(io::Error::other)?;
            headers.append(name, HeaderValue::try_from(value).map_err(io::Error::other)?);
        }
    }
    let uri: Uri = request.dest.parse().map_err(io::Error::other)?;
    let target = uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    Ok(Asked { kind, method, authority, target, headers, body })
}
