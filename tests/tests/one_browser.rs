//! However many programs need a log-in at the same moment: one browser, and all of them go on.
#![cfg(target_os = "linux")]

use journeys::reach::{HOST, OTHER, Running, TEAM, Visit};
use journeys::{Reach, origin, wait};

#[test]
fn two_at_the_same_moment_share_a_browser() {
    crowd(&[HOST, HOST]);
}

#[test]
fn ten_at_the_same_moment_share_a_browser() {
    crowd(&[HOST; 10]);
}

#[test]
fn forty_at_the_same_moment_share_a_browser() {
    crowd(&[HOST; 40]);
}

#[test]
fn two_hosts_of_a_team_share_a_browser() {
    crowd(&[HOST, OTHER]);
}

#[test]
fn when_the_one_with_the_browser_dies_the_next_gets_one() {
    let reach = Reach::to(origin::answering());
    reach.visits(Visit::Leaves);
    let mut first = start(&reach, HOST);
    reach.until_browsers(1);
    let second = start(&reach, HOST);
    until_asked(&reach, 2);
    reach.visits(Visit::LogsIn);
    first.kill();
    goes_on(second, 0);
    assert_eq!(first.ended().code, None, "it was killed");
    assert_eq!(reach.browsers().len(), 2);
}

/// So many programs at once, one person who logs in when all of them are there.
fn crowd(hosts: &[&str]) {
    let reach = Reach::to(origin::answering());
    reach.visits(Visit::LogsInWhenTold);
    let crowd: Vec<Running> = hosts.iter().map(|host| start(&reach, host)).collect();
    until_asked(&reach, hosts.len());
    reach.until_browsers(1);
    reach.let_in();
    let waited = crowd.into_iter().enumerate().filter_map(|(number, one)| goes_on(one, number)).count();
    assert_eq!(waited, hosts.len() - 1, "all but one wait for the one");
    assert_eq!(reach.browsers().len(), 1);
}

fn start(reach: &Reach, host: &str) -> Running {
    Running::start(&mut reach.helper(&["access", "ssh", "--hostname", host]))
}

/// Waits until so many have learned from the edge that they need a log-in.
fn until_asked(reach: &Reach, count: usize) {
    let asked = || reach.requests().iter().filter(|seen| seen.method == "HEAD" && seen.path() == "/").count();
    wait::until(&format!("{count} that need a log-in"), wait::SOON, || (asked() >= count).then_some(()));
}

/// Carries a line there and back; something when this one had to wait for another.
fn goes_on(mut running: Running, number: usize) -> Option<()> {
    assert!(running.write(format!("word {number}\n").as_bytes()));
    let said = running.ended().well();
    assert_eq!(said.text(), format!("WORD {number}\n"), "{}", said.err);
    assert!(said.err.contains("sallyport: logged in as "), "{}", said.err);
    said.err.contains(&format!("another program is logging in to {TEAM}")).then_some(())
}
