//! Connections that are made before anybody needs them.

use super::stage::*;
use crate::*;

/// A person who lets the desktop keep connections ready.
fn stage(hosts: &[&str]) -> Stage {
    let mut stage = Stage::with(hosts, hosts.iter().map(|alias| unused(alias)).collect());
    stage.model.facts.keep_warm = true;
    stage
}

fn uses(stage: &mut Stage, ticket: u64, alias: &str) -> Vec<Effect> {
    stage.helper(ticket, HelperAsk::SessionOpened { hostname: hostname(alias) })
}

fn kept(effects: &[Effect]) -> Option<Vec<String>> {
    effects.iter().find_map(|effect| {
        if let Effect::KeepWarm { hostnames } = effect { Some(hostnames.clone()) } else { None }
    })
}

fn hostname(alias: &str) -> String {
    entry(alias).hostname
}

fn hostnames(aliases: &[&str]) -> Option<Vec<String>> {
    Some(aliases.iter().map(|alias| hostname(alias)).collect())
}

#[test]
fn a_host_is_kept_for_ten_minutes_after_its_last_use() {
    let mut stage = stage(&["a", "b"]);
    assert_eq!(kept(&uses(&mut stage, 1, "a")), hostnames(&["a"]));
    assert_eq!(kept(&stage.wait_seconds(9 * MINUTE)), None);
    assert_eq!(kept(&uses(&mut stage, 2, "a")), None, "it is kept already");
    assert_eq!(kept(&stage.wait_seconds(9 * MINUTE)), None);
    assert_eq!(kept(&stage.wait_seconds(2 * MINUTE)), hostnames(&[]));
    assert_eq!(kept(&uses(&mut stage, 3, "b")), hostnames(&["b"]));
}

#[test]
fn never_more_than_three_and_those_that_were_used_last() {
    let mut stage = stage(&["a", "b", "c", "d"]);
    for (ticket, alias) in (1..).zip(["d", "a", "c"]) {
        uses(&mut stage, ticket, alias);
        stage.wait_seconds(1);
    }
    assert_eq!(kept(&uses(&mut stage, 4, "b")), hostnames(&["a", "b", "c"]));
}

#[test]
fn none_on_battery_saver_offline_or_against_a_persons_choice() {
    let mut stage = stage(&["a"]);
    assert_eq!(kept(&uses(&mut stage, 1, "a")), hostnames(&["a"]));
    assert_eq!(kept(&stage.event(Event::SavesPower(true))), hostnames(&[]));
    assert_eq!(kept(&uses(&mut stage, 2, "a")), None);
    assert_eq!(kept(&stage.event(Event::SavesPower(false))), hostnames(&["a"]));
    assert_eq!(kept(&stage.ask(Request::Online { online: false })), hostnames(&[]));
    assert_eq!(kept(&stage.ask(Request::Online { online: true })), hostnames(&["a"]));
    stage.model.facts.keep_warm = false;
    assert_eq!(kept(&stage.event(Event::Focus(true))), hostnames(&[]));
}

#[test]
fn a_host_that_cannot_be_reached_or_is_gone_is_left_alone() {
    let mut stage = stage(&["a"]);
    uses(&mut stage, 1, "a");
    let cause = wire::Cause::Unreachable { host: hostname("a"), detail: "refused".into() };
    let effects = stage.helper(2, HelperAsk::Failed { hostname: hostname("a"), cause });
    assert_eq!(kept(&effects), hostnames(&[]));
    assert_eq!(kept(&uses(&mut stage, 3, "a")), hostnames(&["a"]), "it is reached again");
    assert_eq!(kept(&stage.event(Event::Hosts(Ok(Vec::new())))), hostnames(&[]));
}
