//! A simulated edge, a profile of its own, and an origin that says what it is told.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use access::{Access, AccessError, Clock, Held, LogInEvent};
use edge_sim::{AppPlan, EdgeSim, Plan};
use profile::{Profile, Settings, VaultChoice};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vault::Vault;
use wire::AppUrl;

pub(crate) const HOST: &str = "box.acme.test";
pub(crate) const EMAIL: &str = "ada@acme.test";
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// One person before one edge.
pub(crate) struct World {
    pub(crate) sim: EdgeSim,
    pub(crate) access: Access,
    pub(crate) clock: Clock,
    pub(crate) profile: Profile,
    pub(crate) vault: Vault,
    _folder: TempDir,
}

impl World {
    /// An edge with `HOST` before `origin`, a wildcard app, and one without Access.
    pub(crate) async fn with_origin(origin: SocketAddr) -> Self {
        let plan = Plan::default()
            .team("acme")
            .poll_hold(Duration::from_millis(300))
            .app(AppPlan::new("acme", HOST, origin))
            .app(AppPlan::new("acme", "second.acme.test", origin))
            .app(AppPlan::new("acme", "*.wild.test", origin))
            .app(AppPlan::new("acme", "closed.acme.test", origin).allow("boss@acme.test"))
            .app(AppPlan::new("acme", "open.acme.test", origin).not_behind_access());
        Self::of(plan).await
    }

    pub(crate) async fn new() -> Self {
        Self::with_origin(nowhere()).await
    }

    pub(crate) async fn of(plan: Plan) -> Self {
        let sim = EdgeSim::start(plan).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let realm = serde_json::to_vec(&sim.realm()).unwrap();
        profile::write_atomically(&folder.path().join("realm.json"), &realm).unwrap();
        let settings = Settings { vault: VaultChoice::File, ..Settings::default() };
        let profile = open_profile(&folder).save_settings(&settings).unwrap();
        let (vault, clock) = (Vault::open(&profile), Clock::default());
        let access = Access::with_clock(&profile, vault.clone(), clock.clone()).unwrap();
        Self { sim, access, clock, profile, vault, _folder: folder }
    }

    /// Another program of the same person.
    pub(crate) fn another(&self) -> Access {
        Access::new(&self.profile, Vault::open(&self.profile)).unwrap()
    }

    /// Obtains a token as somebody who logs in when asked.
    pub(crate) async fn obtain(&self, host: &str) -> Result<Held, AccessError> {
        obtain(&self.access, &self.sim, host, EMAIL).await.0
    }

    /// How many requests of the product's own came to paths that begin so.
    pub(crate) fn requests_to(&self, path: &str) -> usize {
        self.sim.log().iter().filter(|seen| seen.tls.is_some() && seen.path().starts_with(path)).count()
    }
}

/// Obtains a token; returns how many browsers were opened, too.
pub(crate) async fn obtain(
    access: &Access,
    sim: &EdgeSim,
    host: &str,
    email: &str,
) -> (Result<Held, AccessError>, usize) {
    let (links, mut opened) = tokio::sync::mpsc::unbounded_channel();
    let browsers = Mutex::new(0);
    let events = |event| {
        if let LogInEvent::OpenBrowser { link } = event {
            *browsers.lock().unwrap() += 1;
            links.send(link).unwrap();
        }
    };
    let person = async {
        while let Some(link) = opened.recv().await {
            sim.person().submit(&link, email).await.unwrap();
        }
        std::future::pending::<()>().await;
    };
    let target = url(host);
    let held = tokio::select! {
        held = access.obtain(&target, events, CancellationToken::new()) => held,
        () = person => unreachable!(),
    };
    let browsers = *browsers.lock().unwrap();
    (held, browsers)
}

pub(crate) fn url(host: &str) -> AppUrl {
    host.parse().unwrap()
}

fn open_profile(folder: &TempDir) -> Profile {
    Profile::open(Some(folder.path().to_owned()), &|_| None).unwrap()
}

/// An address where nobody listens.
pub(crate) fn nowhere() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A TCP server whose connections all do `what`, until the set is dropped.
pub(crate) async fn origin<F>(what: impl Fn(TcpStream) -> F + Send + 'static) -> (SocketAddr, JoinSet<()>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut streams = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            streams.spawn(what(stream));
        }
    });
    (address, tasks)
}

/// Sends back what it gets.
pub(crate) async fn echo(mut stream: TcpStream) {
    let mut chunk = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = stream.read(&mut chunk).await {
        if stream.write_all(&chunk[..read]).await.is_err() {
            return;
        }
    }
}
