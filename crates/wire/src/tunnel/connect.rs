//! How a stream over QUIC begins: a signature, a version, and one message each way; then the stream's own bytes.

use super::words::{Malformed, Message, Struct, Writer, framed_length};

/// What a data stream begins with.
pub const DATA_STREAM: [u8; 6] = [0x0a, 0x36, 0xcd, 0x12, 0xa1, 0x3e];
/// What a stream of calls begins with, and all that comes before its messages (`tunnel.md` 4.2).
pub const RPC_STREAM: [u8; 6] = [0x52, 0xbb, 0x82, 0x5c, 0xdb, 0x65];
/// Key of the metadata that holds a request's method.
pub const METHOD_KEY: &str = "HttpMethod";
/// Key of the metadata that holds the host that a client asked for.
pub const HOST_KEY: &str = "HttpHost";
/// Key of the metadata that holds an answer's status, in decimal.
pub const STATUS_KEY: &str = "HttpStatus";
/// What the key of a header begins with; its name follows, one pair for each of its values.
pub const HEADER_KEY: &str = "HttpHeader:";
/// Sent, and not interpreted by either side.
const VERSION: &[u8; 2] = b"01";
const HEAD: usize = DATA_STREAM.len() + VERSION.len();
/// Longest message that begins a stream; headers that an edge lets through are far below it.
const LIMIT: usize = 1 << 20;

/// A name and its value; names may repeat.
pub type Pair = (String, String);

/// What the edge has opened a stream for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamKind {
    /// One request and its answer; a [`ConnectRequest`] begins it.
    Data,
    /// Calls; they follow [`RPC_STREAM`] at once.
    Rpc,
}

/// What the edge asks a stream to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectKind {
    /// One request and its answer.
    Http,
    /// A WebSocket, ended by the connector for services that are streams.
    WebSocket,
    /// Bytes both ways.
    Tcp,
}

/// The edge's message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectRequest {
    /// A URL, or address and port for TCP.
    pub dest: String,
    /// What the stream is.
    pub kind: ConnectKind,
    /// Method, host, headers, or the flow's id.
    pub metadata: Vec<Pair>,
}

/// The connector's message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectResponse {
    /// Why there is no answer; empty when there is.
    pub error: String,
    /// Status and headers.
    pub metadata: Vec<Pair>,
}

/// What a stream is that begins like this, or `None` while that cannot be told yet.
pub fn stream_kind(start: &[u8]) -> Result<Option<StreamKind>, Malformed> {
    for (signature, kind) in [(DATA_STREAM, StreamKind::Data), (RPC_STREAM, StreamKind::Rpc)] {
        if start.starts_with(&signature) {
            return Ok(Some(kind));
        }
        if signature.starts_with(start) {
            return Ok(None);
        }
    }
    Err(Malformed::Kind)
}

/// How many bytes the beginning of a data stream has, or `None` while that cannot be told yet.
pub fn preamble_length(start: &[u8]) -> Result<Option<usize>, Malformed> {
    if start.iter().zip(&DATA_STREAM).any(|(is, should)| is != should) {
        return Err(Malformed::Kind);
    }
    let Some(message) = start.get(HEAD..) else { return Ok(None) };
    Ok(framed_length(message, LIMIT)?.map(|length| HEAD + length))
}

fn message(preamble: &[u8]) -> Result<Message<'_>, Malformed> {
    let length = preamble_length(preamble)?.ok_or(Malformed::Short)?;
    Message::new(preamble.get(HEAD..length).ok_or(Malformed::Short)?)
}

fn preamble(writer: Writer) -> Result<Vec<u8>, Malformed> {
    let framed = writer.finish()?;
    if framed.len() > LIMIT {
        return Err(Malformed::TooLarge);
    }
    Ok([&DATA_STREAM[..], VERSION, &framed].concat())
}

fn read_pairs(root: Struct<'_, '_>) -> Result<Vec<Pair>, Malformed> {
    let pairs = root.structs(1)?.into_iter();
    pairs.map(|pair| Ok((pair.text(0)?.to_owned(), pair.foreign_text(1)?))).collect()
}

fn write_pairs(writer: &mut Writer, at: usize, pairs: &[Pair]) -> Result<(), Malformed> {
    if pairs.is_empty() {
        return Ok(());
    }
    let first = writer.pairs(at, pairs.len())?;
    for (index, (key, value)) in pairs.iter().enumerate() {
        writer.text(first + 2 * index, key)?;
        writer.text(first + 2 * index + 1, value)?;
    }
    Ok(())
}

impl ConnectRequest {
    /// Reads the whole beginning of a stream from the edge.
    pub fn read(start: &[u8]) -> Result<Self, Malformed> {
        let message = message(start)?;
        let root = message.root()?;
        let kind = match root.u16(0) {
            0 => ConnectKind::Http,
            1 => ConnectKind::WebSocket,
            2 => ConnectKind::Tcp,
            3.. => return Err(Malformed::Kind),
        };
        Ok(Self { dest: root.text(0)?.to_owned(), kind, metadata: read_pairs(root)? })
    }

    /// The beginning of a stream to a connector.
    pub fn write(&self) -> Result<Vec<u8>, Malformed> {
        let mut writer = Writer::new(1, 2);
        let kind = match self.kind {
            ConnectKind::Http => 0,
            ConnectKind::WebSocket => 1,
            ConnectKind::Tcp => 2,
        };
        writer.put(1, kind, 0);
        writer.text(2, &self.dest)?;
        write_pairs(&mut writer, 3, &self.metadata)?;
        preamble(writer)
    }
}

impl ConnectResponse {
    /// Reads the whole beginning of a connector's answer.
    pub fn read(start: &[u8]) -> Result<Self, Malformed> {
        let message = message(start)?;
        let root = message.root()?;
        Ok(Self { error: root.text(0)?.to_owned(), metadata: read_pairs(root)? })
    }

    /// The beginning of an answer to the edge.
    pub fn write(&self) -> Result<Vec<u8>, Malformed> {
        let mut writer = Writer::new(0, 2);
        writer.text(1, &self.error)?;
        write_pairs(&mut writer, 2, &self.metadata)?;
        preamble(writer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TCP: &str = "0a36cd12a13e3031000000000b0000000000000001000200020000000000000005000000\
        6a00000009000000170000003132372e302e302e313a3232000000000400000000000200050000003a000000050000001a0000\
        00466c6f77494400006631000000000000";
    const HTTP: &str = "0a36cd12a13e3031000000001700000000000000010002000000000000000000050000007a00000009\
        0000003700000068747470733a2f2f612e696f2f7800000c00000000000200150000005a000000190000002200000019000000\
        4a0000001d0000002a0000001d000000920000002500000022000000487474704d6574686f6400000000000047455400000000\
        0048747470486f73740000000000000000612e696f00000000487474704865616465723a416363657074000000000000002a2f\
        2a0000000000";
    const EMPTY: &str = "0a36cd12a13e30310000000003000000000000000000020000000000000000000000000000000000";
    const OK: &str = "0a36cd12a13e30310000000009000000000000000000020000000000000000000100000017000000\
        0400000000000200050000005a00000009000000220000004874747053746174757300000000000032303000000000\
        00";
    const REFUSED: &str = "0a36cd12a13e303100000000040000000000000000000200050000004200000000000000000000007265\
        667573656400";

    fn bytes(hex: &str) -> Vec<u8> {
        let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal");
        (0..hex.len()).step_by(2).map(byte).collect()
    }

    fn pairs(of: &[(&str, &str)]) -> Vec<Pair> {
        of.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn requests_are_the_bytes_of_a_stock_edge() {
        let metadata = pairs(&[("FlowID", "f1")]);
        let tcp = ConnectRequest { dest: "127.0.0.1:22".to_owned(), kind: ConnectKind::Tcp, metadata };
        let metadata = pairs(&[("HttpMethod", "GET"), ("HttpHost", "a.io"), ("HttpHeader:Accept", "*/*")]);
        let http = ConnectRequest { dest: "https://a.io/x".to_owned(), kind: ConnectKind::Http, metadata };
        for (request, golden) in [(tcp, bytes(TCP)), (http, bytes(HTTP))] {
            assert_eq!(request.write().as_ref(), Ok(&golden));
            assert_eq!(ConnectRequest::read(&golden), Ok(request));
        }
    }

    #[test]
    fn a_value_that_is_no_text_does_not_end_the_request() {
        let mut damaged = bytes(HTTP);
        let at = damaged.windows(3).position(|bytes| bytes == b"*/*").expect("a value");
        damaged[at] = 0xe9;
        let read = ConnectRequest::read(&damaged).expect("a request");
        assert_eq!(read.metadata[2], ("HttpHeader:Accept".to_owned(), "é/*".to_owned()));
    }

    #[test]
    fn responses_are_the_bytes_of_a_stock_connector() {
        let ok = ConnectResponse { error: String::new(), metadata: pairs(&[("HttpStatus", "200")]) };
        let refused = ConnectResponse { error: "refused".to_owned(), metadata: Vec::new() };
        for (response, golden) in [(ConnectResponse::default(), EMPTY), (ok, OK), (refused, REFUSED)] {
            assert_eq!(response.write(), Ok(bytes(golden)));
            assert_eq!(ConnectResponse::read(&bytes(golden)), Ok(response));
        }
    }

    #[test]
    fn a_beginning_tells_its_length_once_its_head_is_there() {
        let golden = bytes(TCP);
        assert_eq!(preamble_length(&golden[..15]), Ok(None));
        assert_eq!(preamble_length(&golden[..16]), Ok(Some(golden.len())));
        assert_eq!(preamble_length(&[0x52]), Err(Malformed::Kind));
        assert_eq!(ConnectRequest::read(&golden[..golden.len() - 1]), Err(Malformed::Short));
    }

    #[test]
    fn a_stream_is_known_by_its_first_bytes() {
        assert_eq!(stream_kind(&bytes(TCP)), Ok(Some(StreamKind::Data)));
        assert_eq!(stream_kind(&bytes("52bb825cdb6500")), Ok(Some(StreamKind::Rpc)));
        for start in [&b""[..], &[0x0a, 0x36], &RPC_STREAM[..5]] {
            assert_eq!(stream_kind(start), Ok(None));
        }
        assert_eq!(stream_kind(&[0x52, 0x36]), Err(Malformed::Kind));
    }

    #[test]
    fn a_message_beyond_the_limit_is_refused_before_it_is_read() {
        let head = [&DATA_STREAM[..], VERSION, &[0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f]].concat();
        assert_eq!(preamble_length(&head), Err(Malformed::TooLarge));
        let long = ConnectResponse { error: "x".repeat(LIMIT), metadata: Vec::new() };
        assert_eq!(long.write(), Err(Malformed::TooLarge));
    }

    proptest! {
        #[test]
        fn requests_survive_the_wire(dest: String, metadata in prop::collection::vec((any::<String>(), any::<String>()), 0..6)) {
            let request = ConnectRequest { dest, kind: ConnectKind::WebSocket, metadata };
            prop_assert_eq!(ConnectRequest::read(&request.write().expect("small")), Ok(request));
        }

        #[test]
        fn damage_is_read_within_bounds_or_refused(at in 8_usize..200, with: u8, second in 8_usize..200, other: u8) {
            let mut damaged = bytes(HTTP);
            damaged[at] = with;
            damaged[second] = other;
            if let Ok(read) = ConnectRequest::read(&damaged) {
                let text: usize = read.metadata.iter().map(|(key, value)| key.len() + value.len()).sum();
                prop_assert!(text + read.dest.len() <= 6 * damaged.len());
            }
        }
    }
}
