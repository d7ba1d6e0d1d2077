//! The whole circle on one machine: ssh, the helper, the edge, the connector, a stock SSH server; and its bad days.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use edge_sim::{LinkProtocol, LinkState};
use journeys::homes::put;
use journeys::reach::{HOST, Running, Said};
use journeys::tunnel::PROTOCOLS;
use journeys::{Circle, Tunnelled, gibibyte, origin, process, wait};

#[test]
fn ssh_goes_the_whole_circle_and_the_connector_leaves_in_due_form() {
    for protocol in PROTOCOLS {
        let Some(mut circle) = Circle::by(protocol) else { return };
        let said = Said::of(&mut circle.ssh(&["echo out; echo err >&2; exit 7"]));
        assert_eq!((said.code, said.text().as_str(), said.err.as_str()), (Some(7), "out\n", "err\n"));
        let links = circle.stage.reach.edge.links();
        assert!(links.iter().all(|link| link.version.starts_with("sallyport ")), "{links:?}");
        circle.connector.terminate();
        assert!(circle.connector.ended(wait::SOON).success(), "{}", circle.connector.log());
        circle.stage.until_links("left", |link| {
            link.state == LinkState::Left && link.aborted.as_deref() == Some("rpc: shutdown")
        });
        let log = circle.connector.log();
        assert!(log.contains(&format!(" INF Initial protocol {protocol}\n")), "{log}");
        assert!(log.contains(" INF Registered tunnel connection connIndex=3 connection="), "{log}");
        assert_eq!(log.matches(&format!(" protocol={protocol}\n")).count(), 4, "{log}");
        assert!(log.contains(" INF Initiating graceful shutdown due to signal terminated ...\n"), "{log}");
        assert!(log.ends_with(" INF Tunnel server stopped\n"), "{log}");
    }
}

#[test]
fn a_session_that_runs_is_not_cut_by_a_signal() {
    for protocol in PROTOCOLS {
        let Some(mut circle) = Circle::by(protocol) else { return };
        let mut session = Running::start(&mut circle.ssh(&["echo in; cat; echo done"]));
        assert!(session.write(b"one\n"));
        wait::until("the session's server", wait::SOON, || {
            circle.server.log().lines().filter(|line| line.contains("Starting session")).nth(1).map(drop)
        });
        circle.connector.terminate();
        circle.stage.until_links("that take no more", |link| {
            matches!(link.state, LinkState::Unregistered | LinkState::Left)
        });
        assert!(session.write(b"two\n"));
        session.finish_input();
        assert_eq!(session.ended().well().text(), "in\none\ntwo\ndone\n");
        assert!(circle.connector.ended(wait::SOON).success(), "{}", circle.connector.log());
    }
}

#[test]
fn a_gibibyte_by_scp_comes_through_both_ways_over_either_protocol() {
    for protocol in PROTOCOLS {
        let Some(circle) = Circle::by(protocol) else { return };
        let [sent, there, back] = gibibyte::there_and_back(|| circle.stage.reach.client("scp"), "build-01");
        assert_eq!([there, back], [sent.clone(), sent], "{protocol}");
    }
}

#[test]
fn an_answer_that_comes_after_the_last_word_is_kept() {
    let origin = origin::serve(|mut stream| {
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard);
        let _ = write!(stream, "heard {} bytes", heard.len());
    });
    for protocol in PROTOCOLS {
        let stage = Tunnelled::new();
        let _connector = stage.serving_by(protocol, &format!("tcp://{origin}"));
        stage.reach.log_in(HOST);
        let mut carried = Running::start(&mut stage.reach.helper(&["access", "tcp", "--hostname", HOST]));
        assert!(carried.write(&noise(1_000_000)));
        carried.finish_input();
        let said = carried.ended().well();
        assert_eq!(said.text(), "heard 1000000 bytes");
        assert!(said.took < Duration::from_secs(8), "the end was told, not waited for: {:?}", said.took);
    }
}

#[test]
fn a_firewall_that_drops_udp_is_named_and_gone_around() {
    let stage = Tunnelled::new();
    stage.reach.edge.faults().set(|faulty| faulty.udp_blocked = true);
    let connector = stage.serving(&format!("tcp://{}", origin::answering()));
    let links = stage.reach.edge.links();
    assert!(links.iter().all(|link| link.protocol == LinkProtocol::Http2), "{links:?}");
    let (log, edge) = (connector.log(), stage.reach.edge.connectors_addr());
    assert!(log.contains(" INF Initial protocol quic\n"), "{log}");
    assert!(log.contains(" INF Switching to fallback protocol http2 connIndex=0\n"), "{log}");
    assert!(log.contains(&format!(" WRN nothing comes back by UDP from {edge}: a firewall")), "{log}");
    stage.reach.log_in(HOST);
    let mut carried = Running::start(&mut stage.reach.helper(&["access", "tcp", "--hostname", HOST]));
    assert!(carried.write(b"around\n"));
    assert_eq!(carried.ended().well().text(), "AROUND\n");
}

#[test]
fn a_connector_that_is_killed_is_missed_and_its_successor_serves() {
    let Some(circle) = Circle::by("auto") else { return };
    process::kill(circle.connector.pid());
    circle.stage.until_links("lost", |link| link.state == LinkState::Lost);
    let said = Said::of(&mut circle.ssh(&["true"]));
    assert_eq!(said.code, Some(255));
    assert!(said.err.contains(&format!("the tunnel of {HOST} is not running")), "{}", said.err);
    let _next = circle.stage.serving(&format!("ssh://{}", circle.server.address()));
    Said::of(&mut circle.ssh(&["true"])).well();
}

#[test]
fn an_edge_that_was_away_is_served_again_within_seconds() {
    let Some(mut circle) = Circle::by("auto") else { return };
    let edge = &circle.stage.reach.edge;
    edge.faults().set(|faulty| faulty.connectors_turned_away = true);
    let known = edge.links().len() as u64;
    assert_eq!(edge.kill_links(|link| link.state == LinkState::Registered), 4);
    for index in 0..4 {
        circle.connector.says("that it tries again", |log| {
            let tries = log.lines().filter(|line| line.contains("Retrying connection in up to"));
            tries.filter(|line| line.contains(&format!("connIndex={index}"))).nth(3).map(drop)
        });
    }
    edge.faults().set(|faulty| faulty.connectors_turned_away = false);
    let since = Instant::now();
    let again = |link: &&edge_sim::LinkSeen| link.number > known && link.state == LinkState::Registered;
    wait::until("a connection", wait::SOON, || edge.links().iter().find(again).map(drop));
    assert!(since.elapsed() < Duration::from_secs(4), "{:?}", since.elapsed());
    Said::of(&mut circle.ssh(&["true"])).well();
}

#[test]
fn a_wrong_secret_is_named_once_and_has_a_code_of_its_own() {
    let stage = Tunnelled::new();
    let credentials = stage.tunnel.credentials();
    let (before, after) = credentials.split_once("\"TunnelSecret\":\"").expect("a secret");
    let (_, rest) = after.split_once('"').expect("its end");
    let wrong = stage.reach.home.join("tunnel/wrong.json");
    put(&wrong, format!("{before}\"TunnelSecret\":\"AAAA\"{rest}"));
    let mut command = stage.command(&["--hello-world", "--credentials-file"]);
    let said = Said::of(command.arg(&wrong));
    assert_eq!(said.code, Some(7), "{}", said.err);
    let own: Vec<&str> = said.err.lines().filter(|line| line.starts_with("sallyport: ")).collect();
    assert_eq!(
        own,
        ["sallyport: Cloudflare refused the tunnel (Unauthorized: Invalid tunnel secret); take its current \
          credentials from the dashboard, or ask who made it"]
    );
    assert_eq!(stage.reach.edge.links().len(), 1, "asked once");
}

#[test]
fn an_origin_that_is_down_is_named_on_both_sides() {
    let stage = Tunnelled::new();
    let gone = free_address();
    let mut connector = stage.serving(&format!("ssh://{gone}"));
    stage.reach.log_in(HOST);
    let said = stage.reach.carry(HOST);
    assert!(said.problem(255).contains("its SSH server is not answering"), "{}", said.err);
    connector.says("which service is down", |log| {
        let line = log.lines().find(|line| line.contains("a request could not be served"))?;
        line.contains(&format!("cannot reach {gone}: Connection refused")).then_some(())
    });
}

#[test]
fn no_secret_is_on_a_command_line_or_in_a_log() {
    let stage = Tunnelled::new();
    let token = stage.tunnel.token();
    let mut command = stage.command(&["--loglevel", "debug", "--url", "http_status:204", "--token", &token]);
    let connector = stage.started(&mut command);
    let line = std::fs::read(format!("/proc/{}/cmdline", connector.pid())).expect("a command line");
    let line = String::from_utf8_lossy(&line).into_owned();
    assert!(line.contains("sallyport-connector") && !line.contains(&token), "{line}");
    let credentials: serde_json::Value = serde_json::from_str(&stage.tunnel.credentials()).expect("JSON");
    let (log, secret) = (connector.log(), credentials["TunnelSecret"].as_str().expect("a secret"));
    assert!(
        log.contains("can be read by every user") && !log.contains(&token) && !log.contains(secret),
        "{log}"
    );
}

#[test]
fn logs_can_be_read_by_programs() {
    let stage = Tunnelled::new();
    let mut command = stage.command(&["--output", "json", "--hello-world", "--token-file"]);
    let connector = stage.started(command.arg(stage.token_file()));
    let log = connector.log();
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{line}: {why}")))
        .collect();
    let registered = lines.iter().find(|line| line["message"] == "Registered tunnel connection");
    let registered = registered.expect("a registration");
    assert_eq!((&registered["level"], &registered["location"]), (&"info".into(), &"sim01".into()));
}

#[test]
fn what_cannot_be_done_is_said_before_anything_is_dialled() {
    let stage = Tunnelled::new();
    let (token, config) = (stage.token_file().display().to_string(), stage.reach.home.join("config.yml"));
    for (words, said) in [
        (vec!["--token-fiel", &token], "unknown flag `--token-fiel`; the nearest is `--token-file`"),
        (vec!["--protocol", "htpp2"], "it wants auto, quic or http2; the nearest is http2"),
        (
            vec!["--quic-stream-level-flow-control-limit", "7", "--token-file", &token],
            "`--quic-stream-level-flow-control-limit 7`: it wants a number of bytes",
        ),
        (vec!["--token", "abc"], "Provided Tunnel token is not valid"),
        (vec!["--grace-period", "soon", "--token-file", &token], "`--grace-period soon`: it wants a time"),
        (vec![], "nothing says which tunnel to run"),
    ] {
        let ended = Said::of(&mut stage.command(&words));
        assert_eq!(ended.code, Some(2), "{words:?}: {}", ended.err);
        assert!(ended.err.contains(said), "{words:?}: {}", ended.err);
    }
    put(&config, "ingres:\n- service: http_status:404\n");
    let mut command = stage.command(&["--token-file", &token, "--config"]);
    let ended = Said::of(command.arg(&config));
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("`ingres` is not a key; `ingress` is"), "{}", ended.err);
    assert_eq!(stage.reach.run(&["tunnel", "rnu"]).code, Some(2));
    assert!(stage.reach.edge.links().is_empty());
}

/// An address at which nothing listens.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its number")
}

/// Bytes without a pattern, the same in every run.
fn noise(count: usize) -> Vec<u8> {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut bytes = Vec::with_capacity(count + 8);
    while bytes.len() < count {
        // Steps of xorshift: cheap, and long without a repetition.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(count);
    bytes
}
