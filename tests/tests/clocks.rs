//! Both clocks of a login, and why the second one stops, as `status` tells them beside a desktop that runs.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use std::time::Duration;

use journeys::homes::put;
use journeys::reach::HOST;
use journeys::{Background, Reach, origin, wait};
use serde_json::{Value, json};

const SHORT: Duration = Duration::from_secs(8);
const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn status_says_why_a_login_does_not_renew_any_more() {
    let reach = with_a_host();
    reach.edge.set_lifetimes(SHORT, HOUR);
    reach.log_in(HOST);
    assert!(reach.run(&["status"]).well().text().contains("; renews by itself until "));
    let desktop = Background::start(&reach);
    let first = status(&reach)["until"].clone();
    wait::until("a renewal", wait::SOON, || (status(&reach)["until"] != first).then_some(()));
    assert_eq!(status(&reach)["renewalRefused"], Value::Null);

    reach.edge.revoke_org_tokens(None);
    wait::until("a refusal", wait::SOON, || {
        (status(&reach)["renewalRefused"] == "renewal-refused").then_some(())
    });
    let said = reach.run(&["status"]).well().text();
    let end = status(&reach)["state"].clone();
    let why = "; does not renew by itself: Cloudflare Access wants you to log in again";
    assert!(said.contains(why) || end == "ended", "{said}");
    assert!(reach.browsers().is_empty(), "all of it without a browser");
    desktop.end();
}

#[test]
fn a_machines_host_is_marked_in_the_window_too() {
    let reach = with_a_host();
    reach.settings(&json!({ "ssh_config": reach.ssh_config(), "machines": [HOST] }));
    let desktop = Background::start(&reach);
    let row = desktop.snapshot().groups[0].rows[0].clone();
    assert_eq!((row.line1.as_str(), row.button.label.as_str()), ("Service token", "Connect"));
    desktop.end();
}

fn with_a_host() -> Reach {
    let reach = Reach::to(origin::answering());
    reach.settings(&json!({ "ssh_config": reach.ssh_config() }));
    put(reach.ssh_config(), "");
    reach.run(&["host", "add", HOST]).well();
    reach
}

/// The host as scripts see it.
fn status(reach: &Reach) -> Value {
    let state: Value = serde_json::from_slice(&reach.run(&["status", "--json"]).well().out).expect("JSON");
    state["hosts"][0].clone()
}
