//! What reaches the brain.

mod helper;
mod import;
mod surroundings;

pub use helper::HelperAsk;
pub use import::{ImportEntry, ImportFact, Imported, PlainLogin};
pub use surroundings::{KeptIn, Surroundings};
use wire::Cause;

use crate::{
    GroupFact, PeopleFact, Problem, Request, ServiceFact, ShareFact, ShareNameNow, SharePlan, ShareTold,
    TunnelFact,
};

/// One thing that happened. The list is closed; every match names all of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The program started.
    Started,
    /// A person wants something.
    Request(Request),
    /// The helper, on behalf of an `ssh`, wants something. `ticket` names whom to answer.
    Asked {
        /// Names the helper's connection.
        ticket: u64,
        /// What it wants.
        ask: HelperAsk,
    },
    /// A helper's connection ended; a session that it had opened is over.
    HelperGone {
        /// Names the connection.
        ticket: u64,
    },
    /// An effect came to something.
    Event(Event),
    /// A time passed for which `next_wake` had asked.
    Woke,
}

/// One host of the managed block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostEntry {
    /// What a person types after `ssh`.
    pub alias: String,
    /// The app's hostname.
    pub hostname: String,
    /// Remote user, if one is set.
    pub user: Option<String>,
    /// Port, if one is set.
    pub port: Option<u16>,
    /// Whether it logs in by a short-lived certificate.
    pub certificate: bool,
    /// Whether this machine reaches it by a service token, with nobody to log in.
    pub machine: bool,
}

/// A short-lived certificate that is at hand for the hosts of one app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFact {
    /// The app's hostname, as in the host entry.
    pub hostname: String,
    /// The accounts it lets its holder log in to.
    pub principals: Vec<String>,
    /// Its last second, since the Unix epoch.
    pub until: i64,
}

/// An Access application, as the edge described it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppFact {
    /// Hostname as configured at Cloudflare; may hold `*` and a path.
    pub hostname: String,
    /// Audience.
    pub audience: String,
    /// Team name.
    pub team: String,
}

/// A token at rest: who and until when, never the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedLogin {
    /// The person's e-mail address; empty for service tokens.
    pub email: String,
    /// Issue time, seconds since the Unix epoch; 0 when the token does not say.
    pub since: i64,
    /// End, seconds since the Unix epoch.
    pub until: i64,
}

/// What is known about the login of one hostname.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginFact {
    /// The app's hostname, as in the host entry.
    pub hostname: String,
    /// The app, once it was discovered.
    pub app: Option<AppFact>,
    /// The app token at rest; it may have ended.
    pub login: Option<SavedLogin>,
    /// End of the org token at rest, seconds since the Unix epoch.
    pub renews_until: Option<i64>,
}

/// Why a login was not renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotRenewed {
    /// It may well work later.
    Later,
    /// The edge says no, to these logins for good.
    Refused(Cause),
    /// The vault holds no team's login that works.
    NoTeamLogin,
}

/// What looking a hostname up came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Behind Access.
    Found {
        /// The app.
        app: AppFact,
        /// A login that is at hand already.
        login: Option<SavedLogin>,
    },
    /// Anything else; the cause says what.
    Failed(Cause),
}

/// What a change of the ssh config would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewFact {
    /// The file, as a person writes it (`~/.ssh/config`).
    pub file: String,
    /// Its lines with their marks.
    pub lines: Vec<crate::DiffLine>,
    /// Lines added.
    pub added: usize,
    /// Lines removed.
    pub removed: usize,
    /// The command that will reach the host.
    pub command: String,
}

/// How far a log-in got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogInStep {
    /// There is a link to log in at; whether a browser opens it now is the brain's to say.
    Link {
        /// The team's name, as the edge has told it by now.
        team: Option<String>,
        /// The link.
        link: String,
        /// When the transfer service gives up, seconds since the Unix epoch.
        works_until: i64,
        /// The link as a QR code, an SVG document.
        code: String,
    },
    /// The browser came back; the tokens are being checked and saved.
    Saving,
}

/// What an effect came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Why ssh cannot start the helper that the managed block names, if so.
    Helper(Option<Cause>),
    /// The managed block was read.
    Hosts(Result<Vec<HostEntry>, Cause>),
    /// The vault was read, for these hostnames.
    Logins(Result<Vec<LoginFact>, Cause>),
    /// Which certificates are at hand now.
    Certificates(Vec<CertificateFact>),
    /// A lookup ended.
    LookedUp {
        /// As given in the effect.
        serial: u64,
        /// What was found.
        lookup: Lookup,
    },
    /// A change was planned.
    Previewed {
        /// As given in the effect.
        serial: u64,
        /// What it would do.
        preview: Result<PreviewFact, Cause>,
    },
    /// A change was written, or not.
    Changed {
        /// As given in the effect.
        serial: u64,
        /// The result.
        result: Result<(), Cause>,
    },
    /// What a first host needs was looked for.
    Surroundings(Surroundings),
    /// What cloudflared has left on this machine was looked at.
    ImportRead(Result<ImportFact, Cause>),
    /// An import was planned.
    ImportPlanned {
        /// As given in the effect.
        serial: u64,
        /// What it would do, file by file.
        plan: Result<Vec<PreviewFact>, Cause>,
    },
    /// An import was done, or nothing of it.
    Imported {
        /// As given in the effect.
        serial: u64,
        /// What was done.
        result: Result<Imported, Cause>,
    },
    /// The last change was taken back, or not.
    Undone(Result<(), Cause>),
    /// The log-in that runs got further.
    LogIn {
        /// As given in the effect.
        attempt: u64,
        /// How far.
        step: LogInStep,
    },
    /// The log-in ended. On success the login is at hand.
    LogInEnded {
        /// As given in the effect.
        attempt: u64,
        /// The app's login, or why not.
        result: Result<LoginFact, Cause>,
    },
    /// The login that has just come was not taken by the vault; it is kept in memory.
    LoginUnsaved {
        /// The app's hostname.
        hostname: String,
        /// Why.
        cause: Cause,
    },
    /// The logins in memory were saved, or not.
    LoginsSaved(Result<(), Cause>),
    /// A login was renewed, or not.
    Renewed {
        /// As given in the effect.
        hostname: String,
        /// The app's new login, or why there is none.
        result: Result<LoginFact, NotRenewed>,
    },
    /// Tokens were forgotten, or not.
    LoggedOut {
        /// The app's hostname.
        hostname: String,
        /// The result.
        result: Result<(), Cause>,
    },
    /// What this machine shares was read.
    Shares {
        /// All of it, or why it cannot be read.
        shares: Result<Vec<ShareFact>, Problem>,
        /// The tunnels that were set up for cloudflared.
        found: Vec<TunnelFact>,
        /// Whether there is an API token.
        has_token: bool,
    },
    /// The groups of the account were read.
    Groups(Vec<GroupFact>),
    /// The API token was kept, or not.
    ApiTokenKept(Result<(), Cause>),
    /// What sharing would do was looked at.
    SharePlanned {
        /// As given in the effect.
        serial: u64,
        /// What it would do, or what is in the way.
        plan: Result<SharePlan, Problem>,
    },
    /// The program that shares said something.
    ShareTold {
        /// As given in the effect.
        serial: u64,
        /// What.
        told: ShareTold,
    },
    /// The program that shares has ended.
    ShareEnded {
        /// As given in the effect.
        serial: u64,
    },
    /// Rules were set, or not.
    RulesSaved {
        /// The hostname.
        hostname: String,
        /// What they lead to, each `HOST:PORT`, or why they were not.
        result: Result<Vec<String>, Problem>,
    },
    /// It was told who may connect.
    PeopleRead {
        /// The hostname.
        hostname: String,
        /// Who, or why that is not known.
        result: Result<PeopleFact, Problem>,
    },
    /// Others were to be let in.
    PeopleSaved {
        /// The hostname.
        hostname: String,
        /// Who may connect now, or why all is as it was.
        result: Result<PeopleFact, Problem>,
    },
    /// It was told where a name leads.
    NameChecked {
        /// The hostname.
        hostname: String,
        /// Where.
        leads: ShareNameNow,
    },
    /// A name was to lead here again.
    NamePointed {
        /// The hostname.
        hostname: String,
        /// Where it leads now, or why it does not.
        result: Result<ShareNameNow, Problem>,
    },
    /// A service was to run what is shared, or none any more.
    ServiceSwitched {
        /// The hostname.
        hostname: String,
        /// The one that runs it now, or why all is as it was.
        result: Result<Option<ServiceFact>, Problem>,
    },
    /// The SSH server was started, or not.
    ServerStarted(Result<(), Problem>),
    /// It was told how services are that run what is shared.
    Services(Vec<ShareFact>),
    /// The system agreed to stay awake, or not.
    StaysAwake(bool),
    /// A terminal was opened, or not.
    TerminalOpened(Result<(), Cause>),
    /// Where tokens rest was changed, or not.
    VaultChosen(Result<(), Cause>),
    /// The person pressed a notification or one of its buttons.
    NotificationPressed {
        /// What that button stands for.
        request: Request,
    },
    /// The window is there (`true`) or was destroyed.
    Window(bool),
    /// The window is the one that the person works in, or no longer.
    Focus(bool),
    /// Whether the machine saves its battery, as the system says.
    SavesPower(bool),
    /// A browser was asked to open a link.
    LinkOpened {
        /// The link.
        link: String,
        /// Whether starting a browser worked.
        opened: bool,
    },
}
