//! Rules of a tunnel: served from a file, watched in it, checked before they are used, and what monitoring hears of them.
#![cfg(target_os = "linux")]

use journeys::homes::put;
use journeys::reach::{HOST, Running, TEAM};
use journeys::tunnel::{monitoring, page};
use journeys::{Tunnelled, origin, wait};

#[test]
fn a_file_of_rules_is_served_and_monitored() {
    let stage = Tunnelled::new();
    let config = stage.reach.home.join("config.yml");
    let rules = format!(
        "tunnel: {}\ncredentials-file: {}\nno-autoupdate: true\nlog-directory: {}\nwarp-routing: {{enabled: true}}\ningress:\n- hostname: {HOST}\n  \
         service: ssh://{}\n- service: http_status:404\n",
        stage.tunnel.id,
        stage.credentials_file().display(),
        stage.reach.home.join("logs/tunnel").display(),
        origin::answering(),
    );
    put(&config, rules);
    let mut command = stage.reach.helper(&["--loglevel", "info", "--config"]);
    command.arg(&config).args(["tunnel", "--no-autoupdate", "--metrics", "127.0.0.1:0", "run", "--pidfile"]);
    let pid_file = stage.reach.home.join("pid");
    let mut connector = stage.started(command.arg(&pid_file));
    let at = monitoring(&mut connector);
    wait::until("all connections in the metrics", wait::SOON, || {
        page(at, "/metrics").contains("\ncloudflared_tunnel_ha_connections 4\n").then_some(())
    });
    let ready = page(at, "/ready");
    assert!(ready.starts_with("HTTP/1.1 200 ") && ready.contains("\"readyConnections\":4"), "{ready}");
    assert!(page(at, "/healthcheck").ends_with("\r\n\r\nOK\n"));
    let said = stage.reach.run(&["tunnel", "--metrics", &at.to_string(), "ready"]).well();
    assert!(said.text().contains("\"status\":200"), "{}", said.text());
    assert_eq!(std::fs::read_to_string(&pid_file).expect("a file"), connector.pid().to_string());
    let told = stage.reach.edge.links().into_iter().find_map(|link| link.local_config).expect("rules");
    assert!(told.contains(HOST), "{told}");
    stage.reach.log_in(HOST);
    let mut carried = Running::start(&mut stage.reach.helper(&["access", "ssh", "--hostname", HOST]));
    assert!(carried.write(b"hello\n"));
    assert_eq!(carried.ended().well().text(), "HELLO\n");
    let metrics = page(at, "/metrics");
    for told in [
        "cloudflared_tcp_total_sessions 1",
        "cloudflared_tunnel_total_requests 1",
        "cloudflared_tunnel_max_concurrent_requests_per_tunnel 1",
        "cloudflared_tunnel_server_locations{connection_id=\"3\",edge_location=\"sim01\"} 1",
        "cloudflared_tunnel_tunnel_register_success{rpcName=\"registerConnection\"} 4",
        "cloudflared_proxy_connect_latency_count 1",
        "cloudflared_proxy_connect_latency_bucket{le=\"+Inf\"} 1",
        "cloudflared_proxy_connect_streams_errors 0",
        "cloudflared_orchestration_config_version -1",
    ] {
        assert!(metrics.contains(&format!("\n{told}\n")), "{told} is missing in {metrics}");
    }
    for counted in ["process_resident_memory_bytes", "process_start_time_seconds", "process_open_fds"] {
        let number = metrics.lines().find_map(|line| line.strip_prefix(counted)?.trim().parse::<f64>().ok());
        assert!(number.is_some_and(|number| number > 0.0), "{counted} in {metrics}");
    }
    assert!(page(at, "/config").contains(&format!("\"hostname\":\"{HOST}\"")), "{}", page(at, "/config"));
    connector.terminate();
    assert!(connector.ended(wait::SOON).success());
    assert!(!pid_file.exists());
    let log = std::fs::read_to_string(stage.reach.home.join("logs/tunnel/cloudflared.log")).expect("a log");
    assert!(log.contains("Registered tunnel connection"), "{log}");
    assert!(log.contains("TCP is carried here, and neither UDP nor ICMP"), "{log}");
    assert_eq!(stage.reach.run(&["tunnel", "--metrics", &at.to_string(), "ready"]).code, Some(1));
}

#[test]
fn a_file_of_rules_that_changes_counts_at_once_and_one_that_is_broken_does_not() {
    let stage = Tunnelled::new();
    let config = stage.reach.home.join("config.yml");
    let rules = |service: &str| put(&config, format!("ingress:\n- service: {service}\n"));
    let first = origin::saying(b"first".to_vec());
    rules(&format!("tcp://{first}"));
    let mut command = stage.command(&["--token-file"]);
    command.arg(stage.token_file()).arg("--config").arg(&config);
    let mut connector = stage.started(&mut command);
    stage.reach.log_in(HOST);
    let mut running = Running::start(&mut stage.reach.helper(&["access", "tcp", "--hostname", HOST]));
    wait::until("a stream", wait::SOON, || {
        stage.reach.edge.connections().iter().find(|seen| seen.upgraded).map(drop)
    });
    rules("tcp:/nowhere");
    connector.says("that the file is broken", |log| log.contains("what was there counts").then_some(()));
    rules(&format!("tcp://{}", origin::saying(b"second".to_vec())));
    connector.says("that there are new rules", |log| {
        log.contains("Updated to new configuration of ").then_some(())
    });
    let mut next = Running::start(&mut stage.reach.helper(&["access", "tcp", "--hostname", HOST]));
    for (session, expected) in [(&mut running, "first"), (&mut next, "second")] {
        assert!(session.write(b"."), "{expected} runs");
    }
    assert_eq!(running.ended().well().text(), "first", "what runs is left alone");
    assert_eq!(next.ended().well().text(), "second");
    wait::until("the new rules at the edge", wait::SOON, || {
        stage
            .reach
            .edge
            .links()
            .iter()
            .find_map(|link| link.local_config.clone())
            .filter(|told| !told.contains(&first.to_string()))
    });
}

#[test]
fn a_check_of_the_visitor_is_made_at_the_connector_as_well() {
    let stage = Tunnelled::new();
    let audience = stage.reach.edge.app(HOST).expect("an app").audience();
    let config = stage.reach.home.join("config.yml");
    let rules = |audience: &str| {
        let access =
            format!("originRequest:\n  access: {{required: true, teamName: {TEAM}, audTag: [{audience}]}}\n");
        put(&config, format!("{access}ingress:\n- service: tcp://{}\n", origin::answering()));
    };
    rules(&audience);
    let mut command = stage.command(&["--token-file"]);
    command.arg(stage.token_file()).arg("--config").arg(&config);
    let mut connector = stage.started(&mut command);
    stage.reach.log_in(HOST);
    let mut carried = Running::start(&mut stage.reach.helper(&["access", "tcp", "--hostname", HOST]));
    assert!(carried.write(b"let in\n"));
    assert_eq!(carried.ended().well().text(), "LET IN\n");
    rules("another");
    connector.says("that there are new rules", |log| {
        log.contains("Updated to new configuration of ").then_some(())
    });
    assert_eq!(stage.reach.carry(HOST).code, Some(255));
    let log = connector.log();
    assert!(log.contains("error=\"the access token is for another application\""), "{log}");
}

#[test]
fn rules_are_checked_and_tried_without_a_tunnel() {
    let stage = Tunnelled::new();
    let config = stage.reach.home.join("config.yml");
    let (shown, ingress) = (config.display().to_string(), ["tunnel", "--config"]);
    let run = |words: &[&str]| stage.reach.run(&[&ingress[..], &[&shown, "ingress"], words].concat());
    put(
        &config,
        "ingress:\n- hostname: a.acme.dev\n  path: ^/img\n  service: https://localhost\n- service: ssh://h\n",
    );
    assert_eq!(run(&["validate"]).well().text(), format!("Validating rules from {shown}\nOK\n"));
    let matched = "Matched rule #0\n\thostname: a.acme.dev\n\tpath: ^/img\n\tservice: https://localhost\n";
    let said = run(&["rule", "https://a.acme.dev/%69mg/1"]).well();
    assert_eq!(said.text(), format!("Using rules from {shown}\n{matched}"));
    assert!(
        run(&["rule", "https://a.acme.dev/"])
            .well()
            .text()
            .ends_with("Matched rule #1\n\tservice: ssh://h\n")
    );
    assert!(run(&["rule", "a.acme.dev"]).err.contains("doesn't have a hostname"));
    put(&config, "ingress:\n- hostname: a.acme.dev\n  service: ssh://h\n");
    let said = run(&["validate"]);
    assert_eq!(said.code, Some(1));
    assert!(
        said.err.contains("Validation failed: The last ingress rule must match all URLs"),
        "{}",
        said.err
    );
}
