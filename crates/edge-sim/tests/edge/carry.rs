//! The WebSocket front: what it lets in, and what it carries (`access.md` 5.4, 5.7, 9.2).

use std::time::Duration;

use edge_sim::{AppPlan, ConnectorHabits, EdgeSim, Plan};

use crate::common::{Echo, GREETING, HOST, MAIL, SOON, log_in, plan};
use crate::socket::{Frame, Socket};

const BINARY: u8 = 2;

async fn carried(sim: &EdgeSim) -> edge_sim::CarriedSeen {
    let seen = sim.wait_for_connection(|seen| seen.carried.is_some(), SOON).await;
    seen.unwrap().carried.unwrap()
}

#[tokio::test]
async fn a_token_on_the_first_upgrade_costs_three_round_trips_and_one_request() {
    let echo = Echo::start().await;
    let sim = EdgeSim::start(plan(echo.address)).await.unwrap();
    let token = log_in(&sim, MAIL).await.app;
    let before = (sim.log().len(), sim.connections().len());
    let mut socket = Socket::open(&sim, &[("Cf-Access-Token", &token)]).await.unwrap();
    assert_eq!(socket.read(GREETING.len()).await, GREETING);
    let (requests, connections) = (sim.log(), sim.connections());
    assert_eq!((requests.len(), connections.len()), (before.0 + 1, before.1 + 1));
    let (request, connection) = (&requests[before.0], &connections[before.1]);
    assert_eq!((request.status, request.round_trips), (101, 3));
    assert_eq!(connection.round_trips_to_origin, Some(3));
    let tls = connection.tls.clone().unwrap();
    assert_eq!((tls.version.as_str(), tls.group.as_str()), ("TLSv1_3", "X25519MLKEM768"));
    assert_eq!((tls.alpn, tls.sni.as_deref()), (None, Some(HOST)));
    assert!(request.is_upgrade());
    assert_eq!(request.header("cf-access-token"), Some(edge_sim::redacted(&token).as_str()));
}

#[tokio::test]
async fn without_a_valid_token_an_upgrade_is_redirected() {
    let sim = crate::common::start().await;
    let token = log_in(&sim, MAIL).await.app;
    sim.revoke_app_tokens(Some("somebody@else.test"));
    let refusal = Socket::open(&sim, &[("Cf-Access-Token", &token)]).await.err();
    assert_eq!(refusal.map(|refusal| refusal.status), Some(502), "the token counts, the origin is not there");
    sim.revoke_app_tokens(Some(MAIL));
    for headers in [&[("Cf-Access-Token", token.as_str())][..], &[("Cf-Access-Token", "a.b.c")], &[]] {
        let refusal = Socket::open(&sim, headers).await.err().unwrap();
        assert_eq!(refusal.status, 302);
        let login =
            "location: https://acme.cloudflareaccess.com/cdn-cgi/access/login/build-01.acme.test?kid=";
        assert!(refusal.head.contains(login), "{}", refusal.head);
    }
}

#[tokio::test]
async fn tokens_end_when_their_time_is_over() {
    let sim = crate::common::start().await;
    sim.set_lifetimes(Duration::from_secs(300), Duration::from_secs(600));
    let token = log_in(&sim, MAIL).await.app;
    sim.faults().set(|faulty| faulty.clock_offset = 301);
    let refusal = Socket::open(&sim, &[("Cf-Access-Token", &token)]).await.err().unwrap();
    assert_eq!(refusal.status, 302);
}

#[tokio::test]
async fn policy_denies_with_403_and_a_ray() {
    let sim = crate::common::start().await;
    let token = log_in(&sim, MAIL).await.app;
    assert!(sim.change_app(HOST, |app| app.allow = vec!["bob@acme.test".to_owned()]));
    let refusal = Socket::open(&sim, &[("Cf-Access-Token", &token)]).await.err().unwrap();
    assert_eq!(refusal.status, 403);
    assert!(refusal.head.contains("cf-ray: "), "{}", refusal.head);
}

#[tokio::test]
async fn service_tokens_and_open_apps_need_no_person() {
    let echo = Echo::start().await;
    let app = AppPlan::new("acme", HOST, echo.address).service_token("id.access", "s3cret");
    let sim = EdgeSim::start(Plan::default().team("acme").app(app)).await.unwrap();
    let headers = |secret| [("Cf-Access-Client-Id", "id.access"), ("Cf-Access-Client-Secret", secret)];
    assert_eq!(Socket::open(&sim, &headers("wrong")).await.err().unwrap().status, 302);
    let mut socket = Socket::open(&sim, &headers("s3cret")).await.unwrap();
    assert_eq!(socket.read(GREETING.len()).await, GREETING);
    assert!(sim.change_app(HOST, |app| app.not_behind_access = true));
    let mut socket = Socket::open(&sim, &[]).await.unwrap();
    assert_eq!(socket.read(GREETING.len()).await, GREETING);
}

#[tokio::test]
async fn a_bastion_jumps_where_it_may() {
    let echo = Echo::start().await;
    let app = AppPlan::new("acme", HOST, crate::common::nowhere())
        .service_token("i", "s")
        .jump("db-01:22", echo.address);
    let sim = EdgeSim::start(Plan::default().team("acme").app(app)).await.unwrap();
    let headers = |to| {
        [("Cf-Access-Client-Id", "i"), ("Cf-Access-Client-Secret", "s"), ("Cf-Access-Jump-Destination", to)]
    };
    let mut socket = Socket::open(&sim, &headers("ssh://db-01:22/")).await.unwrap();
    assert_eq!(socket.read(GREETING.len()).await, GREETING);
    assert_eq!(Socket::open(&sim, &headers("db-02:22")).await.err().unwrap().status, 502);
}

/// An open app whose streams reach an echo.
async fn open_echo(habits: ConnectorHabits) -> (Echo, EdgeSim, Socket) {
    let echo = Echo::start().await;
    let app = AppPlan::new("acme", HOST, echo.address).not_behind_access();
    let sim = EdgeSim::start(Plan::default().team("acme").app(app).connector(habits)).await.unwrap();
    let mut socket = Socket::open(&sim, &[]).await.unwrap();
    assert_eq!(socket.read(GREETING.len()).await, GREETING);
    (echo, sim, socket)
}

#[tokio::test]
async fn messages_are_cut_and_texts_ignored_as_stock_connectors_do() {
    let (_echo, sim, mut socket) = open_echo(ConnectorHabits::default()).await;
    let payload: Vec<u8> = (0..20_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    socket.send(1, b"a text").await;
    socket.send(BINARY, &payload[..16_384]).await;
    assert_eq!(socket.read(16_384).await, payload[..16_384]);
    socket.send(BINARY, &payload).await;
    assert_eq!(socket.read(16_384).await, payload[..16_384]);
    // In fragments of 4,096 bytes, as stock clients send: the limit is per message.
    socket.fragment(0x02, &payload[..4096]).await;
    socket.fragment(0x80, &payload[4096..8192]).await;
    assert_eq!(socket.read(8192).await, payload[..8192]);
    socket.hang_up().await;
    let carried = carried(&sim).await;
    assert_eq!((carried.texts, carried.messages, carried.largest_message), (1, 3, 20_000));
    assert_eq!((carried.sent, carried.dropped), (2 * 16_384 + 8192, 20_000 - 16_384));
    assert_eq!(carried.received, (GREETING.len() + 2 * 16_384 + 8192) as u64);
    assert_eq!(carried.close, None);
}

#[tokio::test]
async fn a_connector_without_bad_habits_keeps_everything() {
    let habits = ConnectorHabits { cut_messages: false, ..ConnectorHabits::default() };
    let (_echo, sim, mut socket) = open_echo(habits).await;
    let payload: Vec<u8> = (0..300_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    socket.send(BINARY, &payload).await;
    assert_eq!(socket.read(payload.len()).await, payload);
    drop(socket);
    assert_eq!(carried(&sim).await.dropped, 0);
}

#[tokio::test]
async fn connectors_ping_and_are_pinged() {
    let habits = ConnectorHabits { ping_every: Duration::from_millis(50), ..ConnectorHabits::default() };
    let (_echo, sim, mut socket) = open_echo(habits).await;
    assert_eq!(socket.next().await.unwrap(), Frame::Ping(Vec::new()));
    socket.send(10, b"").await;
    socket.send(9, b"mine").await;
    let mut answers = Vec::new();
    while !answers.contains(&Frame::Pong(b"mine".to_vec())) {
        answers.push(socket.next().await.unwrap());
    }
    drop(socket);
    let carried = carried(&sim).await;
    assert_eq!((carried.pings, carried.pongs), (1, 1));
}

#[tokio::test]
async fn a_close_frame_is_echoed_and_everything_ends() {
    let (_echo, sim, mut socket) = open_echo(ConnectorHabits::default()).await;
    socket.send(8, &[0x0f, 0xa0]).await;
    assert_eq!(socket.next().await.unwrap(), Frame::Close(vec![0x0f, 0xa0]));
    assert_eq!(socket.next().await.unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
    assert_eq!(carried(&sim).await.close, Some(4000));
}

#[tokio::test]
async fn an_origin_that_ends_is_told_by_tls_alone() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let app = AppPlan::new("acme", HOST, listener.local_addr().unwrap()).not_behind_access();
    let sim = EdgeSim::start(Plan::default().team("acme").app(app)).await.unwrap();
    let (socket, accepted) = tokio::join!(Socket::open(&sim, &[]), listener.accept());
    let (mut socket, (mut origin, _)) = (socket.unwrap(), accepted.unwrap());
    tokio::io::AsyncWriteExt::write_all(&mut origin, b"bye").await.unwrap();
    drop(origin);
    assert_eq!(socket.next().await.unwrap(), Frame::Binary(b"bye".to_vec()));
    let end = socket.next().await.unwrap_err();
    assert_eq!(end.kind(), std::io::ErrorKind::UnexpectedEof);
    assert!(!end.to_string().contains("close_notify"), "TLS was ended properly: {end}");
}
