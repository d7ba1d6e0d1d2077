//! What a person asks for, from the page, the tray or a notification.

mod share;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use share::{RuleDraft, ShareForm};

use crate::Secret;

/// One wish of the person. Window, tray and notifications share this vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Request {
    /// Show a page of the window.
    Go {
        /// Which one.
        page: Page,
    },
    /// Log in to the team of this host, in the browser.
    LogIn {
        /// The host's alias.
        alias: String,
    },
    /// Log in and open a terminal once that is done.
    LogInAndConnect {
        /// The host's alias.
        alias: String,
    },
    /// Log in to a team through whichever of its hosts was used last.
    LogInToTeam {
        /// The team's name.
        team: String,
    },
    /// Give the running log-in up.
    CancelLogIn,
    /// Put the dialog away; the log-in goes on in the row and the tray.
    HideLogIn,
    /// Bring the dialog back.
    ShowLogIn,
    /// Open the login page of the running log-in once more.
    OpenBrowserAgain,
    /// Put the link of the running log-in on the clipboard.
    CopyLogInLink,
    /// Try the log-in that failed again; if only saving it failed, that alone.
    RetryLogIn,
    /// Leave the login that could not be saved in memory, where it ends with the program.
    KeepInMemory,
    /// Forget the tokens of this host's app.
    LogOut {
        /// The host's alias.
        alias: String,
    },
    /// Open a terminal with `ssh alias`.
    Connect {
        /// The host's alias.
        alias: String,
    },
    /// Start adding a host, or editing the one named.
    OpenDraft {
        /// The host to edit; none to add one.
        alias: Option<String>,
    },
    /// The form changed.
    EditDraft {
        /// All of its fields.
        draft: Draft,
    },
    /// Look the name up again.
    LookUpAgain,
    /// Write what the form says.
    SaveDraft,
    /// Leave the form.
    CloseDraft,
    /// What to import was chosen.
    ChooseImport {
        /// All of it.
        choice: ImportChoice,
    },
    /// Import what was chosen.
    Import,
    /// Leave the import.
    CloseImport,
    /// Keep this API token in the vault, and share with it.
    KeepApiToken {
        /// The token.
        #[cfg_attr(test, ts(type = "string"))]
        token: Secret,
    },
    /// Open the page that makes an API token.
    OpenApiTokenPage,
    /// Use another API token, or the one there is after all.
    ChangeApiToken {
        /// Whether another one.
        change: bool,
    },
    /// The form of sharing changed.
    EditShare {
        /// All of its fields.
        form: ShareForm,
    },
    /// Look once more at what sharing would do.
    PlanShareAgain,
    /// Do what the plan says.
    StartSharing,
    /// Stop in the middle; finished steps stay.
    CallOffSharing,
    /// Go on with one that was stopped on the way.
    ContinueSharing {
        /// As in `OpenShare`.
        name: String,
    },
    /// Take back all of its steps that are in place.
    UndoSharing {
        /// As in `OpenShare`.
        name: String,
    },
    /// Take back the last of them.
    UndoShareStep {
        /// As in `OpenShare`.
        name: String,
    },
    /// Put the steps away that are over.
    CloseShareSteps,
    /// Show one of the things that are shared, or all of them.
    OpenShare {
        /// Its hostname, or the id of cloudflared's tunnel.
        name: Option<String>,
    },
    /// Show the form for one more.
    ShareAnother,
    /// Run a tunnel here that was set up for cloudflared.
    TakeTunnel {
        /// Its id.
        name: String,
    },
    /// Let the connections of this one go over HTTP/2 only.
    UseHttp2 {
        /// As in `OpenShare`.
        name: String,
    },
    /// The person has seen that the rules of this one are others.
    RulesSeen {
        /// As in `OpenShare`.
        name: String,
    },
    /// Change the rules of this one.
    EditRules {
        /// As in `OpenShare`.
        name: String,
    },
    /// Set the rules that are being changed.
    SaveRules {
        /// All of them, in order.
        rules: Vec<RuleDraft>,
    },
    /// Leave the rules as they are.
    CloseRules,
    /// Change who may connect to this one.
    EditPeople {
        /// As in `OpenShare`.
        name: String,
    },
    /// They are these by now, and log in again as often.
    DraftPeople {
        /// As in the form that shares.
        allow: Vec<String>,
        /// The same.
        session: String,
    },
    /// Let these connect from now on.
    SavePeople,
    /// Leave who may connect as it is.
    ClosePeople,
    /// Let the hostname of this one lead here again.
    PointHere {
        /// As in `OpenShare`.
        name: String,
    },
    /// Let a service run this one, or the desktop itself again.
    RunAsService {
        /// As in `OpenShare`.
        name: String,
        /// Whether a service is to.
        on: bool,
    },
    /// Start the SSH server of this machine.
    StartServer,
    /// Cut a stream off that somebody has open; it is asked first.
    Disconnect {
        /// As in `OpenShare`.
        name: String,
        /// The stream.
        #[cfg_attr(test, ts(type = "number"))]
        visitor: u64,
    },
    /// Let this machine answer again under this name.
    AnswerAgain {
        /// As in `OpenShare`.
        name: String,
    },
    /// Whether it does so by itself when the program starts.
    AnswerAtStart {
        /// Whether it does.
        on: bool,
    },
    /// Whether the machine stays awake while somebody is connected.
    KeepAwake {
        /// Whether it does.
        on: bool,
    },
    /// Stop sharing; it is asked first.
    StopSharing {
        /// As in `OpenShare`.
        name: String,
    },
    /// Put the invitation for those who may connect on the clipboard.
    CopyInvitation {
        /// As in `OpenShare`.
        name: String,
    },
    /// Answer the question that is asked.
    Answer {
        /// Whether to do it.
        yes: bool,
        /// Whether to do what may be done besides.
        also: bool,
    },
    /// Take a host away; its lines leave the ssh config.
    RemoveHost {
        /// The host's alias.
        alias: String,
    },
    /// Take back what the toast offers to take back.
    Undo,
    /// The pointer or the focus came upon the toast, or left it: it stays as long.
    HoldToast {
        /// Whether it is upon it.
        held: bool,
    },
    /// The toast may go.
    DismissToast,
    /// Ask the keychain, the ssh config and the clock again.
    Refresh,
    /// Read the logins although the keychain is locked: it asks the person to open it.
    Unlock,
    /// The window's browser engine says whether this machine has a network.
    Online {
        /// Whether it has.
        online: bool,
    },
    /// Keep logins in a private file, because there is no keychain. Never chosen unasked.
    UseFileVault,
    /// Mend our block in the ssh config: its fences, and the path of the helper.
    RepairConfig,
    /// No more reminders for this team until midnight.
    NotToday {
        /// The team's name.
        team: String,
    },
    /// Bring the window to the front, making it if need be.
    ShowWindow,
    /// Close the window; the program goes on in the tray, if there is one.
    CloseWindow,
    /// The window was closed.
    WindowClosed,
    /// End the program.
    Quit,
}

impl Request {
    /// Whether the person turns to something else, so that what went wrong before need not stay in view.
    pub(crate) const fn turns_away(&self) -> bool {
        !matches!(
            self,
            Self::HoldToast { .. }
                | Self::DismissToast
                | Self::Online { .. }
                | Self::ShowWindow
                | Self::CloseWindow
                | Self::WindowClosed
        )
    }
}

/// A page of the window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Page {
    /// All hosts, by team.
    #[default]
    Hosts,
    /// The form that adds or edits one.
    Draft,
    /// What cloudflared has left, to take over.
    Import,
    /// Sharing this machine.
    Share,
    /// One host.
    Host {
        /// Its alias.
        alias: String,
    },
}

/// What to import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ImportChoice {
    /// The entries, by the places that their rows name.
    pub entries: BTreeSet<u32>,
    /// Whether to copy the logins.
    pub logins: bool,
    /// Whether to delete their files afterwards.
    pub delete: bool,
    /// Whether the exact changes are shown.
    pub changes: bool,
}

/// The fields of the host form, as typed. Empty means: use what is suggested.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Draft {
    /// Hostname, or anything that contains one: a URL, `user@host`, `ssh -p 2222 host`.
    pub hostname: String,
    /// Alias.
    pub name: String,
    /// Remote user.
    pub user: String,
    /// Port.
    pub port: String,
    /// Whether to log in by a short-lived certificate.
    #[serde(default)]
    pub certificate: bool,
    /// Whether this machine reaches it by a service token.
    #[serde(default)]
    pub machine: bool,
    /// The client id of that token.
    #[serde(default)]
    pub client_id: String,
    /// Its client secret.
    #[serde(default)]
    #[cfg_attr(test, ts(type = "string"))]
    pub client_secret: Secret,
}
