//! What stands around every page: foot, banner, toast, and the parts that all pages share.

use serde::{Deserialize, Serialize};

use crate::{Request, TrayIcon};

/// Colour by meaning; words say the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Tone {
    /// Nothing to notice.
    #[default]
    Plain,
    /// Good.
    Ok,
    /// Look at this.
    Warn,
    /// Broken or refused.
    Danger,
    /// Logged out or unknown.
    Idle,
}

/// Two lines that repeat the tray.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Foot {
    /// The gate's picture.
    pub icon: TrayIcon,
    /// `6 of 9 ready`.
    pub line1: String,
    /// `Next ends 12:39`.
    pub line2: String,
}

/// A strip above the content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Banner {
    /// Its colour.
    pub tone: Tone,
    /// Its picture.
    pub mark: BannerMark,
    /// What happened.
    pub title: String,
    /// Why, in one sentence.
    pub why: String,
    /// What to do.
    pub buttons: Vec<Button>,
}

/// What a banner is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum BannerMark {
    /// Something failed.
    Fault,
    /// The network.
    Network,
    /// The keychain.
    Keychain,
    /// The clock.
    Clock,
    /// The browser.
    Browser,
}

/// A button and what it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Button {
    /// Its text.
    pub label: String,
    /// What pressing it does.
    pub act: ButtonAct,
}

/// What pressing a button does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum ButtonAct {
    /// Sends a request.
    Send {
        /// The request.
        request: Request,
    },
    /// Copies a text.
    Copy {
        /// The text.
        text: String,
    },
}

/// What went wrong, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProblemView {
    /// Stable name of the cause.
    pub cause: String,
    /// What happened.
    pub title: String,
    /// Why, in one sentence.
    pub why: String,
    /// What to do next, in one sentence; may be empty when a button says it.
    pub next: String,
    /// What can be done here.
    pub buttons: Vec<Button>,
    /// For `Copy details`: facts, redacted.
    pub details: String,
}

/// Shown while there are no hosts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FirstRun {
    /// Under the choice to import: where from.
    pub import: String,
    /// `6 found`, `None found`; nothing while it is not known.
    pub found: Option<String>,
    /// Whether the choice to import is the one that is expected.
    pub import_first: bool,
    /// What a first host needs; empty while it is not known.
    pub checks: Vec<FirstRunCheck>,
    /// `Nothing on this computer has been changed yet.`
    pub foot: String,
}

/// One thing that a first host needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FirstRunCheck {
    /// Whether it is here.
    pub fine: bool,
    /// `OpenSSH 9.8`, `No ssh found. Install the package openssh-client.`
    pub label: String,
    /// What helps, where something here does.
    pub button: Option<Button>,
}

/// A question before something that other people would feel; `Request::Answer` answers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Question {
    /// The question.
    pub title: String,
    /// What it means.
    pub text: String,
    /// What may be done besides.
    pub also: Option<String>,
    /// The button that does it.
    pub yes: String,
}

/// A short word at the lower right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Toast {
    /// Tells toasts apart.
    pub id: u32,
    /// Its text.
    pub text: String,
    /// At most one.
    pub button: Option<Button>,
    /// Whether `Request::Undo` takes back what it speaks of.
    pub undoable: bool,
}
