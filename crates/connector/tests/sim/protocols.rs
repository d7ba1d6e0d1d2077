//! Which protocol a connector takes, and what it does where UDP does not pass.

use std::time::{Duration, Instant};

use connector::{Connector, LinkState as Standing, Protocol, Setup, Wanted};
use edge_sim::{EdgeSim, LinkProtocol, LinkSeen, LinkState, TunnelPlan};
use tokio::task::JoinSet;
use wire::tunnel::{ConnectKind, ConnectRequest, ConnectResponse};

use crate::socket::Socket;
use crate::stage::{BINARY, BOTH, SOON, Stage, echo, listen, monitored, plan, setup};

const ANY: &str = "http_status:204";

fn registered_by(protocol: LinkProtocol) -> impl Fn(&LinkSeen) -> bool {
    move |seen| seen.protocol == protocol && seen.state == LinkState::Registered
}

fn block_udp(stage: &Stage, blocked: bool) {
    stage.sim.faults().set(|faulty| faulty.udp_blocked = blocked);
}

#[tokio::test]
async fn quic_is_taken_where_it_passes() {
    let stage = Stage::begun(Wanted::Auto, ANY, 4, |_| {}).await;
    let links = stage.sim.wait_for_links(4, registered_by(LinkProtocol::Quic), SOON).await;
    assert!(links.is_some(), "{:?}", stage.sim.links());
    assert_eq!(stage.sim.links().len(), 4, "and nothing else is tried");
}

#[tokio::test]
async fn where_udp_is_blocked_http2_serves_within_seconds() {
    let since = Instant::now();
    let stage = Stage::begun(Wanted::Auto, ANY, 4, |sim| {
        sim.faults().set(|faulty| faulty.udp_blocked = true);
    })
    .await;
    let links = stage.sim.wait_for_links(1, registered_by(LinkProtocol::Http2), SOON).await;
    assert!(links.is_some() && since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    assert!(stage.sim.wait_for_links(4, registered_by(LinkProtocol::Http2), SOON).await.is_some());
    assert_eq!(Socket::open(&stage.sim, &[]).await.err().unwrap().status, 204);
    // The network is known by now: UDP that passes again is not tried before HTTP/2 fails.
    block_udp(&stage, false);
    assert_eq!(stage.sim.kill_links(|_| true), 4);
    let again = |seen: &LinkSeen| seen.number > 4 && registered_by(LinkProtocol::Http2)(seen);
    assert!(stage.sim.wait_for_links(4, again, SOON).await.is_some(), "{:?}", stage.sim.links());
}

#[tokio::test]
async fn quic_alone_waits_until_it_passes() {
    let mut stage = Stage::begun(Wanted::Only(Protocol::Quic), ANY, 1, |sim| {
        sim.faults().set(|faulty| faulty.udp_blocked = true);
    })
    .await;
    let waits = stage.stands_like(|link| matches!(link, Standing::Waiting { .. })).await;
    assert!(matches!(&waits, Standing::Waiting { failed, .. } if failed.why.contains("(QUIC)")), "{waits:?}");
    block_udp(&stage, false);
    assert!(stage.sim.wait_for_links(1, registered_by(LinkProtocol::Quic), SOON).await.is_some());
}

#[tokio::test]
async fn an_edge_that_stands_still_is_noticed_and_served_again() {
    let mut stage = Stage::serving_by_one(Protocol::Quic, ANY).await;
    block_udp(&stage, true);
    let since = Instant::now();
    let waits = stage.stands_like(|link| matches!(link, Standing::Waiting { .. })).await;
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    assert!(
        matches!(&waits, Standing::Waiting { failed, .. } if failed.why.contains("silent for 5 seconds")),
        "{waits:?}"
    );
    block_udp(&stage, false);
    let again = |seen: &LinkSeen| seen.number > 1 && seen.state == LinkState::Registered;
    assert!(stage.sim.wait_for_links(1, again, SOON).await.is_some());
}

#[tokio::test]
async fn a_network_that_stops_to_let_udp_pass_does_not_end_the_service() {
    let mut stage = Stage::begun(Wanted::Auto, ANY, 1, |_| {}).await;
    stage.stands_like(|link| matches!(link, Standing::Registered { protocol: Protocol::Quic, .. })).await;
    block_udp(&stage, true);
    stage.stands_like(|link| matches!(link, Standing::Registered { protocol: Protocol::Http2, .. })).await;
    // It has served before, and so it comes first again once it passes.
    block_udp(&stage, false);
    assert_eq!(stage.sim.kill_links(registered_by(LinkProtocol::Http2)), 1);
    stage.stands_like(|link| matches!(link, Standing::Registered { protocol: Protocol::Quic, .. })).await;
}

#[tokio::test]
async fn monitoring_hears_of_connections_over_quic() {
    let stage = Stage::serving(Protocol::Quic, ANY).await;
    let page = monitored(&stage.monitor, "/metrics").await;
    for line in ["quic_client_total_connections 4", "cloudflared_tunnel_ha_connections 4"] {
        assert!(page.contains(&format!("\n{line}\n")), "{line}: {page}");
    }
    for index in 0..4 {
        assert!(page.contains(&format!("\nquic_client_mtu{{conn_index=\"{index}\"}} 1")), "{page}");
    }
}

#[tokio::test]
async fn an_edge_that_forgets_its_connections_is_dialled_again() {
    let stage = Stage::serving(Protocol::Quic, ANY).await;
    // Its last words do not arrive, as when a machine loses its power.
    block_udp(&stage, true);
    assert_eq!(stage.sim.kill_links(|_| true), 4);
    stage.links(4, LinkState::Lost).await;
    block_udp(&stage, false);
    let again = |seen: &LinkSeen| seen.number > 4 && seen.state == LinkState::Registered;
    assert!(stage.sim.wait_for_links(4, again, SOON).await.is_some(), "{:?}", stage.sim.links());
    assert_eq!(Socket::open(&stage.sim, &[]).await.err().unwrap().status, 204);
}

#[tokio::test]
async fn keys_may_be_agreed_by_the_post_quantum_exchange_alone() {
    for by in BOTH {
        let tunnel = TunnelPlan::new("office");
        let sim = EdgeSim::start(plan(&tunnel)).await.unwrap();
        let setup = Setup { post_quantum: true, ..setup(&sim, &tunnel, Wanted::Only(by), ANY) };
        let mut running = JoinSet::new();
        running.spawn(Connector::new(setup).unwrap().run());
        let registered = |seen: &LinkSeen| seen.state == LinkState::Registered;
        let links = sim.wait_for_links(1, registered, SOON).await.unwrap();
        assert!(links[0].features.iter().any(|feature| feature == "postquantum"), "{by}: {links:?}");
    }
}

#[tokio::test]
async fn streams_that_begin_as_no_edge_would_are_given_up_and_no_more() {
    let stage = Stage::serving_by_one(Protocol::Quic, ANY).await;
    let malformed = [&wire::tunnel::DATA_STREAM[..], b"01", &[0xff; 64]].concat();
    for beginning in [b"GET / HTTP/1.1\r\n\r\n".to_vec(), malformed] {
        let mut stream = stage.sim.say(stage.tunnel.id, beginning).await.unwrap();
        assert!(stream.next().await.is_err(), "the stream is reset");
    }
    let request = ConnectRequest {
        dest: "https://a/".to_owned(),
        kind: ConnectKind::Http,
        metadata: vec![("HttpHeader:no header".to_owned(), "x".to_owned())],
    };
    let mut stream = stage.sim.say(stage.tunnel.id, request.write().unwrap()).await.unwrap();
    let mut answer = stream.next().await.unwrap().unwrap().to_vec();
    while let Some(bytes) = stream.next().await.unwrap() {
        answer.extend(bytes);
    }
    assert!(!ConnectResponse::read(&answer).unwrap().error.is_empty(), "{answer:x?}");
    assert_eq!(Socket::open(&stage.sim, &[]).await.err().unwrap().status, 204, "the others are served");
    assert_eq!(stage.sim.links().len(), 1, "by the same connection");
}

#[tokio::test]
async fn a_network_that_loses_packets_loses_no_byte() {
    let (listener, address) = listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(echo(listener));
    let stage = Stage::begun(Wanted::Only(Protocol::Quic), &format!("ssh://{address}"), 4, |sim| {
        sim.faults().set(|faulty| faulty.udp_loss = 20);
    })
    .await;
    stage.links(4, LinkState::Registered).await;
    let payload: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
    let mut socket = Socket::open(&stage.sim, &[]).await.unwrap();
    for round in 0..10 {
        socket.send(BINARY, &payload).await;
        assert!(socket.read(payload.len()).await == payload, "round {round}");
    }
}
