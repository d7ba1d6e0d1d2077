//! The same commands by a real `cloudflared` and by `sallyport`, before the same simulated API: both have to call it for
//! the same things.
#![cfg(target_os = "linux")]

use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;

use edge_sim::{AccountPlan, Plan, Right};
use journeys::homes::put;
use journeys::reach::Said;
use journeys::{Reach, need, network};

const ZONE: &str = "acme.test";
const MANAGER: &str = "manager-of-tunnels";
/// The commands, each on what the one before has left.
const COMMANDS: [&[&str]; 11] = [
    &["create", "office"],
    &["create", "--output", "json", "attic"],
    &["list", "--name", "office", "--output", "json"],
    &["list", "--output", "yaml"],
    &["route", "dns", "office", "ssh.acme.test"],
    &["route", "dns", "--overwrite-dns", "office", "ssh.acme.test"],
    &["info", "--output", "json", "office"],
    &["info", "--output", "yaml", "office"],
    &["token", "office"],
    &["cleanup", "office"],
    &["delete", "office"],
];

#[test]
fn a_real_cloudflared_calls_the_api_as_we_do() {
    if need::is_without("cloudflared") || !network::is_own("a_real_cloudflared_calls_the_api_as_we_do") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    network::name(folder.path(), &[("api.cloudflare.com", IpAddr::V4(Ipv4Addr::LOCALHOST))]);
    let by = |program: &dyn Fn(&Reach) -> Command| {
        let account = AccountPlan::default().zone(ZONE).token(MANAGER, &[Right::WriteTunnels]);
        let plan = Plan::default().account(account.clone()).listen((Ipv4Addr::LOCALHOST, 443).into());
        let reach = Reach::of(plan);
        put(reach.home.join(".cloudflared/cert.pem"), account.origin_cert(ZONE, MANAGER));
        put(reach.home.join("ca.pem"), reach.edge.ca_pem());
        COMMANDS.map(|words| calls_of(&reach, program(&reach).args(words)))
    };
    let theirs = by(&|reach| {
        let mut command = reach.home.command(need::find("cloudflared").expect("a real one"));
        command.env("SSL_CERT_FILE", reach.home.join("ca.pem")).arg("tunnel");
        command
    });
    let ours = by(&|reach| reach.helper(&["tunnel"]));
    for ((words, (their_calls, their_words)), (our_calls, our_words)) in COMMANDS.iter().zip(theirs).zip(ours)
    {
        assert_eq!(our_calls, their_calls, "tunnel {}", words.join(" "));
        if words.contains(&"--output") {
            assert_eq!(names(&our_words), names(&their_words), "tunnel {}:\n{our_words}", words.join(" "));
        }
    }
}

/// The names in a piece of JSON or YAML, line by line, in their order.
fn names(text: &str) -> Vec<&str> {
    let of_line = |line: &'_ str| line.split_once(':').map(|(name, _)| name.len());
    let bare = |line: &str| -> usize { line.len() - line.trim_start_matches([' ', '-', '"']).len() };
    text.lines()
        .filter_map(|line| of_line(line).and_then(|end| line.get(bare(line)..end)))
        .map(|name| name.trim_end_matches('"'))
        .collect()
}

/// The calls that a command makes, and what it says: what differs from run to run is left out of the calls.
fn calls_of(reach: &Reach, command: &mut Command) -> (Vec<String>, String) {
    let before = reach.edge.log().len();
    let said = Said::of(command).well().text();
    let log = reach.edge.log().split_off(before);
    let mut calls: Vec<String> =
        log.iter().map(|seen| format!("{} {}", seen.method, plain(&seen.path_and_query))).collect();
    // Which of two questions is asked first makes no difference.
    calls.sort_unstable();
    (calls, said)
}

/// A path without ids, and the words of its query that say what is meant.
fn plain(path_and_query: &str) -> String {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let is_id =
        |part: &str| part.len() >= 32 && part.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let parts: Vec<&str> = path.split('/').map(|part| if is_id(part) { "ID" } else { part }).collect();
    let without_id = |word: &str| match word.split_once('=') {
        Some((name, value)) if is_id(value) => format!("{name}=ID"),
        _ => word.to_owned(),
    };
    // How long a page is, is everybody's own choice.
    let is_meant =
        |word: &&str| !word.is_empty() && !word.starts_with("page=") && !word.starts_with("per_page=");
    let mut words: Vec<String> = query.split('&').filter(is_meant).map(without_id).collect();
    words.sort_unstable();
    let path = parts.join("/");
    if words.is_empty() { path } else { format!("{path}?{}", words.join("&")) }
}
