//! The steps of sharing, as values: as they are done or taken back, and where it was stopped on the way.

use super::share::{groups, sessions};
use super::{capital, sentence};
use crate::brain::{Doing, Model, Work, WorkStep};
use crate::{
    PlannedStep, ShareFact, ShareFormView, ShareInPlace, ShareProgress, ShareStep, ShareStepState, StepTold,
};

pub(super) fn progress(model: &Model, work: &Work) -> ShareProgress {
    let last = work.last_done().filter(|_| work.can_undo()).map(|step| step.plan.step.clone());
    let drawn = |step: &WorkStep| {
        let can_undo = last.as_ref() == Some(&step.plan.step);
        ShareStep { can_undo, ..step_of(model, step) }
    };
    let steps: Vec<ShareStep> = work.steps.iter().map(drawn).collect();
    let count = |state: ShareStepState| steps.iter().filter(|step| step.state == state).count();
    let (all, done) = (steps.len(), count(ShareStepState::Done));
    let stands = |step: &ShareStep| matches!(step.state, ShareStepState::Failed | ShareStepState::Running);
    let number = steps.iter().position(stands).map_or((done + 1).min(all), |at| at + 1);
    let title = match (work.doing, work.is_over) {
        (Doing::TakesAway, true) => "Not all of it could be taken away".to_owned(),
        (Doing::TakesAway, false) => "Taking it away".to_owned(),
        (Doing::StepsBack, false) => "Taking a step back".to_owned(),
        (Doing::Shares, false) if work.is_called_off => "Stopping…".to_owned(),
        (Doing::Shares, false) => format!("Step {number} of {all}"),
        (Doing::Shares, true) if work.problem.is_some() => format!("Stopped at step {number} of {all}"),
        (Doing::Shares | Doing::StepsBack, true) => steps_in_place(done, all),
    };
    let foot = match (work.doing, work.is_over) {
        (Doing::TakesAway, false) => "The address goes first, so that it never leads here without its rules.",
        (Doing::TakesAway, true) => "Something is still there at Cloudflare.",
        (_, false) => "If you stop now, finished steps stay unless you undo them.",
        (_, true) => "Finished steps stay until you go on or undo them.",
    };
    let can_retry = work.is_over && work.doing != Doing::TakesAway;
    ShareProgress {
        name: work.hostname.clone(),
        title,
        note: capital(&work.note),
        link: work.link.clone(),
        done: u32::try_from(done).unwrap_or(u32::MAX),
        all: u32::try_from(all).unwrap_or(u32::MAX),
        steps,
        foot: foot.to_owned(),
        can_call_off: work.doing == Doing::Shares && !work.is_over && !work.is_called_off,
        can_undo: work.can_undo(),
        is_over: work.is_over,
        go_on: can_retry.then(|| if work.problem.is_some() { "Try again" } else { "Continue" }.to_owned()),
    }
}

/// The form of something that was stopped on the way: what it says counts until all is undone.
pub(super) fn unfinished(model: &Model, name: &str) -> ShareFormView {
    let fact = model.share.facts.get(name).cloned().unwrap_or_default();
    let unfinished = fact.unfinished.clone().unwrap_or_default();
    let state =
        |step: &str| if unfinished.is_done(step) { ShareStepState::Done } else { ShareStepState::Todo };
    let drawn = |step: &String| {
        let plan = PlannedStep { step: step.clone(), what: String::new() };
        drawn(model, &plan, state(step), String::new())
    };
    ShareFormView {
        start: fact.form(&unfinished),
        hint: format!("People run ssh {name}"),
        hostname_error: None,
        faults: Vec::new(),
        allow_error: None,
        groups: groups(model),
        port_error: None,
        sessions: sessions(),
        again: model.facts.answer_at_start,
        plan: unfinished.steps.iter().map(drawn).collect(),
        looking: false,
        warning: None,
        obstacle: None,
        foot: String::new(),
        can_share: false,
        in_place: Some(ShareInPlace { name: name.to_owned(), line: in_place(&fact) }),
    }
}

/// `4 steps are in place`
pub(super) fn in_place(fact: &ShareFact) -> String {
    match fact.unfinished.as_ref().map_or(0, |unfinished| unfinished.done.len()) {
        1 => "1 step is in place".to_owned(),
        steps => format!("{steps} steps are in place"),
    }
}

fn steps_in_place(done: usize, all: usize) -> String {
    format!("{done} of {all} steps {} in place", if done == 1 { "is" } else { "are" })
}

fn step_of(model: &Model, step: &WorkStep) -> ShareStep {
    let (state, detail) = match &step.told {
        None => (ShareStepState::Todo, String::new()),
        Some(StepTold::Began) => (ShareStepState::Running, String::new()),
        Some(StepTold::Done(said)) => (ShareStepState::Done, said.clone()),
        Some(StepTold::Failed(problem)) => (ShareStepState::Failed, problem.title.clone()),
        Some(StepTold::Undone) => (ShareStepState::Undone, "Taken away".to_owned()),
        Some(StepTold::Left(problem)) => {
            (ShareStepState::Left, format!("Still there. {} {}", problem.title, problem.next))
        }
    };
    ShareStep { took: step.took.map(seconds).unwrap_or_default(), ..drawn(model, &step.plan, state, detail) }
}

/// `0.8 s`
fn seconds(millis: i64) -> String {
    let tenths = ((millis + 50) / 100).max(1);
    if tenths < 600 { format!("{}.{} s", tenths / 10, tenths % 10) } else { format!("{} s", tenths / 10) }
}

pub(super) fn drawn(model: &Model, step: &PlannedStep, state: ShareStepState, detail: String) -> ShareStep {
    let (label, is_here) = match step.step.as_str() {
        "log-in-method" => ("Add a way to log in", false),
        "policy" => ("Say who may connect", false),
        "application" => ("Create an Access application", false),
        "certificate-authority" => ("Create a certificate authority", false),
        "tunnel" => ("Create a tunnel", false),
        "rules" => ("Lead it to the SSH server", false),
        "connector" => ("Run the tunnel", true),
        "dns-record" => ("Point the address at it", false),
        "gate" => ("See that a login is asked for", true),
        "proof" => ("See that ssh gets through", true),
        other => (other, false),
    };
    ShareStep {
        name: step.step.clone(),
        label: label.to_owned(),
        detail: sentence(if detail.is_empty() { &step.what } else { &detail }),
        place: if is_here { capital(&model.words.machine) } else { "Cloudflare".to_owned() },
        state,
        took: String::new(),
        can_undo: false,
    }
}
