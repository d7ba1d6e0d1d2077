//! The page that takes over what a person made for cloudflared.

use serde::{Deserialize, Serialize};

use super::{Preview, ProblemView};
use crate::ImportChoice;

/// What there is to import, and what of it is chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ImportView {
    /// Where it was looked for: `~/.ssh/config and ~/.cloudflared`.
    pub places: String,
    /// Whether it is being looked for.
    pub reading: bool,
    /// `6 entries use cloudflared`.
    pub title: String,
    /// `5 selected`.
    pub selected: String,
    /// The entries.
    pub rows: Vec<ImportRow>,
    /// Included files that could not be looked at, a sentence each.
    pub unread: Vec<String>,
    /// Logins in plain files, if there are any.
    pub logins: Option<ImportLogins>,
    /// What stays as it is, in sentences.
    pub notes: Vec<String>,
    /// The exact changes, file by file, while they are shown.
    pub changes: Vec<Preview>,
    /// What is chosen; the page sends it back changed.
    pub choice: ImportChoice,
    /// What went wrong.
    pub problem: Option<ProblemView>,
    /// Text of the primary button.
    pub label: String,
    /// Whether there is anything to import.
    pub can_import: bool,
    /// Whether it is being imported now.
    pub running: bool,
}

/// An entry of the ssh config that uses cloudflared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ImportRow {
    /// What names it in a choice.
    pub place: u32,
    /// Its names or patterns.
    pub name: String,
    /// The hostname; `pattern` for an entry that has none.
    pub hostname: String,
    /// What becomes of it, or why it stays.
    pub change: String,
    /// Whether it can be chosen.
    pub can: bool,
    /// `line 8`, with the file where there are several.
    pub found_at: String,
}

/// The box about logins in plain files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ImportLogins {
    /// `Copy 2 logins from ~/.cloudflared to your keychain`.
    pub label: String,
    /// `acme until 17:42, widgetcorp until 12:39.`
    pub help: String,
    /// `Then delete the old files`.
    pub delete_label: String,
    /// What that means.
    pub delete_help: String,
}
