//! Hosts that log in by a short-lived certificate.

use super::stage::*;
use crate::{CertificateFact, Draft, Effect, Event, HostChange, HostEntry, Page, Request};

fn certified(user: Option<&str>) -> Stage {
    let mut stage = Stage::with(&["build-01"], vec![login("build-01", -60, 5 * 3600, None)]);
    let user = user.map(str::to_owned);
    stage.event(Event::Hosts(Ok(vec![HostEntry { user, certificate: true, ..entry("build-01") }])));
    stage.ask(Request::Go { page: Page::Host { alias: "build-01".to_owned() } });
    stage
}

fn arrives(stage: &mut Stage, principals: &[&str]) {
    let principals = principals.iter().map(|name| (*name).to_owned()).collect();
    let hostname = "build-01.acme.dev".to_owned();
    stage.event(Event::Certificates(vec![CertificateFact { hostname, principals, until: noon() + 240 }]));
}

fn shown(stage: &Stage) -> String {
    let rows = stage.snapshot().detail.unwrap().connection;
    rows.into_iter().find(|row| row.label == "Certificate").unwrap().value
}

#[test]
fn the_detail_says_for_whom_a_certificate_is_and_until_when() {
    let mut stage = certified(Some("ada"));
    assert_eq!(shown(&stage), "When ssh asks for one");
    arrives(&mut stage, &["ada", "build"]);
    assert_eq!(shown(&stage), "Until 12:34 for ada, build");
    assert_eq!(stage.snapshot().detail.unwrap().problem, None);
    stage.wait(241_000);
    assert_eq!(shown(&stage), "When ssh asks for one", "it has ended");
}

#[test]
fn a_user_that_is_no_principal_is_told_before_connecting() {
    let mut stage = certified(Some("root"));
    arrives(&mut stage, &["ada"]);
    let problem = stage.snapshot().detail.unwrap().problem.unwrap();
    assert_eq!(problem.title, "The certificate of build-01 is not for root.");
    assert_eq!(problem.buttons[0].label, "Edit…");
    let mut free = certified(None);
    arrives(&mut free, &["ada"]);
    assert_eq!(free.snapshot().detail.unwrap().problem, None, "ssh decides who logs in");
}

#[test]
fn the_form_turns_certificates_on_and_keeps_them() {
    let mut stage = Stage::with(&[], vec![]);
    stage.ask(Request::OpenDraft { alias: None });
    let hostname = "build-01.acme.dev".to_owned();
    stage.ask(Request::EditDraft { draft: Draft { hostname, certificate: true, ..Draft::default() } });
    let effects = stage.wait(400);
    let is_planned = |effect: &Effect| matches!(effect, Effect::Preview { change: HostChange::Add(entry), .. } if entry.certificate);
    assert!(effects.iter().any(is_planned), "{effects:?}");

    let mut stage = certified(None);
    stage.ask(Request::OpenDraft { alias: Some("build-01".to_owned()) });
    assert!(stage.snapshot().draft.unwrap().start.certificate);
}
