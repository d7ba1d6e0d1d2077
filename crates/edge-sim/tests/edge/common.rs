//! What the tests of the simulated edge share: a plan, an origin, and a client that is not the edge's own code.

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use crypto_box::aead::{Aead as _, OsRng};
use crypto_box::{PublicKey, SalsaBox, SecretKey};
use edge_sim::{AppPlan, EdgeSim, Plan};
use reqwest::{Certificate, Client, Method, Response, redirect};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub(crate) const HOST: &str = "build-01.acme.test";
pub(crate) const TEAM: &str = "acme.cloudflareaccess.com";
pub(crate) const MAIL: &str = "ada@acme.test";
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// A TCP echo that greets, and lives as long as this value.
pub(crate) struct Echo {
    pub(crate) address: SocketAddr,
    _tasks: JoinSet<()>,
}

pub(crate) const GREETING: &[u8] = b"SSH-2.0-echo\r\n";

impl Echo {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut streams = JoinSet::new();
            while let Ok((mut tcp, _)) = listener.accept().await {
                streams.spawn(async move {
                    let (mut reader, mut writer) = tcp.split();
                    writer.write_all(GREETING).await.unwrap();
                    let _ = tokio::io::copy(&mut reader, &mut writer).await;
                    let _ = writer.shutdown().await;
                });
            }
        });
        Self { address, _tasks: tasks }
    }
}

pub(crate) fn plan(origin: SocketAddr) -> Plan {
    Plan::default()
        .team("acme")
        .app(AppPlan::new("acme", HOST, origin).named("Build box").allow("@acme.test"))
}

pub(crate) fn nowhere() -> SocketAddr {
    "127.0.0.1:9".parse().unwrap()
}

pub(crate) async fn start() -> EdgeSim {
    EdgeSim::start(plan(nowhere())).await.unwrap()
}

/// A client that trusts the edge, follows nothing and keeps no cookies.
pub(crate) fn client(sim: &EdgeSim) -> Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let root = Certificate::from_pem(sim.ca_pem().as_bytes()).unwrap();
    let mut client = Client::builder().redirect(redirect::Policy::none()).tls_certs_only([root]);
    for host in [HOST, TEAM, "login.cloudflareaccess.org", "unknown.acme.test", "open.acme.test"] {
        client = client.resolve(host, sim.addr());
    }
    client.build().unwrap()
}

pub(crate) async fn ask(sim: &EdgeSim, method: Method, url: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = client(sim).request(method, url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

pub(crate) fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
}

/// A program's side of one log-in.
pub(crate) struct Transfer {
    secret: SecretKey,
    pub(crate) mailbox: String,
}

pub(crate) struct Tokens {
    pub(crate) app: String,
    pub(crate) org: String,
}

impl Transfer {
    pub(crate) fn new() -> Self {
        let secret = SecretKey::generate(&mut OsRng);
        let mailbox = URL_SAFE.encode(secret.public_key().as_bytes());
        Self { secret, mailbox }
    }

    pub(crate) fn link(&self) -> String {
        let mailbox = self.mailbox.replace('=', "%3D");
        format!(
            "https://{HOST}/cdn-cgi/access/cli?edge_token_transfer=true&send_org_token=true&token={mailbox}"
        )
    }

    pub(crate) fn url(&self) -> String {
        format!("https://login.cloudflareaccess.org/transfer/{}", self.mailbox)
    }

    /// Decrypts an answer of the transfer service.
    pub(crate) async fn open(&self, answer: Response) -> Option<Vec<u8>> {
        let sender = URL_SAFE.decode(header(&answer, "service-public-key")).unwrap();
        let sender: [u8; 32] = sender.try_into().unwrap();
        let body = STANDARD.decode(answer.bytes().await.unwrap()).ok()?;
        let (nonce, sealed) = body.split_at(24);
        SalsaBox::new(&PublicKey::from(sender), &self.secret).decrypt(nonce.into(), sealed).ok()
    }

    pub(crate) async fn tokens(&self, answer: Response) -> Tokens {
        let tokens: Value = serde_json::from_slice(&self.open(answer).await.unwrap()).unwrap();
        let token = |name: &str| tokens[name].as_str().unwrap().to_owned();
        Tokens { app: token("app_token"), org: token("org_token") }
    }
}

/// The whole log-in of a program whose person is `email`.
pub(crate) async fn log_in(sim: &EdgeSim, email: &str) -> Tokens {
    let transfer = Transfer::new();
    let page = sim.person().submit(&transfer.link(), email).await.unwrap();
    assert!(page.is_logged_in(), "{page:?}");
    transfer.tokens(ask(sim, Method::GET, &transfer.url(), &[]).await).await
}

/// The JSON of an answer.
pub(crate) async fn json(answer: Response) -> Value {
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}
