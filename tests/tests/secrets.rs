//! What is handed out is listed, and a log that holds some of it is found.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::path::{Path, PathBuf};
use std::process::Command;

use edge_sim::TunnelPlan;
use journeys::homes::put;
use journeys::reach::{HOST, Said, plan};
use journeys::{Reach, origin};

const ROBOT: &str = "a-secret-of-a-machine";

/// Looks for secrets below `kept` as `make test` does at its end.
fn look(kept: &Path) -> Said {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/lib/find-secrets");
    Said::of(Command::new(script).arg(kept))
}

/// A person who has logged in, before an edge that lists below `kept` what it hands out; and the app's token.
fn logged_in(kept: &Path) -> (Reach, String) {
    let mut plan = plan(origin::answering()).tunnel(TunnelPlan::new("office"));
    plan.apps[1] = plan.apps[1].clone().service_token("id.access", ROBOT);
    plan.secrets = Some(kept.join("secrets"));
    let reach = Reach::of(plan);
    reach.log_in(HOST);
    let token = reach.run(&["access", "token", "--app", HOST]).well().text().trim().to_owned();
    (reach, token)
}

/// Everything that is listed below `kept`.
fn listed(kept: &Path) -> String {
    let files = kept.join("secrets").read_dir().expect("a list");
    files.map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("a text")).collect()
}

/// A log below `kept`, and nothing else.
fn log(kept: &Path, text: &str) -> PathBuf {
    let log = kept.join("logs/1-0-helper.log");
    put(&log, text);
    log
}

#[test]
fn whatever_an_edge_hands_out_is_found_where_it_does_not_belong() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path();
    let (reach, token) = logged_in(kept);
    let lines = listed(kept);
    let lists = |secret: &str| lines.lines().any(|line| line == secret);
    let parts: Vec<&str> = token.split('.').collect();
    assert!(parts.len() == 3 && lists(&token) && lists(parts[1]) && lists(parts[2]));
    assert!(lists(ROBOT) && lists(&TunnelPlan::new("office").token()));
    assert!(!lists(parts[0]), "every token has the same head");

    let own = std::fs::read_to_string(reach.home.logs().join("helper.log")).expect("a log");
    assert!(own.contains(HOST), "the helper has logged what it did: {own}");
    log(kept, &own);
    look(kept).well();

    for secret in [&token, parts[1], parts[2], ROBOT] {
        let place = log(kept, &format!("{own}\nGET / with {secret}, for once"));
        let said = look(kept);
        assert_eq!(said.code, Some(1), "{}", said.err);
        assert!(
            said.err.contains(place.to_str().expect("a path")) && !said.err.contains(secret),
            "{}",
            said.err
        );
    }
}

#[test]
fn tokens_and_keys_that_nobody_listed_are_found_by_their_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path();
    put(kept.join("secrets/1"), "something-else-entirely\n");
    let token = ["eyJhbGciOiJSUzI1NiJ9eyJ", ".eyJpc3MiOiJqb2UifQeyJ", ".cC4hiUPoj9Eetdgtv3hF80"].concat();
    let key = ["-----BEGIN OPENSSH PRIVATE", " KEY-----"].concat();
    for (secret, what) in [(token, "A token"), (key, "A private key")] {
        log(kept, &format!("debug: {secret}"));
        let said = look(kept);
        assert_eq!(said.code, Some(1), "{}", said.err);
        assert!(said.err.contains(what), "{}", said.err);
    }
    log(kept, "nothing to see");
    look(kept).well();
}

#[test]
fn a_search_that_has_nothing_to_search_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path();
    assert_eq!(look(kept).code, Some(1));
    log(kept, "something");
    assert_eq!(look(kept).code, Some(1), "nothing is listed");
    put(kept.join("secrets/1"), "something-else\n");
    look(kept).well();
}
