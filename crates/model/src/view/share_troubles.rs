//! What is wrong with something that is shared and answers, with what helps.

use super::send;
use crate::brain::{Live, Model, PATIENCE};
use crate::clock::Clock;
use crate::{Button, Failing, LinkFault, Outage, ProblemView, Request, ShareFact, ShareNameNow};

pub(super) fn of(
    model: &Model,
    clock: &Clock<'_>,
    name: &str,
    fact: Option<&ShareFact>,
    live: &Live,
) -> Vec<ProblemView> {
    let down = live.status.down.iter().map(|down| server(model, fact, down));
    let refused = live.refused.as_deref().map(refused);
    let changed = live.changed.map(|at| changed(clock, name, at));
    let lost = live.leads.as_ref().and_then(|leads| lost(name, leads));
    unreachable(clock, name, fact, live)
        .into_iter()
        .chain(lost)
        .chain(down)
        .chain(refused)
        .chain(changed)
        .collect()
}

/// Nothing gets through, which is tried again for as long as it takes: why, and what helps where waiting does not.
fn unreachable(clock: &Clock<'_>, name: &str, fact: Option<&ShareFact>, live: &Live) -> Option<ProblemView> {
    let (lost, failed) = (live.lost?, live.failed.as_ref()?);
    if failed.fault == LinkFault::Refused {
        return Some(refused_by_edge(name, fact, &failed.why));
    }
    let is_long = clock.has_passed(lost + PATIENCE);
    let (next, button) = match failed.fault {
        LinkFault::NoAddress => {
            ("Names cannot be looked up, most likely. See to the network and its name server.", None)
        }
        LinkFault::Untrusted => (
            "Something on this network opens encrypted traffic. It has to let port 7844 through unopened.",
            None,
        ),
        LinkFault::Silence if is_long => {
            let http2 = send("Use HTTP/2", Request::UseHttp2 { name: name.to_owned() });
            ("Something blocks outgoing port 7844.", Some(http2).filter(|_| !live.by_http2))
        }
        LinkFault::Silence => {
            ("It is tried again until it gets through. See whether this network is well.", None)
        }
        LinkFault::Ended | LinkFault::Refused => {
            ("Cloudflare may be restarting there. It is tried again until it gets through.", None)
        }
    };
    let why = reason(&failed.why);
    let title = "Not reachable.".to_owned();
    Some(view("tunnel-lost", title, why, next.to_owned(), button.into_iter().collect()))
}

/// The edge knows the tunnel no more, or by another secret.
fn refused_by_edge(name: &str, fact: Option<&ShareFact>, why: &str) -> ProblemView {
    let why = reason(why);
    let title = "Cloudflare does not let this tunnel run any more.".to_owned();
    if fact.is_none() {
        let next = "It was deleted, or its secret is another one now. Take its current credentials from Cloudflare's dashboard.";
        return view("tunnel-refused", title, why, next.to_owned(), Vec::new());
    }
    let stop = send("Stop sharing", Request::StopSharing { name: name.to_owned() });
    let next = "It was deleted, or its secret is another one now. Stop sharing, then share it again.";
    view("tunnel-refused", title, why, next.to_owned(), vec![stop])
}

fn lost(name: &str, leads: &ShareNameNow) -> Option<ProblemView> {
    let why = match leads {
        ShareNameNow::Here => return None,
        ShareNameNow::Elsewhere(to) => format!("Its DNS record leads to {to}."),
        ShareNameNow::Nowhere => "It has no DNS record any more.".to_owned(),
    };
    let buttons = vec![
        send("Point it here", Request::PointHere { name: name.to_owned() }),
        send("Stop sharing", Request::StopSharing { name: name.to_owned() }),
    ];
    let title = match leads {
        ShareNameNow::Nowhere => format!("{name} points nowhere now."),
        ShareNameNow::Here | ShareNameNow::Elsewhere(_) => format!("{name} points somewhere else now."),
    };
    Some(view("name-lost", title, why, "Nobody reaches this machine by it.".to_owned(), buttons))
}

fn server(model: &Model, fact: Option<&ShareFact>, down: &Outage) -> ProblemView {
    let is_ours = fact.is_some_and(|fact| down.address.ends_with(&format!(":{}", fact.port)));
    let who =
        if is_ours { format!("The SSH server on {}", model.words.machine) } else { down.address.clone() };
    let (title, next) = match down.failing {
        Failing::Away if is_ours => {
            (format!("{who} stopped answering."), "People see an error until it is back.")
        }
        Failing::Away => (format!("{who} does not answer."), "People see an error until it is back."),
        Failing::Silent => (
            format!("{who} is slow to answer."),
            "People wait until it says something. Restart it if that lasts.",
        ),
        Failing::Breaking => (
            format!("{who} breaks connections off."),
            "People see an error until it takes them again. Its log says why.",
        ),
    };
    let why = reason(&down.why);
    let start = send("Start it", Request::StartServer);
    let buttons = if is_ours && down.failing == Failing::Away { vec![start] } else { Vec::new() };
    view(if is_ours { "server-down" } else { "service-down" }, title, why, next.to_owned(), buttons)
}

fn refused(why: &str) -> ProblemView {
    view(
        "rules-refused",
        "The rules at Cloudflare cannot be used.".to_owned(),
        reason(why),
        "Those before them count until they are mended.".to_owned(),
        Vec::new(),
    )
}

fn changed(clock: &Clock<'_>, name: &str, at: i64) -> ProblemView {
    view(
        "rules-changed",
        format!("The rules were changed at Cloudflare {}.", clock.ago(at)),
        "They count already, as they stand below.".to_owned(),
        String::new(),
        vec![send("Seen", Request::RulesSeen { name: name.to_owned() })],
    )
}

/// What a program has said, as a sentence without the system's numbers of errors: words stand before them.
fn reason(said: &str) -> String {
    let numbered = said.strip_suffix(')').and_then(|said| said.rsplit_once(" (os error "));
    let words = numbered.filter(|(_, number)| number.bytes().all(|digit| digit.is_ascii_digit()));
    format!("{}.", super::sentence(words.map_or(said, |(words, _)| words).trim_end_matches('.')))
}

fn view(cause: &str, title: String, why: String, next: String, buttons: Vec<Button>) -> ProblemView {
    let told = crate::Problem::told(cause.to_owned(), title, why, next);
    let details = super::problem::told_details(&told);
    let crate::Problem { cause, title, why, next, .. } = told;
    ProblemView { cause, title, why, next, buttons, details }
}
