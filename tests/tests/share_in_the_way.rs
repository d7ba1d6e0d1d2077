//! What is there already when a machine is to be published: it is shown, left alone, and replaced only when asked.
#![cfg(target_os = "linux")]

use edge_sim::{ApiFault, Right};
use journeys::reach::{Said, Visit};
use journeys::shared::{SHARED, Sharing};
use journeys::{Part, need, sshd, wait};

#[test]
fn what_is_in_the_way_is_shown_and_left_alone() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::with(&Right::SHARE, |account| account.record(SHARED).pending_zone("new.test"));
    let said = Said::of(&mut sharing.share(&[]));
    assert_eq!(said.code, Some(1));
    assert!(
        said.err.contains(
            "there is already a DNS record, A to 203.0.113.7; choose another hostname, or take away"
        ),
        "{}",
        said.err
    );
    let other = |words: &[&str]| {
        let port = sharing.server.address().port().to_string();
        let words = [&["share", "ssh", "--allow", "@acme.test", "--port", &port], words].concat();
        sharing.said(&words)
    };
    let said = other(&["--hostname", "box.new.test"]);
    assert!(said.err.contains("new.test is not active on Cloudflare yet"), "{}", said.err);
    let said = other(&["--hostname", "box.foreign.test"]);
    assert!(said.err.contains("no domain of yours holds box.foreign.test"), "{}", said.err);
    let said = sharing.said(&["share", "ssh", "--hostname", "a.acme.test", "--allow", "@a.b", "--port", "1"]);
    assert!(said.err.contains("no SSH server answers at 127.0.0.1:1"), "{}", said.err);
    assert_eq!(sharing.changes(), Vec::<String>::new());
    for (words, told) in [
        (&["--hostname", "https://x"][..], "is not a hostname"),
        (&["--hostname", "a.acme.test", "--allow", "everyone"], "is neither an e-mail address nor a domain"),
        (&["--hostname", "a.acme.test", "--session", "soon"], "is not a time such as"),
    ] {
        let said = other(words);
        assert_eq!((said.code, said.err.contains(told)), (Some(2), true), "{words:?}: {}", said.err);
    }
    let nobody = sharing.said(&["share", "ssh", "--hostname", "a.acme.test"]);
    assert!(nobody.err.contains("say who may enter"), "{}", nobody.err);
}

#[test]
fn a_record_in_the_way_is_replaced_where_that_is_asked_for_and_comes_back() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::with(&Right::SHARE, |account| account.record(SHARED));
    let as_it_was = sharing.reach.edge.account();
    let plan = Said::of(&mut sharing.share(&["--replace-record", "--dry-run"])).well();
    let told = "studio.acme.test leads to the tunnel, and no longer by A to 203.0.113.7";
    assert!(plan.text().contains(told), "{}", plan.text());
    assert_eq!(sharing.reach.edge.account(), as_it_was);

    let lost = ("PATCH", "/dns_records", ApiFault::Lost(502));
    sharing.reach.edge.faults().set(|faulty| faulty.api_calls = vec![lost]);
    let mut share = sharing.shared(&["--replace-record"]);
    assert!(share.log().contains("SSH from outside: SSH-2.0-OpenSSH"), "{}", share.log());
    assert!(!sharing.reach.edge.account().iter().any(|thing| thing.contains("203.0.113.7")));
    let planned = sharing.said(&["unshare", "--dry-run"]).well();
    assert!(planned.text().contains("leads to 203.0.113.7 again"), "{}", planned.text());
    sharing.said(&["unshare"]).well();
    sharing.until_account_is(&as_it_was);
    assert!(share.ended(wait::SOON).success(), "{}", share.log());
}

#[test]
fn a_record_that_was_replaced_comes_back_when_a_later_step_fails() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::with(&Right::SHARE, |account| account.record(SHARED));
    let as_it_was = sharing.reach.edge.account();
    sharing.reach.visits(Visit::Leaves);
    let words = ["--replace-record"];
    let mut share = Part::start("left", &mut sharing.share(&words), &sharing.reach.home.logs());
    sharing.reach.until_browsers(1);
    assert_ne!(sharing.reach.edge.account(), as_it_was);
    share.terminate();
    assert_eq!(share.ended(wait::SOON).code(), Some(1));
    assert_eq!(sharing.reach.edge.account(), as_it_was, "{}", share.log());
}

#[test]
fn what_was_shared_by_somebody_else_is_shown_piece_by_piece() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::new();
    let mut share = sharing.shared(&["--no-proof"]);
    let account = sharing.reach.edge.account();
    let said = Said::of(&mut sharing.share(&[]));
    assert_eq!(said.code, Some(1));
    for thing in [
        "a DNS record, CNAME to ",
        "sallyport unshare takes it away",
        "an application, SSH to ",
        "a tunnel, ",
    ] {
        assert!(said.err.contains(thing), "{thing:?} is missing in {}", said.err);
    }
    assert_eq!(sharing.reach.edge.account(), account, "it is left alone");
    share.terminate();
    assert!(share.ended(wait::SOON).success(), "{}", share.log());
}
