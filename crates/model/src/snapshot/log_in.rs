//! The log-in dialog.

use serde::{Deserialize, Serialize};

use crate::ProblemView;

/// The log-in dialog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LogInView {
    /// Whether the dialog shows; hidden, the log-in goes on.
    pub visible: bool,
    /// `Finish logging in to northwind`.
    pub title: String,
    /// `etl-notebook and 1 other host`.
    pub subtitle: String,
    /// What is done and what is next.
    pub steps: Vec<Step>,
    /// The link, once there is one.
    pub link: Option<String>,
    /// The link as a QR code, an SVG document.
    pub code: Option<String>,
    /// Whether the code shows at once, because no browser opened.
    pub code_first: bool,
    /// `12:35`; empty before there is a link.
    pub works_until: String,
    /// The same moment, milliseconds since the Unix epoch, for the countdown.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub works_until_ms: Option<i64>,
    /// How it ended, if it ended badly.
    pub outcome: Option<LogInOutcome>,
}

/// A log-in that did not work out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LogInOutcome {
    /// What went wrong, with its buttons.
    pub problem: ProblemView,
}

/// One step of the log-in dialog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Step {
    /// Its state.
    pub state: StepState,
    /// Its words.
    pub label: String,
    /// A line under it; may be empty.
    pub detail: String,
}

/// State of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[expect(missing_docs, reason = "the names say it")]
pub enum StepState {
    Done,
    Running,
    Todo,
    Warning,
}
