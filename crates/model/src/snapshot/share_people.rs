//! Who may connect to something that is shared, while that is being changed.

use serde::{Deserialize, Serialize};

use super::{ProblemView, ShareSession};

/// Who may connect, while that is being changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SharePeopleEdit {
    /// `studio.acme.dev`
    pub title: String,
    /// Whether it is being read.
    pub reading: bool,
    /// Who may, as Cloudflare has it; what is typed is the page's own.
    pub allow: Vec<String>,
    /// How long a log-in is good.
    pub session: String,
    /// The lengths that can be chosen.
    pub sessions: Vec<ShareSession>,
    /// The groups that can be chosen from, by name.
    pub groups: Vec<String>,
    /// Those who cannot be read.
    pub faults: Vec<String>,
    /// What is wrong with them.
    pub allow_error: Option<String>,
    /// `1 more rule was made at Cloudflare, and stays.`; may be empty.
    pub others: String,
    /// What would be another, one line each.
    pub changes: Vec<String>,
    /// Whether it can be set.
    pub can_save: bool,
    /// Whether it is being set.
    pub saving: bool,
    /// Why it cannot be read or set.
    pub problem: Option<ProblemView>,
}
