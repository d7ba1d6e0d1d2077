//! Names that lead nowhere, and an edge that cannot or must not be believed.

use std::time::Duration;

use edge_sim::{AppPlan, MetadataFault, UpgradeFault};
use journeys::homes::put;
use journeys::reach::{HOST, Said, plan};
use journeys::{Reach, origin};

use crate::{bytes, goes_through, stage};

#[test]
fn a_name_without_an_address() {
    let reach = stage();
    let mut command = reach.helper(&["access", "ssh", "--hostname", "no-such-host.invalid"]);
    // Where there is no name server, the system's resolver shall not wait for one.
    let said = Said::of(command.env("RES_OPTIONS", "timeout:1 attempts:1"));
    let line = said.problem(255);
    let known = [
        "no-such-host.invalid has no DNS record; check the name",
        "no-such-host.invalid cannot be reached; check your network",
    ];
    assert!(known.iter().any(|known| line.starts_with(known)), "{line}");
}

#[test]
fn a_text_that_is_no_host() {
    let said = stage().carry("not a host");
    assert!(said.problem(255).starts_with("this is not a host ("), "{}", said.err);
}

#[test]
fn a_port_where_nobody_listens() {
    let reach = stage();
    let mut realm = reach.edge.realm();
    let closed =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("its number");
    realm.routes.iter_mut().for_each(|route| route.to = closed);
    put(reach.home.profile().join("realm.json"), serde_json::to_vec(&realm).expect("JSON"));
    assert_eq!(
        reach.carry(HOST).problem(255),
        format!("{HOST} cannot be reached; check your network, then try again")
    );
}

#[test]
fn a_certificate_of_somebody_else() {
    let (reach, other) = (stage(), stage());
    let mut realm = reach.edge.realm();
    realm.roots = other.edge.realm().roots;
    put(reach.home.profile().join("realm.json"), serde_json::to_vec(&realm).expect("JSON"));
    let said = reach.carry(HOST);
    assert!(
        said.problem(255).starts_with(&format!("the certificate of {HOST} is not trusted")),
        "{}",
        said.err
    );
    assert!(reach.requests().is_empty(), "nothing was sent to it");
}

#[test]
fn a_host_that_is_not_behind_access() {
    let origin = origin::answering();
    let reach =
        Reach::of(plan(origin).app(AppPlan::new("acme", "open.acme.test", origin).not_behind_access()));
    put(reach.ssh_config(), "Host old\n");
    for words in [["host", "add"].as_slice(), &["login"]] {
        let said = reach.run(&[words, &["open.acme.test"]].concat());
        assert!(said.problem(1).starts_with("open.acme.test is not behind Access; "), "{}", said.err);
    }
    assert_eq!(bytes(&reach.ssh_config()).as_deref(), Some(b"Host old\n".as_slice()));
    assert!(reach.browsers().is_empty());
}

#[test]
fn a_description_that_cannot_be_believed() {
    let reach = stage();
    put(reach.ssh_config(), "Host old\n");
    for fault in [
        MetadataFault::WrongSignature,
        MetadataFault::WrongHost,
        MetadataFault::TooOld,
        MetadataFault::WrongType,
        MetadataFault::ForeignTeam,
        MetadataFault::NoAudience,
        MetadataFault::Garbage,
    ] {
        reach.edge.faults().set(|faulty| faulty.metadata.always(fault.clone()));
        let expected = format!(
            "the login page of {HOST} cannot be trusted; try again on another network; if it stays so, tell an admin of the team"
        );
        assert_eq!(reach.carry(HOST).problem(255), expected, "{fault:?}");
        assert_eq!(reach.run(&["host", "add", HOST]).problem(1), expected, "{fault:?}");
    }
    assert!(reach.browsers().is_empty(), "nobody is sent to a page that cannot be trusted");
    assert_eq!(bytes(&reach.ssh_config()).as_deref(), Some(b"Host old\n".as_slice()));
    reach.edge.faults().clear();
    goes_through(&reach, HOST);
}

#[test]
fn a_clock_that_is_off_by_a_day() {
    let reach = stage();
    for (ahead, words) in [(86_400, "behind"), (-2 * 86_400, "ahead")] {
        reach.edge.faults().set(|faulty| faulty.clock_offset = ahead);
        let said = reach.carry(HOST);
        let line = said.problem(255);
        assert!(line.starts_with("clock is ") && line.contains(&format!(" {words}, ")), "{line}");
        assert!(line.ends_with("; set the clock by the network"), "{line}");
    }
    assert!(reach.browsers().is_empty());
    reach.edge.faults().clear();
    goes_through(&reach, HOST);
}

#[test]
fn a_clock_that_goes_wrong_after_the_login() {
    let reach = stage();
    reach.log_in(HOST);
    reach.edge.faults().set(|faulty| faulty.clock_offset = 2 * 86_400);
    let said = reach.carry(HOST);
    assert!(said.problem(255).starts_with("clock is "), "{}", said.err);
    reach.edge.faults().clear();
    assert_eq!(goes_through(&reach, HOST).err, "");
    assert!(reach.browsers().is_empty());
}

#[test]
fn answers_to_the_upgrade_that_are_no_stream() {
    let reach = stage();
    reach.log_in(HOST);
    let page = |status| UpgradeFault::Status(status, "<html>".to_owned());
    for (fault, line) in [
        (
            UpgradeFault::TunnelDown,
            "the tunnel of build-01.acme.test is not running; try again later, or ask who runs the machine",
        ),
        (
            UpgradeFault::OriginDown,
            "the machine behind build-01.acme.test is up, but its SSH server is not answering; try again, or ask who runs the machine",
        ),
        (page(503), "Cloudflare is having trouble (error 503); try again in a minute"),
        (page(200), "build-01.acme.test does not speak ssh here; check the hostname, or ask who runs it"),
        (
            UpgradeFault::WrongAccept,
            "the answer of build-01.acme.test cannot be understood (it is not to our question); try again; if it stays so, try another network",
        ),
    ] {
        reach.edge.faults().set(|faulty| faulty.upgrade.next(1, fault.clone()));
        assert_eq!(reach.carry(HOST).problem(255), line, "{fault:?}");
    }
    assert_eq!(goes_through(&reach, HOST).err, "", "the token was kept");
    assert!(reach.browsers().is_empty());
}

#[test]
fn an_edge_that_never_answers_does_not_hold_ssh_for_ever() {
    let reach = stage();
    reach.log_in(HOST);
    reach.edge.faults().set(|faulty| faulty.upgrade.next(1, UpgradeFault::Silence));
    let said = reach.carry(HOST);
    let line = said.problem(255);
    assert!(line.starts_with(&format!("{HOST} did not answer within ")), "{line}");
    assert!(said.took < Duration::from_secs(40), "{:?}", said.took);
    assert_eq!(goes_through(&reach, HOST).err, "", "the token was kept");
}

#[test]
fn a_policy_that_says_no() {
    let reach = stage();
    reach.log_in(HOST);
    assert!(reach.edge.change_app(HOST, |app| app.allow = vec!["boss@acme.test".to_owned()]));
    let said = reach.carry(HOST);
    let line = said.problem(255);
    assert!(
        line.starts_with(&format!(
            "blocked: Cloudflare Access does not let ada@acme.test into {HOST} (Ray ID "
        )),
        "{line}"
    );
    assert!(line.ends_with("); ask an admin of the team"), "{line}");
    assert!(reach.browsers().is_empty(), "another log-in would not help");
    assert!(reach.edge.change_app(HOST, |app| app.allow.clear()));
    assert_eq!(goes_through(&reach, HOST).err, "", "the token was kept");
}
