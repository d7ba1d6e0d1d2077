//! What the tests play on.

use std::net::SocketAddr;
use std::time::Duration;

use connector::{
    Connector, ConnectorError, Edge, LinkState as Standing, Origin, OriginRequest, Roots, Rules, Setup,
    Versions,
};
use edge_sim::{AppPlan, EdgeSim, LinkState, Plan, TunnelPlan};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use wire::tunnel::Credentials;

use crate::common;
use crate::socket::connect;

pub(crate) const SOON: Duration = Duration::from_secs(60);
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;

/// One tunnel, its edge, and the connector that is tested.
pub(crate) struct Stage {
    pub(crate) sim: EdgeSim,
    pub(crate) stop: CancellationToken,
    pub(crate) running: JoinSet<Result<(), ConnectorError>>,
    standing: watch::Receiver<Vec<Standing>>,
}

pub(crate) fn plan(tunnel: &TunnelPlan) -> Plan {
    let app = AppPlan::through("acme", common::HOST, tunnel.id).not_behind_access();
    Plan::default().team("acme").tunnel(tunnel.clone()).app(app)
}

pub(crate) fn setup(sim: &EdgeSim, tunnel: &TunnelPlan, service: &str) -> Setup {
    let service = Origin::read(service, false).unwrap();
    Setup {
        credentials: Credentials::from_token(&tunnel.token()).unwrap(),
        tunnel: None,
        edge: Edge::Named(vec![sim.connectors_addr().to_string(); 4]),
        versions: Versions::Auto,
        from: None,
        post_quantum: false,
        roots: Roots { realm: sim.ca_pem().to_owned(), only: None },
        realm: sim.realm(),
        connections: 4,
        grace: Duration::from_secs(5),
        rules: Rules::single(service, OriginRequest::default()),
        tags: Vec::new(),
    }
}

impl Stage {
    /// Four connections that serve this.
    pub(crate) async fn serving(service: &str) -> Self {
        let mut stage = Self::begun(service, 4, |_| {}).await;
        stage.stands(4).await;
        stage
    }

    /// One connection that serves this.
    pub(crate) async fn serving_by_one(service: &str) -> Self {
        let mut stage = Self::begun(service, 1, |_| {}).await;
        stage.stands(1).await;
        stage
    }

    /// Waits until the connector, too, has heard that so many connections are registered.
    async fn stands(&mut self, count: usize) {
        self.links(count, LinkState::Registered).await;
        let all = |links: &Vec<Standing>| {
            links.iter().filter(|link| matches!(link, Standing::Registered { .. })).count() >= count
        };
        let heard = tokio::time::timeout(SOON, self.standing.wait_for(all)).await;
        assert!(matches!(heard, Ok(Ok(_))), "{count} registered: {:?}", self.sim.links());
    }

    /// So many connections that begin once the edge is prepared.
    pub(crate) async fn begun(service: &str, connections: u8, prepare: impl FnOnce(&EdgeSim)) -> Self {
        let tunnel = TunnelPlan::new("office");
        let sim = EdgeSim::start(plan(&tunnel)).await.unwrap();
        prepare(&sim);
        let connector = Connector::new(Setup { connections, ..setup(&sim, &tunnel, service) }).unwrap();
        let (stop, standing) = (connector.stop(), connector.watch());
        let mut running = JoinSet::new();
        running.spawn(connector.run());
        Self { sim, stop, running, standing }
    }

    pub(crate) async fn links(&self, count: usize, state: LinkState) {
        let links = self.sim.wait_for_links(count, |seen| seen.state == state, SOON).await;
        assert!(links.is_some(), "{count} times {state:?}: {:?}", self.sim.links());
    }
}

pub(crate) async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Sends back what it gets; at the end of that, says goodbye.
pub(crate) async fn echo(listener: TcpListener) {
    let mut streams = JoinSet::new();
    while let Ok((mut tcp, _)) = listener.accept().await {
        streams.spawn(async move {
            let (mut reader, mut writer) = tcp.split();
            let _ = tokio::io::copy(&mut reader, &mut writer).await;
            let _ = writer.write_all(b"goodbye").await;
        });
    }
}

/// All that the edge says to a request, to the end of the connection.
pub(crate) async fn exchange(sim: &EdgeSim, request: &str) -> String {
    let mut tls = connect(sim).await;
    tls.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    tls.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}
