//! The desktop as an agent of certificates, before the simulated edge.
#![expect(clippy::unwrap_used, reason = "what the tests here build on has to be there")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use access::{Access, LogInEvent, ask_agent};
use edge_sim::{AppPlan, EdgeSim, Plan};
use engine::{Engine, Host};
use model::{Input, Notification, Page, Request, Snapshot, Tray};
use profile::{DesktopAddress, Profile, Settings, VaultChoice};
use ssh_config::{ProxyCommand, SshConfig};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use vault::Vault;
use wire::{AppUrl, Cause};

const HOST: &str = "box.acme.test";
const SOON: Duration = Duration::from_secs(20);

/// A shell that shows nothing.
struct Blind;

impl Host for Blind {
    fn publish(&self, _snapshot: &Snapshot) {}
    fn tray(&self, _tray: &Tray) {}
    fn notify(&self, _notification: &Notification) {}
    fn withdraw(&self, _tag: &str) {}
    fn copy(&self, _: String) {}
    fn stay_awake(&self, _on: bool) {}
    fn show_window(&self) {}
    fn close_window(&self) {}
    fn quit(&self) {}
}

struct World {
    sim: EdgeSim,
    profile: Profile,
    _folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let plan = Plan::default().team("acme").app(AppPlan::new("acme", HOST, nowhere));
        let sim = EdgeSim::start(plan).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let realm = serde_json::to_vec(&sim.realm()).unwrap();
        profile::write_atomically(&folder.path().join("realm.json"), &realm).unwrap();
        let profile = Profile::open(Some(folder.path().to_owned()), &|_| None).unwrap();
        let ssh_config = Some(PathBuf::from("ssh_config"));
        let settings = Settings { vault: VaultChoice::File, ssh_config, ..Settings::default() };
        Self { sim, profile: profile.save_settings(&settings).unwrap(), _folder: folder }
    }

    fn address(&self) -> DesktopAddress {
        self.profile.agent_address(HOST)
    }

    /// Writes the block as the window or `host add` would.
    fn set_host(&self, user: &str) {
        let command = ProxyCommand { helper: "/usr/bin/sallyport".into(), profile: None };
        let host = ssh_config::Host::new("box", HOST).unwrap().with_user(user).unwrap();
        let host = host.with_agent(&self.address().in_ssh_config()).unwrap();
        let config = SshConfig::read(&self.profile.ssh_config()).unwrap();
        config.plan(&[host], &command).unwrap().apply().unwrap();
    }

    /// Logs in as another program of the same person would.
    async fn log_in(&self) {
        let access = Access::new(&self.profile, Vault::open(&self.profile)).unwrap();
        let (links, mut opened) = tokio::sync::mpsc::unbounded_channel();
        let events = move |event| {
            if let LogInEvent::OpenBrowser { link } = event {
                links.send(link).unwrap();
            }
        };
        let url: AppUrl = HOST.parse().unwrap();
        let person = async {
            let link = opened.recv().await.unwrap();
            self.sim.person().submit(&link, "ada@acme.test").await.unwrap();
        };
        let (held, ()) = tokio::join!(access.obtain(&url, events, CancellationToken::new()), person);
        held.unwrap();
    }
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
async fn the_desktop_hands_out_certificates_and_shows_them() {
    let world = World::new().await;
    world.set_host("root");
    world.log_in().await;
    let engine = Engine::start(world.profile.clone(), Arc::new(Blind)).await.unwrap();
    engine.send(Input::Request(Request::Go { page: Page::Host { alias: "box".to_owned() } }));
    let address = world.address();
    until("an agent", async || ask_agent(&address, HOST, false).await.is_ok().then_some(())).await;

    let certificate = ask_agent(&address, HOST, true).await.unwrap().unwrap();
    assert_eq!(certificate.principals, ["ada"]);
    let shown = until("the certificate in the window", async || {
        engine.send(Input::Request(Request::Go { page: Page::Host { alias: "box".to_owned() } }));
        let detail = engine.snapshot().detail.clone()?;
        let row = detail.connection.into_iter().find(|row| row.label == "Certificate")?;
        row.value.starts_with("Until ").then_some((row.value, detail.problem))
    })
    .await;
    assert!(shown.0.ends_with(" for ada"), "{}", shown.0);
    assert_eq!(shown.1.unwrap().cause, "other-account", "root is no principal");

    engine.shutdown().await;
    let nobody = Err(Cause::NoAgent { host: HOST.to_owned() });
    until("the end of the agent", async || (ask_agent(&address, HOST, false).await == nobody).then_some(()))
        .await;
}

#[tokio::test]
async fn a_host_that_comes_later_is_answered_for_too() {
    let world = World::new().await;
    let engine = Engine::start(world.profile.clone(), Arc::new(Blind)).await.unwrap();
    let address = world.address();
    let nobody = Err(Cause::NoAgent { host: HOST.to_owned() });
    assert_eq!(ask_agent(&address, HOST, false).await, nobody);
    world.set_host("ada");
    engine.send(Input::Request(Request::Refresh));
    let answered = async || ask_agent(&address, HOST, false).await.ok();
    assert_eq!(until("an agent", answered).await, None, "nobody has asked for a certificate");
    engine.shutdown().await;
}
