//! What goes wrong with something that is shared and answers, in words with what helps.

use super::share_stage::*;
use super::stage::*;
use crate::*;

fn outage(failing: Failing, why: &str) -> Outage {
    Outage { address: "127.0.0.1:22".to_owned(), since: noon(), failing, why: why.to_owned() }
}

#[test]
fn a_server_that_is_slow_or_breaks_off_is_named_as_that() {
    let (mut stage, serial) = shared();
    for (failing, title) in [
        (Failing::Silent, "The SSH server on this computer is slow to answer."),
        (Failing::Breaking, "The SSH server on this computer breaks connections off."),
    ] {
        let down = vec![outage(failing, "127.0.0.1:22: so it was")];
        stands(&mut stage, serial, TunnelStatus { down, ..status(4) });
        let trouble = running(&stage).troubles.remove(0);
        assert_eq!((trouble.title.as_str(), trouble.why.as_str()), (title, "127.0.0.1:22: so it was."));
        assert!(trouble.buttons.is_empty() && !trouble.next.is_empty(), "it runs already");
    }
}

/// None of the connections stands, for this reason.
fn fails(fault: LinkFault, why: &str) -> TunnelStatus {
    let mut status = status(0);
    for link in &mut status.links {
        link.failed = Some(LinkFailed { fault, why: why.to_owned() });
    }
    status
}

#[test]
fn why_nothing_gets_through_is_told_with_what_helps() {
    let (mut stage, serial) = shared();
    let told = |stage: &mut Stage, fault| {
        stands(stage, serial, fails(fault, "so it was"));
        let trouble = running(stage).troubles.remove(0);
        assert_eq!(trouble.why, "So it was.");
        (
            trouble.title,
            trouble.next,
            trouble.buttons.into_iter().map(|button| button.label).collect::<Vec<_>>(),
        )
    };
    let (title, next, buttons) = told(&mut stage, LinkFault::Refused);
    assert_eq!(title, "Cloudflare does not let this tunnel run any more.");
    assert!(next.contains("share it again") && buttons == ["Stop sharing"], "{next}");
    for (fault, part) in [
        (LinkFault::Silence, "See whether this network is well."),
        (LinkFault::Ended, "Cloudflare may be restarting"),
        (LinkFault::Untrusted, "opens encrypted traffic"),
    ] {
        let (title, next, buttons) = told(&mut stage, fault);
        assert!(title == "Not reachable." && next.contains(part) && buttons.is_empty(), "{title} {next}");
    }
    stage.wait_seconds(120);
    let (_, next, buttons) = told(&mut stage, LinkFault::Silence);
    assert!(next == "Something blocks outgoing port 7844." && buttons == ["Use HTTP/2"], "{next}");
    let (_, next, _) = told(&mut stage, LinkFault::Ended);
    assert!(!next.contains("blocks"), "the edge did answer: {next}");

    let error = [("error", "no address of the edge: region1: no answer")];
    says(&mut stage, serial, Level::Warn, "Looking for the edge again in up to 2s", &error);
    let trouble = running(&stage).troubles.remove(0);
    assert!(trouble.why.starts_with("No address of the edge") && trouble.next.contains("name server"));
    stands(&mut stage, serial, status(4));
    assert!(running(&stage).troubles.is_empty());
}

#[test]
fn attempts_that_fail_in_the_same_way_are_told_once() {
    let (mut stage, serial) = shared();
    let tries = |stage: &mut Stage, error: &str| {
        let fields = [("connIndex", "0"), ("error", error)];
        says(stage, serial, Level::Warn, "Retrying connection in up to 2s", &fields);
    };
    for error in ["reset", "no answer", "refused", "no answer", "refused"] {
        tries(&mut stage, error);
    }
    let texts = |stage: &Stage| running(stage).events.into_iter().map(|event| event.text).collect::<Vec<_>>();
    assert_eq!(
        texts(&stage)[..3],
        ["refused", "no answer", "reset"].map(|why| {
            let what = if why == "reset" { "lost" } else { "is not made" };
            format!("Connection 1 {what}: {why}. Trying again")
        })
    );
    let back = [("connIndex", "0"), ("location", "ams03"), ("protocol", "quic")];
    says(&mut stage, serial, Level::Info, "Registered tunnel connection", &back);
    tries(&mut stage, "reset");
    assert_eq!(texts(&stage)[0], "Connection 1 lost: reset. Trying again");
}

#[test]
fn another_protocol_is_told_once_with_its_reason() {
    let (mut stage, serial) = shared();
    let index = [("connIndex", "0")];
    says(&mut stage, serial, Level::Info, "Switching to fallback protocol http2", &index);
    let more = "nothing comes back by UDP from 10.0.0.1:7844: a firewall drops it, most likely";
    says(&mut stage, serial, Level::Warn, more, &[]);
    says(&mut stage, serial, Level::Info, "Switching to fallback protocol http2", &[("connIndex", "1")]);
    let texts = |stage: &Stage| running(stage).events.into_iter().map(|event| event.text).collect::<Vec<_>>();
    let text = "QUIC does not get through, so it goes over HTTP/2: a firewall drops UDP, most likely";
    assert_eq!(texts(&stage).iter().filter(|said| *said == text).count(), 1);
    assert_eq!(texts(&stage)[0], text);
    says(&mut stage, serial, Level::Info, "Switching to fallback protocol quic", &index);
    assert_eq!(texts(&stage)[0], "HTTP/2 does not get through, so it goes over QUIC");
}

#[test]
fn troubles_of_services_and_rules_are_named() {
    let (mut stage, serial) = shared();
    let why = "cannot reach 127.0.0.1:22: Connection refused (os error 111)";
    says(&mut stage, serial, Level::Warn, "a request could not be served", &[("error", why)]);
    stands(&mut stage, serial, TunnelStatus { down: vec![outage(Failing::Away, why)], ..status(4) });
    let trouble = running(&stage).troubles.remove(0);
    assert_eq!(trouble.title, "The SSH server on this computer stopped answering.");
    assert_eq!(trouble.why, "Cannot reach 127.0.0.1:22: Connection refused.");
    assert_eq!(trouble.buttons[0].label, "Start it");
    assert!(running(&stage).events[0].text.contains(why), "the log's own words");
    assert_eq!(stage.ask(Request::StartServer), [Effect::StartServer]);
    stands(&mut stage, serial, status(4));
    assert!(running(&stage).troubles.is_empty());
    assert_eq!(running(&stage).events[0].text, "127.0.0.1:22 answers again");

    let error = [("error", "rule 1: no such service")];
    says(&mut stage, serial, Level::Warn, "a configuration of the edge cannot be used", &error);
    assert_eq!(titles(&stage), ["The rules at Cloudflare cannot be used."]);
    stage.now.at += jiff::Span::new().minutes(5);
    stands(&mut stage, serial, TunnelStatus { version: 2, ..status(4) });
    assert_eq!(titles(&stage), ["The rules were changed at Cloudflare under 1 min ago."]);
    stage.ask(Request::RulesSeen { name: STUDIO.to_owned() });
    assert!(running(&stage).troubles.is_empty());
}
