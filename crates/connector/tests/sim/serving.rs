//! What a connector serves, and how it comes and goes.

use connector::Protocol;
use edge_sim::{LinkProtocol, LinkState};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;

use crate::common::HOST;
use crate::socket::{Frame, Socket};
use crate::stage::{BINARY, BOTH, CLOSE, PING, Stage, echo, exchange, listen};

#[tokio::test]
async fn four_connections_register_and_leave_in_due_form() {
    for by in BOTH {
        let mut stage = Stage::serving(by, "http_status:418").await;
        let links = stage.sim.links();
        let mut indexes: Vec<_> = links.iter().map(|link| link.index).collect();
        indexes.sort_unstable();
        assert_eq!(indexes, [0, 1, 2, 3]);
        for link in &links {
            let (protocol, group, alpn, name) = match by {
                Protocol::Http2 => (LinkProtocol::Http2, "X25519MLKEM768", None, "h2.cftunnel.com"),
                Protocol::Quic => (LinkProtocol::Quic, "", Some("argotunnel"), "quic.cftunnel.com"),
            };
            assert_eq!((link.protocol, link.tls.sni.as_deref()), (protocol, Some(name)));
            assert_eq!((link.tls.group.as_str(), link.tls.alpn.as_deref()), (group, alpn));
            assert_eq!(link.local, Some([127, 0, 0, 1].into()));
            assert_eq!((link.client, link.attempts), (links[0].client, 0));
        }
        assert_eq!(Socket::open(&stage.sim, &[]).await.err().unwrap().status, 418);
        stage.stop.cancel();
        stage.links(4, LinkState::Left).await;
        assert!(stage.running.join_next().await.unwrap().unwrap().is_ok());
        assert!(stage.sim.links().iter().all(|link| link.aborted.as_deref() == Some("rpc: shutdown")));
    }
}

#[tokio::test]
async fn messages_of_any_size_arrive_whole_with_pings_between_them() {
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(echo(listener));
        let stage = Stage::serving(by, &format!("ssh://{address}")).await;
        let mut socket = Socket::open(&stage.sim, &[]).await.unwrap();
        for length in [1, 16_384, 16_385, 65_536, 3_000_000] {
            let payload: Vec<u8> =
                (0..length).map(|n: u32| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
            socket.send(PING, b"still there?").await;
            socket.send(BINARY, &payload).await;
            let (mut echoed, mut pongs) = (Vec::new(), 0);
            while echoed.len() < payload.len() || pongs == 0 {
                match socket.next().await.unwrap() {
                    Frame::Binary(bytes) => echoed.extend(bytes),
                    Frame::Pong(said) => {
                        assert_eq!(said, b"still there?");
                        pongs += 1;
                    }
                    other @ (Frame::Close(_) | Frame::Ping(_) | Frame::Other(_)) => panic!("{other:?}"),
                }
            }
            assert!(echoed == payload, "{length} bytes");
        }
    }
}

#[tokio::test]
async fn an_answer_after_the_clients_last_word_is_not_lost() {
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(echo(listener));
        let stage = Stage::serving(by, &format!("tcp://{address}")).await;
        let mut socket = Socket::open(&stage.sim, &[]).await.unwrap();
        socket.send(CLOSE, &[3, 232]).await;
        assert_eq!(socket.next().await.unwrap(), Frame::Binary(b"goodbye".to_vec()));
        assert_eq!(socket.next().await.unwrap(), Frame::Close(vec![3, 232]));
    }
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_a_bad_gateway() {
    for by in BOTH {
        let (listener, address) = listen().await;
        drop(listener);
        for service in [format!("ssh://{address}"), format!("http://{address}")] {
            let stage = Stage::serving(by, &service).await;
            let refusal = Socket::open(&stage.sim, &[]).await.err().unwrap();
            assert_eq!(refusal.status, 502, "{service}: {}", refusal.head);
        }
    }
}

#[tokio::test]
async fn a_web_server_is_asked_and_answers() {
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let (mut tcp, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(tcp.read_u8().await.unwrap());
            }
            tcp.write_all(b"HTTP/1.1 203 Fine\r\nX-Origin: yes\r\nContent-Length: 2\r\n\r\nok")
                .await
                .unwrap();
            String::from_utf8(head).unwrap().to_ascii_lowercase()
        });
        let stage = Stage::serving(by, &format!("http://{address}")).await;
        let refusal = Socket::open(&stage.sim, &[("X-Mine", "7")]).await.err().unwrap();
        assert_eq!(refusal.status, 203);
        assert!(refusal.head.to_ascii_lowercase().contains("x-origin: yes\r\n"), "{}", refusal.head);
        let head = tasks.join_next().await.unwrap().unwrap();
        for line in
            ["host: build-01.acme.test", "x-mine: 7", "x-forwarded-proto: https", "upgrade: websocket"]
        {
            assert!(head.contains(&format!("{line}\r\n")), "{line}: {head}");
        }
        assert!(head.contains("cf-warp-tag-id: ") && !head.contains("cf-cloudflared-"), "{head}");
    }
}

#[tokio::test]
async fn a_stalled_upload_leaves_its_neighbours_alone() {
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        // The first stream is taken and never read; all others are echoed.
        tasks.spawn(async move {
            let _stalled = listener.accept().await.unwrap();
            echo(listener).await;
        });
        let stage = Stage::serving_by_one(by, &format!("tcp://{address}")).await;
        let mut stalled = Socket::open(&stage.sim, &[]).await.unwrap();
        tasks.spawn(async move {
            let payload = vec![7; 1 << 20];
            loop {
                stalled.send(BINARY, &payload).await;
            }
        });
        let mut live = Socket::open(&stage.sim, &[]).await.unwrap();
        // By the end of this the other one has filled every window that it has.
        for round in 0..64_u8 {
            live.send(BINARY, &[round; 65_536]).await;
            assert!(live.read(65_536).await.iter().all(|byte| *byte == round));
        }
    }
}

#[tokio::test]
async fn trailers_of_a_web_server_reach_the_client() {
    let (listener, address) = listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(tcp.read_u8().await.unwrap());
        }
        let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 151\r\n\r\n";
        tcp.write_all(answer.as_bytes()).await.unwrap();
    });
    let stage = Stage::serving_by_one(Protocol::Http2, &format!("http://{address}")).await;
    let request = format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nTE: trailers\r\nConnection: close\r\n\r\n");
    let answer = exchange(&stage.sim, &request).await.to_ascii_lowercase();
    assert!(answer.ends_with("\r\n0\r\nx-sum: 151\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn a_body_whose_length_nobody_knows_reaches_a_web_server() {
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let (mut tcp, _) = listener.accept().await.unwrap();
            let mut heard = Vec::new();
            while !heard.ends_with(b"the end\r\n0\r\n\r\n") {
                heard.push(tcp.read_u8().await.unwrap());
            }
            tcp.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nheard").await.unwrap();
            String::from_utf8(heard).unwrap().to_ascii_lowercase()
        });
        let stage = Stage::serving_by_one(by, &format!("http://{address}")).await;
        let request = format!(
            "POST /up?load HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
             4\r\nthe \r\n3\r\nend\r\n0\r\n\r\n"
        );
        let answer = exchange(&stage.sim, &request).await;
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("heard"), "{by}: {answer}");
        let heard = tasks.join_next().await.unwrap().unwrap();
        assert!(heard.starts_with("post /up?load http/1.1\r\n"), "{by}: {heard}");
        assert!(heard.contains("\r\ntransfer-encoding: chunked\r\n"), "{by}: {heard}");
    }
}

#[tokio::test]
async fn an_answer_with_trailers_is_whole_without_them_over_quic() {
    let (listener, address) = listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(tcp.read_u8().await.unwrap());
        }
        let answer =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 151\r\n\r\n";
        tcp.write_all(answer.as_bytes()).await.unwrap();
    });
    let stage = Stage::serving_by_one(Protocol::Quic, &format!("http://{address}")).await;
    let request = format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n");
    let answer = exchange(&stage.sim, &request).await;
    assert!(answer.ends_with("\r\n2\r\nok\r\n0\r\n\r\n"), "{answer}");
}
