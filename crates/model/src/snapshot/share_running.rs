//! Something that is shared: whether it answers, by which connections, and what happened.

use serde::{Deserialize, Serialize};

use super::{Button, ProblemView, Tone};
use crate::RuleDraft;

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
    /// Whether the machine stays awake while somebody is connected.
    pub keep_awake: bool,
    /// `Sharing pauses while this computer sleeps.`
    pub sleep: String,
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
