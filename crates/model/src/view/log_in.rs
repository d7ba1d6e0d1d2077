//! The log-in dialog: what is done, what is next, and how it ended if it ended badly.

use wire::Cause;

use super::rows::Drawn;
use super::{banner, capital, count, problem};
use crate::brain::{Again, Browser, Failure, Model, Run, Stage};
use crate::clock::Clock;
use crate::problem::Problem;
use crate::{LogInOutcome, LogInView, Step, StepState};

pub(crate) fn draw(model: &Model, clock: &Clock<'_>, hosts: &[Drawn<'_>]) -> Option<LogInView> {
    match (&model.log_ins.running, &model.log_ins.failed) {
        (Some(run), _) => Some(running(model, clock, hosts, run)),
        (None, Some(failure)) => Some(failed(model, hosts, failure)),
        (None, None) => None,
    }
}

fn failed(model: &Model, hosts: &[Drawn<'_>], failure: &Failure) -> LogInView {
    let name = model.hosts.name_of(&failure.hostname);
    let (steps, outcome) = if failure.again == Again::Saving {
        (saving_again(model), None)
    } else {
        (Vec::new(), Some(LogInOutcome { problem: problem::of_log_in(model, failure) }))
    };
    LogInView {
        visible: true,
        title: title(failure.team.as_deref(), &name),
        subtitle: subtitle(hosts, &failure.hostname, failure.team.as_deref(), name),
        steps,
        link: None,
        code: None,
        code_first: false,
        works_until: String::new(),
        works_until_ms: None,
        outcome,
    }
}

fn saving_again(model: &Model) -> Vec<Step> {
    let step = |state, label: String, detail: &str| Step { state, label, detail: detail.to_owned() };
    vec![
        step(StepState::Done, "Logged in".to_owned(), ""),
        step(StepState::Running, save(model), "It may ask for a password in a window of its own."),
    ]
}

fn save(model: &Model) -> String {
    format!("Save the login in {}", model.words.keychain)
}

fn running(model: &Model, clock: &Clock<'_>, hosts: &[Drawn<'_>], run: &Run) -> LogInView {
    let name = model.hosts.name_of(&run.hostname);
    let link = run.link();
    LogInView {
        visible: run.visible,
        title: title(run.team.as_deref(), &name),
        subtitle: subtitle(hosts, &run.hostname, run.team.as_deref(), name),
        steps: steps(model, run),
        link: link.map(|link| link.link.clone()),
        code: link.map(|link| link.code.clone()),
        code_first: link.is_some_and(|link| link.browser == Browser::Missing),
        works_until: link.map(|link| clock.moment(link.works_until)).unwrap_or_default(),
        works_until_ms: link.map(|link| link.works_until.saturating_mul(1000)),
        outcome: None,
    }
}

fn title(team: Option<&str>, name: &str) -> String {
    format!("Finish logging in to {}", team.unwrap_or(name))
}

/// Whom the log-in that runs waits for.
pub(crate) fn waiting_for(model: &Model) -> String {
    let link = model.log_ins.running.as_ref().and_then(Run::link);
    let asks = link.is_some_and(|link| link.browser == Browser::Unasked);
    format!("Waiting for {}", if asks { "you" } else { &model.words.browser })
}

/// `etl-notebook and 1 other host`: the others of the team that will not need the browser any more.
fn subtitle(hosts: &[Drawn<'_>], hostname: &str, team: Option<&str>, name: String) -> String {
    let others = hosts
        .iter()
        .filter(|host| team.is_some() && host.team == team && host.entry.hostname != hostname)
        .filter(|host| !host.state.is_ready())
        .count();
    match others {
        0 => name,
        others => format!("{name} and {}", count(others, "other host")),
    }
}

fn steps(model: &Model, run: &Run) -> Vec<Step> {
    let browser = capital(&model.words.browser);
    let opening = |state, label: String, detail: &str| Step { state, label, detail: detail.to_owned() };
    let starting = || opening(StepState::Running, format!("Opening {}…", model.words.browser), "");
    let (first, second, third) = match &run.stage {
        Stage::Starting => (starting(), StepState::Todo, StepState::Todo),
        Stage::Waiting(link) => (
            match link.browser {
                Browser::Unasked => opening(
                    StepState::Todo,
                    format!("A program wants to reach {}", model.hosts.name_of(&run.hostname)),
                    "Open the browser to let it.",
                ),
                Browser::Starting => starting(),
                Browser::Opened => opening(StepState::Done, format!("{browser} opened"), ""),
                Browser::Missing => {
                    let cause = Cause::NoBrowser { host: run.hostname.clone(), link: link.link.clone() };
                    let problem = Problem::of(&cause, &model.words);
                    opening(StepState::Warning, problem.title, &problem.next)
                }
            },
            if link.browser == Browser::Unasked { StepState::Todo } else { StepState::Running },
            StepState::Todo,
        ),
        Stage::Saving(link) => {
            let label = match link {
                Some(link) if link.browser == Browser::Opened => format!("{browser} opened"),
                Some(_) | None => "No browser was needed".to_owned(),
            };
            (opening(StepState::Done, label, ""), StepState::Done, StepState::Running)
        }
    };
    vec![
        first,
        match second {
            StepState::Running if banner::is_offline(model) => opening(
                StepState::Warning,
                "Connection lost".to_owned(),
                "Still waiting. The link keeps working when you are back.",
            ),
            StepState::Running => {
                opening(second, "Log in there".to_owned(), "This window closes by itself when you are done.")
            }
            StepState::Done | StepState::Todo | StepState::Warning => {
                opening(second, "Log in there".to_owned(), "")
            }
        },
        Step { state: third, label: save(model), detail: String::new() },
    ]
}
