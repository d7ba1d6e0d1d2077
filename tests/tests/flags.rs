//! The carrier's lesser flags, as command lines in the wild have them (`access.md` 5.1).
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use journeys::reach::{HOST, Running, Said};
use journeys::{Reach, origin};

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
        assert!(text.contains("carried"), "{text}");
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
fn the_government_has_a_transfer_service_of_its_own() {
    for words in
        [["-fedramp", "access", "login", "--quiet", HOST], ["access", "--fedramp", "login", "--quiet", HOST]]
    {
        let reach = stage();
        let said = reach.run(&words).well();
        assert!(said.err.contains("logged in as "), "{}", said.err);
        let asked = reach.requests().into_iter().find(|seen| seen.path().starts_with("/transfer/"));
        assert_eq!(asked.expect("a poll").host, "login.fed.cloudflareaccess.org");
    }
}

fn stage() -> Reach {
    Reach::to(origin::answering())
}

#[track_caller]
fn carried(reach: &Reach, flags: &[&str]) -> Said {
    let mut command = reach.helper(&["access", "ssh", "--hostname", HOST]);
    let mut running = Running::start(command.args(flags));
    assert!(running.write(b"over there\n"));
    let said = running.ended().well();
    assert_eq!(said.text(), "OVER THERE\n");
    said
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("a file").permissions().mode() & 0o777
}
