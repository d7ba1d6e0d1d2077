//! Whom the helper believes besides the public authorities: those of the system, and those that the settings name.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::process::Command;

use journeys::homes::put;
use journeys::reach::{HOST, Running, Said};
use journeys::{Reach, origin};
use serde_json::json;

#[test]
fn an_authority_that_nobody_named_is_not_believed() {
    let reach = distrusted();
    let said = carried(&mut carrier(&reach));
    assert_eq!((said.code, said.text().as_str()), (Some(255), ""), "{}", said.err);
    assert!(reach.edge.log().is_empty(), "nothing was said to it");
}

#[test]
fn the_variable_of_the_system_is_heeded() {
    let reach = distrusted();
    put(reach.home.join("system.pem"), reach.edge.ca_pem());
    let mut command = carrier(&reach);
    let said = carried(command.env("SSL_CERT_FILE", reach.home.join("system.pem"))).well();
    assert_eq!(said.text(), "OVER THERE\n");
}

#[test]
fn the_settings_name_more_of_them() {
    let reach = distrusted();
    put(reach.home.profile().join("company.pem"), reach.edge.ca_pem());
    for path in ["company.pem".to_owned(), reach.home.profile().join("company.pem").display().to_string()] {
        reach.settings(&json!({ "trust": [path] }));
        assert_eq!(carried(&mut carrier(&reach)).well().text(), "OVER THERE\n");
    }
}

#[test]
fn a_file_of_them_that_is_none_is_named() {
    let reach = distrusted();
    let path = reach.home.profile().join("company.pem");
    reach.settings(&json!({ "trust": ["company.pem"] }));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for text in [None, Some(""), Some("no certificate"), Some(broken)] {
        if let Some(text) = text {
            put(&path, text);
        }
        let said = carried(&mut carrier(&reach));
        assert!(said.problem(255).contains(&path.display().to_string()), "{text:?}: {}", said.err);
    }
}

/// A person before an edge whose authority is unknown to them.
fn distrusted() -> Reach {
    let reach = Reach::to(origin::answering());
    let mut realm = serde_json::to_value(reach.edge.realm()).expect("a realm in JSON");
    realm["roots"] = "".into();
    put(reach.home.profile().join("realm.json"), realm.to_string());
    reach
}

fn carrier(reach: &Reach) -> Command {
    reach.helper(&["access", "ssh", "--hostname", HOST])
}

fn carried(command: &mut Command) -> Said {
    let mut running = Running::start(command);
    running.write(b"over there\n");
    running.ended()
}
