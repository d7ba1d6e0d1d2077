//! `access curl`: the system's own curl, with the login of the app and nothing else of ours.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::sync::mpsc::Receiver;

use edge_sim::AppPlan;
use journeys::homes::put;
use journeys::reach::{HOST, OTHER, Running, Said, TEAM, plan};
use journeys::{Reach, need, origin};

const NEEDS: [&str; 1] = ["curl"];
/// What curl is told in any case.
const HTTPS: &str = "proto = \"=https\"\nproto-default = \"http\"\n";

#[test]
fn a_real_curl_reaches_the_app_with_the_login() {
    if need::lacks(&NEEDS) {
        return;
    }
    let reach = stage();
    let url = format!("https://{HOST}/page?x=1");
    for words in [
        vec!["-sS", "-o", "/dev/null", "-w", "%{http_code}", &url],
        vec![&url, "-sS", "-o", "/dev/null", "-w", "%{http_code}"],
        vec!["-q", "-sSo", "/dev/null", "-w", "%{http_code}", "--url", &url],
    ] {
        let said = Said::of(&mut curl(&reach, &words)).well();
        assert_eq!(said.text(), "200", "{words:?}: {}", said.err);
    }
    assert_eq!(reach.browsers().len(), 1);
    let token = reach.run(&["access", "token", HOST]).well().text();
    let pages: Vec<_> = reach.requests().into_iter().filter(|seen| seen.path() == "/page").collect();
    let seen = pages.last().expect("a request of curl's");
    assert_eq!(seen.header("cf-access-token"), Some(edge_sim::redacted(&token).as_str()));
    assert!(seen.header("user-agent").is_some_and(|agent| agent.starts_with("curl/")), "{seen:?}");
}

#[test]
fn a_withdrawn_login_is_replaced_before_curl_runs() {
    if need::lacks(&NEEDS) {
        return;
    }
    let reach = stage();
    reach.log_in(HOST);
    reach.edge.revoke_app_tokens(None);
    let url = format!("https://{HOST}/");
    let said = Said::of(&mut curl(&reach, &["-sS", "-o", "/dev/null", "-w", "%{http_code}", &url])).well();
    assert_eq!(said.text(), "200");
    assert!(reach.browsers().is_empty(), "the team's token buys another");
}

#[test]
fn every_operation_of_one_line_has_the_login() {
    if need::lacks(&NEEDS) {
        return;
    }
    let reach = stage();
    reach.log_in(HOST);
    let (one, two) = (format!("https://{HOST}/one"), format!("https://{HOST}/two"));
    let code = ["-sS", "-o", "/dev/null", "-w", "%{http_code}\n"];
    // What leads curl to the edge is forgotten by --next too.
    let lead = lead(&reach);
    let mut words: Vec<&str> = lead.iter().map(String::as_str).collect();
    words.extend(code);
    words.extend([one.as_str(), "--next"]);
    words.extend(code);
    words.push(&two);
    assert_eq!(Said::of(&mut curl(&reach, &words)).well().text(), "200\n200\n");
}

#[test]
fn the_token_is_in_no_process_list_and_stdin_and_stdout_are_curls_own() {
    let reach = stage();
    reach.log_in(HOST);
    let token = reach.run(&["access", "token", HOST]).well().text();
    // A stand-in that keeps its arguments and what it is told to read, and copies its input many times.
    let (args, read) = (reach.home.join("args"), reach.home.join("read"));
    stand_in(
        &reach,
        &format!(
            "printf '%s\\n' \"$@\" >'{}'\ncat \"$2\" >'{}'\ncat\nhead -c 3000000 /dev/zero\nexit 22",
            args.display(),
            read.display()
        ),
    );
    let url = format!("https://{HOST}/");
    for _ in 0..5 {
        let mut running = Running::start(&mut with_stand_in(&reach, &["access", "curl", "-d", "@-", &url]));
        assert!(running.write(b"in"));
        running.finish_input();
        let said = running.ended();
        assert_eq!((said.code, said.out.len()), (Some(22), 3_000_002), "{}", said.err);
        assert!(said.out.starts_with(b"in") && said.err.is_empty(), "{}", said.err);
    }
    let args = std::fs::read_to_string(args).expect("its arguments");
    let lines: Vec<&str> = args.lines().collect();
    assert_eq!((lines[0], &lines[2..6]), ("--config", &["-d", "@-", url.as_str(), "--config"][..]));
    assert!(!args.contains(&token));
    let read = std::fs::read_to_string(read).expect("its configuration");
    assert_eq!(read, format!("{HTTPS}header = \"Cf-Access-Token: {token}\"\n"));
}

#[test]
fn the_login_goes_nowhere_else() {
    let reach = stage();
    reach.log_in(HOST);
    stand_in(&reach, "printf '%s\\n' \"$@\"");
    let (url, plain, other) =
        (format!("https://{HOST}/"), format!("http://{HOST}/"), format!("https://{OTHER}/"));
    let twofold = format!("https://{HOST}\\@elsewhere.example/");
    let run = |words: &[&str]| Said::of(&mut with_stand_in(&reach, words));
    for (words, named) in [
        (vec!["access", "curl"], "give curl a URL, such as https://wiki.acme.dev"),
        (vec!["access", "curl", "-s", HOST], "give curl a URL, such as https://wiki.acme.dev"),
        (vec!["access", "curl", &plain], "http would send the login in the clear; use https"),
        (vec!["access", "curl", &url, &plain], "http would send the login in the clear; use https"),
        (vec!["access", "curl", &url, &other], "one app at a time: its login is for no other host"),
        (vec!["access", "curl", &twofold], "a URL that can be read in two ways gets no login"),
    ] {
        let said = run(&words);
        assert_eq!(said.problem(2), format!("{named}; see: sallyport access curl --help"), "{words:?}");
    }
    let said = run(&["access", "curl", "--allow-request", "-s", &plain]).well();
    assert_eq!(said.text(), format!("-s\n{plain}\n"), "without a login");
}

#[test]
fn a_redirect_takes_the_login_to_no_other_host() {
    if need::lacks(&NEEDS) {
        return;
    }
    let reach = stage();
    let url = format!("https://{HOST}/page");
    let code = ["-sSL", "-o", "/dev/null", "-w", "%{http_code}"];
    let said = Said::of(&mut curl(&reach, &[&code[..], &[&url]].concat())).well();
    assert_eq!(said.text(), "200", "the app takes it as a cookie: {}", said.err);
    let token = reach.run(&["access", "token", HOST]).well().text();

    let read = reach.home.join("read");
    let reads = "while [ \"$1\" != --config ]; do shift; done\ncat \"$2\"";
    stand_in(&reach, &format!("{reads} >'{}'", read.display()));
    let seen = |words: &[&str]| {
        Said::of(&mut with_stand_in(&reach, &[&["access", "curl"], words].concat())).well();
        std::fs::read_to_string(&read).expect("a configuration")
    };
    let bare = format!("{HTTPS}header = \"Cookie: CF_Authorization={token}\"\nproto-redir = \"=https\"\n");
    assert_eq!(seen(&["-sL", &url]), bare);
    let with_own = bare.replace(&token, &format!("{token}; a=1"));
    assert_eq!(seen(&["--location", "-b", "a=1", &url]), with_own);
    put(reach.home.join(".curlrc"), "location\n");
    assert_eq!(seen(&["-s", &url]), bare, "curl's own file counts");
    assert_eq!(seen(&["-q", "-s", &url]), format!("{HTTPS}header = \"Cf-Access-Token: {token}\"\n"));
    std::fs::remove_file(reach.home.join(".curlrc")).expect("a file");
    let said = Said::of(&mut with_stand_in(&reach, &["access", "curl", "--location-trusted", &url]));
    assert!(
        said.problem(2).starts_with("--location-trusted would send the login to any host; use --location")
    );

    let (elsewhere, asked) = redirecting();
    put(&read, bare.replace(&token, "a-token"));
    let mut curl = reach.home.command("curl");
    curl.args(["-q", "-sSL", "--config"]).arg(&read);
    curl.args(["--proto", "=http", "--proto-redir", "=http", "http://one.test/"]);
    Said::of(curl.args(["--connect-to", &format!("::{elsewhere}")])).well();
    let asked: Vec<String> = asked.try_iter().collect();
    let has = |at: usize, part: &str| asked.get(at).is_some_and(|head| head.contains(part));
    assert!(has(0, "Host: one.test\r\n") && has(0, "Cookie: CF_Authorization=a-token\r\n"), "{asked:?}");
    assert!(has(1, "Host: two.test\r\n") && !has(1, "a-token"), "{asked:?}");
}

#[test]
fn a_word_that_curl_takes_for_a_host_gets_nothing() {
    if need::lacks(&NEEDS) {
        return;
    }
    let reach = stage();
    reach.log_in(HOST);
    let (elsewhere, asked) = redirecting();
    let url = format!("https://{HOST}/page");
    let said = Said::of(&mut curl(&reach, &["-sS", "-o", "/dev/null", &url, &elsewhere.to_string()]));
    assert_ne!(said.code, Some(0), "curl says what it did not do: {}", said.err);
    assert!(reach.requests().iter().any(|seen| seen.path() == "/page"), "the app itself was reached");
    assert_eq!(asked.try_iter().count(), 0, "nobody was asked in the clear");
    // Nor in TLS, whatever the caller says about words without a scheme, and about schemes.
    let connections = || reach.edge.log().iter().filter(|seen| seen.host == OTHER).count();
    let before = connections();
    for lift in [["--proto-default", "https"], ["--proto", "=http,https"]] {
        let words = [&lift[..], &["-sS", "-o", "/dev/null", &url, OTHER]].concat();
        let said = Said::of(&mut curl(&reach, &words));
        assert_ne!(said.code, Some(0), "{lift:?}: {}", said.err);
    }
    assert_eq!(connections(), before, "no other app was asked either");
}

#[test]
fn a_service_token_goes_along_with_no_redirect() {
    let app =
        AppPlan::new(TEAM, "robots.acme.test", origin::answering()).service_token("id.access", "s3cret");
    let reach = Reach::of(plan(origin::answering()).app(app));
    let mut marked = reach.helper(&["host", "add", "robots.acme.test", "--machine"]);
    marked.env("TUNNEL_SERVICE_TOKEN_ID", "id.access").env("TUNNEL_SERVICE_TOKEN_SECRET", "s3cret");
    Said::of(&mut marked).well();
    stand_in(&reach, "cat \"$2\"");
    let said = |words: &[&str]| Said::of(&mut with_stand_in(&reach, &[&["access", "curl"], words].concat()));
    let url = "https://robots.acme.test/";
    assert!(said(&["-s", url]).well().text().contains("Cf-Access-Client-Secret: s3cret"));
    let refused = said(&["-sL", url]);
    assert!(
        refused.problem(2).starts_with("curl would take the service token along to any host; use it without")
    );
}

#[test]
fn allowed_requests_go_on_without_a_login() {
    let reach = stage();
    stand_in(&reach, "printf '%s\\n' \"$@\"");
    let url = format!("https://{HOST}/");
    for flag in ["--allow-request", "-ar"] {
        let said = Said::of(&mut with_stand_in(&reach, &["access", "curl", flag, "-s", &url])).well();
        assert_eq!(said.text(), format!("-s\n{url}\n"));
    }
    assert!(reach.browsers().is_empty() && reach.edge.log().is_empty(), "nobody was asked");
    reach.log_in(HOST);
    let said = Said::of(&mut with_stand_in(&reach, &["access", "curl", "-ar", "-s", &url])).well();
    assert!(said.text().starts_with("--config\n/dev/fd/"), "a login at hand is used: {}", said.text());
}

#[test]
fn a_machine_without_curl_is_told_so() {
    let reach = stage();
    reach.log_in(HOST);
    let mut command = reach.helper(&["access", "curl", &format!("https://{HOST}/")]);
    command.env("PATH", reach.home.join("nothing"));
    let said = Said::of(&mut command);
    assert_eq!(said.problem(1), "curl is not installed; install it, then try again");
}

fn stage() -> Reach {
    Reach::to(origin::answering())
}

/// Curl by way of the helper, led to the simulated edge.
fn curl(reach: &Reach, words: &[&str]) -> Command {
    let roots = reach.home.join("roots.pem");
    put(&roots, reach.edge.ca_pem());
    let mut command = reach.helper(&["access", "curl"]);
    command.args(words).args(lead(reach)).env("CURL_CA_BUNDLE", roots);
    command
}

fn lead(reach: &Reach) -> [String; 2] {
    ["--connect-to".to_owned(), format!("{HOST}:443:{}", reach.edge.addr())]
}

/// A server without TLS that leads from one host to another, and tells what it was asked.
fn redirecting() -> (SocketAddr, Receiver<String>) {
    let (tell, told) = std::sync::mpsc::channel();
    let address = origin::serve(move |mut stream| {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
            head.extend(byte);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let status =
            if head.contains("one.test") { "302 Found\r\nLocation: http://two.test/" } else { "200 OK" };
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        let _ = tell.send(head);
        let _ = stream.write_all(answer.as_bytes());
    });
    (address, told)
}

/// Puts a script in curl's place.
fn stand_in(reach: &Reach, script: &str) {
    let place = reach.home.join("stand-in/curl");
    put(&place, format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o700)).expect("a program");
}

fn with_stand_in(reach: &Reach, words: &[&str]) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = reach.helper(words);
    command.env("PATH", format!("{}:{path}", reach.home.join("stand-in").display()));
    command
}
