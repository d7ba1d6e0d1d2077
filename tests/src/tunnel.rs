//! A person before a host whose tunnel a real connector runs, on this machine as well.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use edge_sim::{AppPlan, LinkSeen, LinkState, Plan, TunnelPlan};
use wire::Realm;

use crate::homes::put;
use crate::reach::{HOST, TEAM};
use crate::{Part, Reach, wait};

/// The protocols between a connector and the edge, as `--protocol` names them.
pub const PROTOCOLS: [&str; 2] = ["http2", "quic"];
/// Connections that a connector keeps unless it is told otherwise.
pub const LINKS: usize = 4;

/// One person, one edge, one tunnel.
pub struct Tunnelled {
    /// The person and the edge.
    pub reach: Reach,
    /// The tunnel that the host is published by.
    pub tunnel: TunnelPlan,
}

impl Tunnelled {
    /// A host behind Access whose streams go through a tunnel; nobody runs it yet.
    #[must_use]
    pub fn new() -> Self {
        Self::at((Ipv4Addr::LOCALHOST, 0).into())
    }

    /// The same, with connectors expected at this address.
    #[must_use]
    pub fn at(connectors: SocketAddr) -> Self {
        Self::of(Plan { connectors, ..Plan::default() })
    }

    /// The same before an edge of this plan.
    #[must_use]
    pub fn of(plan: Plan) -> Self {
        let tunnel = TunnelPlan::new("office");
        let app = AppPlan::through(TEAM, HOST, tunnel.id).named("Build box");
        let reach = Reach::of(plan.team(TEAM).tunnel(tunnel.clone()).app(app));
        put(reach.home.join("tunnel/token"), format!("{}\n", tunnel.token()));
        put(reach.home.join(&format!("tunnel/{}.json", tunnel.id)), tunnel.credentials());
        Self { reach, tunnel }
    }

    /// Lets connectors find out by themselves where the edge is, as that of Cloudflare.
    ///
    /// # Panics
    /// When the realm cannot be written.
    pub fn hide_edge(&self) {
        let realm = Realm { edge: Vec::new(), ..self.reach.edge.realm() };
        let realm = serde_json::to_vec(&realm).expect("a realm in JSON");
        put(self.reach.home.profile().join("realm.json"), realm);
    }

    /// The file that holds the tunnel's token.
    #[must_use]
    pub fn token_file(&self) -> PathBuf {
        self.reach.home.join("tunnel/token")
    }

    /// The file that was made with the tunnel.
    #[must_use]
    pub fn credentials_file(&self) -> PathBuf {
        self.reach.home.join(&format!("tunnel/{}.json", self.tunnel.id))
    }

    /// `sallyport tunnel run` with these words behind it, monitored on a free port.
    #[must_use]
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = self.reach.helper(&["tunnel", "--metrics", "127.0.0.1:0", "run"]);
        command.args(words);
        command
    }

    /// Runs the tunnel by its token before this service.
    ///
    /// # Panics
    /// When not all of its connections register.
    #[must_use]
    pub fn serving(&self, service: &str) -> Part {
        self.serving_by("auto", service)
    }

    /// The same by this protocol.
    ///
    /// # Panics
    /// When not all of its connections register.
    #[must_use]
    pub fn serving_by(&self, protocol: &str, service: &str) -> Part {
        let mut command = self.command(&["--protocol", protocol, "--url", service, "--token-file"]);
        command.arg(self.token_file());
        self.started(&mut command)
    }

    /// Starts a connector and waits until the edge has all of its connections.
    ///
    /// # Panics
    /// When it has not in time.
    #[must_use]
    pub fn started(&self, command: &mut Command) -> Part {
        let known = self.reach.edge.links().len();
        let mut part = Part::start("connector", command, &self.reach.home.logs());
        part.says("that it starts", |log| log.contains("Starting tunnel").then_some(()));
        self.until_links("registered", |link| {
            link.state == LinkState::Registered && link.number > known as u64
        });
        part
    }

    /// Waits until as many connections as a connector keeps are like this.
    ///
    /// # Panics
    /// When they are not in time.
    #[track_caller]
    pub fn until_links(&self, what: &str, fits: impl Fn(&LinkSeen) -> bool) {
        let enough =
            || (self.reach.edge.links().iter().filter(|link| fits(link)).count() >= LINKS).then_some(());
        wait::until(&format!("{LINKS} connections {what}"), wait::SOON, enough);
    }
}

impl Default for Tunnelled {
    fn default() -> Self {
        Self::new()
    }
}

/// Where a connector says that it answers monitoring.
///
/// # Panics
/// When it does not say so in time.
pub fn monitoring(connector: &mut Part) -> SocketAddr {
    connector.says("where it answers monitoring", |log| {
        let (_, after) = log.split_once("Starting metrics server on ")?;
        after.split("/metrics").next()?.parse().ok()
    })
}

/// Status line, headers and body of one page, by plain HTTP.
///
/// # Panics
/// When nobody answers.
#[must_use]
pub fn page(address: SocketAddr, path: &str) -> String {
    let mut tcp = TcpStream::connect(address).expect("a listener");
    tcp.set_read_timeout(Some(Duration::from_secs(10))).expect("a limit");
    write!(tcp, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("a reader");
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).expect("an answer");
    answer
}
