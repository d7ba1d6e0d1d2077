//! Tokens that end, are revoked, or were put in the wrong place.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use journeys::homes::put;
use journeys::reach::{HOST, OTHER, Running};
use journeys::{Reach, wait};
use serde_json::Value;

use crate::{goes_through, stage};

const HOUR: Duration = Duration::from_secs(3600);
const MOMENT: Duration = Duration::from_secs(1);

#[test]
fn an_ended_token_is_renewed_without_a_browser_and_without_a_word() {
    let reach = stage();
    reach.edge.set_lifetimes(MOMENT, HOUR);
    reach.log_in(HOST);
    until_useless(&reach);
    reach.edge.set_lifetimes(HOUR, HOUR);
    assert_eq!(goes_through(&reach, HOST).err, "");
    assert!(reach.browsers().is_empty());
}

#[test]
fn a_login_that_ends_soon_is_renewed_while_a_connection_runs() {
    let reach = stage();
    reach.edge.set_lifetimes(20 * MOMENT, HOUR);
    reach.log_in(HOST);
    let first = end_of_login(&reach);
    wait::until("the last tenth of the login", wait::SOON, || {
        (SystemTime::now() + 2 * MOMENT >= first).then_some(())
    });
    reach.edge.set_lifetimes(HOUR, HOUR);
    let mut running = Running::start(&mut reach.helper(&["access", "ssh", "--hostname", HOST]));
    wait::until("a later end", wait::SOON, || (end_of_login(&reach) > first).then_some(()));
    assert!(running.write(b"meanwhile\n"));
    assert_eq!(running.ended().well().err, "");
    let upgrades: Vec<u16> =
        reach.requests().iter().filter(|seen| seen.is_upgrade()).map(|seen| seen.status).collect();
    assert_eq!(upgrades, [101], "nothing waited for it");
    assert!(reach.browsers().is_empty());
}

#[test]
fn when_the_teams_token_has_ended_too_a_browser_opens() {
    let reach = stage();
    reach.edge.set_lifetimes(MOMENT, MOMENT);
    reach.log_in(HOST);
    until_useless(&reach);
    reach.edge.set_lifetimes(HOUR, HOUR);
    goes_through(&reach, HOST);
    assert_eq!(reach.browsers().len(), 1);
}

#[test]
fn a_revoked_token_is_replaced_once_without_a_browser() {
    let reach = stage();
    reach.log_in(HOST);
    reach.edge.revoke_app_tokens(None);
    let upgrades = |reach: &Reach| reach.requests().iter().filter(|seen| seen.is_upgrade()).count();
    let before = upgrades(&reach);
    assert_eq!(goes_through(&reach, HOST).err, "");
    assert_eq!(upgrades(&reach) - before, 2, "refused, then let in");
    assert!(reach.browsers().is_empty());
}

#[test]
fn revoked_with_the_teams_token_it_takes_exactly_one_login() {
    let reach = stage();
    reach.log_in(HOST);
    reach.edge.revoke_app_tokens(None);
    reach.edge.revoke_org_tokens(None);
    goes_through(&reach, HOST);
    assert_eq!(reach.browsers().len(), 1);
    assert_eq!(goes_through(&reach, HOST).err, "");
    assert_eq!(reach.browsers().len(), 1);
}

#[test]
fn a_token_of_another_app_is_not_presented() {
    let reach = stage();
    reach.log_in(HOST);
    reach.log_in(OTHER);
    let file = reach.home.profile().join("vault.json");
    let mut vault: Value = serde_json::from_slice(&std::fs::read(&file).expect("a vault")).expect("JSON");
    let slot = |host| format!("app/{}", reach.edge.app(host).expect("an app").audience());
    vault[slot(HOST)] = vault[slot(OTHER)].clone();
    put(&file, vault.to_string());
    let before = reach.requests().len();
    assert_eq!(goes_through(&reach, HOST).err, "");
    assert!(reach.requests()[before].header("cf-access-token").is_none(), "it was not even shown");
    assert!(reach.browsers().is_empty());
}

/// When the login at hand ends.
fn end_of_login(reach: &Reach) -> SystemTime {
    let token = reach.run(&["access", "token", HOST]).well().text();
    let payload = token.split('.').nth(1).expect("claims");
    let claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("JSON");
    UNIX_EPOCH + Duration::from_secs(claims["exp"].as_u64().expect("an end"))
}

/// Waits until no token for the host is at hand any more.
fn until_useless(reach: &Reach) {
    wait::until("the token's end", wait::SOON, || {
        (reach.run(&["access", "token", HOST]).code == Some(1)).then_some(())
    });
}
