//! The host form, and the lines that it will write.

use serde::{Deserialize, Serialize};

use crate::{Button, DetailRow, Draft, ProblemView, Tone};

/// The host form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DraftView {
    /// `Add host` or `Edit build-01`.
    pub title: String,
    /// Alias of the host being edited.
    pub editing: Option<String>,
    /// The fields as the form should begin with them; the page keeps its own from then on.
    pub start: Draft,
    /// What was read out of the hostname field.
    pub hostname: String,
    /// Suggested alias.
    pub suggested_name: String,
    /// Suggested user; empty when there is none.
    pub suggested_user: String,
    /// Faults of single fields.
    pub errors: Vec<FieldError>,
    /// The box under the hostname.
    pub lookup: Option<LookupView>,
    /// The lines that will be written.
    pub preview: Option<Preview>,
    /// The command that will reach the host.
    pub command: String,
    /// What the foot says: what will be kept, or where a file stands.
    pub foot: String,
    /// What went wrong while planning or writing.
    pub problem: Option<ProblemView>,
    /// Whether the form may be saved.
    pub can_save: bool,
    /// Text of the primary button.
    pub save_label: String,
    /// Whether it is being written now.
    pub saving: bool,
}

/// A fault of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FieldError {
    /// Which field.
    pub field: Field,
    /// What is wrong with it.
    pub text: String,
}

/// A field of the host form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[expect(missing_docs, reason = "the names are those of the form")]
pub enum Field {
    Hostname,
    Name,
    User,
    Port,
    ClientId,
    ClientSecret,
}

/// The box under the hostname.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LookupView {
    /// Whether the edge is being asked.
    pub running: bool,
    /// Its colour.
    pub tone: Tone,
    /// `Behind Cloudflare Access`, `No such name.` …
    pub title: String,
    /// A sentence under it; may be empty.
    pub text: String,
    /// Application, You, Login.
    pub rows: Vec<DetailRow>,
    /// What can be done about it.
    pub buttons: Vec<Button>,
}

/// Lines that will be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Preview {
    /// The file, as a person writes it.
    pub file: String,
    /// `7 lines added`, `2 lines changed`, `No change`.
    pub summary: String,
    /// The lines.
    pub lines: Vec<DiffLine>,
}

/// One line of a preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct DiffLine {
    /// Its mark.
    pub kind: DiffKind,
    /// Its text, without line end.
    pub text: String,
}

/// The mark of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
#[expect(missing_docs, reason = "the names say it")]
pub enum DiffKind {
    Added,
    Removed,
    Context,
    Gap,
}
