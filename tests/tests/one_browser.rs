//! However many programs need a log-in at the same moment: one browser, and all of them go on.
#![cfg(target_os = "linux")]

use std::time::Duration;

use edge_sim::TransferFault;
use journeys::homes::put;
use journeys::reach::{HOST, OTHER, Running, TEAM, Visit, plan};
use journeys::{Background, Reach, origin, wait};
use serde_json::json;

const HOUR: Duration = Duration::from_secs(3600);
const MOMENT: Duration = Duration::from_secs(1);

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
    reach.until_asked(2);
    reach.visits(Visit::LogsIn);
    first.kill();
    goes_on(second, 0);
    assert_eq!(first.ended().code, None, "it was killed");
    assert_eq!(reach.browsers().len(), 2);
}

#[test]
fn a_log_in_that_comes_to_nothing_is_over_for_all_who_waited() {
    let reach = Reach::of(plan(origin::answering()).poll_hold(Duration::from_millis(200)));
    reach.visits(Visit::Leaves);
    let crowd: Vec<Running> = (0..20).map(|_| start(&reach, HOST)).collect();
    reach.until_asked(20);
    reach.until_browsers(1);
    reach.edge.faults().set(|faulty| faulty.transfer.always(TransferFault::Status(503)));
    for one in crowd {
        assert_eq!(one.ended().problem(255), "the login did not come through; log in once more");
    }
    assert_eq!(reach.browsers().len(), 1);
    reach.edge.faults().clear();
    reach.visits(Visit::LogsIn);
    goes_on(start(&reach, HOST), 0);
    assert_eq!(reach.browsers().len(), 2, "who comes later is asked anew");
}

/// A laptop wakes: every login has ended, and forty programs that nobody watches want theirs at once from the desktop that
/// runs. It opens no browser for them, but one for all as soon as a person asks.
#[test]
fn many_whose_logins_have_ended_share_the_browser_of_the_desktop() {
    let reach = Reach::to(origin::answering());
    let chosen = json!({ "ssh_config": reach.ssh_config(), "browser": reach.home.join("browser") });
    reach.settings(&chosen);
    reach.edge.set_lifetimes(MOMENT, MOMENT);
    for host in [HOST, OTHER] {
        let _ = reach.run(&["host", "add", host]).well();
        reach.log_in(host);
    }
    wait::until("the end of both logins", wait::SOON, || {
        let ended = |host: &&str| reach.run(&["access", "token", host]).code == Some(1);
        [HOST, OTHER].iter().all(ended).then_some(())
    });
    reach.edge.set_lifetimes(HOUR, HOUR);
    put(reach.home.join("opened"), "");
    reach.visits(Visit::LogsInWhenTold);
    let asked = reach.requests().iter().filter(|seen| seen.method == "HEAD" && seen.path() == "/").count();
    let desktop = Background::start(&reach);
    let crowd: Vec<Running> = (0..40).map(|number| start(&reach, [HOST, OTHER][number % 2])).collect();
    reach.until_asked(asked + 40);
    assert_eq!(reach.browsers().len(), 0, "nobody has asked for one");
    let person = Running::start(&mut reach.helper(&["login", HOST]));
    reach.until_browsers(1);
    reach.let_in();
    let _ = person.ended().well();
    let waited = crowd.into_iter().enumerate().filter_map(|(number, one)| goes_on(one, number)).count();
    assert_eq!((waited, reach.browsers().len()), (0, 1), "nobody waits for a turn: the desktop has it");
    desktop.end();
}

/// So many programs at once, one person who logs in when all of them are there.
fn crowd(hosts: &[&str]) {
    let reach = Reach::to(origin::answering());
    reach.visits(Visit::LogsInWhenTold);
    let crowd: Vec<Running> = hosts.iter().map(|host| start(&reach, host)).collect();
    reach.until_asked(hosts.len());
    reach.until_browsers(1);
    reach.let_in();
    let waited = crowd.into_iter().enumerate().filter_map(|(number, one)| goes_on(one, number)).count();
    assert_eq!(waited, hosts.len() - 1, "all but one wait for the one");
    assert_eq!(reach.browsers().len(), 1);
}

fn start(reach: &Reach, host: &str) -> Running {
    Running::start(&mut reach.helper(&["access", "ssh", "--hostname", host]))
}

/// Carries a line there and back; something when this one had to wait for another.
fn goes_on(mut running: Running, number: usize) -> Option<()> {
    assert!(running.write(format!("word {number}\n").as_bytes()));
    let said = running.ended().well();
    assert_eq!(said.text(), format!("WORD {number}\n"), "{}", said.err);
    assert!(said.err.contains("sallyport: logged in as "), "{}", said.err);
    said.err.contains(&format!("another program is logging in to {TEAM}")).then_some(())
}
