//! How a stream of the edge begins, and what it becomes.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Method, Uri};
use quinn::{RecvStream, SendStream};
use wire::tunnel::{
    ConnectKind, ConnectRequest, HEADER_KEY, HOST_KEY, METHOD_KEY, Malformed, RPC_STREAM, StreamKind,
    preamble_length, stream_kind,
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

/// The same, as far as its first bytes tell; with how many they are.
enum Start {
    Request(usize, ConnectRequest),
    Calls(usize),
}

async fn begin(mut from: RecvStream) -> io::Result<Begun> {
    let mut input = BytesMut::new();
    loop {
        match start(&input).map_err(io::Error::other)? {
            Some(Start::Request(length, request)) => {
                let rest = input.split_off(length);
                return Ok(Begun::Request(request, QuicReader::new(from, rest)));
            }
            Some(Start::Calls(length)) => {
                let rest = input.split_off(length);
                return Ok(Begun::Calls(QuicReader::new(from, rest)));
            }
            None => {}
        }
        let chunk = from.read_chunk(usize::MAX, true).await?;
        input.extend_from_slice(&chunk.ok_or(io::ErrorKind::UnexpectedEof)?.bytes);
    }
}

/// What begins here, once enough of it is there.
fn start(input: &[u8]) -> Result<Option<Start>, Malformed> {
    match stream_kind(input)? {
        Some(StreamKind::Rpc) => Ok(Some(Start::Calls(RPC_STREAM.len()))),
        Some(StreamKind::Data) => {
            let Some(length) = preamble_length(input)? else { return Ok(None) };
            let Some(whole) = input.get(..length) else { return Ok(None) };
            Ok(Some(Start::Request(length, ConnectRequest::read(whole)?)))
        }
        None => Ok(None),
    }
}

fn kind(kind: ConnectKind) -> Kind {
    match kind {
        ConnectKind::Http => Kind::Http,
        ConnectKind::WebSocket => Kind::WebSocket,
        ConnectKind::Tcp => Kind::Tcp,
    }
}

/// The request as every transport has it (`tunnel.md` 4.3), but for its body.
#[derive(Debug)]
struct Head {
    kind: Kind,
    method: Method,
    authority: String,
    target: String,
    headers: HeaderMap,
}

fn asked(request: ConnectRequest, body: QuicReader) -> io::Result<Box<Asked>> {
    let Head { kind, method, authority, target, headers } = head(request)?;
    Ok(Box::new(Asked { kind, method, authority, target, headers, body: Reader::Quic(body) }))
}

fn head(request: ConnectRequest) -> io::Result<Head> {
    let kind = kind(request.kind);
    if kind == Kind::Tcp {
        let (method, headers, target) = (Method::CONNECT, HeaderMap::new(), String::new());
        return Ok(Head { kind, method, authority: request.dest, target, headers });
    }
    let (mut method, mut authority, mut headers) = (Method::GET, String::new(), HeaderMap::new());
    for (key, value) in request.metadata {
        if key == METHOD_KEY {
            method = value.parse().map_err(io::Error::other)?;
        } else if key == HOST_KEY {
            authority = value;
        } else if let Some(name) = key.strip_prefix(HEADER_KEY) {
            let name = HeaderName::try_from(name).map_err(io::Error::other)?;
            let value = HeaderValue::try_from(value).map_err(io::Error::other)?;
            headers.try_append(name, value).map_err(io::Error::other)?;
        }
    }
    let uri: Uri = request.dest.parse().map_err(io::Error::other)?;
    let target = uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    Ok(Head { kind, method, authority, target, headers })
}

/// The beginning of a stream is refused, not there yet, or a request of which every part can be passed on.
#[cfg(any(test, feature = "fuzz"))]
pub(crate) fn holds(bytes: &[u8]) -> bool {
    let Ok(Some(Start::Request(length, request))) = start(bytes) else { return true };
    let Ok(head) = head(request) else { return true };
    let is_path = head.kind == Kind::Tcp || head.target.starts_with(['/', '*']);
    length <= bytes.len() && is_path && head.headers.len() <= length
}

#[cfg(test)]
mod tests {
    use super::*;

    // Captured of a stock edge: `tunnel.md`, appendix A.
    const HTTP: &str = "0a36cd12a13e3031000000001700000000000000010002000000000000000000050000007a00000009\
        0000003700000068747470733a2f2f612e696f2f7800000c00000000000200150000005a000000190000002200000019000000\
        4a0000001d0000002a0000001d000000920000002500000022000000487474704d6574686f6400000000000047455400000000\
        0048747470486f73740000000000000000612e696f00000000487474704865616465723a416363657074000000000000002a2f\
        2a0000000000";

    fn bytes() -> Vec<u8> {
        let hex: Vec<u8> = HTTP.bytes().filter(u8::is_ascii_hexdigit).collect();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        hex.chunks(2).map(byte).collect()
    }

    #[test]
    fn a_request_of_a_stock_edge_is_understood_once_it_is_whole() {
        let whole = bytes();
        for length in 0..whole.len() {
            assert!(matches!(start(&whole[..length]), Ok(None)), "{length}");
        }
        let Ok(Some(Start::Request(length, request))) = start(&[&whole[..], b"body"].concat()) else {
            panic!("it is whole")
        };
        let head = head(request).unwrap();
        assert_eq!(length, whole.len());
        assert_eq!((head.kind, &head.method, head.authority.as_str()), (Kind::Http, &Method::GET, "a.io"));
        assert!(head.target == "/x" && head.headers["accept"] == "*/*", "{head:?}");
    }

    #[test]
    fn what_is_neither_a_request_nor_calls_is_refused() {
        assert!(matches!(start(b"GET / HTTP/1.1"), Err(Malformed::Kind)));
        assert!(matches!(start(&[&RPC_STREAM[..], b"x"].concat()), Ok(Some(Start::Calls(6)))));
    }

    #[test]
    fn a_header_that_is_none_is_refused() {
        for key in ["HttpHeader:a b", "HttpHeader:", "HttpHeader:A:B"] {
            let metadata = vec![(key.to_owned(), "x".to_owned())];
            let dest = "https://a.io/".to_owned();
            assert!(head(ConnectRequest { dest, kind: ConnectKind::Http, metadata }).is_err(), "{key}");
        }
    }
}
