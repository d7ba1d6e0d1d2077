//! A connector that has to find out by itself where the edge is: by name servers, around them, and by another version of
//! IP. Each in a network of its own.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::Command;

use edge_sim::{NamesPlan, Plan};
use journeys::homes::put;
use journeys::network::{self, FAR, Network};
use journeys::tunnel::{LINKS, PROTOCOLS};
use journeys::{Part, Tunnelled};

/// Where name servers are asked.
const DNS: u16 = 53;
/// The name server that is asked when the system's do not answer, and where (`tunnel.md` 1.1).
const CLOUDFLARE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(1, 1, 1, 1)), 853);

/// Two regions, with two of these addresses each of either version.
fn regions(addresses: &[IpAddr]) -> Vec<(String, Vec<IpAddr>)> {
    let region = |even: usize| addresses.iter().skip(even).step_by(2).copied().collect();
    vec![("one.edge.test".to_owned(), region(0)), ("two.edge.test".to_owned(), region(1))]
}

/// A tunnel whose edge nobody names, on all addresses of this machine.
fn stage(names: NamesPlan) -> Tunnelled {
    let connectors = (Ipv6Addr::UNSPECIFIED, 0).into();
    let stage = Tunnelled::of(Plan { connectors, names, ..Plan::default() });
    stage.hide_edge();
    stage
}

fn command(stage: &Tunnelled, protocol: &str) -> Command {
    let mut command = stage.command(&["--protocol", protocol, "--hello-world", "--token-file"]);
    command.arg(stage.token_file());
    command
}

/// The addresses of the edge to which a connector is connected, once it says so of all.
fn dialled(connector: &mut Part) -> BTreeSet<IpAddr> {
    connector.says("where it is connected", |log| {
        let lines = log.lines().filter(|line| line.contains(" INF Registered tunnel connection "));
        let address = |line: &str| line.split_once(" ip=")?.1.split_whitespace().next()?.parse().ok();
        let dialled: Vec<IpAddr> = lines.filter_map(address).collect();
        (dialled.len() >= LINKS).then(|| dialled.into_iter().collect())
    })
}

#[test]
fn the_edge_is_found_where_name_servers_say_that_it_is() {
    if !network::is_own("the_edge_is_found_where_name_servers_say_that_it_is") {
        return;
    }
    let addresses: Vec<IpAddr> = (1..5).map(|last| [127, 0, 7, last].into()).collect();
    let server = SocketAddr::from(([127, 0, 0, 53], DNS));
    let hosts = regions(&addresses);
    let stage = stage(NamesPlan { plain: Some(server), hosts, ..NamesPlan::default() });
    network::ask_for_names(&stage.reach.home.logs(), server.ip());
    for protocol in PROTOCOLS {
        let mut connector = stage.started(&mut command(&stage, protocol));
        assert_eq!(dialled(&mut connector), addresses.iter().copied().collect(), "{protocol}");
    }
}

#[test]
fn name_servers_that_do_not_answer_are_gone_around() {
    if !network::is_own("name_servers_that_do_not_answer_are_gone_around") {
        return;
    }
    let addresses: Vec<IpAddr> = (1..5).map(|last| [127, 0, 7, last].into()).collect();
    network::own(CLOUDFLARE.ip());
    let hosts = regions(&addresses);
    let stage = stage(NamesPlan { over_tls: Some(CLOUDFLARE), hosts, ..NamesPlan::default() });
    network::ask_for_names(&stage.reach.home.logs(), [127, 0, 0, 54].into());
    let authority = stage.reach.home.join("tunnel/ca.pem");
    put(&authority, stage.reach.edge.ca_pem());
    for protocol in PROTOCOLS {
        // Whoever answers for names is believed by the system's authorities.
        let mut connector = stage.started(command(&stage, protocol).env("SSL_CERT_FILE", &authority));
        assert_eq!(dialled(&mut connector), addresses.iter().copied().collect(), "{protocol}");
    }
}

#[test]
fn version_four_of_ip_stands_in_where_version_six_leads_nowhere() {
    if !network::is_own("version_four_of_ip_stands_in_where_version_six_leads_nowhere") {
        return;
    }
    let network = Network::lay();
    let four = (11..15).map(|last| IpAddr::from([10, 77, 0, last]));
    let six = (11..15).map(|last| IpAddr::from([0x2001, 0xdb8, 0x77, 0, 0, 0, 0, last]));
    let (four, six): (Vec<_>, Vec<_>) = (four.collect(), six.collect());
    for all in [&four, &six] {
        network.far_has(all);
    }
    six.iter().for_each(|address| network.swallow_to(*address));
    let (server, hosts) = (SocketAddr::new(FAR, DNS), regions(&[six, four.clone()].concat()));
    let stage = stage(NamesPlan { plain: Some(server), hosts, ..NamesPlan::default() });
    network::ask_for_names(&stage.reach.home.logs(), server.ip());
    for protocol in PROTOCOLS {
        let mut connector = stage.started(&mut network.near(&command(&stage, protocol)));
        assert_eq!(dialled(&mut connector), four.iter().copied().collect(), "{protocol}");
        let log = connector.log();
        assert!(log.contains("the edge was silent for"), "version six is tried first: {log}");
    }
}
