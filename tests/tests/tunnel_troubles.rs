//! Bad days of a tunnel that runs: each is named in what monitoring hears and in the log, and passes without a hand.
#![cfg(target_os = "linux")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use edge_sim::{LinkState, RegistrationFault};
use journeys::homes::{Home, put};
use journeys::network::{self, is_own};
use journeys::reach::{HOST, Running, Said};
use journeys::tunnel::{PROTOCOLS, monitoring, page};
use journeys::{Part, Tunnelled, built, origin, wait};
use rustix::net::sockopt::set_socket_linger;
use serde_json::json;
use wire::tunnel::rpc::Refusal;

/// What `tunnel ready` and `/ready` say.
fn ready(stage: &Tunnelled, at: SocketAddr) -> (Option<i32>, String) {
    let said = stage.reach.run(&["tunnel", "ready", "--metrics", &at.to_string()]);
    (said.code, page(at, "/ready"))
}

/// Waits until so many connections are ready.
fn until_ready(at: SocketAddr, count: usize) {
    let wanted = format!("\"readyConnections\":{count}");
    wait::until(&wanted, wait::SOON, || page(at, "/ready").contains(&wanted).then_some(()));
}

/// Nothing is ready any more, which is said everywhere, and `why` stands in the log.
fn is_down(stage: &Tunnelled, connector: &mut Part, at: SocketAddr, why: &str) {
    connector.says(why, |log| {
        let says = |line: &&str| line.contains(" WRN Retrying connection in up to ") && line.contains(why);
        log.lines().find(says).map(drop)
    });
    until_ready(at, 0);
    let (code, page) = ready(stage, at);
    assert_eq!(code, Some(1), "{page}");
    assert!(page.starts_with("HTTP/1.1 503 "), "{page}");
}

/// Everything is as before, in the same process.
fn is_back(stage: &Tunnelled, connector: &mut Part, at: SocketAddr) {
    until_ready(at, 4);
    let (code, page) = ready(stage, at);
    assert_eq!((code, page.starts_with("HTTP/1.1 200 ")), (Some(0), true), "{page}");
    assert!(connector.is_running());
    let mut carried = Running::start(&mut stage.reach.helper(&["access", "tcp", "--hostname", HOST]));
    assert!(carried.write(b"back\n"));
    assert_eq!(carried.ended().well().text(), "BACK\n");
}

#[test]
fn an_edge_that_is_restarted_or_takes_the_tunnel_away_for_a_while_is_named_and_served_again() {
    for protocol in PROTOCOLS {
        let stage = Tunnelled::new();
        let mut connector = stage.serving_by(protocol, &format!("tcp://{}", origin::answering()));
        let at = monitoring(&mut connector);
        stage.reach.log_in(HOST);
        until_ready(at, 4);
        let edge = &stage.reach.edge;
        let kill = || assert_eq!(edge.kill_links(|link| link.state == LinkState::Registered), 4);

        edge.faults().set(|faulty| faulty.connectors_turned_away = true);
        kill();
        is_down(&stage, &mut connector, at, "connection with edge closed");
        edge.faults().set(|faulty| faulty.connectors_turned_away = false);
        is_back(&stage, &mut connector, at);

        let cause = "Unauthorized: Tunnel not found".to_owned();
        let refusal = Refusal { cause, retry: false, after: Duration::ZERO };
        let fault = RegistrationFault::Refused(refusal);
        edge.faults().set(|faulty| faulty.registration.always(fault));
        kill();
        is_down(
            &stage,
            &mut connector,
            at,
            "the edge refused the connection: Unauthorized: Tunnel not found",
        );
        edge.faults().set(|faulty| faulty.registration.off());
        is_back(&stage, &mut connector, at);
    }
}

#[test]
fn rules_of_the_edge_that_cannot_be_used_are_named_and_those_before_count() {
    for protocol in PROTOCOLS {
        let stage = Tunnelled::new();
        let mut connector = stage.serving_by(protocol, &format!("tcp://{}", origin::answering()));
        let at = monitoring(&mut connector);
        stage.reach.log_in(HOST);
        let broken = json!({"version": 3, "config": {"ingress": [{"hostname": HOST, "service": "ssh://h"}]}});
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let told = runtime.block_on(stage.reach.edge.push_configuration(&broken.to_string()));
        let told = told.expect("an answer");
        let why = "The last ingress rule must match all URLs";
        assert!(told["err"].as_str().is_some_and(|said| said.starts_with(why)), "{told}");
        connector.says("what is wrong with the rules", |log| {
            let line =
                log.lines().find(|line| line.contains("a configuration of the edge cannot be used"))?;
            line.contains(why).then_some(())
        });
        is_back(&stage, &mut connector, at);
        assert!(page(at, "/metrics").contains("\ncloudflared_orchestration_config_version -1\n"));
    }
}

#[test]
fn a_service_that_resets_or_is_too_slow_is_named_and_the_next_one_served() {
    let resetting = origin::serve(|mut stream| {
        let _ = stream.write_all(b"half a word");
        let _ = stream.read(&mut [0; 16]);
        // Closed with a linger of nothing it is reset.
        let _ = set_socket_linger(&stream, Some(Duration::ZERO));
    });
    let silent = origin::serve(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
    for protocol in PROTOCOLS {
        let stage = Tunnelled::new();
        let config = stage.reach.home.join("config.yml");
        let rules = |service: &str| {
            let settings = "originRequest: {tlsTimeout: 1s, noTLSVerify: true}";
            put(&config, format!("{settings}\ningress:\n- service: {service}\n"));
        };
        rules(&format!("tcp://{resetting}"));
        let mut command = stage.command(&["--protocol", protocol, "--token-file"]);
        command.arg(stage.token_file()).arg("--config").arg(&config);
        let mut connector = stage.started(&mut command);
        let at = monitoring(&mut connector);
        stage.reach.log_in(HOST);
        let mut carried = Running::start(&mut stage.reach.helper(&["access", "tcp", "--hostname", HOST]));
        assert!(carried.write(b"a word"));
        let cut = carried.ended();
        assert_eq!(cut.code, Some(255), "{protocol}: half is not taken for a whole: {}", cut.err);
        connector.says("that the service has reset it", |log| {
            let line = log.lines().find(|line| line.contains("a request could not be served"))?;
            line.contains("reset").then_some(())
        });
        rules(&format!("https://{silent}"));
        connector.says("new rules", |log| log.contains("Updated to new configuration of ").then_some(()));
        let refused = stage.reach.carry(HOST);
        assert_ne!(refused.code, Some(0));
        connector.says("that the service is slow", |log| {
            log.lines().find(|line| line.contains("did not agree on TLS within 1s")).map(drop)
        });
        rules(&format!("tcp://{}", origin::answering()));
        connector.says("the last rules", |log| {
            (log.matches("Updated to new configuration of ").count() == 2).then_some(())
        });
        is_back(&stage, &mut connector, at);
    }
}

#[test]
fn the_edge_is_believed_by_what_the_system_believes() {
    for protocol in PROTOCOLS {
        let stage = Tunnelled::new();
        let (edge, authority) =
            (stage.reach.edge.connectors_addr().to_string(), stage.reach.home.join("ca.pem"));
        put(&authority, stage.reach.edge.ca_pem());
        // Somebody for whom the edge is Cloudflare's own, and not that of a simulated realm.
        let stranger = Home::new();
        let command = || {
            let mut command = stranger.command(built::program("sallyport"));
            command.args([
                "tunnel",
                "--metrics",
                "127.0.0.1:0",
                "run",
                "--hello-world",
                "--protocol",
                protocol,
            ]);
            command.args(["--edge", &edge].repeat(4));
            command.arg("--token-file").arg(stage.token_file());
            command
        };
        let mut doubting = Part::start("doubting", &mut command(), &stranger.logs());
        doubting.says("that nobody it knows has signed this", |log| {
            log.contains(&format!("{edge} is not the edge: ")).then_some(())
        });
        assert!(stage.reach.edge.links().iter().all(|link| link.tunnel.is_none()));
        doubting.stop();
        let _connector = stage.started(command().env("SSL_CERT_FILE", &authority));
    }
}

#[test]
fn a_name_server_that_says_nothing_does_not_hold_up_a_tunnel_whose_edge_is_named() {
    if !is_own("a_name_server_that_says_nothing_does_not_hold_up_a_tunnel_whose_edge_is_named") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let _silent =
        UdpSocket::bind("127.0.0.1:53").expect("the port of name servers, in a network of one's own");
    network::ask_for_names(folder.path(), "127.0.0.1".parse().expect("an address"));
    let stage = Tunnelled::new();
    let edge = stage.reach.edge.connectors_addr().to_string();
    let limit = Duration::from_secs(1);
    let start = || {
        let mut command =
            stage.command(&["--hello-world", "--edge", &edge, "--ha-connections", "1", "--token-file"]);
        command.arg(stage.token_file());
        let (known, since) = (stage.reach.edge.links().len() as u64, Instant::now());
        let _connector = Part::start("connector", &mut command, &stage.reach.home.logs());
        let again = |link: &edge_sim::LinkSeen| link.number > known && link.state == LinkState::Registered;
        wait::until("a connection", wait::SOON, || stage.reach.edge.links().iter().any(again).then_some(()));
        since.elapsed()
    };
    // A machine that has much else to do makes everything longer.
    let best = (0..5).map(|_| start()).find(|took| *took < limit);
    assert!(best.is_some(), "it takes longer than {limit:?}");
    // Whoever asks for a name hears nothing indeed.
    let asked = Said::of(stage.reach.home.command("getent").args(["ahosts", "edge.acme.test"]));
    assert_ne!(asked.code, Some(0));
    assert!(asked.took > limit, "the name server is silent: {:?}", asked.took);
}
