//! All that is shared, as values: one row each, and what the sidebar says of it.

use super::{capital, count, send, share_service, share_steps};
use crate::brain::{LINKS, Live, Model};
use crate::clock::Clock;
use crate::{Request, ShareFact, ShareList, ShareRow, Tone, TunnelFact};

pub(super) fn list(model: &Model, clock: &Clock<'_>) -> ShareList {
    let share = &model.share;
    ShareList {
        shares: share.facts.values().map(|fact| shared(model, clock, fact)).collect(),
        found: share.found.values().map(|tunnel| found(model, clock, tunnel)).collect(),
    }
}

/// At the end of the sidebar's line.
pub(super) fn tail(model: &Model) -> String {
    match model.share.running().count() + model.share.by_service().count() {
        0 => String::new(),
        1 => "On".to_owned(),
        several => format!("{several} on"),
    }
}

fn shared(model: &Model, clock: &Clock<'_>, fact: &ShareFact) -> ShareRow {
    let name = fact.hostname.clone();
    let live = model.share.lives.get(&name);
    let again = send("Answer again", Request::AnswerAgain { name: name.clone() });
    let (line, tone, button) = match live {
        Some(live) => stands(clock, live, "Shared"),
        None if fact.unfinished.is_some() => (share_steps::in_place(fact), Tone::Warn, None),
        None if !fact.is_whole => ("Something is left of it".to_owned(), Tone::Warn, None),
        None => match fact.service.map(share_service::line) {
            Some((line, tone)) => (format!("{line}{}", streams(fact)), tone, None),
            None => (unanswered(model, &name, "Does not answer"), trouble(model, &name), Some(again)),
        },
    };
    ShareRow { title: name.clone(), name, line, tone, button }
}

/// `, 2 streams open`, where a service says so.
fn streams(fact: &ShareFact) -> String {
    match fact.service.and_then(|service| service.streams) {
        None | Some(0) => String::new(),
        Some(some) => format!(", {} open", count(usize::try_from(some).unwrap_or(usize::MAX), "stream")),
    }
}

fn found(model: &Model, clock: &Clock<'_>, tunnel: &TunnelFact) -> ShareRow {
    let name = tunnel.id.clone();
    let run = send("Run it here", Request::TakeTunnel { name: name.clone() });
    let (line, tone, button) = match (model.share.lives.get(&name), &tunnel.obstacle) {
        (Some(live), _) => stands(clock, live, "Runs here"),
        (None, Some(obstacle)) => (capital(obstacle), Tone::Warn, None),
        (None, None) => (unanswered(model, &name, &serves(tunnel)), trouble(model, &name), Some(run)),
    };
    ShareRow { title: tunnel.title().to_owned(), name, line, tone, button }
}

/// `build.acme.dev and 2 more, by ~/.cloudflared/config.yml`
fn serves(tunnel: &TunnelFact) -> String {
    let mut names: Vec<&str> = tunnel.rules.iter().map(|rule| rule.hostname.as_str()).collect();
    names.retain(|name| !name.is_empty());
    names.dedup();
    let file = &tunnel.file;
    match names.as_slice() {
        [] => format!("By {file}"),
        [one] => format!("{one}, by {file}"),
        [one, more @ ..] => format!("{one} and {} more, by {file}", more.len()),
    }
}

fn unanswered(model: &Model, name: &str, otherwise: &str) -> String {
    model.share.problems.get(name).map_or_else(|| otherwise.to_owned(), |problem| problem.title.clone())
}

fn trouble(model: &Model, name: &str) -> Tone {
    if model.share.problems.contains_key(name) { Tone::Danger } else { Tone::Idle }
}

fn stands(clock: &Clock<'_>, live: &Live, word: &str) -> (String, Tone, Option<crate::Button>) {
    let Some(since) = live.since else { return ("Starting…".to_owned(), Tone::Idle, None) };
    if live.stops {
        return ("Stopping…".to_owned(), Tone::Idle, None);
    }
    let up = live.status.up();
    let (tone, links) = match up {
        0 if live.failed.is_none() => (Tone::Idle, "connecting…".to_owned()),
        0 => (Tone::Danger, "not reachable".to_owned()),
        LINKS.. => (Tone::Ok, format!("{LINKS} of {LINKS} connections")),
        some => (Tone::Warn, format!("{some} of {LINKS} connections")),
    };
    let tone = if tone == Tone::Ok && !live.status.down.is_empty() { Tone::Warn } else { tone };
    let visitors = match live.status.visitors.len() {
        0 => String::new(),
        some => format!(", {} open", count(some, "stream")),
    };
    (format!("{word} since {}, {links}{visitors}", clock.moment(since)), tone, None)
}
