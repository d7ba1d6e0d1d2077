//! The edge, the origins, and the connectors that are compared.

use std::net::SocketAddr;
use std::path::PathBuf;

use edge_sim::{EdgeSim, LinkSeen, LinkState, Plan, TunnelPlan};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::bench::{origins, shipped};
use crate::homes::put;
use crate::{Home, Part, need, wait};

/// Bytes of a bulk measurement in one direction.
pub(super) const BULK: u64 = 512 << 20;
/// Bytes of an upload over a long way.
pub(super) const FAR: u64 = 64 << 20;

/// What stands behind the tunnels.
#[derive(Clone, Copy)]
pub(super) enum Origin {
    /// Greets, and waits.
    Greeter,
    /// Takes [`BULK`] bytes and then says so.
    Sink,
    /// The same of [`FAR`] bytes.
    FarSink,
    /// Pours [`BULK`] bytes once it is spoken to.
    Source,
    /// Says everything back.
    Echo,
}

const ORIGINS: [Origin; 5] = [Origin::Greeter, Origin::Sink, Origin::FarSink, Origin::Source, Origin::Echo];

/// A program that serves tunnels.
pub(super) struct Program {
    pub(super) name: &'static str,
    file: PathBuf,
    /// What stands before its flags.
    before: &'static [&'static str],
    tunnel: TunnelPlan,
}

/// Everything that is measured against, and the programs: ours first.
pub(super) struct Stage {
    pub(super) edge: EdgeSim,
    pub(super) runtime: Runtime,
    pub(super) programs: Vec<Program>,
    home: Home,
    origins: [SocketAddr; ORIGINS.len()],
}

/// A connector that serves.
pub(super) struct Running {
    part: Part,
    pub(super) tunnel: TunnelPlan,
}

impl Running {
    pub(super) fn pid(&self) -> u32 {
        self.part.pid()
    }
}

impl Stage {
    pub(super) fn set(beside: bool) -> Self {
        let ours = Program {
            name: "sallyport",
            file: shipped("sallyport-connector"),
            before: &[],
            tunnel: TunnelPlan::new("ours"),
        };
        let theirs = beside.then(|| Program {
            name: "cloudflared",
            file: need::find("cloudflared").expect("it was found before"),
            before: &["tunnel"],
            tunnel: TunnelPlan::new("theirs"),
        });
        let programs: Vec<Program> = [Some(ours), theirs].into_iter().flatten().collect();
        let plan = programs.iter().fold(Plan::default(), |plan, program| plan.tunnel(program.tunnel.clone()));
        let stage = Self {
            edge: EdgeSim::launch(plan).expect("an edge"),
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .expect("a runtime"),
            programs,
            home: Home::new(),
            origins: ORIGINS.map(Origin::serve),
        };
        put(stage.home.join("ca.pem"), stage.edge.ca_pem());
        for program in &stage.programs {
            put(stage.home.join(&format!("{}.json", program.name)), program.tunnel.credentials());
            put(stage.home.join(&format!("{}.yml", program.name)), stage.config(program).to_string());
        }
        stage
    }

    /// Where this origin listens.
    pub(super) fn address(&self, origin: Origin) -> SocketAddr {
        self.origins[origin as usize]
    }

    /// Every program, serving by `protocol` with so many connections.
    pub(super) fn serving(&self, protocol: &str, connections: usize) -> Vec<Running> {
        let edge = self.edge.connectors_addr();
        self.programs.iter().map(|program| self.run(program, protocol, connections, edge)).collect()
    }

    /// Starts one of them towards the edge at this address; returns once all its connections are registered.
    pub(super) fn run(
        &self,
        program: &Program,
        protocol: &str,
        connections: usize,
        edge: SocketAddr,
    ) -> Running {
        let (known, running) = self.start(program, protocol, connections, edge);
        self.until_registered(&running, known, connections);
        running
    }

    /// Starts it only; with how many connections were there before.
    pub(super) fn start(
        &self,
        program: &Program,
        protocol: &str,
        connections: usize,
        edge: SocketAddr,
    ) -> (u64, Running) {
        let known = self.edge.links().len() as u64;
        let mut command = self.home.command(&program.file);
        command.args(program.before);
        command.arg("--config").arg(self.home.join(&format!("{}.yml", program.name)));
        command.args([
            "--no-autoupdate",
            "--no-prechecks",
            "--metrics",
            "127.0.0.1:0",
            "--protocol",
            protocol,
        ]);
        command.arg("--cacert").arg(self.home.join("ca.pem"));
        command.args(["--ha-connections", &connections.to_string()]);
        // As many addresses as connections; one that is named several times counts as such.
        for _ in 0..connections {
            command.args(["--edge", &edge.to_string()]);
        }
        command.arg("run");
        let part = Part::start(program.name, &mut command, &self.home.logs());
        (known, Running { part, tunnel: program.tunnel.clone() })
    }

    /// Waits until so many connections of this one are registered, all of which came behind those `known` before.
    pub(super) fn until_registered(&self, running: &Running, known: u64, connections: usize) {
        let is_its = |link: &LinkSeen| {
            link.number > known
                && link.tunnel == Some(running.tunnel.id)
                && link.state == LinkState::Registered
        };
        let registered = self.edge.wait_for_links(connections, is_its, wait::SOON);
        let registered = self.runtime.block_on(registered);
        assert!(registered.is_some(), "not registered in time:\n{}", running.part.log());
    }

    fn config(&self, program: &Program) -> serde_json::Value {
        let mut ingress: Vec<_> = ORIGINS
            .iter()
            .map(|origin| {
                json!({ "hostname": origin.host(), "service": format!("tcp://{}", self.address(*origin)) })
            })
            .collect();
        ingress.push(json!({ "service": "http_status:404" }));
        json!({
            "tunnel": program.tunnel.id.to_string(),
            "credentials-file": self.home.join(&format!("{}.json", program.name)),
            "ingress": ingress,
        })
    }
}

impl Origin {
    /// The host that it is published as.
    pub(super) fn host(self) -> &'static str {
        match self {
            Self::Greeter => "greeter.bench.test",
            Self::Sink => "sink.bench.test",
            Self::FarSink => "far-sink.bench.test",
            Self::Source => "source.bench.test",
            Self::Echo => "echo.bench.test",
        }
    }

    fn serve(self) -> SocketAddr {
        match self {
            Self::Greeter => origins::greeter(),
            Self::Sink => origins::sink(BULK),
            Self::FarSink => origins::sink(FAR),
            Self::Source => origins::source(BULK),
            Self::Echo => origins::echo(),
        }
    }
}
