//! Problems as the page shows them: the words of their cause, and the buttons that fit the place.

use jiff::Timestamp;
use wire::Cause;

use super::{copy, send};
use crate::brain::{Again, Failure, Model, Trouble};
use crate::problem::{Known, Problem};
use crate::{Button, CertificateFact, HostEntry, Page, ProblemView, Request, times};

/// What takes the place of the login box of a host.
pub(crate) fn of_host(model: &Model, entry: &HostEntry) -> Option<ProblemView> {
    let (cause, at) = model.hosts.trouble_of(&entry.hostname)?;
    let known = Known { team: model.hosts.team(&entry.hostname), alias: Some(&entry.alias) };
    let details = details(cause, Some(*at), &entry.hostname);
    Some(view(model, cause, known, host_buttons(cause, &entry.alias, &details), details))
}

/// Why a login that could renew by itself does not.
pub(crate) fn of_renewal(model: &Model, entry: &HostEntry) -> Option<ProblemView> {
    let (cause, at) = model.refusal(model.hosts.fact(&entry.hostname)?)?;
    let known = Known { team: model.hosts.team(&entry.hostname), alias: Some(&entry.alias) };
    let details = details(cause, Some(at), &entry.hostname);
    let buttons = if matches!(cause, Cause::RenewalRefused { .. }) {
        vec![send("Log in again", Request::LogIn { alias: entry.alias.clone() })]
    } else {
        host_buttons(cause, &entry.alias, &details)
    };
    Some(view(model, cause, known, buttons, details))
}

/// What is wrong when a host logs in to an account that its certificate is not for.
pub(crate) fn of_certificate(
    model: &Model,
    entry: &HostEntry,
    certificate: &CertificateFact,
) -> Option<ProblemView> {
    let (user, principals) = (entry.user.clone()?, certificate.principals.clone());
    if principals.is_empty() || principals.contains(&user) {
        return None;
    }
    let cause = Cause::OtherAccount { host: entry.hostname.clone(), user, principals };
    let known = Known { team: model.hosts.team(&entry.hostname), alias: Some(&entry.alias) };
    let buttons = vec![send("Edit…", Request::OpenDraft { alias: Some(entry.alias.clone()) })];
    let details = details(&cause, None, &entry.hostname);
    Some(view(model, &cause, known, buttons, details))
}

/// How a log-in ended.
pub(crate) fn of_log_in(model: &Model, failure: &Failure) -> ProblemView {
    let name = model.hosts.name_of(&failure.hostname);
    let known = Known { team: failure.team.as_deref(), alias: Some(&name) };
    let details = details(&failure.cause, Some(failure.at), &failure.hostname);
    if matches!(failure.again, Again::Save | Again::Saving) {
        let buttons =
            vec![send("Try again", Request::RetryLogIn), send("Keep in memory", Request::KeepInMemory)];
        return drawn(Problem::unsaved(&failure.cause, &model.words), buttons, details);
    }
    view(model, &failure.cause, known, log_in_buttons(&failure.cause, &details), details)
}

/// What went wrong while importing.
pub(crate) fn of_import(model: &Model, cause: &Cause) -> ProblemView {
    view(
        model,
        cause,
        Known::default(),
        vec![send("Try again", Request::Go { page: Page::Import })],
        details(cause, None, ""),
    )
}

/// What went wrong in the host form.
pub(crate) fn of_draft(model: &Model, cause: &Cause, lines: String) -> ProblemView {
    let details = details(cause, None, "");
    let buttons = if matches!(cause, Cause::ConfigChanged { .. } | Cause::NameTaken { .. }) {
        Vec::new()
    } else if matches!(cause, Cause::ConfigDamaged { .. }) {
        vec![send("Mend it", Request::RepairConfig)]
    } else if lines.is_empty() {
        vec![send("Try again", Request::SaveDraft)]
    } else {
        vec![copy("Copy lines", lines), send("Try again", Request::SaveDraft)]
    };
    view(model, cause, Known::default(), buttons, details)
}

fn view(
    model: &Model,
    cause: &Cause,
    known: Known<'_>,
    buttons: Vec<Button>,
    details: String,
) -> ProblemView {
    drawn(Problem::known(cause, &model.words, known), buttons, details)
}

fn drawn(problem: Problem, buttons: Vec<Button>, details: String) -> ProblemView {
    let Problem { cause, title, why, next, .. } = problem;
    ProblemView { cause, title, why, next, buttons, details }
}

fn host_buttons(cause: &Cause, alias: &str, details: &str) -> Vec<Button> {
    let alias = alias.to_owned();
    let again = send("Try again", Request::LogIn { alias: alias.clone() });
    if matches!(cause, Cause::Blocked { .. }) {
        let other = send("Log in as someone else", Request::LogIn { alias });
        vec![copy("Copy details for the admin", details.to_owned()), other]
    } else if matches!(cause, Cause::NotBehindAccess { .. }) {
        vec![send("Connect anyway", Request::Connect { alias }), again]
    } else if matches!(cause, Cause::NoSuchName { .. }) {
        vec![send("Edit…", Request::OpenDraft { alias: Some(alias) }), again]
    } else if ssh_tells(cause) {
        let again = send("Try again", Request::Connect { alias });
        vec![again, copy("Copy details", details.to_owned())]
    } else {
        vec![again, copy("Copy details", details.to_owned())]
    }
}

/// Whether only another `ssh` tells if it is over; a log-in would not get that far.
fn ssh_tells(cause: &Cause) -> bool {
    matches!(Trouble::of(cause), Trouble::Unreachable(_))
        || matches!(cause, Cause::Cut { .. } | Cause::EdgeTrouble { .. } | Cause::UpgradeRefused { .. })
}

fn log_in_buttons(cause: &Cause, details: &str) -> Vec<Button> {
    let again = |label: &str| send(label, Request::RetryLogIn);
    if matches!(cause, Cause::LogInTimedOut { .. }) {
        vec![again("Get a new link"), send("Close", Request::HideLogIn)]
    } else if matches!(cause, Cause::Blocked { .. }) {
        vec![copy("Copy details for the admin", details.to_owned()), again("Log in as someone else")]
    } else if matches!(cause, Cause::NoKeychain { .. }) {
        vec![send("Use a file…", Request::UseFileVault), again("Try again")]
    } else {
        vec![again("Try again"), copy("Copy details", details.to_owned())]
    }
}

/// Facts for whoever is asked for help: never a secret.
pub(crate) fn details(cause: &Cause, at: Option<i64>, hostname: &str) -> String {
    let time = at.map(|at: i64| -> Timestamp { times::stamp(at) });
    let ray = ray_of(cause);
    let reason = if let Cause::KeychainRefused { why } = cause { Some(why) } else { None };
    [
        Some(format!("Problem: {}", cause.kind())),
        (!hostname.is_empty()).then(|| format!("Hostname: {hostname}")),
        ray.map(|ray| format!("Ray ID: {ray}")),
        reason.map(|reason| format!("Reason: {reason}")),
        time.map(|time| format!("Time: {time}")),
        Some(format!("Sallyport: {}", env!("CARGO_PKG_VERSION"))),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join("\n")
}

/// The same of what another of our programs has told.
pub(crate) fn told_details(told: &Problem) -> String {
    [
        format!("Problem: {}", told.cause),
        told.title.clone(),
        told.why.clone(),
        told.next.clone(),
        format!("Sallyport: {}", env!("CARGO_PKG_VERSION")),
    ]
    .into_iter()
    .filter(|line| !line.is_empty())
    .collect::<Vec<_>>()
    .join("\n")
}

fn ray_of(cause: &Cause) -> Option<String> {
    let facts = serde_json::to_value(cause).ok()?;
    facts.get("ray")?.as_str().map(str::to_owned)
}
