//! What a person sees, as finished values: the page draws them and decides nothing.

mod draft;
mod frame;
mod hosts;
mod import;
mod log_in;
mod share;
mod share_people;
mod share_running;

use serde::{Deserialize, Serialize};

pub use draft::{DiffKind, DiffLine, DraftView, Field, FieldError, LookupView, Preview};
pub use frame::{
    Banner, BannerMark, Button, ButtonAct, FirstRun, FirstRunCheck, Foot, ProblemView, Question, Toast, Tone,
};
pub use hosts::{DetailRow, DetailView, Group, GroupAct, Mark, MarkKind, Row};
pub use import::{ImportLogins, ImportRow, ImportView};
pub use log_in::{LogInOutcome, LogInView, Step, StepState};
pub use share::{
    ShareFormView, ShareInPlace, ShareList, ShareProgress, ShareRow, ShareSession, ShareStage, ShareStep,
    ShareStepState, ShareToken, ShareView,
};

pub use share_people::SharePeopleEdit;
pub use share_running::{
    ShareEvent, ShareLink, ShareResting, ShareRule, ShareRulesEdit, ShareRunBy, ShareRunning, ShareVisitor,
};

use crate::{Page, Words};

/// Everything the window shows at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Snapshot {
    /// Grows by one with each change; an older one is never drawn over a newer one.
    pub revision: u32,
    /// The page that shows.
    pub page: Page,
    /// The platform's words.
    pub words: Words,
    /// The status at the foot of the sidebar.
    pub foot: Foot,
    /// At most one, above the content.
    pub banner: Option<Banner>,
    /// Hosts by team; empty while there are none.
    pub groups: Vec<Group>,
    /// How many hosts there are.
    pub host_count: u32,
    /// Whether the managed block was read already.
    pub loaded: bool,
    /// Shown while there are no hosts.
    pub first_run: Option<FirstRun>,
    /// The host form, while it is open.
    pub draft: Option<DraftView>,
    /// The import, while it is open.
    pub import: Option<ImportView>,
    /// The page that shares this machine, while it is open.
    pub share: Option<ShareView>,
    /// `On` where this machine is shared and answers, `2 on`; empty where it is not.
    pub sharing: String,
    /// Something to answer before anything else is done.
    pub question: Option<Question>,
    /// The running log-in, or its outcome.
    pub log_in: Option<LogInView>,
    /// The host of page `Host`.
    pub detail: Option<DetailView>,
    /// At most one.
    pub toast: Option<Toast>,
    /// What a screen reader is told, politely, when it changes.
    pub spoken: String,
}
