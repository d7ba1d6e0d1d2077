//! Who runs something that is shared, as values.

use super::{sentence, share};
use crate::brain::Model;
use crate::{Problem, ServiceFact, ServiceState, ShareRunBy, Tone, Whose};

/// What a program is told that asks for what cannot be had: one sentence in all.
const MISUSE: &str = "misuse";

/// The switch; nothing where no service could run it.
pub(super) fn switch(model: &Model, name: &str) -> Option<ShareRunBy> {
    let fact = model.share.facts.get(name).filter(|fact| fact.is_whole)?;
    let under_way = model.share.switching.get(name).copied();
    let help = match (under_way, fact.service) {
        (Some(true), _) => "Setting up the service…",
        (Some(false), _) => "Taking the service away…",
        (None, Some(ServiceFact { state: ServiceState::Running, .. })) => RUNS,
        (None, service) => match service.map_or(model.facts.services, |service| service.whose) {
            Whose::Machine => "Runs as a service, even before anyone logs in.",
            Whose::Person => "Runs as a service when you log in.",
        },
    };
    let problem = model.share.service_problems.get(name);
    Some(ShareRunBy {
        on: under_way.unwrap_or(fact.service.is_some()),
        busy: under_way.is_some(),
        help: help.to_owned(),
        problem: problem.map(|told| share::shown(&failure(told, fact.service.is_some()), Vec::new())),
    })
}

/// What is said while a service runs it.
const RUNS: &str = "Runs as a service. Quitting Sallyport does not stop it.";

/// Title and text of something that a service runs.
pub(super) fn words(hostname: &str, service: ServiceFact) -> (String, &'static str) {
    let is_fine = matches!(service.state, ServiceState::Running | ServiceState::Starting);
    let title = if is_fine {
        format!("{hostname} is shared.")
    } else {
        format!("{hostname} is shared, but does not answer.")
    };
    let text = match service.state {
        ServiceState::Running => RUNS,
        ServiceState::Starting => "Its service is starting. Quitting Sallyport does not stop it.",
        ServiceState::Stopped => "Its service is stopped. Start it, or let Sallyport answer without it.",
        ServiceState::Failed => "Its service has failed. Its log says why; Sallyport can answer without it.",
        ServiceState::Gone => {
            "Its service is gone from this machine. Switch it off here, and Sallyport answers in its place."
        }
    };
    (title, text)
}

/// One line for the list.
pub(super) fn line(service: ServiceFact) -> (&'static str, Tone) {
    match service.state {
        ServiceState::Running => ("Runs as a service", Tone::Ok),
        ServiceState::Starting => ("Its service is starting", Tone::Idle),
        ServiceState::Stopped => ("Its service is stopped", Tone::Idle),
        ServiceState::Failed => ("Its service has failed", Tone::Danger),
        ServiceState::Gone => ("Its service is gone", Tone::Danger),
    }
}

fn failure(told: &Problem, is_on: bool) -> Problem {
    if told.cause != MISUSE {
        return told.clone();
    }
    let title =
        if is_on { "The service could not be taken away." } else { "The service could not be set up." };
    let why = format!("{}.", sentence(told.title.trim_end_matches('.')));
    Problem::told(told.cause.clone(), title.to_owned(), why, String::new())
}
