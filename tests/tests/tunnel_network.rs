//! A connector whose network has bad days, and a stock connector in the place of ours: each in a network of its own.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use edge_sim::LinkState;
use journeys::homes::put;
use journeys::network::{self, FAR, Network};
use journeys::reach::{HOST, Running, Said};
use journeys::tunnel::PROTOCOLS;
use journeys::{Part, Sshd, Tunnelled, need, sshd, wait};

#[test]
fn an_edge_that_stands_still_is_noticed_within_seconds_and_served_again() {
    if !network::is_own("an_edge_that_stands_still_is_noticed_within_seconds_and_served_again") {
        return;
    }
    let network = Network::lay();
    for protocol in PROTOCOLS {
        let stage = Tunnelled::at((FAR, 0).into());
        let mut command = stage.command(&["--protocol", protocol, "--hello-world", "--token-file"]);
        command.arg(stage.token_file());
        let mut connector = stage.started(&mut network.near(&command));
        let known = stage.reach.edge.links().len() as u64;
        let since = Instant::now();
        network.swallow_to(FAR);
        connector
            .says("that the edge is silent", |log| log.contains("the edge was silent for").then_some(()));
        assert!(since.elapsed() < Duration::from_secs(12), "{protocol}: {:?}", since.elapsed());
        network.deliver_to(FAR);
        stage.until_links("registered again", |link| {
            link.number > known && link.state == LinkState::Registered
        });
    }
}

#[test]
fn a_stock_connector_serves_the_whole_circle() {
    if need::lacks(&sshd::NEEDS) || need::is_without("cloudflared") {
        return;
    }
    // It asks DNS for the real edge even where it is told another one: here there is nobody to ask.
    if !network::is_own("a_stock_connector_serves_the_whole_circle") {
        return;
    }
    for protocol in PROTOCOLS {
        stock_by(protocol);
    }
}

fn stock_by(protocol: &str) {
    let (server, stage) = (Sshd::start(), Tunnelled::new());
    let config = stage.reach.home.join("tunnel/config.yml");
    let (credentials, service) = (stage.credentials_file(), server.address());
    put(
        &config,
        format!(
            "tunnel: {}\ncredentials-file: {}\ningress:\n- service: ssh://{service}\n",
            stage.tunnel.id,
            credentials.display()
        ),
    );
    let authority = stage.reach.home.join("tunnel/ca.pem");
    put(&authority, stage.reach.edge.ca_pem());
    let mut command = stage.reach.home.command("cloudflared");
    command.arg("--config").arg(&config).args(["tunnel", "--no-autoupdate", "--no-prechecks", "--cacert"]);
    command.arg(&authority).args(["--protocol", protocol]);
    for _ in 0..4 {
        command.arg("--edge").arg(stage.reach.edge.connectors_addr().to_string());
    }
    let mut connector = Part::start("cloudflared", command.arg("run"), &stage.reach.home.logs());
    stage.until_links("registered", |link| link.state == LinkState::Registered);
    put(stage.reach.ssh_config(), server.client_lines());
    stage.reach.run(&["host", "add", HOST, "--user", &server.user()]).well();
    stage.reach.log_in(HOST);
    let ssh = |word: &str| {
        let mut command = stage.reach.client("ssh");
        command.args(["build-01", word]);
        command
    };
    assert_eq!(Said::of(&mut ssh("exit 7")).code, Some(7));
    let mut session = Running::start(&mut ssh("cat"));
    let sent: Vec<u8> =
        (0..20_000_000_u32).map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect();
    assert!(session.write(&sent));
    session.finish_input();
    assert!(session.ended().well().out == sent, "the same bytes in the same order");
    connector.terminate();
    assert!(connector.ended(2 * wait::SOON).success(), "{}", connector.log());
}
