//! One host, whole.

use super::rows::Drawn;
use super::{capital, problem};
use crate::brain::{Model, State};
use crate::clock::Clock;
use crate::{CertificateFact, DetailRow, DetailView, DiffKind, Page};

pub(crate) fn draw(model: &Model, clock: &Clock<'_>, hosts: &[Drawn<'_>]) -> Option<DetailView> {
    let alias = match &model.page {
        Page::Host { alias } => alias,
        Page::Hosts | Page::Draft | Page::Import | Page::Share => return None,
    };
    let host = hosts.iter().find(|host| host.entry.alias == *alias)?;
    let planned = model.lines.as_ref().filter(|(of, _)| of == alias).map(|(_, preview)| preview);
    let file = planned.map_or_else(|| model.facts.ssh_config_label.clone(), |preview| preview.file.clone());
    let removed = planned.into_iter().flat_map(|preview| &preview.lines);
    let lines = removed
        .filter(|line| line.kind == DiffKind::Removed && !line.text.trim().is_empty())
        // The last host takes the fences of the block along, and the line that closes it; they make nothing work.
        .filter(|line| !line.text.trim_start().starts_with('#') && line.text.trim() != "Match all")
        .map(|line| line.text.clone());
    Some(DetailView {
        row: host.row.clone(),
        headline: headline(clock, host),
        login: login(model, clock, host),
        connection: connection(model, clock, host),
        lines: lines.collect(),
        file,
        problem: problem::of_host(model, host.entry)
            .or_else(|| problem::of_renewal(model, host.entry))
            .or_else(|| problem::of_certificate(model, host.entry, valid(model, clock, host)?)),
    })
}

fn headline(clock: &Clock<'_>, host: &Drawn<'_>) -> String {
    match host.state {
        State::Valid { until, renews_until: Some(end), .. } => {
            format!("Logged in until {}, renews by itself until {}", clock.moment(until), clock.moment(end))
        }
        State::Valid { until, .. } | State::Ending { until, .. } => {
            format!("Logged in until {}, {}", clock.moment(until), clock.left(until))
        }
        State::Ended { until } => format!("Login ended {}, {}", clock.moment(until), clock.ago(until)),
        State::KeychainLocked { .. }
        | State::Blocked
        | State::Unreachable(_)
        | State::NotBehindAccess
        | State::LoggingIn
        | State::ServiceToken { .. }
        | State::Ready { .. }
        | State::Checking
        | State::NotLoggedIn => {
            let lines = [host.row.line1.as_str(), host.row.line2.as_str()];
            lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ")
        }
    }
}

fn login(model: &Model, clock: &Clock<'_>, host: &Drawn<'_>) -> Vec<DetailRow> {
    const LATER: &str = "Known after you log in";
    let fact = model.hosts.fact(&host.entry.hostname);
    let app = fact.and_then(|fact| fact.app.as_ref());
    let login = fact.and_then(|fact| fact.login.as_ref());
    let you = login.map(|login| login.email.as_str()).or_else(|| model.hosts.identity(host.team?));
    let you = you.map(|email| if email.is_empty() { "Service token" } else { email });
    let you = if host.entry.machine { Some("Service token") } else { you };
    let login = login.filter(|_| !host.entry.machine);
    let mut rows = vec![
        row("You", you.unwrap_or(LATER)),
        row("Team", host.team.unwrap_or(LATER)),
        row("Application", app.map_or(LATER, |app| app.hostname.as_str())),
    ];
    if let Some(login) = login {
        let label = if clock.has_passed(login.until) { "Ended" } else { "Ends" };
        rows.push(row(label, &clock.day_and_time(login.until)));
    }
    let refused = host.entry.machine || fact.is_some_and(|fact| model.refusal(fact).is_some());
    if let Some(until) =
        fact.and_then(|fact| fact.renews_until).filter(|end| !clock.has_passed(*end) && !refused)
    {
        rows.push(row("Renews until", &format!("{}, then asks again", capital(&clock.moment(until)))));
    }
    rows
}

fn connection(model: &Model, clock: &Clock<'_>, host: &Drawn<'_>) -> Vec<DetailRow> {
    let mut rows = vec![row("Command", &host.row.command), row("Hostname", &host.entry.hostname)];
    rows.extend(host.entry.user.as_deref().map(|user| row("User", user)));
    rows.extend(host.entry.port.map(|port| row("Port", &port.to_string())));
    if host.entry.certificate {
        let at_hand = valid(model, clock, host);
        let said =
            at_hand.map(|it| format!("Until {} for {}", clock.moment(it.until), it.principals.join(", ")));
        rows.push(row("Certificate", said.as_deref().unwrap_or("When ssh asks for one")));
    }
    rows
}

/// The certificate at hand, unless it has ended.
fn valid<'a>(model: &'a Model, clock: &Clock<'_>, host: &Drawn<'_>) -> Option<&'a CertificateFact> {
    let certificate = model.hosts.certificate(&host.entry.hostname)?;
    (host.entry.certificate && !clock.has_passed(certificate.until)).then_some(certificate)
}

pub(crate) fn row(label: &str, value: &str) -> DetailRow {
    DetailRow { label: label.to_owned(), value: value.to_owned() }
}
