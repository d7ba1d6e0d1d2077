//! What the tests of sharing have in common.

use super::stage::*;
use crate::*;

pub(super) const STUDIO: &str = "studio.acme.dev";

pub(super) fn fact(hostname: &str) -> ShareFact {
    ShareFact {
        hostname: hostname.to_owned(),
        port: 22,
        people: "jo@corp.test".to_owned(),
        allow: vec!["jo@corp.test".to_owned()],
        is_whole: true,
        service: None,
        unfinished: None,
    }
}

pub(super) fn form() -> ShareForm {
    ShareForm {
        hostname: "studio.acme.dev".to_owned(),
        allow: vec!["jo@corp.test".to_owned(), "@acme.dev".to_owned()],
        ..ShareForm::default()
    }
}

pub(super) fn plan() -> SharePlan {
    let step = |step: &str| PlannedStep { step: step.to_owned(), what: format!("what {step} does") };
    let steps = ["policy", "application", "tunnel", "connector", "dns-record"].map(step);
    SharePlan { team: "acme".to_owned(), steps: steps.into(), warning: None }
}

/// The page is open, and nothing is shared.
pub(super) fn open(has_token: bool) -> Stage {
    let mut stage = Stage::with(&["build-01"], vec![]);
    let effects = stage.ask(Request::Go { page: Page::Share });
    assert_eq!(effects, [Effect::ShowWindow, Effect::ReadShares]);
    stage.event(Event::Shares { shares: Ok(Vec::new()), found: Vec::new(), has_token });
    stage
}

pub(super) fn view(stage: &Stage) -> ShareView {
    stage.snapshot().share.unwrap()
}

pub(super) fn form_view(stage: &Stage) -> ShareFormView {
    let ShareStage::Form(form) = view(stage).stage else { panic!("{:?}", view(stage).stage) };
    *form
}

pub(super) fn progress(stage: &Stage) -> ShareProgress {
    let ShareStage::Progress(progress) = view(stage).stage else { panic!("{:?}", view(stage).stage) };
    progress
}

pub(super) fn running(stage: &Stage) -> ShareRunning {
    let ShareStage::Running(running) = view(stage).stage else { panic!("{:?}", view(stage).stage) };
    *running
}

pub(super) fn step(stage: &mut Stage, serial: u64, step: &str, told: StepTold) {
    let told = ShareTold::Step { step: step.to_owned(), told };
    stage.event(Event::ShareTold { serial, told });
}

/// The form is filled and looked at.
pub(super) fn planned() -> Stage {
    let mut stage = open(true);
    stage.ask(Request::EditShare { form: form() });
    let effects = stage.wait(400);
    let [Effect::PlanShare { serial, wish }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((wish.hostname.as_str(), wish.session.as_str(), wish.port), ("studio.acme.dev", "8h", 22));
    stage.event(Event::SharePlanned { serial: *serial, plan: Ok(plan()) });
    stage
}

pub(super) fn started() -> (Stage, u64) {
    let mut stage = planned();
    let effects = stage.ask(Request::StartSharing);
    let [Effect::Share { serial, .. }] = effects[..] else { panic!("{effects:?}") };
    (stage, serial)
}

pub(super) fn shared() -> (Stage, u64) {
    let (mut stage, serial) = started();
    stands(&mut stage, serial, status(4));
    let told =
        ShareTold::Shared { share: fact("studio.acme.dev"), sshd: Some("TrustedUserCAKeys".to_owned()) };
    stage.event(Event::ShareTold { serial, told });
    (stage, serial)
}

pub(super) fn problem(cause: &str, title: &str) -> Problem {
    Problem::told(
        cause.to_owned(),
        title.to_owned(),
        "Why.".to_owned(),
        "Make one at https://long".to_owned(),
    )
}

pub(super) fn shares(hostnames: &[&str]) -> Event {
    let shares = Ok(hostnames.iter().map(|hostname| fact(hostname)).collect());
    Event::Shares { shares, found: Vec::new(), has_token: true }
}

/// So many connections stand; the others wait.
pub(super) fn status(up: usize) -> TunnelStatus {
    let link = |index: usize| {
        let state = if index < up {
            LinkState::Up { location: "lhr01".to_owned(), protocol: "quic".to_owned(), since: noon() }
        } else {
            LinkState::Waiting { again: noon() + 8 }
        };
        let failed = LinkFailed { fault: LinkFault::Silence, why: "no answer".to_owned() };
        LinkNow { state, round_trip: (index < up).then_some(9250), failed: (index >= up).then_some(failed) }
    };
    let rule = |hostname: &str, service: &str| RuleNow {
        hostname: hostname.to_owned(),
        path: String::new(),
        service: service.to_owned(),
    };
    TunnelStatus {
        links: (0..4).map(link).collect(),
        rules: vec![rule(STUDIO, "ssh://127.0.0.1:22"), rule("", "http_status:404")],
        version: 1,
        ..TunnelStatus::default()
    }
}

pub(super) fn stands(stage: &mut Stage, serial: u64, status: TunnelStatus) -> Vec<Effect> {
    stage.event(Event::ShareTold { serial, told: ShareTold::Tunnel(status) })
}

pub(super) fn says(stage: &mut Stage, serial: u64, level: Level, message: &str, fields: &[(&str, &str)]) {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let line = LogLine { at: stage.now.seconds(), level, message: message.to_owned(), fields };
    stage.event(Event::ShareTold { serial, told: ShareTold::Log(line) });
}

/// What is wrong with it, as the page says it.
pub(super) fn titles(stage: &Stage) -> Vec<String> {
    running(stage).troubles.into_iter().map(|trouble| trouble.title).collect()
}
