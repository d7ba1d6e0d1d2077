//! Who may connect to what is shared: groups of the account by their names.
#![cfg(target_os = "linux")]

use edge_sim::{AccountPlan, Right};
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
