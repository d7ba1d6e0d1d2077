//! What scripts rely on: the grammar they know from `cloudflared`, JSON, exit codes, and data on stdout alone.
#![cfg(target_os = "linux")]

use std::process::Command;

use edge_sim::AppPlan;
use journeys::homes::put;
use journeys::reach::{HOST, OTHER, PERSON, Running, Said, TEAM, plan};
use journeys::{Reach, built, origin};
use serde_json::{Value, json};

#[test]
fn access_login_prints_the_token_in_each_of_its_manners() {
    let reach = stage();
    let url = format!("https://{HOST}");
    let wordy = reach.run(&["access", "login", &url]).well();
    let token = reach.run(&["access", "token", &url]).well().text();
    assert_eq!(token.split('.').count(), 3, "a compact JWT and nothing else");
    assert_eq!(wordy.text(), format!("Successfully fetched your token:\n\n{token}\n\n"));
    assert_eq!(reach.browsers().len(), 1);

    let app = format!("--app={HOST}");
    for (words, out) in [
        (vec!["access", "login", "--quiet", &url], String::new()),
        (vec!["access", "login", &url, "-q"], String::new()),
        (vec!["access", "login", "--no-verbose", &url], token.clone()),
        (vec!["access", "login", "-no-verbose", HOST], token.clone()),
        (vec!["access", "login", &app], token.clone()),
        (vec!["access", "login", "-app", &url], token.clone()),
        (vec!["forward", "login", "--app", &url], token.clone()),
        (vec!["access", "token", &app], token.clone()),
        (vec!["access", "token", "-app", &url], token),
    ] {
        assert_eq!(reach.run(&words).well().text(), out, "{words:?}");
    }
    assert_eq!(reach.browsers().len(), 1, "a token at hand needs no browser");
}

#[test]
fn access_login_replaces_a_token_that_was_withdrawn() {
    let reach = stage();
    let token = || reach.run(&["access", "login", "--no-verbose", HOST]).well().text();
    let first = token();
    assert_eq!(token(), first, "the edge still accepts it");
    reach.edge.revoke_app_tokens(None);
    let second = token();
    assert_ne!(second, first, "a script must not be handed a dead token");
    assert_eq!(token(), second);
    assert_eq!(reach.browsers().len(), 1, "the team's token buys the new one");
    let checks = reach
        .edge
        .log()
        .iter()
        .filter(|seen| seen.path_and_query.contains("cloudflared_token_check=true"))
        .count();
    assert_eq!(checks, 3, "one request for each token at hand");
}

#[test]
fn access_login_hands_out_no_token_of_somebody_whom_policy_keeps_out_by_now() {
    let reach = stage();
    let login = ["access", "login", "--no-verbose", HOST];
    let token = reach.run(&login).well().text();
    assert!(reach.edge.change_app(HOST, |app| app.allow = vec!["boss@acme.test".to_owned()]));
    let said = reach.run(&login);
    let line = said.problem(1);
    assert!(line.starts_with("blocked: ") && line.contains(PERSON), "{line}");
    assert_eq!(reach.browsers().len(), 1, "another log-in would not help");
    assert!(reach.edge.change_app(HOST, |app| app.allow.clear()));
    assert_eq!(reach.run(&login).well().text(), token, "it was kept");
}

#[test]
fn access_login_can_close_the_tab_after() {
    let reach = stage();
    for (flag, closes) in [("--auto-close", true), ("--quiet", false)] {
        reach.run(&["access", "login", flag, HOST]).well();
        let link = reach.browsers().pop().expect("a link");
        assert_eq!(link.contains("close_interstitial=true"), closes, "{link}");
        reach.run(&["logout", HOST]).well();
    }
}

#[test]
fn access_token_without_a_login_prints_nothing_and_fails() {
    let reach = stage();
    let said = reach.run(&["access", "token", "--app", HOST]);
    assert_eq!((said.code, said.text().as_str()), (Some(1), ""));
    let expected = format!(
        "sallyport: Unable to find token for provided application. Log in first: sallyport access login https://{HOST}/\n"
    );
    assert_eq!(said.err, expected);
    assert!(reach.browsers().is_empty() && reach.edge.log().is_empty(), "nobody was asked");
}

#[test]
fn access_ssh_config_prints_the_known_bytes() {
    let reach = stage();
    let (home, helper) = (reach.home.path().display(), built::program("sallyport"));
    let call = format!("{} --profile {}", helper.display(), reach.home.profile().display());
    let plain = |host: &str| {
        format!(
            "\nAdd to your {home}/.ssh/config:\nHost {host}\n  ProxyCommand {call} access ssh --hostname %h\n\n"
        )
    };
    let said = |words: &[&str]| reach.run(words).well();
    assert_eq!(said(&["access", "ssh-config"]).text(), plain("[your hostname]"));
    assert_eq!(said(&["access", "ssh-config", "--hostname", HOST]).text(), plain(HOST));
    let keys = format!("{}/ssh-keys", reach.home.profile().display());
    let certificate = said(&["access", "ssh-config", "--hostname", HOST, "--short-lived-cert"]);
    let expected = format!(
        "\nAdd to your {home}/.ssh/config:\nMatch host {HOST} exec \"{call} access ssh-gen --hostname %h\"\n  \
         ProxyCommand {call} access ssh --hostname %h\n  IdentityFile {keys}/%h-cf_key\n  \
         CertificateFile {keys}/%h-cf_key-cert.pub\n"
    );
    assert_eq!((certificate.text(), certificate.err), (expected, String::new()));
}

#[test]
fn hosts_are_added_listed_and_removed_and_the_rest_of_the_file_stays() {
    let reach = stage();
    let before = "# mine\r\nHost old\n\tUser me\n";
    put(reach.ssh_config(), before);
    let config = || std::fs::read_to_string(reach.ssh_config()).expect("a config");

    let shown = reach.run(&["host", "add", HOST, "--dry-run"]).well();
    assert!(shown.text().contains("+ Host build-01"), "{}", shown.text());
    assert_eq!(config(), before, "a dry run writes nothing");

    let added = reach.run(&["host", "add", HOST, "--name", "box", "--user", "ada", "--port", "2222"]).well();
    assert!(added.text().lines().any(|line| line.trim_end() == "+ Host box"), "{}", added.text());
    assert!(added.err.contains(&format!("{HOST} is behind Cloudflare Access, team {TEAM}")), "{}", added.err);
    assert!(config().ends_with(before), "{}", config());
    let listed: Value =
        serde_json::from_slice(&reach.run(&["host", "list", "--json"]).well().out).expect("JSON");
    let listed_host = json!({
        "name": "box", "hostname": HOST, "user": "ada", "port": 2222, "certificate": false, "machine": false,
    });
    assert_eq!(listed, json!([listed_host]));
    assert_eq!(reach.run(&["host", "list"]).well().text(), format!("box  {HOST}\n"));

    let shown = reach.run(&["host", "remove", "box", "--dry-run"]).well();
    assert!(shown.text().contains("- Host box"), "{}", shown.text());
    assert!(config().contains("Host box"), "a dry run writes nothing");
    let removed = reach.run(&["host", "remove", "box"]).well();
    assert_eq!(removed.err, "sallyport: removed box\n");
    assert_eq!(config(), before);
    assert_eq!(reach.run(&["host", "list", "--json"]).well().text(), "[]\n");
}

#[test]
fn status_tells_each_host_apart() {
    let reach = stage();
    put(reach.ssh_config(), "");
    for host in [HOST, OTHER] {
        reach.run(&["host", "add", host]).well();
    }
    let state = |reach: &Reach| -> Value {
        serde_json::from_slice(&reach.run(&["status", "--json"]).well().out).expect("JSON")
    };
    let fresh = json!({
        "name": "build-01", "hostname": HOST, "team": TEAM, "email": null,
        "state": "not-logged-in", "machine": false, "until": null, "renewsUntil": null, "renewalRefused": null,
        "problem": null, "certificate": null,
    });
    assert_eq!(state(&reach)["hosts"][0], fresh);

    reach.log_in("build-01");
    let (one, other) = (state(&reach)["hosts"][0].clone(), state(&reach)["hosts"][1].clone());
    assert_eq!((&one["state"], &one["email"]), (&json!("valid"), &json!(PERSON)));
    assert_eq!((&other["state"], &other["email"]), (&json!("ready"), &Value::Null));
    for time in [&one["until"], &one["renewsUntil"], &other["renewsUntil"]] {
        assert!(time.as_str().is_some_and(|time| time.len() == 20 && time.ends_with('Z')), "{time}");
    }
    let said = reach.run(&["status"]).well();
    let words = said.text();
    assert!(
        said.err.contains("logins rest in a private file"),
        "a choice that one should not forget: {}",
        said.err
    );
    assert!(words.starts_with("build-01  logged in until "), "{words}");
    assert!(words.contains("; renews by itself until "), "both clocks: {words}");
    assert!(words.ends_with("gpu-lab   ready, logs in as you connect\n"), "{words}");
}

#[test]
fn logging_out_forgets_the_tokens() {
    let reach = stage();
    reach.log_in(HOST);
    let again = reach.run(&["login", HOST]).well();
    assert!(
        again.err.starts_with(&format!("sallyport: already logged in as {PERSON} until ")),
        "{}",
        again.err
    );
    let out = reach.run(&["logout", HOST]).well();
    assert_eq!((out.text().as_str(), out.err), ("", format!("sallyport: logged out of {HOST}\n")));
    assert_eq!(reach.run(&["access", "token", HOST]).code, Some(1));
    let vault = std::fs::read_to_string(reach.home.profile().join("vault.json")).expect("the file vault");
    assert_eq!(vault.trim(), "{}", "nothing is left at rest");
}

#[test]
fn help_and_version_go_to_stdout() {
    let reach = stage();
    let version = reach.run(&["--version"]).well();
    assert_eq!(version.text(), format!("sallyport version {}\n", env!("CARGO_PKG_VERSION")));
    for words in [vec!["--help"], vec!["-h"], vec!["help"], vec![]] {
        let said = reach.run(&words).well();
        assert!(said.text().contains("access ssh-config") && said.err.is_empty(), "{words:?}");
    }
    let said = reach.run(&["access", "ssh", "--help"]).well();
    assert!(said.text().contains("--hostname value, --tunnel-host value, -T value"), "{}", said.text());
}

#[test]
fn mistakes_on_the_command_line_name_themselves_on_stderr_alone() {
    let reach = stage();
    for (words, code, named) in [
        (vec!["acess", "ssh"], 2, "unknown command `acess ssh`; see: sallyport --help"),
        (vec!["login"], 2, "name the host to log in to; see: sallyport login --help"),
        (vec!["login", "a", "b"], 2, "unexpected argument `b`; see: sallyport login --help"),
        (
            vec!["status", "--jsn"],
            2,
            "unknown flag `--jsn`; the nearest is `--json`; see: sallyport status --help",
        ),
        (
            vec!["host", "add", HOST, "--name"],
            2,
            "flag `--name` needs a value; see: sallyport host add --help",
        ),
        (vec!["access", "ssh"], 255, "flag `--hostname` is needed; see: sallyport access ssh --help"),
        (vec!["access", "ssh", "--nope"], 255, "unknown flag `--nope`; see: sallyport access ssh --help"),
        (
            vec!["access", "ssh", "--hostname", HOST, "x"],
            255,
            "`x` is not an address to listen on, such as 127.0.0.1:3389; see: sallyport access ssh --help",
        ),
        (
            vec!["access", "ssh", "--hostname", HOST, "--service-token-id", "i"],
            255,
            "a service token needs both its id and its secret; see: sallyport access ssh --help",
        ),
    ] {
        let said = reach.run(&words);
        assert_eq!(said.problem(code), named, "{words:?}");
        assert_eq!(said.text(), "", "{words:?}");
    }
    assert!(reach.edge.log().is_empty(), "nobody was asked");
}

#[test]
fn a_machine_whose_service_token_is_refused_hears_so_at_once_and_gets_no_browser() {
    let app =
        AppPlan::new(TEAM, "robots.acme.test", origin::answering()).service_token("id.access", "s3cret");
    let reach = Reach::of(plan(origin::answering()).app(app));
    let mut machine = reach.helper(&["access", "ssh", "--hostname", "robots.acme.test"]);
    machine.env("TUNNEL_SERVICE_TOKEN_ID", "id.access").env("TUNNEL_SERVICE_TOKEN_SECRET", "wr0ng");
    let said = Running::start(&mut machine).ended();
    assert!(said.problem(255).contains("robots.acme.test does not accept this machine"), "{}", said.err);
    assert_eq!(said.text(), "");
    assert_eq!(reach.requests().len(), 1, "asked once");
    assert!(reach.browsers().is_empty());
}

#[test]
fn machines_come_with_a_service_token_and_headers_of_their_own() {
    let app =
        AppPlan::new(TEAM, "robots.acme.test", origin::answering()).service_token("id.access", "s3cret");
    let reach = Reach::of(plan(origin::answering()).app(app));
    let mut by_flags =
        reach.helper(&["access", "ssh", "--hostname", "robots.acme.test", "-H", "X-Robot: one, two"]);
    by_flags.args(["--id", "id.access", "--secret", "s3cret"]);
    let mut by_environment = reach.helper(&["access", "tcp", "-T", "https://robots.acme.test"]);
    by_environment.env("TUNNEL_SERVICE_TOKEN_ID", "id.access").env("TUNNEL_SERVICE_TOKEN_SECRET", "s3cret");
    for command in [&mut by_flags, &mut by_environment] {
        let said = carries_a_line(command);
        assert_eq!(said.err, "");
    }
    let requests = reach.requests();
    assert_eq!(requests.len(), 2, "one request each: {requests:#?}");
    assert_eq!(requests[0].header("x-robot"), Some("one, two"));
    assert!(requests.iter().all(|seen| seen.header("cf-access-token").is_none()));
    assert!(reach.browsers().is_empty());
}

#[test]
fn a_bastion_leads_to_the_destination() {
    let app = AppPlan::new(TEAM, "bastion.acme.test", origin::saying(b"the bastion".to_vec()));
    let app = app.jump("db-1:22", origin::answering());
    let reach = Reach::of(plan(origin::answering()).app(app));
    reach.log_in("bastion.acme.test");
    let words = ["access", "ssh", "--hostname", "bastion.acme.test", "--destination", "db-1:22"];
    carries_a_line(&mut reach.helper(&words));
    let seen = reach.requests();
    assert_eq!(seen.last().and_then(|seen| seen.header("cf-access-jump-destination")), Some("db-1:22"));
}

#[test]
fn every_request_says_who_made_it_by_whatever_name_it_was_called() {
    let reach = stage();
    let link = reach.home.join("cloudflared");
    std::os::unix::fs::symlink(built::program("sallyport"), &link).expect("a link");
    for words in [
        &["access", "login", "--quiet", HOST][..],
        &["access", "login", "--quiet", OTHER],
        &["access", "ssh-gen", "--hostname", HOST],
        &["access", "ssh", "--hostname", HOST],
    ] {
        let mut command = reach.home.command(&link);
        command.args(words).env("SALLYPORT_PROFILE", reach.home.profile());
        let mut running = Running::start(command.env("BROWSER", reach.home.join("browser")));
        running.write(b"over there\n");
        running.ended().well();
    }
    let requests = reach.requests();
    let own = format!("sallyport/{}", env!("CARGO_PKG_VERSION"));
    let paths: Vec<&str> = requests.iter().map(|seen| seen.path()).collect();
    for kind in ["/", "/cdn-cgi/access/certs", "/cdn-cgi/access/cert_sign"] {
        assert!(paths.contains(&kind), "{paths:?}");
    }
    assert!(requests.iter().all(|seen| seen.header("user-agent") == Some(own.as_str())), "{requests:#?}");
}

#[test]
fn no_log_holds_a_secret() {
    let reach = stage();
    reach.log_in(HOST);
    reach.edge.revoke_app_tokens(None);
    let vault = reach.home.profile().join("vault.json");
    let secrets = |text: &str| -> Vec<String> {
        let vault: std::collections::BTreeMap<String, String> = serde_json::from_str(text).expect("a vault");
        vault.into_values().filter_map(|token| Some(token.rsplit_once('.')?.1.to_owned())).collect()
    };
    let before = secrets(&std::fs::read_to_string(&vault).expect("the file vault"));
    let words = ["access", "ssh", "--hostname", HOST, "--log-level", "trace"];
    let said = carries_a_line(&mut reach.helper(&words));
    assert!(said.err.contains(" DBG "), "it logs: {}", said.err);
    let after = secrets(&std::fs::read_to_string(&vault).expect("the file vault"));
    for secret in before.iter().chain(&after) {
        assert!(secret.len() > 100 && !said.err.contains(secret), "{}", said.err);
    }
}

fn stage() -> Reach {
    Reach::to(origin::answering())
}

/// Carries a line there and back.
#[track_caller]
fn carries_a_line(command: &mut Command) -> Said {
    let mut running = Running::start(command);
    assert!(running.write(b"over there\n"));
    let said = running.ended().well();
    assert_eq!(said.text(), "OVER THERE\n", "{}", said.err);
    said
}
