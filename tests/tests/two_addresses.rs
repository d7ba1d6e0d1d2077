//! A name with an address that does not answer, and one that does (RFC 8305).
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use journeys::homes::put;
use journeys::network::{FAR, FAR_V6};
use journeys::reach::{HOST, Running, Said, plan};
use journeys::{Network, Reach, network, origin};

/// How long one address has the field for itself, and what a busy machine adds.
const MORE: Duration = Duration::from_millis(300);
/// Of so many the shortest counts: what else the machine does is not our matter.
const TIMES: usize = 5;

#[test]
fn an_address_that_does_not_answer_costs_a_quarter_of_a_second() {
    if !network::is_own("an_address_that_does_not_answer_costs_a_quarter_of_a_second") {
        return;
    }
    let network = Network::lay();
    let reach = behind_a_name();
    let shortest = |addresses: &[IpAddr]| {
        let names: Vec<(&str, IpAddr)> = addresses.iter().map(|address| (HOST, *address)).collect();
        network::name(reach.home.path(), &names);
        let mut carrying = network.near(&reach.helper(&["access", "ssh", "--hostname", HOST]));
        let once = |_| {
            let mut running = Running::start(&mut carrying);
            assert!(running.write(b"here\n"));
            let said = running.ended().well();
            assert_eq!(said.text(), "HERE\n");
            said.took
        };
        (0..TIMES).map(once).min().expect("some")
    };
    network.swallow_to(FAR_V6);
    let alone = shortest(&[FAR]);
    let both = shortest(&[FAR_V6, FAR]);
    let mut asked = network.near(&reach.home.command("getent"));
    let order = Said::of(asked.args(["ahosts", HOST])).well().text();
    assert!(order.starts_with(&FAR_V6.to_string()), "the silent one is tried first: {order}");
    assert!(both <= alone + MORE, "{alone:?} with one address, {both:?} with a silent one before it");
}

#[test]
fn a_name_none_of_whose_addresses_answers_is_told_in_time() {
    if !network::is_own("a_name_none_of_whose_addresses_answers_is_told_in_time") {
        return;
    }
    let network = Network::lay();
    let reach = behind_a_name();
    network::name(reach.home.path(), &[(HOST, FAR_V6), (HOST, FAR)]);
    for address in [FAR, FAR_V6] {
        network.swallow_to(address);
    }
    let said = Said::of(&mut network.near(&reach.helper(&["access", "ssh", "--hostname", HOST])));
    assert_eq!(
        said.problem(255),
        "build-01.acme.test did not answer within 15 s; check your network, then try again"
    );
    assert!(said.took < Duration::from_secs(20), "{:?}", said.took);
}

/// A person who is logged in to a host that has to be looked up; the edge answers on the far machine.
fn behind_a_name() -> Reach {
    let mut plan = plan(origin::answering());
    plan.listen = SocketAddr::new(FAR, 443);
    plan.gateway = SocketAddr::new(FAR, 0);
    let reach = Reach::of(plan);
    reach.log_in(HOST);
    let mut realm = reach.edge.realm();
    realm.routes.clear();
    put(reach.home.profile().join("realm.json"), serde_json::to_vec(&realm).expect("a realm in JSON"));
    reach
}
