//! What is wrong with something that is shared and answers, with what helps.

use super::send;
use crate::brain::{Live, Model, PATIENCE};
use crate::clock::Clock;
use crate::{Button, LinkState, Outage, ProblemView, Request, ShareFact, ShareNameNow};

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
    unreachable(clock, name, live).into_iter().chain(lost).chain(down).chain(refused).chain(changed).collect()
}

fn unreachable(clock: &Clock<'_>, name: &str, live: &Live) -> Option<ProblemView> {
    let lost = live.lost?;
    let why = live.status.links.iter().rev().find_map(|link| match &link.state {
        LinkState::Waiting { why, .. } => Some(why.as_str()),
        LinkState::Idle | LinkState::Connecting | LinkState::Up { .. } => None,
    });
    let why = why.map(|why| format!("{}.", super::sentence(why))).unwrap_or_default();
    let is_long = clock.has_passed(lost + PATIENCE);
    let next = if is_long { "Something blocks outgoing port 7844." } else { "" };
    let http2 = send("Use HTTP/2", Request::UseHttp2 { name: name.to_owned() });
    let buttons = if is_long && !live.by_http2 { vec![http2] } else { Vec::new() };
    Some(view("tunnel-lost", "Not reachable.".to_owned(), why, next.to_owned(), buttons))
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
    let machine = &model.words.machine;
    let is_ours = fact.is_some_and(|fact| down.address.ends_with(&format!(":{}", fact.port)));
    let why = format!("{}.", super::sentence(down.why.trim_end_matches('.')));
    if !is_ours {
        let title = format!("{} does not answer.", down.address);
        return view(
            "service-down",
            title,
            why,
            "People see an error until it is back.".to_owned(),
            Vec::new(),
        );
    }
    view(
        "server-down",
        format!("The SSH server on {machine} stopped answering."),
        why,
        "People see an error until it is back.".to_owned(),
        vec![send("Start it", Request::StartServer)],
    )
}

fn refused(why: &str) -> ProblemView {
    view(
        "rules-refused",
        "The rules at Cloudflare cannot be used.".to_owned(),
        format!("{}.", super::sentence(why.trim_end_matches('.'))),
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

fn view(cause: &str, title: String, why: String, next: String, buttons: Vec<Button>) -> ProblemView {
    let told = crate::Problem::told(cause.to_owned(), title, why, next);
    let details = super::problem::told_details(&told);
    let crate::Problem { cause, title, why, next, .. } = told;
    ProblemView { cause, title, why, next, buttons, details }
}
