//! Who may connect to what is shared: groups of the account by their names, and changes with effect at once.
#![cfg(target_os = "linux")]

use edge_sim::{AccountPlan, ApiFault, Right};
use journeys::reach::{PERSON, Said};
use journeys::shared::{SHARED, Sharing, objects};
use journeys::{Part, need, sshd, wait};

fn with_groups(account: AccountPlan) -> AccountPlan {
    account.group("Platform", &[PERSON]).group("Contractors, Lisbon", &["@corp.test"])
}

#[test]
fn a_group_is_let_in_by_its_name() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::with(&Right::SHARE, with_groups);
    let before = sharing.reach.edge.account();
    let listed = sharing.said(&["share", "groups"]).well();
    assert_eq!(listed.text(), "Contractors, Lisbon\nPlatform\n");
    let listed = objects(&sharing.said(&["share", "groups", "--json"]).well().text());
    let lisbon = listed[0]["groups"][0]["id"].as_str().expect("an id").to_owned();

    let wrong = Said::of(&mut sharing.share_for("group:Platfrom", &[]));
    assert_eq!((wrong.code, sharing.changes()), (Some(1), Vec::new()), "{}", wrong.err);
    assert!(wrong.err.contains("there is no group Platfrom; the nearest is Platform"), "{}", wrong.err);
    let none = Said::of(&mut sharing.share_for("Platform", &[]));
    assert_eq!(none.code, Some(2), "a group is named as one: {}", none.err);
    assert!(none.err.contains("nor a group such as group:Platform"), "{}", none.err);

    let allow = format!("group:platform,group:{lisbon}");
    let mut share = Part::start("share", &mut sharing.share_for(&allow, &[]), &sharing.reach.home.logs());
    share.says("that it is shared", |log| log.contains("is shared.").then_some(()));
    let policy = "✓ Policy: the group Contractors, Lisbon, the group Platform may enter\n";
    assert!(share.log().contains(policy), "{}", share.log());
    assert!(
        share.log().contains("SSH from outside: SSH-2.0-OpenSSH"),
        "who is in it gets in: {}",
        share.log()
    );
    let app = sharing.reach.edge.guard(SHARED).expect("an application");
    assert_eq!(app.allow, ["@corp.test", PERSON], "nobody else does");

    sharing.said(&["unshare"]).well();
    assert!(share.ended(wait::SOON).success(), "{}", share.log());
    assert_eq!(sharing.reach.edge.account(), before);
}

/// Who may connect, as the edge acts by it.
fn allowed(sharing: &Sharing) -> Vec<String> {
    sharing.reach.edge.guard(SHARED).map(|app| app.allow).unwrap_or_default()
}

fn people(sharing: &Sharing, words: &[&str]) -> Said {
    sharing.said(&[&["share", "people"], words].concat())
}

/// A log-in that is at hand is void as soon as somebody is taken out.
fn log_ins_are_void(sharing: &Sharing) {
    let unasked = || {
        let words = ["--no-login", "access", "ssh", "--hostname", SHARED];
        Said::of(sharing.reach.helper(&words).stdin(std::process::Stdio::null()))
    };
    let at_team = || {
        let log = sharing.reach.edge.log();
        log.iter().filter(|seen| seen.host == "acme.cloudflareaccess.com").count()
    };
    let asked = at_team();
    assert_eq!(unasked().well().text().get(..4), Some("SSH-"));
    assert_eq!(at_team(), asked, "the log-in at hand does");
    let said = people(sharing, &["--remove", "@corp.test"]).well().text();
    assert!(said.contains("- @corp.test\n") && said.contains("everybody logs in again"), "{said}");
    assert_eq!(unasked().well().text().get(..4), Some("SSH-"));
    assert!(at_team() > asked, "the team has to say again who she is");
    people(sharing, &["--allow", "@corp.test"]).well();
    assert_ne!(unasked().code, Some(0));
}

#[test]
fn who_may_connect_is_changed_with_effect_at_once() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let rights = [&Right::SHARE[..], &[Right::RevokeApps]].concat();
    let sharing = Sharing::with(&rights, with_groups);
    let mut share = sharing.shared(&[]);
    assert_eq!(people(&sharing, &[]).well().text(), "ada@acme.test\nthey log in again every 24h\n");
    let made = sharing.changes().len();

    let more = ["--add", "group:platform,@corp.test", "--session", "8h"];
    let shown = people(&sharing, &[&more[..], &["--dry-run"]].concat()).well().text();
    assert_eq!(shown, "+ @corp.test\n+ group:Platform\n  log in again every 8h, not 24h\n");
    assert_eq!(sharing.changes().len(), made, "it is only shown");
    let said = people(&sharing, &more).well().text();
    assert!(said.ends_with("it counts for studio.acme.test from now on\n"), "{said}");
    assert_eq!(sharing.changes()[made..], ["PUT policy", "PUT app"]);
    assert_eq!(allowed(&sharing), ["@corp.test", PERSON, PERSON], "the group has her as well");
    let told = &objects(&people(&sharing, &["--json"]).well().text())[0];
    assert_eq!(told["allow"], serde_json::json!(["@corp.test", "group:Platform", PERSON]));
    assert_eq!((&told["session"], &told["others"]), (&"8h".into(), &0.into()));
    let noted = &objects(&sharing.said(&["share", "list", "--json"]).well().text())[0];
    assert_eq!(noted["shares"][SHARED]["allow"], told["allow"]);

    log_ins_are_void(&sharing);
    let nobody = people(&sharing, &["--remove", "@corp.test"]);
    assert!(nobody.err.contains("nobody could connect any more"), "{}", nobody.err);
    let unknown = people(&sharing, &["--remove", "eve@corp.test"]);
    assert!(unknown.err.contains("`eve@corp.test` is not among those who may connect"), "{}", unknown.err);
    let both = people(&sharing, &["--allow", "@acme.test", "--add", "@corp.test"]);
    assert_eq!(both.code, Some(2), "{}", both.err);
    sharing.said(&["unshare"]).well();
    assert!(share.ended(wait::SOON).success(), "{}", share.log());
}

#[test]
fn a_change_that_is_refused_in_part_is_taken_back() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let sharing = Sharing::with(&Right::SHARE, with_groups);
    let mut share = sharing.shared(&["--no-proof"]);
    let no = ApiFault::Refused { status: 400, code: 1234, message: "not today" };
    sharing.reach.edge.faults().set(|faulty| faulty.api_calls = vec![("PUT", "/access/apps", no)]);
    let said = sharing.said(&["share", "people", "--allow", "group:Platform", "--session", "1h"]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.err.contains("not today"), "{}", said.err);
    assert_eq!(allowed(&sharing), [PERSON]);
    let told = &objects(&sharing.said(&["share", "people", "--json"]).well().text())[0];
    assert_eq!((&told["allow"], &told["session"]), (&serde_json::json!([PERSON]), &"24h".into()));
    sharing.reach.edge.faults().set(|faulty| faulty.api_calls.clear());

    // Without the permission to revoke, it is told what becomes of log-ins.
    let said = sharing.said(&["share", "people", "--allow", "@corp.test"]).well().text();
    assert!(said.contains("until their log-in ends"), "{said}");
    assert!(said.contains("Account, Access: Apps and Policies, Revoke"), "{said}");
    assert_eq!(allowed(&sharing), ["@corp.test"]);
    share.terminate();
    assert!(share.ended(wait::SOON).success(), "{}", share.log());
}
