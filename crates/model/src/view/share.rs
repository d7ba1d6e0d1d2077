//! The page that shares this machine, as values: token and form.

use super::{problem, send, share_list, share_people, share_running, share_steps};
use crate::brain::{Model, Shown, fault_of_whom};
use crate::clock::Clock;
use crate::{
    Page, Problem, ProblemView, Request, ShareFormView, SharePlan, ShareSession, ShareStage, ShareStep,
    ShareStepState, ShareToken, ShareView,
};

/// What the API token has to be allowed, in the words of the dashboard (`cloudflare-api.md` 1.3).
const PERMISSIONS: [&str; 6] = [
    "Account, Cloudflare Tunnel, Edit",
    "Account, Access: Apps and Policies, Edit",
    "Account, Access: Apps and Policies, Revoke",
    "Account, Access: Organizations, Identity Providers, and Groups, Read",
    "Zone, Zone, Read",
    "Zone, DNS, Edit",
];

/// The stable name of the cause by which the edge does not have a tunnel.
const REFUSED: &str = "tunnel-refused";

/// How long a log-in may be good.
pub(super) const SESSIONS: [(&str, &str); 7] = [
    ("30m", "30 minutes"),
    ("1h", "1 hour"),
    ("4h", "4 hours"),
    ("8h", "8 hours"),
    ("24h", "1 day"),
    ("72h", "3 days"),
    ("168h", "1 week"),
];

/// What is said where nobody could enter.
pub(super) const NOBODY: &str = "Add at least one person, group or domain.";

pub(crate) fn draw(model: &Model, clock: &Clock<'_>) -> Option<ShareView> {
    if model.page != Page::Share {
        return None;
    }
    let share = &model.share;
    let stage = stage(model, clock);
    let hostname = share.work.as_ref().map(|work| work.hostname.clone());
    let work_problem = share.work.as_ref().filter(|work| work.is_over);
    let of_shown =
        share.shown().and_then(|name| share.problems.get(name).map(|told| of_share(model, name, told)));
    let of_work = work_problem.and_then(|work| work.problem.as_ref()).map(|told| shown(told, Vec::new()));
    let problem = of_work.or(of_shown).or(share.problem.as_ref().map(|told| shown(told, Vec::new())));
    let is_home = matches!(stage, ShareStage::List(_));
    let is_form = matches!(stage, ShareStage::Token(_) | ShareStage::Form(_));
    let is_whole = |name: &str| share.facts.get(name).is_some_and(|fact| fact.is_whole);
    let is_settled = share.is_read && share.work.is_none();
    Some(ShareView {
        title: format!("Share {}", model.words.machine),
        hostname: hostname.unwrap_or_default(),
        can_edit_people: is_settled && share.shown().is_some_and(is_whole),
        people: share.people.as_ref().map(|editing| share_people::draw(model, editing)),
        can_go_back: is_settled
            && !is_home
            && (share.has_list() || (is_form && !share.facts.is_empty() && share.shown().is_none())),
        can_share_another: is_settled && !is_form,
        stage,
        problem,
    })
}

fn stage(model: &Model, clock: &Clock<'_>) -> ShareStage {
    let share = &model.share;
    if let Some(work) = &share.work {
        return ShareStage::Progress(share_steps::progress(model, work));
    }
    if !share.is_read {
        return ShareStage::Reading;
    }
    let has_token = share.has_token && !share.changes_token;
    let is_unfinished = |name: &str| share.facts.get(name).is_some_and(|fact| fact.unfinished.is_some());
    if let Some(name) = share.shown() {
        return match share.lives.get(name) {
            None if has_token && is_unfinished(name) => {
                ShareStage::Form(Box::new(share_steps::unfinished(model, name)))
            }
            None if is_unfinished(name) => ShareStage::Token(token(model)),
            Some(live) if live.since.is_some() => {
                ShareStage::Running(Box::new(share_running::running(model, clock, name, live)))
            }
            live => ShareStage::Resting(Box::new(share_running::resting(model, name, live))),
        };
    }
    if share.has_list() && share.shown != Shown::Form {
        return ShareStage::List(share_list::list(model, clock));
    }
    if !has_token {
        return ShareStage::Token(token(model));
    }
    ShareStage::Form(Box::new(form(model)))
}

fn token(model: &Model) -> ShareToken {
    ShareToken {
        text: format!(
            "Share {}'s SSH server under a name such as studio.acme.dev. People log in with your team's rules; no port \
             is opened.",
            model.words.machine
        ),
        permissions: PERMISSIONS.map(str::to_owned).into(),
        kept: format!("Kept in {}, and sent to nobody but Cloudflare.", model.words.keychain),
        saving: model.share.saves_token,
        can_leave: model.share.has_token,
    }
}

fn form(model: &Model) -> ShareFormView {
    let share = &model.share;
    let form = &share.form;
    let faults = share.faults();
    let is_empty = form.allow.is_empty() && !form.hostname.trim().is_empty();
    let allow_error = fault_of_whom(&form.allow, share.groups.as_deref());
    let wish = share.wish();
    let hint = wish.as_ref().map(|wish| format!("People run ssh {}", wish.hostname)).unwrap_or_default();
    let team = share.plan.as_ref().map(|plan| plan.team.as_str()).filter(|team| !team.is_empty());
    ShareFormView {
        start: form.clone(),
        in_place: None,
        hint,
        hostname_error: share.hostname_error(),
        faults,
        allow_error: allow_error.or_else(|| is_empty.then(|| NOBODY.to_owned())),
        groups: groups(model),
        port_error: share.port_error(),
        sessions: sessions(),
        again: model.facts.answer_at_start,
        plan: share.plan.as_ref().map(|plan| planned(model, plan)).unwrap_or_default(),
        looking: wish.is_some() && share.is_looking(),
        warning: share.plan.as_ref().and_then(|plan| plan.warning.clone()).map(|text| format!("{text}.")),
        obstacle: share.obstacle.as_ref().map(obstacle),
        foot: team.map(|team| format!("People log in to team {team}.")).unwrap_or_default(),
        can_share: share.plan.is_some() && wish.is_some_and(|wish| !share.lives.contains_key(&wish.hostname)),
    }
}

/// The lengths of a log-in that can be chosen from.
pub(super) fn sessions() -> Vec<ShareSession> {
    SESSIONS.map(|(value, label)| ShareSession { value: value.to_owned(), label: label.to_owned() }).into()
}

/// The names that can be chosen from.
pub(super) fn groups(model: &Model) -> Vec<String> {
    let mut names: Vec<String> =
        model.share.groups.iter().flatten().map(|group| group.name.clone()).collect();
    names.dedup();
    names
}

fn planned(model: &Model, plan: &SharePlan) -> Vec<ShareStep> {
    plan.steps
        .iter()
        .map(|step| share_steps::drawn(model, step, ShareStepState::Todo, String::new()))
        .collect()
}

/// What is in the way, with what helps.
fn obstacle(told: &Problem) -> ProblemView {
    let again = send("Look again", Request::PlanShareAgain);
    let is_token =
        ["share-rights", "share-token", "share-no-token", "api-right"].contains(&told.cause.as_str());
    if !is_token {
        return shown(told, vec![again]);
    }
    let make = send("Make a token…", Request::OpenApiTokenPage);
    let other = send("Use another token…", Request::ChangeApiToken { change: true });
    // The link is the button's.
    let shown = shown(told, vec![make, other, again]);
    ProblemView { next: "Make one that may, then use it here.".to_owned(), ..shown }
}

/// What went wrong with something that is shared from here, whose credentials nobody need look for.
fn of_share(model: &Model, name: &str, told: &Problem) -> ProblemView {
    if told.cause != REFUSED || !model.share.facts.contains_key(name) {
        return shown(told, Vec::new());
    }
    let Problem { cause, title, why, .. } = told.clone();
    let next = "Its tunnel was deleted, or has another secret now. Stop sharing it, then share it again.";
    shown(&Problem::told(cause, title, why, next.to_owned()), Vec::new())
}

pub(super) fn shown(told: &Problem, buttons: Vec<crate::Button>) -> ProblemView {
    let details = problem::told_details(told);
    let Problem { cause, title, why, next, .. } = told.clone();
    ProblemView { cause, title, why, next, buttons, details }
}
