//! Rules as cloudflared reads them, and where we are stricter.

use std::time::Duration;

use proptest::prelude::*;

use super::origin_request::duration;
use super::*;

fn rules(yaml: &str) -> Result<Rules, InvalidRules> {
    ConfigFile::read(yaml)?.rules()
}

fn found(rules: &Rules, host: &str, path: &str) -> String {
    rules.find(host, path).map(|(at, rule)| format!("{at} {}", rule.service)).unwrap()
}

const EXAMPLE: &str = r#"
tunnel: 6ff42ae2-765d-4adf-8112-31c55c1551ef
credentials-file: /etc/cloudflared/id.json
originRequest:
  connectTimeout: 1m30s
ingress:
  - hostname: gitlab.widgetcorp.tech
    service: http://localhost:80
    originRequest: { noTLSVerify: true, connectTimeout: 10s }
  - hostname: ssh.widgetcorp.tech
    service: ssh://localhost
  - hostname: "*.apps.widgetcorp.tech"
    path: \.(jpg|png|css|js)$
    service: https://10.0.0.1:8001
  - service: http_status:404
"#;

#[test]
fn the_first_rule_that_matches_wins() {
    let rules = rules(EXAMPLE).unwrap();
    assert_eq!(found(&rules, "gitlab.widgetcorp.tech", "/x"), "0 http://localhost:80");
    assert_eq!(found(&rules, "SSH.widgetcorp.tech", "/"), "1 ssh://localhost");
    assert_eq!(found(&rules, "a.b.apps.widgetcorp.tech", "/p/x.png"), "2 https://10.0.0.1:8001");
    assert_eq!(found(&rules, "apps.widgetcorp.tech", "/x.png"), "3 http_status:404");
    assert_eq!(found(&rules, "a.apps.widgetcorp.tech", "/"), "3 http_status:404");
}

#[test]
fn a_rule_sets_single_keys_over_the_defaults_of_the_file() {
    let rules = rules(EXAMPLE).unwrap();
    let of = |host: &str| rules.find(host, "/").unwrap().1.origin.clone();
    let gitlab = of("gitlab.widgetcorp.tech");
    assert_eq!((gitlab.no_tls_verify, gitlab.connect_timeout.as_secs()), (true, 10));
    let ssh = of("ssh.widgetcorp.tech");
    assert_eq!((ssh.no_tls_verify, ssh.connect_timeout.as_secs()), (false, 90));
}

#[test]
fn an_access_check_for_all_rules_counts_for_all_rules() {
    let yaml = "originRequest:\n  access: {required: true, teamName: acme, audTag: [a]}\ningress:\n- service: ssh://h\n";
    let check = AccessCheck { team: "acme".to_owned(), audiences: vec!["a".to_owned()], government: false };
    assert_eq!(rules(yaml).unwrap().iter().next().unwrap().origin.access, Some(check));
}

#[test]
fn every_service_is_known() {
    let tcp = |url: &str, port| Origin::Tcp { url: url.to_owned(), host: "h".to_owned(), port };
    for (text, port) in
        [("ssh://h", 22), ("rdp://h", 3389), ("smb://h", 445), ("tcp://h", 7864), ("vnc://h:5900", 5900)]
    {
        assert_eq!(Origin::read(text, false), Ok(tcp(text, port)));
    }
    let web = |url: &str, tls, port| Origin::Http { url: url.to_owned(), tls, host: "h".to_owned(), port };
    for (text, tls, port) in
        [("http://h", false, 80), ("https://h", true, 443), ("ws://h:1", false, 1), ("wss://h", true, 443)]
    {
        assert_eq!(Origin::read(text, false), Ok(web(text, tls, port)));
    }
    for text in [
        "unix:/run/a.sock",
        "unix+tls:/run/a.sock",
        "bastion",
        "socks-proxy",
        "http_status:418",
        "hello_world",
    ] {
        assert_eq!(Origin::read(text, false).unwrap().to_string(), text);
    }
    assert_eq!(Origin::read("tcp://h:1", true), Ok(Origin::Bastion));
    let Ok(Origin::Tcp { host, .. }) = Origin::read("ssh://[::1]:22", false) else { panic!() };
    assert_eq!(host, "::1");
}

#[test]
fn each_fault_has_cloudflareds_words() {
    let with = |rules: &str| format!("ingress:\n{rules}\n");
    for (yaml, words) in [
        ("ingress: []".to_owned(), "doesn't contain any ingress rules"),
        (with("- {hostname: a.test, service: http://h}"), "last ingress rule must match all"),
        (with("- {service: http://h}\n- {service: http://h}"), "Rule #1 is matching the hostname ''"),
        (with("- {hostname: \"a.*.test\", service: http://h}"), "at most one wildcard"),
        (with("- {hostname: \"a.test:80\", service: http://h}"), "cannot contain a port"),
        (with("- {path: \"(\", service: http://h}\n- {service: http://h}"), "Rule #1 has an invalid regex"),
        (with("- {service: localhost}"), "localhost is an invalid address"),
        (with("- {service: \"http://h/x\"}"), "different path"),
        (with("- {service: \"http_status:99\"}"), "invalid HTTP status code: 99"),
        (
            with("- {service: \"ssh://h\", originRequest: {access: {audTag: [a]}}}"),
            "TeamName cannot be blank",
        ),
        (with("- {service: \"ssh://h\", originRequest: {connectTimeout: 30}}"), "a time with its unit"),
        ("- a".to_owned(), "not a list of keys"),
        ("a: [".to_owned(), ""),
    ] {
        let error = rules(&yaml).expect_err(&yaml).to_string();
        assert!(error.contains(words), "{yaml}: {error}");
    }
}

#[test]
fn a_misspelt_key_is_refused_with_the_right_one() {
    for (yaml, meant) in [
        ("ingres: []", "ingress"),
        ("credential-file: x", "credentials-file"),
        (
            "ingress:\n- {service: ssh://h, originRequest: {noTlsVerfy: true}}",
            "ingress[0].originRequest.noTLSVerify",
        ),
        ("ingress:\n- {host-name: a, service: ssh://h}", "ingress[0].hostname"),
    ] {
        let Err(InvalidRules::Misspelt(key)) = ConfigFile::read(yaml) else { panic!("{yaml}") };
        assert_eq!(key.meant, meant);
    }
    let read = ConfigFile::read("something-else-entirely: 1").unwrap();
    assert_eq!(read.unknown[0].key, "something-else-entirely");
}

#[test]
fn flags_may_stand_in_the_file() {
    let read = ConfigFile::read("edge: [\"127.0.0.1:1\", \"127.0.0.1:2\"]\nretries: 3\nno-autoupdate: true")
        .unwrap();
    assert_eq!(read.flag("edge").unwrap(), ["127.0.0.1:1", "127.0.0.1:2"]);
    assert_eq!((read.flag("retries"), read.flag("loglevel")), (Some(vec!["3".to_owned()]), None));
    assert!(!ConfigFile::read("").unwrap().has_rules());
}

#[test]
fn what_the_edge_sends_has_times_in_seconds() {
    let json = br#"{"originRequest":{"connectTimeout":5},"ingress":[{"service":"ssh://h","what":1}]}"#;
    let rules = Rules::from_remote(json).unwrap();
    assert_eq!(rules.iter().next().unwrap().origin.connect_timeout, Duration::from_secs(5));
    let nothing = Rules::from_remote(b"{}").unwrap();
    assert_eq!(found(&nothing, "any", "/"), "0 http_status:503");
    assert!(Rules::from_remote(br#"{"originRequest":{"connectTimeout":"5s"}}"#).is_err());
}

#[test]
fn rules_are_told_as_the_edge_shows_them() {
    let told = rules(EXAMPLE).unwrap().to_json();
    assert_eq!(told["ingress"][0]["originRequest"], json!({"connectTimeout": 10, "noTLSVerify": true}));
    assert_eq!(told["ingress"][2]["hostname"], "*.apps.widgetcorp.tech");
    assert_eq!(
        told["ingress"][3],
        json!({"service": "http_status:404", "originRequest": {"connectTimeout": 90}})
    );
}

#[test]
fn who_may_pass_and_where_to_is_told_as_well() {
    let settings = json!({
        "proxyType": "socks",
        "ipRules": [{"prefix": "10.0.0.0/8", "ports": [22], "allow": true}],
        "access": {"required": true, "teamName": "acme", "audTag": ["a"], "environment": "fed"},
    });
    let config = json!({"ingress": [{"service": "tcp://h:1", "originRequest": settings}]});
    let told = Rules::from_remote(config.to_string().as_bytes()).unwrap().to_json();
    assert_eq!(told["ingress"][0]["originRequest"], settings);
}

#[test]
fn international_names_match_as_requests_have_them() {
    let rules =
        rules("ingress:\n- {hostname: büro.test, service: ssh://h}\n- service: http_status:404").unwrap();
    assert_eq!(found(&rules, "xn--bro-hoa.test", "/"), "0 ssh://h");
}

#[test]
fn times_are_read_as_go_writes_them() {
    let millis = |text| duration(text).map(|time| time.as_millis());
    assert_eq!((millis("1h1m1s"), millis("1.5s"), millis("300ms")), (Some(3_661_000), Some(1500), Some(300)));
    assert_eq!((millis("30"), millis(""), millis("s"), millis("1y")), (None, None, None, None));
}

proptest! {
    #[test]
    fn any_text_is_a_configuration_or_refused(text in "[ -~\n]{0,200}") {
        if let Ok(file) = ConfigFile::read(&text) {
            let _ = file.rules();
            prop_assert!(file.unknown.len() <= text.len());
        }
    }

    #[test]
    fn any_json_of_the_edge_is_rules_or_refused(json: Vec<u8>, host in "[a-z.]{0,20}") {
        if let Ok(rules) = Rules::from_remote(&json) {
            prop_assert!(rules.find(&host, "/").is_some());
        }
    }
}
