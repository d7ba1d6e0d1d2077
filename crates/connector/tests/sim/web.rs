//! A web server that tells what it heard: the body of its answer is the head of the request, and whatever body came with it.

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// The answer to the key in the example of RFC 6455 1.3.
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Whom a web server over TLS shows itself as.
pub(crate) struct Identity {
    pub(crate) pem: String,
    key: String,
}

impl Identity {
    /// A certificate of its own for this name.
    pub(crate) fn of(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
        Self { pem: certificate.pem(), key: key.serialize_pem() }
    }

    pub(crate) fn acceptor(&self, alpn: &[&[u8]]) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let certificate = CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap();
        let mut config =
            config.unwrap().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Answers on plain connections.
pub(crate) async fn plainly(listener: TcpListener) {
    let mut streams = JoinSet::new();
    while let Ok((tcp, _)) = listener.accept().await {
        streams.spawn(answer(tcp, String::new()));
    }
}

/// Answers over TLS, and tells which name the client asked for as well.
pub(crate) async fn over_tls(listener: TcpListener, acceptor: TlsAcceptor) {
    let mut streams = JoinSet::new();
    while let Ok((tcp, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        streams.spawn(async move {
            let Ok(tls) = acceptor.accept(tcp).await else { return };
            let agreed = tls.get_ref().1;
            let alpn = String::from_utf8_lossy(agreed.alpn_protocol().unwrap_or_default()).into_owned();
            let name = agreed.server_name().unwrap_or_default().to_owned();
            if alpn == "h2" {
                return by_http2(tls, &name).await;
            }
            answer(tls, format!("tls-name: {name}\r\n")).await;
        });
    }
}

/// Answers every request of a connection; an upgrade makes an echo of messages of it.
pub(crate) async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, mut also: String) {
    for number in 1.. {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(byte) = stream.read_u8().await else { return };
            head.push(byte);
        }
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        if head.contains("\r\nupgrade: websocket\r\n") {
            let granted = format!(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Accept: {ACCEPT}\r\nX-Heard: {}\r\n\r\n",
                also.trim_end()
            );
            stream.write_all(granted.as_bytes()).await.unwrap();
            return frames(stream).await;
        }
        let mut body = Vec::new();
        if let Some((_, length)) = head.split_once("\r\ncontent-length: ") {
            body = vec![0; length.lines().next().unwrap().parse().unwrap()];
            stream.read_exact(&mut body).await.unwrap();
        }
        also.push_str(&format!("request-of-connection: {number}\r\n"));
        let said = format!("{head}{also}body: {}\r\n", String::from_utf8_lossy(&body));
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{said}", said.len());
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Sends back the short frames of a client, unmasked.
async fn frames(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mut head = [0; 6];
    while stream.read_exact(&mut head).await.is_ok() {
        let [first, length, mask @ ..] = head;
        let mut payload = vec![0; usize::from(length & 0x7f)];
        stream.read_exact(&mut payload).await.unwrap();
        payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
        let frame = [&[first, length & 0x7f][..], &payload].concat();
        stream.write_all(&frame).await.unwrap();
    }
}

/// The same by HTTP/2.
async fn by_http2(stream: impl AsyncRead + AsyncWrite + Unpin, name: &str) {
    let mut connection = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((request, mut answer))) = connection.accept().await {
        let said = format!(
            "by http2\r\nuri: {}\r\ntls-name: {name}\r\nheaders: {:?}\r\n",
            request.uri(),
            request.headers()
        );
        let mut body = answer.send_response(http::Response::new(()), false).unwrap();
        body.send_data(said.into(), true).unwrap();
    }
}
