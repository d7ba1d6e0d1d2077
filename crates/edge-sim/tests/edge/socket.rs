//! A WebSocket client over TLS, small and strict, written from RFC 6455.

use std::sync::Arc;

use edge_sim::EdgeSim;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::common::HOST;

/// The key and its answer in the example of RFC 6455 1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// An upgraded connection.
pub(crate) struct Socket {
    tls: TlsStream<TcpStream>,
}

/// What a server may send.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    Binary(Vec<u8>),
    Close(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Other(u8),
}

/// The head of an answer that is not an upgrade.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) head: String,
}

impl Socket {
    pub(crate) async fn open(sim: &EdgeSim, headers: &[(&str, &str)]) -> Result<Self, Refusal> {
        let tls = connect(sim).await;
        Self::upgrade(tls, headers).await
    }

    async fn upgrade(mut tls: TlsStream<TcpStream>, headers: &[(&str, &str)]) -> Result<Self, Refusal> {
        let mut request = format!(
            "GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n"
        );
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        tls.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(tls.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        if status != 101 {
            return Err(Refusal { status, head });
        }
        let lower = head.to_ascii_lowercase();
        assert!(lower.contains("\r\nupgrade: websocket\r\n"), "{head}");
        assert!(lower.contains("\r\nconnection: upgrade\r\n"), "{head}");
        assert!(lower.contains("\r\ncf-ray: "), "{head}");
        assert!(head.contains(&format!(": {ACCEPT}\r\n")), "{head}");
        Ok(Self { tls })
    }

    pub(crate) async fn send(&mut self, code: u8, payload: &[u8]) {
        self.fragment(0x80 | code, payload).await;
    }

    /// One frame with this first byte, masked.
    pub(crate) async fn fragment(&mut self, first: u8, payload: &[u8]) {
        let mut frame = vec![first];
        match payload.len() {
            length @ 0..126 => frame.push(0x80 | u8::try_from(length).unwrap()),
            length @ 126..65_536 => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            length => {
                frame.push(0x80 | 127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        let mask = [0x37, 0xfa, 0x21, 0x3d];
        frame.extend(mask);
        frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        self.tls.write_all(&frame).await.unwrap();
        self.tls.flush().await.unwrap();
    }

    /// The next frame; an error tells how the connection ended.
    pub(crate) async fn next(&mut self) -> std::io::Result<Frame> {
        let first = self.tls.read_u8().await?;
        let second = self.tls.read_u8().await?;
        assert_eq!(second & 0x80, 0, "servers do not mask");
        let length = match second {
            126 => u64::from(self.tls.read_u16().await?),
            127 => self.tls.read_u64().await?,
            short => u64::from(short),
        };
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.tls.read_exact(&mut payload).await?;
        assert_eq!(first & 0xf0, 0x80, "every message is one frame");
        Ok(match first & 0x0f {
            2 => Frame::Binary(payload),
            8 => Frame::Close(payload),
            9 => Frame::Ping(payload),
            10 => Frame::Pong(payload),
            other => Frame::Other(other),
        })
    }

    /// Reads binary frames until `length` bytes are there.
    pub(crate) async fn read(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while bytes.len() < length {
            let frame = self.next().await.unwrap();
            let Frame::Binary(more) = frame else { panic!("{frame:?}") };
            bytes.extend(more);
        }
        assert_eq!(bytes.len(), length);
        bytes
    }

    /// TLS and TCP end without a word of the WebSocket.
    pub(crate) async fn hang_up(mut self) {
        self.tls.shutdown().await.unwrap();
    }
}

/// A connection to the edge, which TLS takes for [`HOST`].
pub(crate) async fn connect(sim: &EdgeSim) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(sim.ca_pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let tcp = TcpStream::connect(sim.addr()).await.unwrap();
    tcp.set_nodelay(true).unwrap();
    let name = ServerName::try_from(HOST).unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap()
}
