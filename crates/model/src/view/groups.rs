//! Hosts by team, with what the header says of the team's login.

use std::collections::BTreeMap;

use super::rows::Drawn;
use crate::brain::{Model, State};
use crate::clock::Clock;
use crate::{Group, GroupAct, Request, Tone};

/// What a header says at its right end.
struct Header {
    line: String,
    tone: Tone,
    act: Option<GroupAct>,
}

/// Teams by name; hosts whose team is not known come last.
pub(crate) fn draw(model: &Model, clock: &Clock<'_>, hosts: Vec<Drawn<'_>>) -> Vec<Group> {
    let mut teams = BTreeMap::<(bool, &str), Vec<Drawn<'_>>>::new();
    for host in hosts {
        teams.entry((host.team.is_none(), host.team.unwrap_or_default())).or_default().push(host);
    }
    teams.into_iter().map(|((_, team), hosts)| group(model, clock, team, hosts)).collect()
}

fn group(model: &Model, clock: &Clock<'_>, team: &str, hosts: Vec<Drawn<'_>>) -> Group {
    let header = if team.is_empty() { nothing(Tone::Plain) } else { header(model, clock, team, &hosts) };
    Group {
        team: team.to_owned(),
        title: if team.is_empty() { "Not looked up yet".to_owned() } else { team.to_owned() },
        identity: model.hosts.identity(team).map(str::to_owned),
        line: header.line,
        tone: header.tone,
        act: header.act,
        rows: hosts.into_iter().map(|host| host.row).collect(),
    }
}

fn nothing(tone: Tone) -> Header {
    Header { line: String::new(), tone, act: None }
}

fn header(model: &Model, clock: &Clock<'_>, team: &str, hosts: &[Drawn<'_>]) -> Header {
    let log_in = |label: &str| {
        let request = Request::LogInToTeam { team: team.to_owned() };
        Some(GroupAct { label: label.to_owned(), request })
    };
    if hosts.iter().any(|host| matches!(host.state, State::KeychainLocked { .. })) {
        return nothing(Tone::Idle);
    }
    if hosts.iter().any(|host| host.state == State::LoggingIn) {
        let act = GroupAct { label: "Show".to_owned(), request: Request::ShowLogIn };
        let hidden = model.log_ins.running.as_ref().is_some_and(|run| !run.visible);
        return Header { line: "Logging in…".to_owned(), tone: Tone::Plain, act: hidden.then_some(act) };
    }
    let ending = hosts.iter().filter(|host| matches!(host.state, State::Ending { .. }));
    if let Some(until) = ending.filter_map(|host| host.state.ends()).min() {
        let line = format!("Ends {}, in {}", clock.moment(until), clock.span_to(until));
        return Header { line, tone: Tone::Warn, act: log_in("Log in again") };
    }
    if let Some(until) = renews_until(model, clock, hosts) {
        let line = format!("Renews by itself until {}", clock.moment(until));
        return Header { line, tone: Tone::Plain, act: None };
    }
    if let Some(until) = hosts.iter().filter_map(|host| host.state.ends()).max() {
        return Header { line: format!("Until {}", clock.moment(until)), tone: Tone::Plain, act: None };
    }
    if !hosts.iter().any(|host| host.state.wants_log_in()) {
        return nothing(Tone::Plain);
    }
    let ended = hosts.iter().filter_map(|host| match host.state {
        State::Ended { until } => Some(until),
        State::KeychainLocked { .. }
        | State::Blocked
        | State::Unreachable(_)
        | State::NotBehindAccess
        | State::LoggingIn
        | State::Ending { .. }
        | State::ServiceToken { .. }
        | State::Valid { .. }
        | State::Ready { .. }
        | State::Checking
        | State::NotLoggedIn => None,
    });
    let line = ended
        .max()
        .map_or_else(|| "Not logged in".to_owned(), |until| format!("Login ended {}", clock.moment(until)));
    Header { line, tone: Tone::Idle, act: log_in("Log in") }
}

/// How long the team's login can get new logins for its hosts, if it can.
fn renews_until(model: &Model, clock: &Clock<'_>, hosts: &[Drawn<'_>]) -> Option<i64> {
    let facts = hosts.iter().filter_map(|host| model.hosts.fact(&host.entry.hostname));
    let facts = facts.filter(|fact| model.refusal(fact).is_none());
    facts.filter_map(|fact| fact.renews_until).filter(|end| !clock.has_passed(*end)).max()
}
