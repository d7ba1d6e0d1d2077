//! Hosts as rows by team, and one host whole.

use serde::{Deserialize, Serialize};

use crate::{Button, ProblemView, Request, Tone};

/// The hosts of one team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Group {
    /// Team name; empty for hosts whose team is not known yet.
    pub team: String,
    /// What the header says: the team's name, or `Not looked up yet`.
    pub title: String,
    /// Who is logged in.
    pub identity: Option<String>,
    /// `Renews by itself until Wed 08:58`, `Ends 12:39, in 9 min` …
    pub line: String,
    /// Its colour.
    pub tone: Tone,
    /// What can be done for the whole team.
    pub act: Option<GroupAct>,
    /// The hosts, by name.
    pub rows: Vec<Row>,
}

/// A link in a group's header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GroupAct {
    /// Its text.
    pub label: String,
    /// What it does.
    pub request: Request,
}

/// One host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Row {
    /// What a person types after `ssh`.
    pub alias: String,
    /// The app's hostname.
    pub hostname: String,
    /// The picture at its start.
    pub mark: Mark,
    /// `Until 17:42`.
    pub line1: String,
    /// `5 h 12 min left`.
    pub line2: String,
    /// Colour of line 1.
    pub tone: Tone,
    /// The button.
    pub button: Button,
    /// Open sessions.
    pub open: u32,
    /// A tag beside the name, such as `Practice`.
    pub tag: Option<String>,
    /// The command that reaches it.
    pub command: String,
    /// Whether the menu offers `Log out`.
    pub can_log_out: bool,
    /// The row in words, for a screen reader.
    pub spoken: String,
}

/// The picture at the start of a row.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Mark {
    /// Its shape.
    pub kind: MarkKind,
    /// Share of the login that is left, 0 to 1, for shapes with an arc.
    pub left: Option<f32>,
}

/// Shapes of `ux.md` section 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[expect(missing_docs, reason = "the names are those of the table of states")]
pub enum MarkKind {
    Valid,
    Ready,
    Ending,
    Ended,
    NotLoggedIn,
    LoggingIn,
    Checking,
    ServiceToken,
    Blocked,
    NotBehindAccess,
    Unreachable,
    KeychainLocked,
}

/// One host, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DetailView {
    /// The row it was opened from.
    pub row: Row,
    /// `Logged in until 17:42, 5 h 12 min left`.
    pub headline: String,
    /// You, Team, Application, Ends, Renews until.
    pub login: Vec<DetailRow>,
    /// Command, Hostname, User, Port.
    pub connection: Vec<DetailRow>,
    /// The lines of the ssh config that make it work.
    pub lines: Vec<String>,
    /// The file they stand in.
    pub file: String,
    /// Takes the place of the login box when something is wrong.
    pub problem: Option<ProblemView>,
}

/// A label and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DetailRow {
    /// The label.
    pub label: String,
    /// The value.
    pub value: String,
}
