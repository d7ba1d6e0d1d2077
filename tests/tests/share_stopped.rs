//! Sharing that is stopped on the way keeps what is in place: it is gone on with, or taken back step by step.
#![cfg(target_os = "linux")]

use edge_sim::{ApiFault, Right};
use journeys::reach::{PERSON, Said, Visit};
use journeys::shared::{SHARED, Sharing, objects};
use journeys::{Part, need, process, sshd, wait};
use serde_json::{Value, json};

/// What is noted of it.
fn unfinished(sharing: &Sharing) -> Value {
    let listed = objects(&sharing.said(&["share", "list", "--json"]).well().text()).remove(0);
    listed["shares"][SHARED]["unfinished"].clone()
}

/// The record is refused, and what comes before it stays.
fn stopped(sharing: &Sharing) {
    let no = ApiFault::Refused { status: 400, code: 1234, message: "not today" };
    sharing.reach.edge.faults().set(|faulty| faulty.api_calls = vec![("POST", "/dns_records", no)]);
    let said = Said::of(&mut sharing.share(&["--keep", "--session", "8h"]));
    assert_eq!(said.code, Some(1), "{}", said.text());
    assert!(said.text().contains("✗ DNS record: "), "{}", said.text());
    assert!(said.err.contains("4 of 8 steps are in place; sallyport share continue "), "{}", said.err);
    sharing.reach.edge.faults().set(|faulty| faulty.api_calls.clear());
    assert_eq!(process::inhabitants(sharing.reach.home.path()), Vec::<u32>::new(), "no connector is left");
}

#[test]
fn what_failed_is_gone_on_with_from_there() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::new();
    let before = sharing.reach.edge.account();
    stopped(&sharing);
    assert_eq!(unfinished(&sharing)["done"], json!(["policy", "application", "tunnel", "rules"]));
    let listed = sharing.said(&["share", "list"]).well().text();
    assert!(listed.contains("unfinished, 4 of 8 steps are in place"), "{listed}");
    let made = sharing.changes().len();

    let mut again = sharing.command(&["share", "continue", SHARED]);
    let mut share = Part::start("continue", &mut again, &sharing.reach.home.logs());
    share.says("that it is shared", |log| log.contains("is shared.").then_some(()));
    assert!(share.log().contains("SSH from outside: SSH-2.0-OpenSSH"), "{}", share.log());
    assert_eq!(sharing.changes()[made..], ["POST record"], "nothing is made twice");
    assert_eq!(unfinished(&sharing), Value::Null);
    let app = sharing.reach.edge.guard(SHARED).expect("an application");
    assert_eq!(app.allow, [PERSON]);
    let told = &objects(&sharing.said(&["share", "people", "--json"]).well().text())[0];
    assert_eq!(told["session"], "8h");
    sharing.said(&["unshare"]).well();
    assert!(share.ended(wait::SOON).success(), "{}", share.log());
    assert_eq!(sharing.reach.edge.account(), before);
}

#[test]
fn steps_are_taken_back_one_by_one_from_the_last() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::new();
    let before = sharing.reach.edge.account();
    stopped(&sharing);
    let busy = ApiFault::Refused { status: 409, code: 12132, message: "in use" };
    for (step, left) in [("rules", 3), ("tunnel", 2), ("application", 1), ("policy", 0)] {
        if step == "application" {
            sharing
                .reach
                .edge
                .faults()
                .set(|faulty| faulty.api_calls = vec![("DELETE", "/apps", busy.clone())]);
            let refused = sharing.said(&["share", "undo"]);
            assert_eq!(refused.code, Some(1), "{}", refused.text());
            sharing.reach.edge.faults().set(|faulty| faulty.api_calls.clear());
        }
        let lines = objects(&sharing.said(&["share", "undo", "--json"]).well().text());
        assert_eq!(lines[0], json!({ "step": step, "state": "undone" }));
        assert_eq!(unfinished(&sharing)["done"].as_array().map_or(0, Vec::len), left, "after {step}");
    }
    assert_eq!(sharing.reach.edge.account(), before);
    let nothing = sharing.said(&["share", "undo", SHARED]);
    assert!(nothing.err.contains("nothing of this hostname was stopped on the way"), "{}", nothing.err);
}

#[test]
fn called_off_at_the_last_step_it_is_unfinished_and_can_be_taken_away() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::with(&Right::SHARE, |account| account.record(SHARED));
    let before = sharing.reach.edge.account();
    sharing.reach.visits(Visit::Leaves);
    let words = ["--keep", "--replace-record"];
    let mut share = Part::start("left", &mut sharing.share(&words), &sharing.reach.home.logs());
    sharing.reach.until_browsers(1);
    share.terminate();
    assert_eq!(share.ended(wait::SOON).code(), Some(1));
    assert!(share.log().contains("6 of 8 steps are in place"), "{}", share.log());
    assert_ne!(sharing.reach.edge.account(), before);
    sharing.said(&["unshare"]).well();
    assert_eq!(sharing.reach.edge.account(), before, "the record is as it was");
}
