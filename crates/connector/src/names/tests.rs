//! Name servers on loopback: one that answers packets, one that cuts them short, and one over TLS.

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::edge::discover;
use crate::tls::{self, Roots};

const NAME: &str = "dns.acme.test";
const SERVICE: &str = "_v2-origintunneld._tcp.argotunnel.com";

/// The answer to a question: two services for a service, and one address for a host.
fn answered(question: &[u8]) -> Vec<u8> {
    let kind = question[question.len() - 3];
    let mut message = question.to_vec();
    message[2..4].copy_from_slice(&[0x81, 0x80]);
    let mut put = |data: &[u8]| {
        message[7] += 1;
        message.extend([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 60, 0, u8::try_from(data.len()).unwrap()]);
        message.extend(data);
    };
    match kind {
        33 => {
            put(b"\x00\x02\x00\x01\x1e\xa4\x02r2\x04test\x00");
            put(b"\x00\x01\x00\x01\x1e\xa5\x02r1\x04test\x00");
        }
        1 => put(&[127, 0, 0, 9]),
        _ => {}
    }
    message
}

/// Answers packets; says only that it is cut short where it is to be asked by a stream.
async fn by_packets(socket: UdpSocket, cuts: bool) {
    let mut packet = [0; 512];
    while let Ok((length, from)) = socket.recv_from(&mut packet).await {
        let mut message = if cuts { packet[..length].to_vec() } else { answered(&packet[..length]) };
        message[2..4].copy_from_slice(&[if cuts { 0x83 } else { 0x81 }, 0x80]);
        // A guess of somebody else's comes first, and is no answer.
        let mut guess = message.clone();
        guess[0] ^= 0xff;
        let _ = socket.send_to(&guess, from).await;
        let _ = socket.send_to(&message, from).await;
    }
}

async fn by_streams(listener: TcpListener, acceptor: Option<TlsAcceptor>) {
    while let Ok((tcp, _)) = listener.accept().await {
        match &acceptor {
            Some(acceptor) => {
                if let Ok(tls) = acceptor.accept(tcp).await {
                    let _ = one(tls).await;
                }
            }
            None => drop(one(tcp).await),
        }
    }
}

async fn one(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let mut question = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut question).await?;
    let answer = answered(&question);
    stream.write_all(&u16::try_from(answer.len()).unwrap().to_be_bytes()).await?;
    stream.write_all(&answer).await?;
    stream.flush().await
}

/// What answers over TLS, and a name server of the system: silent, or as given.
async fn stage(tasks: &mut JoinSet<()>, cuts: Option<bool>) -> Names {
    let key = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new(vec![NAME.to_owned()]).unwrap().self_signed(&key).unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(own.pem().as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap(),
            )
            .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tasks.spawn(by_streams(listener, Some(TlsAcceptor::from(Arc::new(config)))));
    let roots = Roots { only: Some(own.pem()), ..Roots::default() };
    let over_tls = OverTls { at, name: NAME, tls: tls::client_config(&roots, false).unwrap() };
    let stream = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = stream.local_addr().unwrap();
    let packets = UdpSocket::bind(server).await.unwrap();
    match cuts {
        Some(cuts) => drop(tasks.spawn(by_packets(packets, cuts))),
        // Held, so that nobody says that nobody is there.
        None => drop(tasks.spawn(async move {
            std::future::pending::<()>().await;
            drop(packets)
        })),
    }
    tasks.spawn(by_streams(stream, None));
    Names { asks_system: false, servers: vec![server], over_tls }
}

#[tokio::test]
async fn services_come_by_packet_by_stream_or_over_tls() {
    for cuts in [Some(false), Some(true), None] {
        let mut tasks = JoinSet::new();
        let names = stage(&mut tasks, cuts).await;
        let found = names.services(SERVICE).await.unwrap();
        let expected = [("r1.test".to_owned(), 7845), ("r2.test".to_owned(), 7844)];
        assert_eq!(found, expected, "{cuts:?}");
    }
}

#[tokio::test]
async fn hosts_that_the_system_does_not_know_are_asked_for_over_tls() {
    let mut tasks = JoinSet::new();
    let names = stage(&mut tasks, Some(false)).await;
    assert_eq!(names.addresses("r1.test").await.unwrap(), [IpAddr::from([127, 0, 0, 9])]);
    let regions = discover(None, crate::Versions::Auto, &names).await.unwrap();
    let expected = [7845, 7844].map(|port| vec![SocketAddr::from(([127, 0, 0, 9], port))]);
    assert_eq!(regions, expected);
}

#[test]
fn servers_of_the_system_are_read() {
    let text = "# nameserver 9.9.9.9\nsearch acme.test\nnameserver 127.0.0.53\n nameserver fe80::1%eth0\nnameserver x\n";
    let expected: [SocketAddr; 2] =
        [([127, 0, 0, 53], 53).into(), ("fe80::1".parse::<IpAddr>().unwrap(), 53).into()];
    assert_eq!(servers(text), expected);
}
