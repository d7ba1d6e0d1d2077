//! A connector before the simulated edge: registration, streams, requests, setbacks and the farewell.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

#[path = "../../edge-sim/tests/edge/socket.rs"]
#[expect(dead_code, reason = "shared with the edge's own tests, which use more of it")]
mod socket;

use std::net::SocketAddr;
use std::time::Duration;

use connector::{Connector, ConnectorError, Edge, Origin, OriginRequest, Roots, Rules, Setup, Versions};
use edge_sim::{AppPlan, EdgeSim, LinkState, Plan, TunnelPlan};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use wire::tunnel::{Credentials, Secret};

use socket::{Frame, Socket};

mod common {
    pub(crate) const HOST: &str = "build-01.acme.test";
}

const SOON: Duration = Duration::from_secs(20);
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;

/// One tunnel, its edge, and the connector that is tested.
struct Stage {
    sim: EdgeSim,
    stop: CancellationToken,
    running: JoinSet<Result<(), ConnectorError>>,
}

fn plan(tunnel: &TunnelPlan) -> Plan {
    let app = AppPlan::through("acme", common::HOST, tunnel.id).not_behind_access();
    Plan::default().team("acme").tunnel(tunnel.clone()).app(app)
}

fn setup(sim: &EdgeSim, tunnel: &TunnelPlan, service: &str) -> Setup {
    let service = Origin::read(service, false).unwrap();
    Setup {
        credentials: Credentials::from_token(&tunnel.token()).unwrap(),
        tunnel: None,
        edge: Edge::Named(vec![sim.connectors_addr().to_string(); 4]),
        versions: Versions::Auto,
        from: None,
        post_quantum: false,
        roots: Roots { realm: sim.ca_pem().to_owned(), only: None },
        connections: 4,
        grace: Duration::from_secs(5),
        rules: Rules::single(service, OriginRequest::default()),
        tags: Vec::new(),
    }
}

impl Stage {
    async fn serving(service: &str) -> Self {
        let tunnel = TunnelPlan::new("office");
        let sim = EdgeSim::start(plan(&tunnel)).await.unwrap();
        let connector = Connector::new(setup(&sim, &tunnel, service)).unwrap();
        let stop = connector.stop();
        let mut running = JoinSet::new();
        running.spawn(connector.run());
        let stage = Self { sim, stop, running };
        stage.links(4, LinkState::Registered).await;
        stage
    }

    async fn links(&self, count: usize, state: LinkState) {
        let links = self.sim.wait_for_links(count, |seen| seen.state == state, SOON).await;
        assert!(links.is_some(), "{count} times {state:?}: {:?}", self.sim.links());
    }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Sends back what it gets; at the end of that, says goodbye.
async fn echo(listener: TcpListener) {
    let mut streams = JoinSet::new();
    while let Ok((mut tcp, _)) = listener.accept().await {
        streams.spawn(async move {
            let (mut reader, mut writer) = tcp.split();
            let _ = tokio::io::copy(&mut reader, &mut writer).await;
            let _ = writer.write_all(b"goodbye").await;
        });
    }
}

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
async fn a_connection_that_the_edge_drops_comes_back() {
    let stage = Stage::serving("http_status:204").await;
    assert_eq!(stage.sim.kill_links(|seen| seen.state == LinkState::Registered), 4);
    let again = |seen: &edge_sim::LinkSeen| seen.number > 4 && seen.state == LinkState::Registered;
    assert_eq!(stage.sim.wait_for_links(4, again, SOON).await.unwrap().len(), 4);
    assert_eq!(Socket::open(&stage.sim, &[]).await.err().unwrap().status, 204);
}

#[tokio::test]
async fn a_wrong_secret_is_said_so_and_not_tried_again() {
    let tunnel = TunnelPlan::new("office");
    let sim = EdgeSim::start(plan(&tunnel)).await.unwrap();
    let mut setup = setup(&sim, &tunnel, "http_status:204");
    setup.credentials.secret = Secret::new(vec![1]);
    let error = Connector::new(setup).unwrap().run().await.unwrap_err();
    let ConnectorError::Refused { said } = error else { panic!("{error}") };
    assert_eq!(said, "Unauthorized: Invalid tunnel secret");
    assert_eq!(sim.links().len(), 1);
}
