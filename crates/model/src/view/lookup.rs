//! The box under the hostname: what the edge says about it.

use wire::Cause;

use super::detail::row;
use super::problem::details;
use super::{copy, send};
use crate::brain::{DraftState, LookupState, Model};
use crate::clock::Clock;
use crate::problem::Problem;
use crate::slips::distance;
use crate::{AppFact, Button, DetailRow, Lookup, LookupView, Page, Request, SavedLogin, Tone};

pub(crate) fn draw(model: &Model, clock: &Clock<'_>, draft: &DraftState) -> Option<LookupView> {
    if let Some(known) = already_added(model, draft) {
        return Some(known);
    }
    match &draft.lookup {
        LookupState::Unasked => None,
        LookupState::Running { hostname, .. } => {
            Some(LookupView { running: true, ..say(Tone::Plain, format!("Looking up {hostname}…"), "") })
        }
        LookupState::Done { hostname, lookup: Lookup::Found { app, login } } => {
            Some(found(model, clock, hostname, app, login.as_ref()))
        }
        LookupState::Done { hostname, lookup: Lookup::Failed(cause) } => Some(failed(model, hostname, cause)),
    }
}

fn say(tone: Tone, title: impl Into<String>, text: impl Into<String>) -> LookupView {
    LookupView {
        running: false,
        tone,
        title: title.into(),
        text: text.into(),
        rows: Vec::new(),
        buttons: Vec::new(),
    }
}

fn already_added(model: &Model, draft: &DraftState) -> Option<LookupView> {
    let hostname = &draft.typed.hostname;
    let other = |alias: &String| draft.editing.as_ref() != Some(alias);
    let entry = model.hosts.all().find(|entry| entry.hostname == *hostname && other(&entry.alias))?;
    let alias = entry.alias.clone();
    let buttons = vec![send("Show it", Request::Go { page: Page::Host { alias } })];
    Some(LookupView { buttons, ..say(Tone::Plain, format!("Already added as {}.", entry.alias), "") })
}

fn found(
    model: &Model,
    clock: &Clock<'_>,
    hostname: &str,
    app: &AppFact,
    login: Option<&SavedLogin>,
) -> LookupView {
    let identity = login.map(|login| login.email.as_str()).filter(|email| !email.is_empty());
    let you = identity.or_else(|| model.hosts.identity(&app.team)).unwrap_or("Known after you log in");
    let rows = vec![
        row("Application", &format!("{}, team {}", app.hostname, app.team)),
        row("You", you),
        log_in_row(model, clock, hostname, app, login),
    ];
    LookupView { rows, ..say(Tone::Ok, "Behind Cloudflare Access", "") }
}

fn log_in_row(
    model: &Model,
    clock: &Clock<'_>,
    hostname: &str,
    app: &AppFact,
    login: Option<&SavedLogin>,
) -> DetailRow {
    let own = login.map(|login| login.until);
    let same_team = model.hosts.of_team(&app.team).map(|entry| entry.hostname.as_str());
    let renews = same_team
        .chain([hostname])
        .filter_map(|hostname| model.hosts.fact(hostname).and_then(|fact| fact.renews_until));
    let until = renews.chain(own).filter(|end| !clock.has_passed(*end)).max();
    let value = until.map_or_else(
        || format!("Opens {}", model.words.browser),
        |until| format!("Not needed until {}", clock.moment(until)),
    );
    row("Login", &value)
}

/// Whether nothing that came back can be believed: then a host is better not added for now.
const fn is_no_basis(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::BadMetadata { .. }
            | Cause::ClockOff { .. }
            | Cause::UntrustedCertificate { .. }
            | Cause::TlsInspected { .. }
            | Cause::CaptivePortal { .. }
    )
}

/// The outcomes that have words of their own here; every other cause could not be looked up.
fn failed(model: &Model, hostname: &str, cause: &Cause) -> LookupView {
    let anyway = || send("Add anyway", Request::SaveDraft);
    let again = || send("Try again", Request::LookUpAgain);
    let facts = || copy("Copy details", details(cause, None, hostname));
    let with = |buttons: Vec<Button>, view| LookupView { buttons, ..view };
    if matches!(cause, Cause::NoSuchName { .. }) {
        let hint = similar(model, hostname).map_or_else(String::new, |name| format!(" Did you mean {name}?"));
        return with(
            vec![again()],
            say(Tone::Danger, "No such name.", format!("{hostname} has no DNS record.{hint}")),
        );
    }
    if matches!(cause, Cause::NotBehindAccess { .. }) {
        let text = "The name answers, but nothing asks for a login. Plain ssh may already work.";
        return with(vec![anyway()], say(Tone::Warn, "Not behind Access.", text));
    }
    if matches!(cause, Cause::Blocked { .. }) {
        let title = format!("{hostname} refuses {} before login.", model.words.machine);
        let text = "The rule may want WARP, a country or a device check.";
        return with(vec![facts()], say(Tone::Danger, title, text));
    }
    if matches!(cause, Cause::UpgradeRefused { .. }) {
        let text = "ssh may not be offered here.";
        return with(vec![anyway()], say(Tone::Warn, "This is a web page behind Access.", text));
    }
    let problem = Problem::of(cause, &model.words);
    if is_no_basis(cause) {
        let text = format!("{} {}", problem.why, problem.next);
        return with(vec![again(), facts()], say(Tone::Danger, problem.title, text));
    }
    let text = format!("{} You can add it now; it is checked on first use.", problem.title);
    with(vec![anyway(), again()], say(Tone::Warn, "Could not look it up.", text))
}

/// A known hostname that differs by a slip of the finger.
fn similar<'a>(model: &'a Model, hostname: &str) -> Option<&'a str> {
    let known = model.hosts.all().map(|entry| entry.hostname.as_str());
    known
        .map(|name| (distance(name, hostname), name))
        .filter(|(slips, _)| *slips <= 2)
        .min()
        .map(|(_, name)| name)
}
