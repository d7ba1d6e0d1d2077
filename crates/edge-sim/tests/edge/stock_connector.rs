//! A stock `cloudflared tunnel run` takes the simulated edge for Cloudflare.
//!
//! It asks DNS for the real edge even where it is told another one: so it runs in a network namespace of the test's own,
//! in which there is nobody to ask.

#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "files of a private folder that nobody else reads")]

use std::path::PathBuf;
use std::process::{Command as Blocking, Stdio};

use edge_sim::{AppPlan, EdgeSim, LinkProtocol, LinkSeen, LinkState, Plan, TunnelPlan};
use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::common::{Echo, GREETING, HOST, SOON, ask};
use crate::socket::Socket;

const WEB: &str = "open.acme.test";
const BINARY: u8 = 2;

fn has_cloudflared() -> bool {
    let path = std::env::var_os("PATH").unwrap();
    std::env::split_paths(&path).any(|folder| folder.join("cloudflared").is_file())
}

#[test]
fn a_stock_connector_serves_what_is_behind_it() {
    if !has_cloudflared() {
        eprintln!("SKIPPED: no `cloudflared` on the PATH");
        return;
    }
    let own = std::env::current_exe().unwrap();
    let inside = [&["--net"][..], &["--map-root-user", "--net"]].into_iter().find_map(|flags| {
        let probe = Blocking::new("unshare").args(flags).args(["ip", "link", "set", "lo", "up"]).output();
        probe.is_ok_and(|probe| probe.status.success()).then(|| {
            let mut command = Blocking::new("unshare");
            command.args(flags).args(["sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""]).arg(&own);
            command
        })
    });
    let Some(mut inside) = inside else {
        eprintln!("SKIPPED: no right to make a network namespace (or no `unshare`, no `ip`)");
        return;
    };
    let done =
        inside.args(["--exact", "stock_connector::inside", "--ignored", "--nocapture"]).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(done.status.success(), "{}\n{}", text(&done.stdout), text(&done.stderr));
    assert!(text(&done.stdout).contains("1 passed"));
}

#[tokio::test]
#[ignore = "needs the namespace that the test above makes"]
async fn inside() {
    let echo = Echo::start().await;
    for protocol in [LinkProtocol::Http2, LinkProtocol::Quic] {
        let mut stage = Stage::start(&echo, protocol).await;
        let links = stage.links(2, LinkState::Registered).await;
        registers_as_the_reference_says(&links, &stage.tunnel, protocol);
        carries_a_stream(&stage.sim).await;
        answers_requests(&stage.sim).await;
        carries_a_private_stream(&stage, &echo).await;
        takes_rules(&stage.sim).await;
        comes_back(&stage).await;
        leaves_in_due_form(&mut stage).await;
    }
}

struct Stage {
    sim: EdgeSim,
    tunnel: TunnelPlan,
    connector: Child,
    _folder: TempDir,
}

impl Stage {
    async fn start(echo: &Echo, protocol: LinkProtocol) -> Self {
        let tunnel = TunnelPlan::new("office");
        let app = |host| AppPlan::through("acme", host, tunnel.id).not_behind_access();
        let plan = Plan::default().team("acme").tunnel(tunnel.clone()).app(app(HOST)).app(app(WEB));
        let sim = EdgeSim::start(plan).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| -> PathBuf { folder.path().join(name) };
        std::fs::write(path("ca.pem"), sim.ca_pem()).unwrap();
        std::fs::write(path("credentials.json"), tunnel.credentials()).unwrap();
        let rules = format!(
            "tunnel: {}\ncredentials-file: {}\ningress:\n- hostname: {HOST}\n  service: ssh://{}\n\
             - hostname: {WEB}\n  path: ^/refused\n  service: http://127.0.0.1:9\n\
             - hostname: {WEB}\n  service: http_status:418\n- service: http_status:404\n",
            tunnel.id,
            path("credentials.json").display(),
            echo.address,
        );
        std::fs::write(path("config.yml"), rules).unwrap();
        let edge = sim.connectors_addr().to_string();
        let mut command = Command::new("cloudflared");
        command.arg("--config").arg(path("config.yml")).args(["tunnel", "--no-autoupdate", "--no-prechecks"]);
        command.arg("--cacert").arg(path("ca.pem")).args(["--edge", &edge, "--edge", &edge]);
        let protocol = match protocol {
            LinkProtocol::Http2 => "http2",
            LinkProtocol::Quic => "quic",
        };
        command.args(["--ha-connections", "2", "--protocol", protocol, "run"]);
        command.env("HOME", folder.path()).stdin(Stdio::null()).kill_on_drop(true);
        Self { sim, tunnel, connector: command.spawn().unwrap(), _folder: folder }
    }

    async fn links(&self, count: usize, state: LinkState) -> Vec<LinkSeen> {
        let links = self.sim.wait_for_links(count, |seen| seen.state == state, 3 * SOON).await;
        links.unwrap_or_else(|| panic!("{count} times {state:?}: {:?}", self.sim.links()))
    }
}

/// `tunnel.md` 1.4, 5.4, 5.6.
fn registers_as_the_reference_says(links: &[LinkSeen], tunnel: &TunnelPlan, protocol: LinkProtocol) {
    let (group, alpn, name) = match protocol {
        LinkProtocol::Http2 => ("X25519MLKEM768", None, "h2.cftunnel.com"),
        LinkProtocol::Quic => ("", Some("argotunnel"), "quic.cftunnel.com"),
    };
    for (index, link) in links.iter().enumerate() {
        assert_eq!(link.protocol, protocol);
        assert_eq!((usize::from(link.index), link.tunnel), (index, Some(tunnel.id)));
        assert_eq!((link.tls.group.as_str(), link.tls.alpn.as_deref()), (group, alpn));
        assert_eq!(link.tls.sni.as_deref(), Some(name));
        assert!(link.features.iter().any(|name| name == "serialized_headers"), "{:?}", link.features);
        assert_eq!((link.attempts, link.local.map(|ip| ip.is_loopback())), (0, Some(true)));
        assert!(link.arch.starts_with("linux_"), "{}", link.arch);
    }
    assert_eq!(links[0].client, links[1].client);
    let told = |link: &LinkSeen| link.local_config.as_deref().map(serde_json::from_str::<Value>);
    let rules = told(&links[0]).unwrap().unwrap();
    assert_eq!(rules["ingress"][0]["hostname"], HOST);
    assert!(told(&links[1]).is_none(), "only the first connection tells");
}

async fn carries_a_stream(sim: &EdgeSim) {
    let mut socket = Socket::open(sim, &[]).await.unwrap();
    assert_eq!(socket.read(GREETING.len()).await, GREETING);
    let payload: Vec<u8> = (0..16_384_u32).map(|n| n.to_le_bytes()[0]).collect();
    for _ in 0..64 {
        socket.send(BINARY, &payload).await;
        assert_eq!(socket.read(payload.len()).await, payload);
    }
    socket.hang_up().await;
}

async fn answers_requests(sim: &EdgeSim) {
    for (path, status) in [("/", 418), ("/refused", 502)] {
        let answer = ask(sim, Method::GET, &format!("https://{WEB}{path}"), &[]).await;
        assert_eq!(answer.status(), status, "{path}");
    }
}

/// `tunnel.md` 3.5, 4.3.
async fn carries_a_private_stream(stage: &Stage, echo: &Echo) {
    let (sim, tunnel) = (&stage.sim, stage.tunnel.id);
    let mut stream = sim.reach(tunnel, &echo.address.to_string()).await.unwrap();
    stream.send(&b"from a private network"[..]).await.unwrap();
    let mut heard = Vec::new();
    while heard.len() < GREETING.len() + 22 {
        heard.extend(stream.next().await.unwrap().unwrap());
    }
    assert_eq!(heard, [GREETING, b"from a private network"].concat());
    assert!(sim.reach(tunnel, "127.0.0.1:9").await.is_err(), "nothing listens there");
}

/// `tunnel.md` 3.6, 4.2, 5.7.
async fn takes_rules(sim: &EdgeSim) {
    let echoed = r#"{"version":1,"config":{"ingress":[{"service":"http_status:404"}]}}"#;
    let told = sim.push_configuration(echoed).await.unwrap();
    assert_eq!(told["lastAppliedVersion"], 1, "{told}");
    let answer = ask(sim, Method::GET, &format!("https://{WEB}/"), &[]).await;
    assert_eq!(answer.status(), 404);
    let told = sim.push_configuration(r#"{"version":2,"config":{"ingress":[{}]}}"#).await.unwrap();
    assert!(told["lastAppliedVersion"] == 1 && !told["err"].is_null(), "{told}");
}

async fn comes_back(stage: &Stage) {
    assert_eq!(stage.sim.kill_links(|seen| seen.index == 1), 1);
    // The one that was ended is number 2, and may not have noticed yet.
    let again = |seen: &LinkSeen| seen.index == 1 && seen.number > 2 && seen.state == LinkState::Registered;
    let again = stage.sim.wait_for_links(1, again, 6 * SOON).await.unwrap();
    assert_eq!(again[0].number, 3);
}

async fn leaves_in_due_form(stage: &mut Stage) {
    let pid = stage.connector.id().unwrap().to_string();
    assert!(Command::new("kill").arg(&pid).status().await.unwrap().success());
    let left = stage.links(2, LinkState::Left).await;
    assert!(left.iter().all(|link| link.aborted.as_deref() == Some("rpc: shutdown")), "{left:?}");
    assert!(stage.connector.wait().await.unwrap().success());
}
