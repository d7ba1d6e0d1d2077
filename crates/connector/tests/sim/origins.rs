//! Every kind of service, and every key that says how a web server is asked.

use std::net::SocketAddr;
use std::time::Duration;

use connector::Protocol;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::common::HOST;
use crate::socket::{Frame, Socket};
use crate::stage::{BINARY, BOTH, SOON, Stage, echo, exchange, listen};
use crate::web::{self, Identity};

/// A name that only the certificates of the tests are for.
const NAME: &str = "origin.acme.test";

/// A connector with one rule; the edge sends it, so that it is the form of the edge that is read.
async fn served(by: Protocol, service: &str, settings: Value) -> Stage {
    let stage = Stage::serving_by_one(by, "http_status:404").await;
    let config = json!({"ingress": [{"service": service, "originRequest": settings}]});
    let told = stage.sim.push_configuration(&json!({"version": 1, "config": config}).to_string()).await;
    assert_eq!(told.unwrap(), json!({"lastAppliedVersion": 1, "err": null}), "{service}");
    stage
}

async fn get(stage: &Stage) -> String {
    let request = format!("GET /a?b HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n");
    exchange(&stage.sim, &request).await.to_ascii_lowercase()
}

#[track_caller]
fn has(answer: &str, lines: &[&str]) {
    assert!(answer.starts_with("http/1.1 200 "), "{answer}");
    for line in lines {
        assert!(answer.contains(&format!("\r\n{line}\r\n")), "{line} is not in: {answer}");
    }
}

async fn echoes(stage: &Stage, headers: &[(&str, &str)], service: &str) {
    let mut socket = Socket::open(&stage.sim, headers).await.unwrap();
    socket.send(BINARY, b"there and back").await;
    assert_eq!(socket.read(14).await, b"there and back", "{service}");
}

#[tokio::test]
async fn streams_of_every_scheme_reach_their_service() {
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(echo(listener));
        for scheme in ["ssh", "tcp", "rdp", "smb", "vnc"] {
            let service = format!("{scheme}://{address}");
            echoes(&served(by, &service, json!({})).await, &[], &service).await;
        }
        for (service, settings) in [("bastion", json!({})), ("tcp://unused:1", json!({"bastionMode": true}))]
        {
            let stage = served(by, service, settings).await;
            for named in [address.to_string(), format!("ssh://{address}/x")] {
                echoes(&stage, &[("Cf-Access-Jump-Destination", &named)], service).await;
            }
            assert_eq!(Socket::open(&stage.sim, &[]).await.err().unwrap().status, 502, "nowhere is named");
        }
        let stage = served(by, &format!("tcp://{address}"), json!({"proxyType": "socks"})).await;
        let mut socket = Socket::open(&stage.sim, &[]).await.unwrap();
        // Wherever the client wants to go, it gets to the service.
        for (said, heard) in [(&[5, 1, 0][..], 2), (&[5, 1, 0, 1, 203, 0, 113, 7, 0, 22], 10)] {
            socket.send(BINARY, said).await;
            let heard = socket.read(heard).await;
            assert_eq!(heard[..2], [5, 0]);
        }
        socket.send(BINARY, b"by SOCKS").await;
        assert_eq!(socket.read(8).await, b"by SOCKS");
    }
}

#[tokio::test]
async fn web_servers_of_every_scheme_are_asked() {
    for by in BOTH {
        let mut tasks = JoinSet::new();
        let (plain, at) = listen().await;
        tasks.spawn(web::plainly(plain));
        let (secure, secure_at) = listen().await;
        tasks.spawn(web::over_tls(secure, Identity::of(NAME).acceptor(&[])));
        let unchecked = json!({"noTLSVerify": true});
        for (service, settings) in [
            (format!("http://{at}"), json!({})),
            (format!("ws://{at}"), json!({})),
            (format!("https://{secure_at}"), unchecked.clone()),
            (format!("wss://{secure_at}"), unchecked),
        ] {
            let stage = served(by, &service, settings).await;
            has(&get(&stage).await, &[&format!("host: {HOST}")]);
            // The server ends the WebSocket itself.
            echoes(&stage, &[], &service).await;
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn web_servers_on_sockets_of_the_machine_are_asked() {
    let folder = tempfile::tempdir().unwrap();
    let mut tasks = JoinSet::new();
    let [plain, secure] = ["plain", "secure"].map(|name| folder.path().join(name));
    let listeners = [&plain, &secure].map(|path| tokio::net::UnixListener::bind(path).unwrap());
    let [plain_listener, secure_listener] = listeners;
    tasks.spawn(async move {
        while let Ok((stream, _)) = plain_listener.accept().await {
            web::answer(stream, String::new()).await;
        }
    });
    let acceptor = Identity::of("localhost").acceptor(&[]);
    tasks.spawn(async move {
        while let Ok((stream, _)) = secure_listener.accept().await {
            let Ok(tls) = acceptor.accept(stream).await else { continue };
            web::answer(tls, "over: tls\r\n".to_owned()).await;
        }
    });
    for by in BOTH {
        let stage = served(by, &format!("unix:{}", plain.display()), json!({})).await;
        has(&get(&stage).await, &[&format!("host: {HOST}")]);
        let service = format!("unix+tls:{}", secure.display());
        let stage = served(by, &service, json!({"noTLSVerify": true})).await;
        has(&get(&stage).await, &[&format!("host: {HOST}"), "over: tls"]);
    }
}

/// A web server over TLS, and its certificate in a file.
async fn secure(tasks: &mut JoinSet<()>, alpn: &[&[u8]]) -> (SocketAddr, tempfile::NamedTempFile) {
    let identity = Identity::of(NAME);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file.as_file(), identity.pem.as_bytes()).unwrap();
    let (listener, at) = listen().await;
    tasks.spawn(web::over_tls(listener, identity.acceptor(alpn)));
    (at, file)
}

#[tokio::test]
async fn a_certificate_is_believed_as_the_rule_says() {
    let mut tasks = JoinSet::new();
    let (at, file) = secure(&mut tasks, &[]).await;
    let (service, pool) = (format!("https://{at}"), file.path());
    let named = json!({"caPool": pool, "originServerName": NAME});
    for by in BOTH {
        has(&get(&served(by, &service, named.clone()).await).await, &[&format!("tls-name: {NAME}")]);
        for not in [
            json!({}),
            json!({"originServerName": NAME}),
            json!({"caPool": pool}),
            json!({"caPool": pool, "originServerName": "other.acme.test"}),
            json!({"caPool": pool, "matchSNItoHost": true}),
        ] {
            let answer = get(&served(by, &service, not.clone()).await).await;
            assert!(answer.starts_with("http/1.1 502 "), "{not}: {answer}");
        }
        let by_host = json!({"caPool": pool, "matchSNItoHost": true, "httpHostHeader": NAME});
        let answer = get(&served(by, &service, by_host).await).await;
        has(&answer, &[&format!("tls-name: {NAME}"), &format!("host: {NAME}")]);
    }
}

#[tokio::test]
async fn the_host_that_a_server_hears_may_be_another() {
    let (listener, address) = listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(web::plainly(listener));
    for by in BOTH {
        let stage = served(by, &format!("http://{address}"), json!({"httpHostHeader": "inner.test"})).await;
        has(&get(&stage).await, &["host: inner.test", &format!("x-forwarded-host: {HOST}")]);
    }
}

#[tokio::test]
async fn a_server_that_wants_lengths_gets_them() {
    let (listener, address) = listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(web::plainly(listener));
    for by in BOTH {
        let settings = json!({"disableChunkedEncoding": true});
        let stage = served(by, &format!("http://{address}"), settings).await;
        let post = |head: &str, body: &str| {
            format!("POST / HTTP/1.1\r\nHost: {HOST}\r\n{head}\r\nConnection: close\r\n\r\n{body}")
        };
        for request in [
            post("Transfer-Encoding: chunked", "4\r\nthe \r\n3\r\nend\r\n0\r\n\r\n"),
            post("Content-Length: 7", "the end"),
        ] {
            let answer = exchange(&stage.sim, &request).await.to_ascii_lowercase();
            has(&answer, &["content-length: 7", "body: the end"]);
            assert!(!answer.contains("chunked"), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_server_may_be_asked_by_http2_and_is_not_unless_it_is_said() {
    let mut tasks = JoinSet::new();
    let (at, file) = secure(&mut tasks, &[b"h2", b"http/1.1"]).await;
    let (other, other_file) = secure(&mut tasks, &[]).await;
    for by in BOTH {
        let settings = |http2: bool, pool: &tempfile::NamedTempFile| json!({"http2Origin": http2, "caPool": pool.path(), "originServerName": NAME});
        let stage = served(by, &format!("https://{at}"), settings(true, &file)).await;
        let answer = get(&stage).await;
        assert!(answer.contains("by http2\r\n"), "{answer}");
        has(&answer, &[&format!("uri: https://{HOST}/a?b"), &format!("tls-name: {NAME}")]);
        // HTTP/2 has no upgrades, and so they go by HTTP/1.1.
        echoes(&stage, &[], "http2Origin").await;
        let usual = get(&served(by, &format!("https://{at}"), settings(false, &file)).await).await;
        assert!(!usual.contains("by http2"), "{usual}");
        let old = get(&served(by, &format!("https://{other}"), settings(true, &other_file)).await).await;
        has(&old, &[&format!("host: {HOST}")]);
    }
}

#[tokio::test]
async fn connections_are_kept_for_the_next_request_and_not_for_ever() {
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let (tcp, _) = listener.accept().await.unwrap();
            // Returns once the other side has closed it.
            web::answer(tcp, String::new()).await;
        });
        let stage = served(by, &format!("http://{address}"), json!({"keepAliveTimeout": 2})).await;
        has(&get(&stage).await, &["request-of-connection: 1"]);
        has(&get(&stage).await, &["request-of-connection: 2"]);
        let closed = tokio::time::timeout(SOON, tasks.join_next()).await;
        assert!(closed.is_ok(), "{by}: it is closed when nobody has used it for long");
    }
}

#[tokio::test]
async fn a_service_that_takes_too_long_is_given_up() {
    let (listener, address) = listen().await;
    let mut tasks = JoinSet::new();
    // Takes connections, and never says a word.
    tasks.spawn(async move {
        let mut taken = Vec::new();
        while let Ok(one) = listener.accept().await {
            taken.push(one);
        }
    });
    for by in BOTH {
        let stage = served(by, &format!("https://{address}"), json!({"tlsTimeout": 1})).await;
        let answer = tokio::time::timeout(SOON, get(&stage)).await.unwrap();
        assert!(answer.starts_with("http/1.1 502 "), "{by}: {answer}");
    }
}

/// Without the rule it would be half a minute, and for the system two.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_service_that_does_not_answer_is_given_up_when_the_rule_says() {
    let limit = Duration::from_secs(2);
    for by in BOTH {
        let (hole, _held) = crate::setbacks::black_hole().await;
        for service in [format!("http://{hole}"), format!("https://{hole}"), format!("tcp://{hole}")] {
            let stage = served(by, &service, json!({"connectTimeout": limit.as_secs()})).await;
            let since = std::time::Instant::now();
            let status = match service.starts_with("tcp") {
                true => {
                    tokio::time::timeout(SOON, Socket::open(&stage.sim, &[]))
                        .await
                        .unwrap()
                        .err()
                        .unwrap()
                        .status
                }
                false => tokio::time::timeout(SOON, get(&stage)).await.unwrap()[9..12].parse().unwrap(),
            };
            assert_eq!(status, 502, "{by}: {service}");
            assert!(since.elapsed() >= limit, "{by}: {service}: {:?}", since.elapsed());
        }
    }
}

/// How long from now this machine asks a service whether it is still there, on a connection that stands; nothing where it
/// never does. The system's own list says so (`proc_pid_net(5)`, `tr` and `tm->when`).
#[cfg(target_os = "linux")]
fn asks_within(service: SocketAddr) -> Option<Duration> {
    const KEEP_ALIVE: &str = "02";
    let std::net::IpAddr::V4(ip) = service.ip() else { panic!("{service}") };
    let wanted = format!("{:08X}:{:04X}", u32::from_le_bytes(ip.octets()), service.port());
    let list = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let fields = list.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut timers = fields.filter(|fields| fields[2] == wanted).map(|fields| fields[5].to_owned());
    let timer = timers.next().unwrap();
    let (kind, ticks) = timer.split_once(':').unwrap();
    // A hundred of them are a second, whatever the system's own clock does.
    let time = Duration::from_millis(10 * u64::from_str_radix(ticks, 16).unwrap());
    (kind == KEEP_ALIVE).then_some(time)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_service_is_asked_whether_it_is_there_as_often_as_the_rule_says() {
    let (usual, often) = (Duration::from_secs(30), Duration::from_secs(9));
    for by in BOTH {
        for (settings, least, most) in [
            (json!({}), often, usual),
            (json!({"tcpKeepAlive": often.as_secs()}), Duration::ZERO, often),
            (json!({"tcpKeepAlive": 0}), Duration::MAX, Duration::MAX),
        ] {
            let (listener, address) = listen().await;
            let mut tasks = JoinSet::new();
            tasks.spawn(echo(listener));
            let stage = served(by, &format!("tcp://{address}"), settings.clone()).await;
            let _open = Socket::open(&stage.sim, &[]).await.unwrap();
            let within = asks_within(address).unwrap_or(Duration::MAX);
            assert!((least..=most).contains(&within), "{by}: {settings}: {within:?}");
        }
    }
}

/// A service that resets its connection has not said all: whoever hears only the end must not take it for a whole.
#[tokio::test]
async fn a_service_that_resets_its_connection_is_no_proper_end() {
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let (mut tcp, _) = listener.accept().await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut tcp, b"half").await.unwrap();
            let mut heard = [0; 4];
            tokio::io::AsyncReadExt::read_exact(&mut tcp, &mut heard).await.unwrap();
            // Closed with a linger of nothing it is reset.
            socket2::SockRef::from(&tcp).set_linger(Some(Duration::ZERO)).unwrap();
        });
        let stage = served(by, &format!("tcp://{address}"), json!({})).await;
        let mut socket = Socket::open(&stage.sim, &[]).await.unwrap();
        assert_eq!(socket.read(4).await, b"half");
        socket.send(BINARY, b"more").await;
        let end = tokio::time::timeout(SOON, socket.next()).await.unwrap().unwrap();
        let Frame::Close(payload) = end else { panic!("{by}: {end:?}") };
        assert_eq!(payload[..2], 1011_u16.to_be_bytes(), "{by}");
    }
}
