//! A machine that is published is looked at from outside: where something else answers than the log-in that was made for
//! it, nothing stays published.
#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "what the tests here build on has to be there")]

use edge_sim::{AppPlan, FrontFault};
use journeys::reach::{Said, TEAM};
use journeys::shared::{SHARED, Sharing, objects};
use journeys::{need, process, sshd};

/// What stands before the hostname already, though the account does not show it: of two applications for one hostname
/// that of the longer path answers.
fn there() -> AppPlan {
    AppPlan::new(TEAM, SHARED, ([127, 0, 0, 1], 9).into()).below("/")
}

/// Shares in vain; has the cause that the step from outside is told to have failed by, and its first sentence.
fn refused(sharing: &Sharing) -> (String, String) {
    let before = sharing.reach.edge.account();
    let said = Said::of(&mut sharing.share(&["--json"]));
    let (text, lines) = (said.text(), objects(&said.text()));
    assert_eq!(said.code, Some(1), "{text}");
    let failed = lines.iter().find(|line| line["state"] == "failed").expect("a step that failed");
    assert_eq!(failed["step"], "gate", "{text}");
    assert!(!lines.iter().any(|line| line["state"] == "left"), "{text}");
    assert_eq!(sharing.reach.edge.account(), before, "all of it is taken away again: {text}");
    assert_eq!(process::inhabitants(sharing.reach.home.path()), Vec::<u32>::new(), "no connector is left");
    let word = |name: &str| failed["problem"][name].as_str().expect("a word").to_owned();
    (word("cause"), word("title"))
}

/// All at once: the edge is given a minute each time, as it may need that for a hostname that is new.
#[test]
fn a_hostname_at_which_something_else_answers_is_taken_back() {
    if need::lacks(&sshd::NEEDS) {
        return;
    }
    let blocked = Sharing::new();
    blocked.reach.edge.faults().set(|faulty| faulty.front.always(FrontFault::Firewall));
    let all = [Sharing::behind(there()), Sharing::behind(there().not_behind_access()), blocked];
    let [other, open, blocked] = std::thread::scope(|threads| {
        all.each_ref()
            .map(|sharing| threads.spawn(move || refused(sharing)))
            .map(|refused| refused.join().expect("a machine that is not shared"))
    });
    let not_guarded = ["share-not-guarded", "Something else stands before studio.acme.test."];
    for (cause, title) in [&other, &open] {
        assert_eq!([cause, title], not_guarded);
    }
    assert_eq!(blocked.0, "bot-rule", "{}", blocked.1);
}
