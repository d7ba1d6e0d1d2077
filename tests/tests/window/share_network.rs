//! Bad days of the network under a machine that is shared: the desktop lives on a machine of its own, whose cable the test
//! spoils, and the window names what is wrong and tells by itself when it is over.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use edge_sim::{AccountPlan, LinkProtocol, LinkState, Right};
use journeys::homes::put;
use journeys::network::{self, FAR, NEAR, Network};
use journeys::shared::{SHARED, TOKEN, ZONE};
use journeys::{Desk, Driver};
use serde_json::json;

use crate::page::Page;
use crate::shares::was_shared;
use crate::stage::{Stage, lacks};

/// Where connectors find the edge; two of the names under which Cloudflare publishes its own lead there as well.
const EDGE: [Ipv4Addr; 6] = [at(11), at(12), at(13), at(14), at(15), at(16)];
/// The port of Cloudflare's own edge.
const PORT: u16 = 7844;
/// A silence is noticed within ten seconds, and name servers are given longer than that.
const LATE: Duration = Duration::from_secs(60);
const NAME: &str = "share_network::bad_days_of_the_network_are_named_with_what_helps_and_pass";

const fn at(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 77, 0, last)
}

#[tokio::test]
async fn bad_days_of_the_network_are_named_with_what_helps_and_pass() {
    if lacks() || !network::is_own(NAME) {
        return;
    }
    let network = Network::lay();
    network.far_has(&EDGE.map(IpAddr::from));
    // Nobody answers for names from the start.
    let folder = tempfile::tempdir().expect("a folder");
    let _silent = UdpSocket::bind((FAR, 53)).expect("the port of name servers, in a network of one's own");
    network::ask_for_names(folder.path(), FAR);
    let stage = set().await;
    was_shared(&stage, SHARED, &stage.server_port());
    let page = on_the_near_machine(&stage, &network).await;

    names_are_not_needed(&page).await;
    one_address_swallows_everything(&stage, &page, &network).await;
    udp_is_blocked(&stage, &page).await;
    nothing_arrives(&page, &network).await;
    names_are_needed(&stage, &page, folder.path()).await;
    page.close().await;
}

async fn set() -> Stage {
    let account = AccountPlan::default().zone(ZONE).token(TOKEN, &Right::SHARE);
    let stage = Stage::on(Desk::open().await, |plan| {
        let connectors = (Ipv4Addr::UNSPECIFIED, PORT).into();
        edge_sim::Plan { listen: (FAR, 0).into(), gateway: (FAR, 0).into(), connectors, ..plan }
            .account(account)
    });
    edge_is_at(&stage, &EDGE);
    stage
}

/// Connectors that start from now on find the edge at these addresses.
fn edge_is_at(stage: &Stage, addresses: &[Ipv4Addr]) {
    let mut realm = json!(stage.edge.realm());
    realm["edge"] = addresses.iter().map(|address| json!(SocketAddr::from((*address, PORT)))).collect();
    put(stage.desk.home().profile().join("realm.json"), realm.to_string());
}

async fn on_the_near_machine(stage: &Stage, network: &Network) -> Page {
    let mut command = stage.desk.command("WebKitWebDriver");
    command.envs(stage.environment());
    let driver = Driver::start_at(NEAR, &mut network.near(&command), &stage.desk.home().logs());
    stage.window_of(driver).await
}

/// A name server that says nothing holds nothing up: the edge is known by its addresses.
async fn names_are_not_needed(page: &Page) {
    page.click("go-share").await;
    page.click("share-answer").await;
    page.says_within(LATE, "share-count", &["4 of 4"]).await;
    page.says_within(LATE, "share-link-1", &["sim", "QUIC", " ms"]).await;
    page.says_not("share-events", &["lost", "is not made", "not found"]).await;
    page.shot("share-silent-names").await;
}

async fn one_address_swallows_everything(stage: &Stage, page: &Page, network: &Network) {
    let hole = address_of_the_first(stage);
    network.swallow_to(hole);
    page.says_within(LATE, "share-events", &["Connection 1 lost: the edge was silent for"]).await;
    page.says_within(LATE, "share-events", &["Connection 1 is back"]).await;
    page.says_within(LATE, "share-count", &["4 of 4"]).await;
    page.gone("share-trouble").await;
    assert_ne!(address_of_the_first(stage), hole, "it goes elsewhere");
    page.shot("share-address-hole").await;
    network.deliver_to(hole);
}

/// Where the first connection ends, by the connector's own log.
fn address_of_the_first(stage: &Stage) -> IpAddr {
    let log = stage.desk.home().profile().join(format!("share-{SHARED}.log"));
    let log = std::fs::read_to_string(log).expect("a log");
    let is_it = |line: &&str| line.contains("Registered tunnel connection") && line.contains("connIndex=0");
    let line = log.lines().rev().find(is_it).expect("a connection");
    let ip = line.split(' ').find_map(|word| word.strip_prefix("ip=")).expect("its address");
    ip.parse().expect("an address")
}

async fn udp_is_blocked(stage: &Stage, page: &Page) {
    stage.edge.faults().set(|faulty| faulty.udp_blocked = true);
    let goes = "QUIC does not get through, so it goes over HTTP/2: a firewall drops UDP, most likely";
    page.says_within(LATE, "share-events", &[goes]).await;
    for link in ["share-link-1", "share-link-2", "share-link-3", "share-link-4"] {
        page.says_within(LATE, link, &["HTTP/2"]).await;
    }
    page.says_within(LATE, "share-count", &["4 of 4"]).await;
    page.says_within(LATE, "share-events", &["Connection 1 is back in sim01, over HTTP/2"]).await;
    page.gone("share-trouble").await;
    page.shot("share-udp-blocked").await;
    let links = stage.edge.links();
    let is_up = |link: &&edge_sim::LinkSeen| link.state == LinkState::Registered;
    assert!(links.iter().filter(is_up).all(|link| link.protocol == LinkProtocol::Http2));
}

async fn nothing_arrives(page: &Page, network: &Network) {
    EDGE.iter().for_each(|address| network.swallow_to((*address).into()));
    let words =
        ["Not reachable.", "It is tried again until it gets through. See whether this network is well."];
    page.says_within(LATE, "share-trouble", &words).await;
    page.says_within(LATE, "share-count", &["Not reachable."]).await;
    page.shot("share-nothing-arrives").await;
    EDGE.iter().for_each(|address| network.deliver_to((*address).into()));
    page.says_within(LATE, "share-count", &["4 of 4"]).await;
    page.gone("share-trouble").await;
}

/// Where the edge is to be found by its names, a silent name server is the reason that is told.
async fn names_are_needed(stage: &Stage, page: &Page, folder: &std::path::Path) {
    page.click("share-stop").await;
    page.click("ask-yes").await;
    page.see("share-answer").await;
    edge_is_at(stage, &[]);
    page.click("share-answer").await;
    page.says_within(LATE, "share-count", &["Connecting…"]).await;
    let words = ["Not reachable.", "No address of the edge: ", "See to the network and its name server."];
    page.says_within(LATE, "share-trouble", &words).await;
    page.says_within(LATE, "share-events", &["Cloudflare is not found: no address of the edge"]).await;
    page.says_within(LATE, "share-link-1", &["Trying again"]).await;
    page.gone("share-rules").await;
    page.shot("share-no-names").await;
    let names = ["region1.v2.argotunnel.com", "region2.v2.argotunnel.com"];
    network::name(folder, &[(names[0], EDGE[0].into()), (names[1], EDGE[1].into())]);
    page.says_within(LATE, "share-count", &["2 of 4. People can still connect."]).await;
    page.gone("share-trouble").await;
    page.says_within(LATE, "share-events", &["Cloudflare has no more addresses here"]).await;
    page.says_not("share-link-4", &["Connecting"]).await;
    page.shot("share-two-addresses").await;
}
