//! What the tests play on.

use std::net::SocketAddr;
use std::time::Duration;

use connector::{
    Connector, ConnectorError, Destinations, Edge, LinkState as Standing, Monitor, Origin, OriginRequest,
    Protocol, QuicSettings, Reconnect, Roots, Rules, Setup, Versions, Wanted,
};
use edge_sim::{AppPlan, DirectStream, EdgeSim, LinkState, Plan, TunnelPlan};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use wire::tunnel::Credentials;

use crate::common;
use crate::socket::connect;

pub(crate) const SOON: Duration = Duration::from_secs(20);
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;

/// Both protocols: what is told here holds for either.
pub(crate) const BOTH: [Protocol; 2] = [Protocol::Http2, Protocol::Quic];

/// One tunnel, its edge, and the connector that is tested.
pub(crate) struct Stage {
    pub(crate) sim: EdgeSim,
    pub(crate) tunnel: TunnelPlan,
    pub(crate) monitor: Monitor,
    pub(crate) stop: CancellationToken,
    pub(crate) reconnect: Reconnect,
    pub(crate) running: JoinSet<Result<(), ConnectorError>>,
    pub(crate) standing: watch::Receiver<Vec<Standing>>,
}

pub(crate) fn plan(tunnel: &TunnelPlan) -> Plan {
    let app = AppPlan::through("acme", common::HOST, tunnel.id).not_behind_access();
    Plan::default().team("acme").tunnel(tunnel.clone()).app(app)
}

pub(crate) fn setup(sim: &EdgeSim, tunnel: &TunnelPlan, by: Wanted, service: &str) -> Setup {
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
        protocol: by,
        quic: QuicSettings::default(),
        connections: 4,
        grace: Duration::from_secs(5),
        rules: Rules::single(service, OriginRequest::default()),
        tags: Vec::new(),
        destinations: Destinations::default(),
        most_flows: None,
        quick_hostname: None,
    }
}

impl Stage {
    /// Four connections that serve this.
    pub(crate) async fn serving(by: Protocol, service: &str) -> Self {
        let mut stage = Self::begun(Wanted::Only(by), service, 4, |_| {}).await;
        stage.stands(4).await;
        stage
    }

    /// One connection that serves this.
    pub(crate) async fn serving_by_one(by: Protocol, service: &str) -> Self {
        let mut stage = Self::begun(Wanted::Only(by), service, 1, |_| {}).await;
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
    pub(crate) async fn begun(
        by: Wanted,
        service: &str,
        connections: u8,
        prepare: impl FnOnce(&EdgeSim),
    ) -> Self {
        Self::set_up(by, service, |sim, setup| {
            prepare(sim);
            Setup { connections, ..setup }
        })
        .await
    }

    /// A connector that is set up otherwise than usual.
    pub(crate) async fn set_up(
        by: Wanted,
        service: &str,
        change: impl FnOnce(&EdgeSim, Setup) -> Setup,
    ) -> Self {
        let tunnel = TunnelPlan::new("office");
        let sim = EdgeSim::start(plan(&tunnel)).await.unwrap();
        let usual = setup(&sim, &tunnel, by, service);
        let connector = Connector::new(change(&sim, usual)).unwrap();
        let (stop, standing, monitor) = (connector.stop(), connector.watch(), connector.monitor());
        let reconnect = connector.reconnect();
        let mut running = JoinSet::new();
        running.spawn(connector.run());
        Self { sim, tunnel, monitor, stop, reconnect, running, standing }
    }

    /// Waits until the first connection is like this, as the connector sees it.
    pub(crate) async fn stands_like(&mut self, like: impl Fn(&Standing) -> bool) -> Standing {
        let heard = self.standing.wait_for(|links| links.first().is_some_and(&like));
        let heard = tokio::time::timeout(SOON, heard).await;
        let links = heard.ok().and_then(Result::ok).map(|links| links.clone());
        links.unwrap_or_else(|| panic!("{:?}", self.sim.links())).remove(0)
    }

    /// A stream to this address behind the tunnel.
    pub(crate) async fn reach(&self, address: SocketAddr) -> std::io::Result<DirectStream> {
        self.sim.reach(self.tunnel.id, &address.to_string()).await
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

/// One page of the monitoring.
pub(crate) async fn monitored(monitor: &Monitor, path: &str) -> String {
    let (listener, address) = listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(monitor.clone().serve(listener));
    let mut tcp = TcpStream::connect(address).await.unwrap();
    tcp.write_all(format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut page = String::new();
    tcp.read_to_string(&mut page).await.unwrap();
    page
}

/// All that the edge says to a request, to the end of the connection.
pub(crate) async fn exchange(sim: &EdgeSim, request: &str) -> String {
    let mut tls = connect(sim).await;
    tls.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    tls.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}
