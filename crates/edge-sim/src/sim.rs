//! The simulated edge as a value: started from a plan, stopped by dropping it.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsAcceptor;
use wire::tunnel::TunnelId;
use wire::{Realm, Route};

use crate::certificate::{Authority, connector_config, quic_config, server_config};
use crate::dashboard::DASHBOARDS;
use crate::dispatch::{TEAMS, TRANSFER};
use crate::edge::Edge;
use crate::error::SimError;
use crate::faults::{Cut, Faults};
use crate::mint::Kind;
use crate::names::NameServers;
use crate::person::Person;
use crate::plan::{AppPlan, Plan};
use crate::rest::{API, quick};
use crate::seen::{ConnectionSeen, Seen};
use crate::tunnel::{DirectStream, LinkSeen};
use crate::{gateway, listen, tunnel};

/// Cloudflare on loopback. Dropping it ends everything at once.
pub struct EdgeSim {
    edge: Arc<Edge>,
    address: SocketAddr,
    gateway: SocketAddr,
    connectors: SocketAddr,
    ca_pem: String,
    /// The edge lives on threads of its own, so that a test which blocks or holds its clock still does not stop it.
    runtime: Option<Runtime>,
}

impl EdgeSim {
    /// Starts the edge; when this returns it answers.
    ///
    /// # Errors
    /// When the plan contradicts itself, an address is taken, or keys cannot be made.
    pub async fn start(plan: Plan) -> Result<Self, SimError> {
        match tokio::task::spawn_blocking(move || Self::launch(plan)).await {
            Ok(started) => started,
            Err(error) => Err(SimError::Runtime(io::Error::other(error))),
        }
    }

    /// [`Self::start`] for callers without a runtime.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn launch(plan: Plan) -> Result<Self, SimError> {
        let (edge_listener, address) = bind(plan.listen)?;
        let (gateway_listener, gateway) = bind(plan.gateway)?;
        let (connector_listener, connector_socket, connectors) = bind_both(plan.connectors)?;
        let names = NameServers::bind(&plan.names, connectors.port())?;
        let authority = Arc::new(Authority::generate()?);
        let acceptor = TlsAcceptor::from(Arc::new(server_config(&authority)?));
        let connector_acceptor = TlsAcceptor::from(Arc::new(connector_config(&authority)?));
        let edge = Arc::new(Edge::new(plan)?);
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("edge-sim")
            .enable_all()
            .build()
            .map_err(SimError::Runtime)?;
        let entered = runtime.enter();
        let edge_listener = TcpListener::from_std(edge_listener).map_err(SimError::Runtime)?;
        let gateway_listener = TcpListener::from_std(gateway_listener).map_err(SimError::Runtime)?;
        let connector_listener = TcpListener::from_std(connector_listener).map_err(SimError::Runtime)?;
        let quic_tls = Arc::new(quic_config(&authority)?);
        let quic = tunnel::quic::endpoint(&edge, connector_socket, quic_tls).map_err(SimError::Runtime)?;
        drop(entered);
        runtime.spawn(listen::serve_edge(Arc::clone(&edge), edge_listener, acceptor));
        runtime.spawn(names.serve(connector_acceptor.clone()));
        runtime.spawn(listen::serve_gateway(Arc::clone(&edge), gateway_listener));
        runtime.spawn(tunnel::serve(Arc::clone(&edge), connector_listener, connector_acceptor));
        if let Some(quic) = quic {
            runtime.spawn(tunnel::quic::serve(Arc::clone(&edge), quic));
        }
        let ca_pem = authority.pem();
        Ok(Self { edge, address, gateway, connectors, ca_pem, runtime: Some(runtime) })
    }

    /// Where the edge listens for TLS.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Where connectors dial it, by TCP and by UDP.
    #[must_use]
    pub fn connectors_addr(&self) -> SocketAddr {
        self.connectors
    }

    /// Base of links for a browser: `http://127.0.0.1:PORT/b/`.
    #[must_use]
    pub fn gateway(&self) -> String {
        format!("http://{}{}", self.gateway, gateway::PREFIX)
    }

    /// The edge's certificate authority.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// This edge as the product sees it.
    #[must_use]
    pub fn realm(&self) -> Realm {
        let mut hosts: Vec<String> = self.edge.apps().iter().map(|app| app.hostname.clone()).collect();
        // The first match wins: names before wildcards.
        hosts.sort_by_key(|host| host.starts_with('*'));
        let zones = self.edge.plan.account.zones.iter();
        hosts.extend(zones.flat_map(|zone| [zone.clone(), format!("*.{zone}")]));
        hosts.extend([format!("*{TEAMS}")]);
        hosts.extend([quick::HOST.to_owned(), format!("*.{}", quick::DOMAIN)]);
        hosts.extend(TRANSFER.into_iter().chain(API).chain(DASHBOARDS).map(str::to_owned));
        hosts.dedup();
        Realm {
            name: "Simulated edge".to_owned(),
            roots: self.ca_pem.clone(),
            routes: hosts.into_iter().map(|host| Route { host, to: self.address }).collect(),
            // Four connections want four addresses; one that is named four times counts as such.
            edge: vec![self.connectors; 4],
            browser_gateway: Some(self.gateway()),
            ..Realm::production()
        }
    }

    /// The line for `TrustedUserCAKeys` of servers that accept this edge's SSH certificates.
    #[must_use]
    pub fn ssh_ca(&self) -> String {
        self.edge.ssh.public_line()
    }

    /// What the account has, one line a thing: tunnels, DNS records, policies, applications, authorities, log-ins.
    #[must_use]
    pub fn account(&self) -> Vec<String> {
        self.edge.account.listed()
    }

    /// Lets the DNS record of a hostname lead to this address, as somebody at the dashboard would; false where there is none.
    pub fn lead_elsewhere(&self, hostname: &str, address: &str) -> bool {
        self.edge.account.lead_elsewhere(hostname, address)
    }

    /// The application as it is now.
    #[must_use]
    pub fn app(&self, hostname: &str) -> Option<AppPlan> {
        self.edge.apps().iter().find(|app| app.hostname == hostname).cloned()
    }

    /// What stands before a hostname now, be it planned or made by a call.
    #[must_use]
    pub fn guard(&self, hostname: &str) -> Option<AppPlan> {
        self.edge.app(hostname, "/")
    }

    /// Changes an application's policy, origin or name; false when there is none of this hostname.
    pub fn change_app(&self, hostname: &str, change: impl FnOnce(&mut AppPlan)) -> bool {
        let mut apps = self.edge.apps();
        match apps.iter_mut().find(|app| app.hostname == hostname) {
            Some(app) => {
                change(app);
                true
            }
            None => false,
        }
    }

    /// What goes wrong; may be changed at any time.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.edge.faults.clone()
    }

    /// Makes app tokens void, of one person or of everyone.
    pub fn revoke_app_tokens(&self, email: Option<&str>) {
        self.edge.mint.revoke(Kind::App, email);
    }

    /// Makes org tokens void, of one person or of everyone.
    pub fn revoke_org_tokens(&self, email: Option<&str>) {
        self.edge.mint.revoke(Kind::Org, email);
    }

    /// How long tokens live that are issued from now on.
    pub fn set_lifetimes(&self, app: Duration, org: Duration) {
        self.edge.mint.set_lifetimes(app, org);
    }

    /// Ends every carried stream now.
    pub fn cut(&self, how: Cut) {
        self.edge.cut.send_replace(Some(how));
    }

    /// Every request so far, in the order of arrival.
    #[must_use]
    pub fn log(&self) -> Vec<Seen> {
        self.edge.log.requests()
    }

    /// Every TCP connection so far, in the order of arrival.
    #[must_use]
    pub fn connections(&self) -> Vec<ConnectionSeen> {
        self.edge.log.connections()
    }

    /// Waits for a request that fits, which may have been there before; nothing after `timeout`.
    pub async fn wait_for(&self, fits: impl Fn(&Seen) -> bool, timeout: Duration) -> Option<Seen> {
        self.wait(timeout, || self.log().into_iter().find(|seen| fits(seen))).await
    }

    /// Waits for a connection that fits; nothing after `timeout`.
    pub async fn wait_for_connection(
        &self,
        fits: impl Fn(&ConnectionSeen) -> bool,
        timeout: Duration,
    ) -> Option<ConnectionSeen> {
        self.wait(timeout, || self.connections().into_iter().find(|seen| fits(seen))).await
    }

    /// Every connection of a connector so far, in the order of arrival.
    #[must_use]
    pub fn links(&self) -> Vec<LinkSeen> {
        self.edge.links.seen()
    }

    /// Waits until so many connections of connectors fit; those, or nothing after `timeout`.
    pub async fn wait_for_links(
        &self,
        count: usize,
        fits: impl Fn(&LinkSeen) -> bool,
        timeout: Duration,
    ) -> Option<Vec<LinkSeen>> {
        let fitting = || self.links().into_iter().filter(|seen| fits(seen)).collect::<Vec<_>>();
        self.wait(timeout, || Some(fitting()).filter(|links| links.len() >= count)).await
    }

    /// Sends new rules, `{"version":N,"config":{…}}`, to a connector that is registered; its answer.
    ///
    /// # Errors
    /// When there is none, or it does not answer in JSON.
    pub async fn push_configuration(&self, json: &str) -> io::Result<serde_json::Value> {
        self.edge.links.configure(json).await
    }

    /// Opens a stream to an `address:port` of the private network behind a tunnel.
    ///
    /// # Errors
    /// When no connector is there, or it cannot reach the address.
    pub async fn reach(&self, tunnel: TunnelId, address: &str) -> io::Result<DirectStream> {
        DirectStream::open(&self.edge.links, tunnel, address).await
    }

    /// Opens a WebSocket to a host behind a tunnel, past whoever guards it; its frames are the caller's business.
    ///
    /// # Errors
    /// When no connector is there, or it does not grant the upgrade.
    pub async fn web_socket(&self, tunnel: TunnelId, host: &str) -> io::Result<DirectStream> {
        DirectStream::web_socket(&self.edge.links, tunnel, host).await
    }

    /// Opens a stream to a connector over QUIC that begins with these bytes, as no edge would.
    ///
    /// # Errors
    /// When no connector is there, or it speaks HTTP/2.
    pub async fn say(&self, tunnel: TunnelId, bytes: impl Into<Bytes>) -> io::Result<DirectStream> {
        DirectStream::raw(&self.edge.links, tunnel, bytes.into()).await
    }

    /// Ends connections of connectors without a word; says how many.
    pub fn kill_links(&self, which: impl Fn(&LinkSeen) -> bool) -> usize {
        self.edge.links.kill(which)
    }

    /// Somebody who opens links through the gateway.
    #[must_use]
    pub fn person(&self) -> Person {
        Person::new(&self.gateway())
    }

    async fn wait<T>(&self, timeout: Duration, look: impl Fn() -> Option<T>) -> Option<T> {
        let mut changes = self.edge.log.watch();
        let found = async {
            loop {
                changes.mark_unchanged();
                if let Some(found) = look() {
                    return Some(found);
                }
                changes.changed().await.ok()?;
            }
        };
        tokio::time::timeout(timeout, found).await.ok().flatten()
    }
}

impl Drop for EdgeSim {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Dropping a runtime inside of another one is forbidden; this is not.
            runtime.shutdown_background();
        }
    }
}

fn bind(address: SocketAddr) -> Result<(StdListener, SocketAddr), SimError> {
    let failed = |source| SimError::Listen { address, source };
    let listener = StdListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// The same number by TCP and by UDP, which somebody else may have taken.
fn bind_both(address: SocketAddr) -> Result<(StdListener, UdpSocket, SocketAddr), SimError> {
    const TRIES: u32 = 20;
    let mut tries = 0;
    loop {
        let (listener, bound) = bind(address)?;
        let taken = match UdpSocket::bind(bound) {
            Ok(socket) => return Ok((listener, socket, bound)),
            Err(source) => SimError::Listen { address: bound, source },
        };
        tries += 1;
        if address.port() != 0 || tries == TRIES {
            return Err(taken);
        }
    }
}
