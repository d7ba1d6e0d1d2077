//! What a connector serves, and how it comes and goes.

use std::time::{Duration, Instant};

use edge_sim::LinkState;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;

use crate::common::HOST;
use crate::socket::{Frame, Socket};
use crate::stage::{BINARY, CLOSE, PING, Stage, echo, exchange, listen};

#[tokio::test]
async fn four_connections_register_and_leave_in_due_form() {
    let mut stage = Stage::serving("http_status:418").await;
    let links = stage.sim.links();
    let mut indexes: Vec<_> = links.iter().map(|link| link.index).collect();
    indexes.sort_unstable();
    assert_eq!(indexes, [0, 1, 2, 3]);
    for link in &links {
        assert_eq!((link.tls.group.as_str(), &link.tls.alpn), ("X25519MLKEM768", &None));
        assert_eq!(link.tls.sni.as_deref(), Some("h2.cftunnel.com"));
        assert_eq!((link.client, link.attempts), (links[0].client, 0));
    }
    assert_eq!(Socket::open(&stage.sim, &[]).await.err().unwrap().status, 418);
    stage.stop.cancel();
    stage.links(4, LinkState::Left).await;
    assert!(stage.running.join_next().await.unwrap().unwrap().is_ok());
    assert!(stage.sim.links().iter().all(|link| link.aborted.as_deref() == Some("rpc: shutdown")));
}

#[tokio::test]
async fn messages_of_any_size_arrive_whole_with_pings_between_them() {
    let (listener, address) = listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(echo(listener));
    let stage = Stage::serving(&format!("ssh://{address}")).await;
    let mut socket = Socket::open(&stage.sim, &[]).await.unwrap();
    for length in [1, 16_384, 16_385, 65_536, 3_000_000] {
        let payload: Vec<u8> = (0..length).map(|n: u32| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
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

#[tokio::test]
async fn an_answer_after_the_clients_last_word_is_not_lost() {
    let (listener, address) = listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(echo(listener));
    let stage = Stage::serving(&format!("tcp://{address}")).await;
    let mut socket = Socket::open(&stage.sim, &[]).await.unwrap();
    socket.send(CLOSE, &[3, 232]).await;
    assert_eq!(socket.next().await.unwrap(), Frame::Binary(b"goodbye".to_vec()));
    assert_eq!(socket.next().await.unwrap(), Frame::Close(vec![3, 232]));
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_a_bad_gateway() {
    let (listener, address) = listen().await;
    drop(listener);
    for service in [format!("ssh://{address}"), format!("http://{address}")] {
        let stage = Stage::serving(&service).await;
        let refusal = Socket::open(&stage.sim, &[]).await.err().unwrap();
        assert_eq!(refusal.status, 502, "{service}: {}", refusal.head);
    }
}

#[tokio::test]
async fn a_web_server_is_asked_and_answers() {
    let (listener, address) = listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(tcp.read_u8().await.unwrap());
        }
        tcp.write_all(b"HTTP/1.1 203 Fine\r\nX-Origin: yes\r\nContent-Length: 2\r\n\r\nok").await.unwrap();
        String::from_utf8(head).unwrap().to_ascii_lowercase()
    });
    let stage = Stage::serving(&format!("http://{address}")).await;
    let refusal = Socket::open(&stage.sim, &[("X-Mine", "7")]).await.err().unwrap();
    assert_eq!(refusal.status, 203);
    assert!(refusal.head.to_ascii_lowercase().contains("x-origin: yes\r\n"), "{}", refusal.head);
    let head = tasks.join_next().await.unwrap().unwrap();
    for line in ["host: build-01.acme.test", "x-mine: 7", "x-forwarded-proto: https", "upgrade: websocket"] {
        assert!(head.contains(&format!("{line}\r\n")), "{line}: {head}");
    }
    assert!(head.contains("cf-warp-tag-id: ") && !head.contains("cf-cloudflared-"), "{head}");
}

#[tokio::test]
async fn all_connections_stand_within_a_second() {
    let since = Instant::now();
    let _stage = Stage::serving("http_status:204").await;
    assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
}

#[tokio::test]
async fn a_stalled_upload_leaves_its_neighbours_alone() {
    let (listener, address) = listen().await;
    let mut tasks = JoinSet::new();
    // The first stream is taken and never read; all others are echoed.
    tasks.spawn(async move {
        let _stalled = listener.accept().await.unwrap();
        echo(listener).await;
    });
    let stage = Stage::serving_by_one(&format!("tcp://{address}")).await;
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
    let stage = Stage::serving_by_one(&format!("http://{address}")).await;
    let request = format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nTE: trailers\r\nConnection: close\r\n\r\n");
    let answer = exchange(&stage.sim, &request).await.to_ascii_lowercase();
    assert!(answer.ends_with("\r\n0\r\nx-sum: 151\r\n\r\n"), "{answer}");
}
