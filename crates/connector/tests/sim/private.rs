//! Streams of bytes to addresses behind the tunnel: each direction ends on its own, and many run beside each other.

use bytes::Bytes;
use connector::Protocol;
use edge_sim::DirectStream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;

use crate::socket::{Frame, Socket};
use crate::stage::{BINARY, BOTH, Stage, echo, listen};

/// All that still comes.
async fn rest(stream: &mut DirectStream) -> Vec<u8> {
    let mut heard = Vec::new();
    while let Some(bytes) = stream.next().await.unwrap() {
        heard.extend(bytes);
    }
    heard
}

#[tokio::test]
async fn an_answer_after_the_end_of_the_question_is_kept() {
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let (mut tcp, _) = listener.accept().await.unwrap();
            let mut heard = Vec::new();
            tcp.read_to_end(&mut heard).await.unwrap();
            tcp.write_all(format!("heard {} bytes", heard.len()).as_bytes()).await.unwrap();
        });
        let stage = Stage::serving_by_one(by, "http_status:404").await;
        let mut stream = stage.reach(address).await.unwrap();
        stream.send(vec![7; 1_000_000]).await.unwrap();
        stream.end().unwrap();
        assert_eq!(rest(&mut stream).await, b"heard 1000000 bytes", "{by}");
    }
}

#[tokio::test]
async fn a_question_goes_on_after_the_end_of_the_answer() {
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let (mut tcp, _) = listener.accept().await.unwrap();
            tcp.write_all(b"enough").await.unwrap();
            tcp.shutdown().await.unwrap();
            let mut heard = Vec::new();
            tcp.read_to_end(&mut heard).await.unwrap();
            heard.len()
        });
        let stage = Stage::serving_by_one(by, "http_status:404").await;
        let mut stream = stage.reach(address).await.unwrap();
        assert_eq!(rest(&mut stream).await, b"enough");
        stream.send(vec![7; 3_000_000]).await.unwrap();
        stream.end().unwrap();
        assert_eq!(tasks.join_next().await.unwrap().unwrap(), 3_000_000, "{by}");
    }
}

#[tokio::test]
async fn an_address_at_which_nobody_listens_is_said_so() {
    for by in BOTH {
        let (listener, address) = listen().await;
        drop(listener);
        let stage = Stage::serving_by_one(by, "http_status:404").await;
        assert!(stage.reach(address).await.is_err(), "{by}");
    }
}

/// Stock connectors block at eight over QUIC, and at one over HTTP/2.
#[tokio::test]
async fn a_dozen_stalled_uploads_leave_their_neighbours_alone() {
    const STALLED: usize = 12;
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        // The first streams are taken and never read; all others are echoed.
        tasks.spawn(async move {
            let mut stalled = Vec::new();
            while stalled.len() < STALLED {
                stalled.push(listener.accept().await.unwrap());
            }
            echo(listener).await;
        });
        let stage = Stage::serving_by_one(by, "http_status:404").await;
        for _ in 0..STALLED {
            let mut stream = stage.reach(address).await.unwrap();
            tasks.spawn(async move { while stream.send(vec![7; 1 << 20]).await.is_ok() {} });
        }
        let mut live = stage.reach(address).await.unwrap();
        // By the end of this the others have filled every window that they have.
        for round in 0..64_u8 {
            live.send(vec![round; 65_536]).await.unwrap();
            let mut heard = 0;
            while heard < 65_536 {
                let bytes = live.next().await.unwrap().unwrap();
                assert!(bytes.iter().all(|byte| *byte == round), "{by}");
                heard += bytes.len();
            }
        }
    }
}

#[tokio::test]
async fn two_hundred_sessions_run_beside_each_other() {
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(echo(listener));
        let stage = Stage::serving(by, &format!("ssh://{address}")).await;
        // All of them are open before the first one says anything.
        let mut sockets = Vec::new();
        for _ in 0..200 {
            sockets.push(Socket::open(&stage.sim, &[]).await.unwrap());
        }
        let mut sessions = JoinSet::new();
        for (mut socket, name) in sockets.into_iter().zip(0_u8..) {
            sessions.spawn(async move {
                for round in 0..4_u8 {
                    let payload = vec![name ^ round; 20_000];
                    socket.send(BINARY, &payload).await;
                    assert!(socket.read(payload.len()).await == payload, "{name}");
                }
            });
        }
        while let Some(done) = sessions.join_next().await {
            done.unwrap();
        }
    }
}

/// The memory of this process, which holds the edge as well, in KiB.
#[cfg(target_os = "linux")]
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn ten_thousand_streams_leave_nothing_behind() {
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(echo(listener));
        let stage = Stage::serving_by_one(by, "http_status:404").await;
        let mut after = Vec::new();
        for _ in 0..10 {
            for _ in 0..20 {
                fifty(&stage, address).await;
            }
            after.push(memory());
        }
        // The first thousands fill what is kept for the next ones.
        assert!(after[9] < after[2] + 8 * 1024, "{by}: {after:?} KiB");
    }
}

/// Fifty streams at once, each with a question and its answer, half of them given up in the middle.
#[cfg(target_os = "linux")]
async fn fifty(stage: &Stage, address: std::net::SocketAddr) {
    let opened = (0..50).map(|_| stage.reach(address));
    let mut streams = futures_util::future::try_join_all(opened).await.unwrap();
    for stream in &mut streams {
        stream.send(vec![1; 3000]).await.unwrap();
    }
    for mut stream in streams.drain(25..) {
        stream.end().unwrap();
        assert_eq!(rest(&mut stream).await.len(), 3000 + "goodbye".len());
    }
}

#[tokio::test]
async fn more_streams_than_are_allowed_at_first_may_run_over_quic() {
    let (listener, address) = listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(echo(listener));
    let stage = Stage::serving_by_one(Protocol::Quic, "http_status:404").await;
    let mut streams = Vec::new();
    for _ in 0..1500 {
        streams.push(stage.reach(address).await.unwrap());
    }
    let last = streams.last_mut().unwrap();
    last.send(&b"the last of many"[..]).await.unwrap();
    assert_eq!(last.next().await.unwrap().unwrap(), &b"the last of many"[..]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gibibyte_comes_through_each_way_byte_for_byte() {
    const PIECE: usize = 1 << 20;
    const PIECES: u64 = 1 << 10;
    let pieces: Vec<u8> = (0..PIECE).map(|at| (at ^ (at >> 8) ^ (at >> 16)).to_le_bytes()[0]).collect();
    // Each begins with its number, so that one in the place of another is seen.
    let piece = move |number: u64| {
        let mut piece = pieces.clone();
        piece[..8].copy_from_slice(&number.to_le_bytes());
        Bytes::from(piece)
    };
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let (mut tcp, _) = listener.accept().await.unwrap();
            let (mut reader, mut writer) = tcp.split();
            tokio::io::copy(&mut reader, &mut writer).await.unwrap();
            writer.shutdown().await.unwrap();
        });
        let stage = Stage::serving_by_one(by, "http_status:404").await;
        let (mut to, mut from) = stage.reach(address).await.unwrap().into_parts();
        let sent = piece.clone();
        tasks.spawn(async move {
            for number in 0..PIECES {
                to.send(sent(number)).await.unwrap();
            }
            to.end().unwrap();
        });
        let (mut number, mut expected) = (0, piece(0));
        while let Some(mut bytes) = from.next().await.unwrap() {
            while !bytes.is_empty() {
                if expected.is_empty() {
                    number += 1;
                    expected = piece(number);
                }
                let length = bytes.len().min(expected.len());
                assert!(bytes.split_to(length) == expected.split_to(length), "{by}: piece {number}");
            }
        }
        assert_eq!((number, expected.len()), (PIECES - 1, 0), "{by}");
    }
}

#[tokio::test]
async fn no_more_streams_run_than_the_edge_allows() {
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(echo(listener));
        let stage = Stage::serving_by_one(by, "http_status:404").await;
        let limit = |version: u32, most: u32| {
            let config = format!("\"ingress\":[],\"warp-routing\":{{\"maxActiveFlows\":{most}}}");
            format!("{{\"version\":{version},\"config\":{{{config}}}}}")
        };
        stage.sim.push_configuration(&limit(1, 2)).await.unwrap();
        let mut first = stage.reach(address).await.unwrap();
        let _second = stage.reach(address).await.unwrap();
        assert!(stage.reach(address).await.is_err(), "{by}: there is room for two");
        first.end().unwrap();
        assert_eq!(rest(&mut first).await, b"goodbye");
        let again = tokio::time::timeout(crate::stage::SOON, async {
            // The room is free once the connector has noticed the end as well.
            while stage.reach(address).await.is_err() {
                tokio::task::yield_now().await;
            }
        });
        again.await.unwrap();
    }
}

/// What the other end says next, in one piece or more.
async fn said(socket: &mut Socket, length: usize) -> Vec<u8> {
    let mut all = Vec::new();
    while all.len() < length {
        let next = socket.next().await.unwrap();
        let Frame::Binary(bytes) = next else { panic!("{next:?}") };
        all.extend(bytes);
    }
    all
}

#[tokio::test]
async fn a_client_of_socks_goes_where_the_rules_allow_it() {
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(echo(listener));
        let stage = Stage::serving(by, "http_status:404").await;
        let rules = format!(
            "{{\"version\":1,\"config\":{{\"ingress\":[{{\"service\":\"socks-proxy\",\"originRequest\":{{\"ipRules\":[\
             {{\"prefix\":\"127.0.0.0/8\",\"ports\":[{}],\"allow\":true}}]}}}}]}}}}",
            address.port()
        );
        let told = stage.sim.push_configuration(&rules).await.unwrap();
        assert_eq!(told["err"], serde_json::Value::Null, "{told}");
        let ask = |port: u16| [&[5, 1, 0, 3, 9][..], b"127.0.0.1", &port.to_be_bytes()].concat();

        let mut socket = Socket::open(&stage.sim, &[]).await.unwrap();
        socket.send(BINARY, &[5, 1, 0]).await;
        assert_eq!(said(&mut socket, 2).await, [5, 0]);
        socket.send(BINARY, &ask(address.port())).await;
        assert_eq!(said(&mut socket, 10).await[..4], [5, 0, 0, 1], "{by}: granted");
        socket.send(BINARY, b"through SOCKS").await;
        assert_eq!(said(&mut socket, 13).await, b"through SOCKS");

        let mut socket = Socket::open(&stage.sim, &[]).await.unwrap();
        socket.send(BINARY, &[5, 1, 0]).await;
        assert_eq!(said(&mut socket, 2).await, [5, 0]);
        socket.send(BINARY, &ask(address.port() ^ 1)).await;
        assert_eq!(said(&mut socket, 10).await[..2], [5, 2], "{by}: not allowed");
    }
}
