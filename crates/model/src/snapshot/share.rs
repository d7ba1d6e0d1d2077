//! The page that shares this machine's SSH server.

use serde::{Deserialize, Serialize};

use super::{Button, ProblemView, SharePeopleEdit, Tone};
use crate::{RuleDraft, ShareForm};

/// The page, whichever way things stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareView {
    /// `Share this computer`.
    pub title: String,
    /// The hostname beside it; may be empty.
    pub hostname: String,
    /// What shows.
    pub stage: ShareStage,
    /// What went wrong, if it has no better place.
    pub problem: Option<ProblemView>,
    /// Whether who may connect can be changed here.
    pub can_edit_people: bool,
    /// Who may connect, while that is being changed.
    pub people: Option<SharePeopleEdit>,
    /// Whether there is a list to go back to.
    pub can_go_back: bool,
    /// Whether one more can be shared from here.
    pub can_share_another: bool,
}

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ShareStage {
    /// What is shared is being looked up.
    Reading,
    /// There is no API token yet, or another is wanted.
    Token(ShareToken),
    /// The form.
    Form(Box<ShareFormView>),
    /// Steps are being done, or taken back.
    Progress(ShareProgress),
    /// All that is shared.
    List(ShareList),
    /// It is shared, and answers.
    Running(Box<ShareRunning>),
    /// It is shared, and nobody answers.
    Resting(Box<ShareResting>),
}

/// Where the API token is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareToken {
    /// What sharing is.
    pub text: String,
    /// What the token has to be allowed, in the words of the dashboard.
    pub permissions: Vec<String>,
    /// Where it will be kept.
    pub kept: String,
    /// Whether it is being kept now.
    pub saving: bool,
    /// Whether there is one already, so that this can be left.
    pub can_leave: bool,
}

/// The form, and what will happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareFormView {
    /// The fields as they are.
    pub start: ShareForm,
    /// Under the address: `People run ssh studio.acme.dev`; may be empty.
    pub hint: String,
    /// What is wrong with the address.
    pub hostname_error: Option<String>,
    /// Those who may connect that cannot be read.
    pub faults: Vec<String>,
    /// What is wrong with those who may connect.
    pub allow_error: Option<String>,
    /// The groups that can be chosen from, by name.
    pub groups: Vec<String>,
    /// What is wrong with the port.
    pub port_error: Option<String>,
    /// How long a log-in may be good.
    pub sessions: Vec<ShareSession>,
    /// `Share again when Sallyport starts`: whether that is chosen.
    pub again: bool,
    /// What will happen, in order; empty while it is not known.
    pub plan: Vec<ShareStep>,
    /// Whether it is being looked at.
    pub looking: bool,
    /// What may keep it from working although all is done.
    pub warning: Option<String>,
    /// What is in the way.
    pub obstacle: Option<ProblemView>,
    /// `People log in to acme.`; may be empty.
    pub foot: String,
    /// Whether sharing can start.
    pub can_share: bool,
}

/// One length of a log-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareSession {
    /// As the form has it: `8h`.
    pub value: String,
    /// `8 hours`.
    pub label: String,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareStep {
    /// Its stable name.
    pub name: String,
    /// Its words.
    pub label: String,
    /// A line under it; may be empty.
    pub detail: String,
    /// `Cloudflare` or `This computer`.
    pub place: String,
    /// How far it is.
    pub state: ShareStepState,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[expect(missing_docs, reason = "the names say it")]
pub enum ShareStepState {
    Todo,
    Running,
    Done,
    Failed,
    Undone,
    Left,
}

/// Steps under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareProgress {
    /// `Step 5 of 9`.
    pub title: String,
    /// `Log in in your browser to see that it works`; may be empty.
    pub note: String,
    /// The link that this speaks of.
    pub link: Option<String>,
    /// How many steps are done.
    pub done: u32,
    /// How many there are.
    pub all: u32,
    /// The steps.
    pub steps: Vec<ShareStep>,
    /// At the foot.
    pub foot: String,
    /// Whether it can be called off.
    pub can_call_off: bool,
    /// Whether it is over, so that this can be left.
    pub is_over: bool,
    /// Whether it can be tried once more.
    pub can_retry: bool,
}

/// All that is shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareList {
    /// What this machine shares.
    pub shares: Vec<ShareRow>,
    /// What was set up for cloudflared.
    pub found: Vec<ShareRow>,
}

/// One thing that is shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareRow {
    /// As in `Request::OpenShare`.
    pub name: String,
    /// `studio.acme.dev`
    pub title: String,
    /// `Shared since 09:12. 4 of 4 connections`
    pub line: String,
    /// `ok` where it answers, `idle` where it does not, `warn` and `danger` where something is wrong.
    pub tone: Tone,
    /// The one thing to do.
    pub button: Option<Button>,
}

/// Shared, and answering.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareRunning {
    /// As in `Request::OpenShare`.
    pub name: String,
    /// `studio.acme.dev`
    pub title: String,
    /// `Shared since 09:12. ada@acme.dev may connect.`
    pub line: String,
    /// For those who may connect; nothing where that is not known here.
    pub invitation: Option<String>,
    /// What is wrong.
    pub troubles: Vec<ProblemView>,
    /// `4 of 4`, `3 of 4. People can still connect.`, `Not reachable.`
    pub count: String,
    /// Its colour.
    pub tone: Tone,
    /// When the next attempt is made, milliseconds since the Unix epoch; only while nothing gets through.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub again_at: Option<i64>,
    /// The connections.
    pub links: Vec<ShareLink>,
    /// Who is connected.
    pub visitors: Vec<ShareVisitor>,
    /// The rules that count.
    pub rules: Vec<ShareRule>,
    /// Whether they can be changed here.
    pub can_edit_rules: bool,
    /// The rules while they are being changed.
    pub editing: Option<ShareRulesEdit>,
    /// What the SSH server needs so that it takes certificates.
    pub sshd: Option<String>,
    /// Whether it answers again when the program starts.
    pub again: bool,
    /// The switch that lets a service run it.
    pub service: Option<ShareRunBy>,
    /// What happened, newest first.
    pub events: Vec<ShareEvent>,
    /// The same as a text to copy.
    pub log: String,
    /// Whether it is being stopped.
    pub stopping: bool,
    /// `Stop sharing`, `Stop running here`
    pub stop: String,
}

/// `Share again after a restart`: a service that runs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareRunBy {
    /// Whether one does, or is about to.
    pub on: bool,
    /// Whether it is being set up or taken away.
    pub busy: bool,
    /// `Runs as a service when you log in.`
    pub help: String,
    /// Why that came to nothing.
    pub problem: Option<ProblemView>,
}

/// Rules that are being changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareRulesEdit {
    /// As they are; the last one stays for everything else.
    pub rows: Vec<RuleDraft>,
    /// Whether they are being set.
    pub saving: bool,
    /// Why they cannot be set.
    pub problem: Option<ProblemView>,
}

/// One connection to Cloudflare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareLink {
    /// From 1.
    pub number: u32,
    /// `London`; empty where the place is not known.
    pub place: String,
    /// The data centre; `–` while it is down.
    pub location: String,
    /// `QUIC`, `HTTP/2`, or empty.
    pub protocol: String,
    /// `3 h 18 min`, or `Trying again`.
    pub up_for: String,
    /// `9 ms`; empty while it is not known.
    pub round_trip: String,
}

/// Somebody who is connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareVisitor {
    /// Names the stream.
    #[cfg_attr(test, ts(type = "number"))]
    pub id: u64,
    /// `jo@contractor.dev`
    pub who: String,
    /// `Since 11:58, 32 min`
    pub since: String,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareRule {
    /// From 1.
    pub number: u32,
    /// The hostname, or `Everything else`.
    pub hostname: String,
    /// The path, or `any`.
    pub path: String,
    /// Where it leads.
    pub service: String,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareEvent {
    /// `12:23`.
    pub time: String,
    /// In words.
    pub text: String,
    /// Its colour.
    pub tone: Tone,
}

/// Shared, and nobody answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareResting {
    /// As in `Request::OpenShare`.
    pub name: String,
    /// `studio.acme.dev is shared, but nobody answers.`
    pub title: String,
    /// What that means.
    pub text: String,
    /// What lets it answer.
    pub button: Option<Button>,
    /// Whether it is about to.
    pub starting: bool,
    /// Whether it can be taken away.
    pub can_stop: bool,
    /// What it serves, as its file says.
    pub rules: Vec<ShareRule>,
    /// Whether it answers again when the program starts.
    pub again: bool,
    /// The switch that lets a service run it.
    pub service: Option<ShareRunBy>,
}
