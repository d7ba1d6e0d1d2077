//! The carrier's lesser flags, as command lines in the wild have them (`access.md` 5.1).
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use edge_sim::AppPlan;
use journeys::homes::put;
use journeys::reach::{HOST, Running, Said, TEAM, plan};
use journeys::{Reach, built, origin};
use serde_json::Value;

#[test]
fn logs_go_to_the_file_that_was_named_and_hold_no_secret() {
    let reach = stage();
    reach.log_in(HOST);
    let token = reach.run(&["access", "token", HOST]).well().text();
    let signature = token.rsplit_once('.').expect("a compact JWT").1;
    let (file, folder) = (reach.home.join("a.log"), reach.home.join("logs-of-ours"));
    let (named, within) = (file.display().to_string(), folder.display().to_string());
    let inner = folder.join("cloudflared.log");
    for (flags, log) in [
        (["--logfile", &named, "--log-level", "debug"], &file),
        (["--log-directory", &within, "--loglevel=debug", "--debug-stream=0"], &inner),
    ] {
        let said = carried(&reach, &flags);
        assert_eq!(said.err, "", "nothing of it reaches ssh");
        let text = std::fs::read_to_string(log).expect("a log");
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert!(lines.iter().any(|line| line["message"] == "carried" && line["level"] == "debug"), "{text}");
        assert!(!text.contains(signature) && !text.contains("over there"), "{text}");
        assert_eq!(mode(log), 0o600);
        carried(&reach, &flags);
        let both = std::fs::read_to_string(log).expect("a log");
        assert!(both.starts_with(&text) && both.len() > text.len(), "it is appended to");
    }
}

#[test]
fn an_unknown_level_means_info_and_a_log_that_cannot_be_written_stops_nobody() {
    let reach = stage();
    reach.log_in(HOST);
    let file = reach.home.join("b.log");
    let named = file.display().to_string();
    carried(&reach, &["--logfile", &named, "--log-level", "chatty"]);
    assert_eq!(std::fs::read_to_string(&file).expect("a log"), "", "info is quiet");

    let folder = reach.home.path().display().to_string();
    let said = carried(&reach, &["--logfile", &folder]);
    assert!(said.err.starts_with(&format!("sallyport: cannot log to {folder}: ")), "{}", said.err);
}

#[test]
fn variables_name_the_log_of_the_commands_that_cloudflared_logs_by_them_and_of_no_other() {
    let reach = stage();
    reach.log_in(HOST);
    let url = format!("https://{HOST}");
    let curl = reach.home.join("stand-in/curl");
    put(&curl, "#!/bin/sh\n");
    std::fs::set_permissions(&curl, std::fs::Permissions::from_mode(0o700)).expect("a program");
    for (words, logs) in [
        (&["access", "login", "--quiet", &url][..], true),
        (&["access", "token", &url], true),
        (&["access", "curl", &url], true),
        (&["access", "ssh", "--hostname", HOST], false),
        (&["status"], false),
    ] {
        let (by_variable, by_flag) = (reach.home.join("by-variable.log"), reach.home.join("by-flag.log"));
        let flag = format!("--logfile={}", by_flag.display());
        let run = |before: &[&str]| {
            let mut command = helper(&reach, before);
            command.args(words).env("PATH", reach.home.join("stand-in")).env("TUNNEL_LOGFILE", &by_variable);
            let mut running = Running::start(&mut command);
            running.write(b"over there\n");
            running.ended().well()
        };
        run(&[]);
        assert_eq!(std::fs::remove_file(&by_variable).is_ok(), logs, "{words:?}");
        run(&[&flag]);
        assert!(by_flag.exists() && !by_variable.exists(), "a flag wins: {words:?}");
        std::fs::remove_file(&by_flag).expect("a log");
    }
    let mut command = helper(&reach, &["access", "login", "--quiet", &url]);
    reach.edge.revoke_app_tokens(None);
    let said = Said::of(command.env("TUNNEL_LOGLEVEL", "debug")).well();
    assert!(said.err.contains(" DBG "), "{}", said.err);
}

#[test]
fn lines_on_stderr_can_be_objects_of_json() {
    let reach = stage();
    for (flag, variable) in
        [(true, None), (false, Some("TUNNEL_LOG_OUTPUT")), (false, Some("TUNNEL_MANAGEMENT_OUTPUT"))]
    {
        let mut command = helper(&reach, if flag { &["--output", "json"] } else { &[] });
        command.args(["--loglevel", "debug", "access", "login", "--quiet", HOST]);
        let said = Said::of(command.envs(variable.map(|name| (name, "json")))).well();
        let lines: Vec<Value> =
            said.err.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let message = |start: &str| {
            lines.iter().any(|line| line["message"].as_str().is_some_and(|it| it.starts_with(start)))
        };
        assert!(message("logged in as ") || message("already logged in"), "{}", said.err);
        reach.run(&["logout", HOST]).well();
    }
    let said = reach.run(&["--output", "json", "access", "token", "nobody.acme.test"]);
    let line: Value = serde_json::from_str(&said.err).expect("one line of JSON");
    assert_eq!((said.code, &line["level"]), (Some(1), &Value::from("info")));
    let said = reach.run(&["--output", "json", "access", "ssh", "--nope"]);
    let line: Value = serde_json::from_str(&said.err).expect("one line of JSON");
    assert_eq!((said.code, &line["level"]), (Some(255), &Value::from("error")));
    let said = reach.run(&["--output", "json", "access", "ssh", "--no-login", "--hostname", HOST]);
    let line: Value = serde_json::from_str(&said.err).expect("one line of JSON");
    assert_eq!((said.code, &line["level"]), (Some(3), &Value::from("error")));
}

#[test]
fn another_place_is_asked_for_the_same_app_and_has_to_prove_itself() {
    let app =
        AppPlan::new(TEAM, "robots.acme.test", origin::answering()).service_token("id.access", "s3cret");
    let reach = Reach::of(plan(origin::answering()).app(app));
    let port = reach.edge.addr().port();
    let carry = |to: &str| {
        let mut command = helper(&reach, &["access", "ssh", "--hostname", "robots.acme.test/some?path"]);
        command.args(["--id", "id.access", "--secret", "s3cret", "--connect-to", to]);
        let mut running = Running::start(&mut command);
        running.write(b"over there\n");
        running.ended()
    };
    for to in [HOST.to_owned(), format!("{HOST}:{port}"), format!("{HOST}:{port}:127.0.0.1")] {
        assert_eq!(carry(&to).well().text(), "OVER THERE\n", "{to}");
        let seen = reach.requests().pop().expect("a request");
        assert_eq!(
            (seen.host.as_str(), seen.path_and_query.as_str()),
            ("robots.acme.test", "/some?path"),
            "{to}"
        );
    }
    let before = reach.edge.log().len();
    let mut realm = serde_json::to_value(reach.edge.realm()).expect("a realm in JSON");
    realm["roots"] = "".into();
    put(reach.home.profile().join("realm.json"), realm.to_string());
    for to in [format!("{HOST}:{port}"), format!("elsewhere.example:{port}:127.0.0.1")] {
        let said = carry(&to);
        assert_eq!((said.code, said.text().as_str()), (Some(255), ""), "{to}: {}", said.err);
    }
    assert_eq!(reach.edge.log().len(), before, "no secret goes to who cannot show a certificate");
}

#[test]
fn the_government_has_a_transfer_service_of_its_own() {
    let url = format!("https://{HOST}");
    for words in [
        &["-fedramp", "access", "login", "--quiet", HOST][..],
        &["access", "--fedramp", "login", "--quiet", HOST],
        &["access", "--fedramp=T", "ssh-gen", "--hostname", HOST],
        &["forward", "-fedramp", "tcp", "--hostname", HOST],
        &["access", "--fedramp", "curl", &url],
    ] {
        let reach = stage();
        let curl = reach.home.join("bin/curl");
        put(&curl, "#!/bin/sh\n");
        std::fs::set_permissions(&curl, std::fs::Permissions::from_mode(0o700)).expect("a program");
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = helper(&reach, words);
        command.env("PATH", format!("{}:{path}", reach.home.join("bin").display()));
        let mut running = Running::start(&mut command);
        running.write(b"over there\n");
        let said = running.ended().well();
        assert!(said.err.contains("logged in as "), "{words:?}: {}", said.err);
        let asked = reach.requests().into_iter().find(|seen| seen.path().starts_with("/transfer/"));
        assert_eq!(asked.expect("a poll").host, "login.fed.cloudflareaccess.org", "{words:?}");
    }
}

fn stage() -> Reach {
    Reach::to(origin::answering())
}

/// The helper on this profile, told nothing about logs.
fn helper(reach: &Reach, words: &[&str]) -> Command {
    let mut command = reach.home.command(built::program("sallyport"));
    command.arg("--profile").arg(reach.home.profile()).args(words);
    command.env("BROWSER", reach.home.join("browser"));
    command
}

#[track_caller]
fn carried(reach: &Reach, flags: &[&str]) -> Said {
    let mut command = helper(reach, &["access", "ssh", "--hostname", HOST]);
    let mut running = Running::start(command.args(flags));
    assert!(running.write(b"over there\n"));
    let said = running.ended().well();
    assert_eq!(said.text(), "OVER THERE\n");
    said
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("a file").permissions().mode() & 0o777
}
