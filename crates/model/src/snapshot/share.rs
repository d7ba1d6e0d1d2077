//! The page that shares this machine's SSH server.

use serde::{Deserialize, Serialize};

use super::{Button, ProblemView, SharePeopleEdit, ShareResting, ShareRunning, Tone};
use crate::ShareForm;

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
    /// What is in place where it was stopped on the way; then the fields are as they were.
    pub in_place: Option<ShareInPlace>,
}

/// Sharing that was stopped on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareInPlace {
    /// As in `Request::OpenShare`.
    pub name: String,
    /// `4 steps are in place`
    pub line: String,
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
    /// How long it took: `0.8 s`; may be empty.
    pub took: String,
    /// Whether it can be taken back: the last one that is in place.
    pub can_undo: bool,
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
    /// As in `Request::OpenShare`.
    pub name: String,
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
    /// Whether it can be stopped here.
    pub can_call_off: bool,
    /// Whether all that is in place can be taken back.
    pub can_undo: bool,
    /// Whether it is over, so that this can be left.
    pub is_over: bool,
    /// `Try again` or `Continue`, where it can be gone on with.
    pub go_on: Option<String>,
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
