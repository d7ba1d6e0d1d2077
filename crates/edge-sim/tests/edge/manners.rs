//! What every answer of the edge has, and what an edge does on a bad day.

use std::sync::Arc;
use std::time::{Duration, Instant};

use edge_sim::{AppPlan, EdgeSim, Plan, SimError};
use reqwest::Method;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::common::{HOST, MAIL, SOON, ask, header, log_in, nowhere, start};

const APP: &str = "https://build-01.acme.test/";

#[tokio::test]
async fn every_answer_is_numbered_and_dated() {
    let sim = start().await;
    let urls = [
        APP,
        "https://acme.cloudflareaccess.com/cdn-cgi/access/certs",
        "https://acme.cloudflareaccess.com/nothing",
        "https://unknown.acme.test/",
    ];
    let mut rays = Vec::new();
    for url in urls {
        let answer = ask(&sim, Method::GET, url, &[]).await;
        let ray = header(&answer, "cf-ray").to_owned();
        let (digits, place) = ray.split_once('-').unwrap();
        assert!(
            digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_hexdigit()) && place == "SIM",
            "{ray}"
        );
        assert!(header(&answer, "date").ends_with(" GMT"));
        rays.push(ray);
    }
    rays.dedup();
    assert_eq!(rays.len(), urls.len());
}

#[tokio::test]
async fn the_edges_clock_can_be_off_by_a_day() {
    let sim = start().await;
    sim.faults().set(|faulty| faulty.clock_offset = 86_400);
    let answer = ask(&sim, Method::GET, APP, &[]).await;
    let ahead = jiff::fmt::rfc2822::parse(header(&answer, "date")).unwrap().timestamp();
    let hours = (ahead.as_second() - jiff::Timestamp::now().as_second()) / 3600;
    assert!((23..=24).contains(&hours), "{hours}");
    let claims = wire::Jwt::new(&log_in(&sim, MAIL).await.app).claims().unwrap();
    assert!(claims.iat > jiff::Timestamp::now().as_second() + 80_000);
}

#[tokio::test]
async fn answers_can_be_held_back() {
    let sim = start().await;
    sim.faults().set(|faulty| faulty.delay = Duration::from_millis(200));
    let began = Instant::now();
    ask(&sim, Method::GET, APP, &[]).await;
    assert!(began.elapsed() >= Duration::from_millis(200));
    sim.faults().clear();
    assert!(sim.wait_for(|seen| seen.status == 302, SOON).await.is_some());
    assert!(sim.wait_for(|seen| seen.status == 418, Duration::from_millis(50)).await.is_none());
}

#[tokio::test]
async fn the_realm_leads_to_this_edge_and_nowhere_else() {
    let sim = start().await;
    let realm = sim.realm();
    for host in [HOST, "acme.cloudflareaccess.com", "login.cloudflareaccess.org"] {
        assert_eq!(realm.route(host), Some(sim.addr()), "{host}");
    }
    assert_eq!(realm.route("example.com"), None);
    assert!(realm.browser_link(APP).starts_with(&sim.gateway()));
    assert!(realm.roots.starts_with("-----BEGIN CERTIFICATE-----"));
    let address = sim.addr();
    drop(sim);
    let gone = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await
        }
    };
    assert!(tokio::time::timeout(SOON, gone).await.is_ok(), "dropped is stopped");
}

#[tokio::test]
async fn a_plan_that_contradicts_itself_does_not_start() {
    let plan = Plan::default().team("acme").app(AppPlan::new("other", HOST, nowhere()));
    assert!(matches!(EdgeSim::start(plan).await, Err(SimError::Plan { .. })));
}

/// What a handshake with these versions and protocols comes to.
async fn handshake(
    sim: &EdgeSim,
    version: &'static rustls::SupportedProtocolVersion,
    offered: &[&str],
) -> edge_sim::TlsSeen {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(sim.ca_pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[version]).unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
    let before = sim.connections().len() as u64;
    let tcp = TcpStream::connect(sim.addr()).await.unwrap();
    let name = ServerName::try_from(HOST).unwrap();
    let _tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
    let seen = sim.wait_for_connection(|seen| seen.connection > before && seen.tls.is_some(), SOON).await;
    seen.unwrap().tls.unwrap()
}

#[tokio::test]
async fn both_versions_of_tls_are_spoken_and_alpn_only_where_offered() {
    let sim = start().await;
    let new = handshake(&sim, &rustls::version::TLS13, &["h2", "http/1.1"]).await;
    assert_eq!((new.version.as_str(), new.alpn.as_deref()), ("TLSv1_3", Some("http/1.1")));
    let old = handshake(&sim, &rustls::version::TLS12, &[]).await;
    assert_eq!((old.version.as_str(), old.alpn), ("TLSv1_2", None));
}
