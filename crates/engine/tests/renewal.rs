//! Logins that renew themselves while the desktop runs, before the simulated edge and by the real clock.
#![expect(clippy::unwrap_used, reason = "what the tests here build on has to be there")]

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use access::{Access, Held, LogInEvent};
use edge_sim::{AppPlan, EdgeSim, ExchangeFault, Plan};
use engine::{Engine, Host};
use model::{Input, Notification, Page, Request, Row, Snapshot, Tray};
use profile::{Profile, Settings, VaultChoice};
use ssh_config::{ProxyCommand, SshConfig};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use vault::Vault;
use wire::AppUrl;

const HOST: &str = "box.acme.test";
const SOON: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_secs(5);
const LONG: Duration = Duration::from_secs(3600);

/// A shell that remembers what it was to notify of.
#[derive(Default)]
struct Heard(Mutex<Vec<Notification>>);

impl Host for Heard {
    fn publish(&self, _snapshot: &Snapshot) {}
    fn tray(&self, _tray: &Tray) {}
    fn notify(&self, notification: &Notification) {
        self.0.lock().unwrap().push(notification.clone());
    }
    fn withdraw(&self, _tag: &str) {}
    fn copy(&self, _: String) {}
    fn stay_awake(&self, _on: bool) {}
    fn show_window(&self) {}
    fn close_window(&self) {}
    fn quit(&self) {}
}

/// A person who is logged in to one host for a few seconds, and to the team for an hour; and their desktop.
struct World {
    sim: EdgeSim,
    access: Access,
    engine: Engine,
    heard: Arc<Heard>,
    first: Held,
    _folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let plan =
            Plan::default().team("acme").app(AppPlan::new("acme", HOST, nowhere)).lifetimes(SHORT, LONG);
        let sim = EdgeSim::start(plan).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let realm = serde_json::to_vec(&sim.realm()).unwrap();
        profile::write_atomically(&folder.path().join("realm.json"), &realm).unwrap();
        let profile = Profile::open(Some(folder.path().to_owned()), &|_| None).unwrap();
        let ssh_config = Some(PathBuf::from("ssh_config"));
        let settings = Settings { vault: VaultChoice::File, ssh_config, ..Settings::default() };
        let profile = profile.save_settings(&settings).unwrap();
        let command = ProxyCommand { helper: "/usr/bin/sallyport".into(), profile: None };
        let host = ssh_config::Host::new("box", HOST).unwrap();
        let config = SshConfig::read(&profile.ssh_config()).unwrap();
        config.plan(&[host], &command).unwrap().apply().unwrap();
        let access = Access::new(&profile, Vault::open(&profile)).unwrap();
        let first = log_in(&access, &sim).await;
        let heard = Arc::new(Heard::default());
        let engine = Engine::start(profile, heard.clone()).await.unwrap();
        Self { sim, access, engine, heard, first, _folder: folder }
    }

    fn row(&self) -> Option<Row> {
        self.engine.snapshot().groups.iter().flat_map(|group| &group.rows).next().cloned()
    }

    /// How often the edge was asked to exchange.
    fn exchanges(&self) -> usize {
        let log = self.sim.log();
        log.iter().filter(|seen| seen.tls.is_some() && seen.path().starts_with(wire::path::LOGIN)).count()
    }
}

async fn log_in(access: &Access, sim: &EdgeSim) -> Held {
    let (links, mut opened) = tokio::sync::mpsc::unbounded_channel();
    let events = move |event| {
        if let LogInEvent::OpenBrowser { link } = event {
            links.send(link).unwrap();
        }
    };
    let url: AppUrl = HOST.parse().unwrap();
    let person = async {
        let link = opened.recv().await.unwrap();
        sim.person().submit(&link, "ada@acme.test").await.unwrap();
    };
    tokio::join!(access.obtain(&url, events, CancellationToken::new()), person).0.unwrap()
}

/// Looks until `find` finds it.
async fn until<T>(what: &str, find: impl AsyncFn() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = find().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, looking).await.unwrap_or_else(|_| panic!("{what} did not come"))
}

#[tokio::test]
async fn a_login_stays_valid_for_as_long_as_the_teams_does() {
    let world = World::new().await;
    let url: AppUrl = HOST.parse().unwrap();
    let mut ends = world.first.claims.exp;
    for renewal in 1..=2 {
        let held = until("a later login", async || {
            let held = world.access.token_at_hand(&url).await.unwrap();
            held.filter(|held| held.claims.exp > ends)
        })
        .await;
        assert!(world.exchanges() >= renewal, "it was bought");
        ends = held.claims.exp;
    }
    let line2 = until("the second clock", async || {
        world.row().map(|row| row.line2).filter(|line| line.starts_with("Renews until "))
    })
    .await;
    assert!(line2.len() > "Renews until ".len());
    assert_eq!(world.heard.0.lock().unwrap().as_slice(), [], "no word of it");
    world.engine.shutdown().await;
}

#[tokio::test]
async fn a_refusal_is_told_with_its_reason() {
    let world = World::new().await;
    world.sim.revoke_org_tokens(None);
    let told = until("a notification", async || world.heard.0.lock().unwrap().first().cloned()).await;
    assert!(told.summary.starts_with("acme login ends "), "{told:?}");
    assert_eq!(told.body, "box needs it. acme wants you to log in again.");
    let problem = until("the reason on the host's page", async || {
        world.engine.send(Input::Request(Request::Go { page: Page::Host { alias: "box".to_owned() } }));
        world.engine.snapshot().detail.clone()?.problem
    })
    .await;
    assert_eq!(problem.cause, "renewal-refused");
    let asked = world.exchanges();
    until("its end", async || world.row().filter(|row| row.line1.starts_with("Ended "))).await;
    assert_eq!(world.exchanges(), asked, "what is refused is not asked for again");
    world.engine.shutdown().await;
}

#[tokio::test]
async fn a_policy_that_changed_is_told_as_that() {
    let world = World::new().await;
    assert!(world.sim.change_app(HOST, |app| app.allow = vec!["boss@acme.test".to_owned()]));
    let told = until("a notification", async || world.heard.0.lock().unwrap().first().cloned()).await;
    assert_eq!(told.body, "box needs it. acme does not let you into box.");
    until("the state of the host", async || world.row().filter(|row| row.line1 == "Blocked by policy")).await;
    world.engine.shutdown().await;
}

#[tokio::test]
async fn an_edge_in_trouble_is_asked_again_and_nobody_is_told() {
    let world = World::new().await;
    world.sim.faults().set(|faulty| faulty.exchange.next(1, ExchangeFault::Status(503)));
    until("a failed renewal", async || (world.exchanges() == 1).then_some(())).await;
    let url: AppUrl = HOST.parse().unwrap();
    until("the end of the login", async || {
        world.access.token_at_hand(&url).await.unwrap().is_none().then_some(())
    })
    .await;
    until("it says that ssh buys the next", async || world.row().filter(|row| row.line1 == "Ready")).await;
    assert_eq!(world.heard.0.lock().unwrap().as_slice(), []);
    world.engine.shutdown().await;
}
