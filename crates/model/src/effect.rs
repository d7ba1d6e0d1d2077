//! What the brain wants done.

use std::collections::BTreeSet;

use crate::{HostEntry, Request, RuleDraft, Secret, ShareWish, TunnelFact};

/// One thing to do. The engine does it and reports back with an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Read the managed block. Ends in `Event::Helper` and `Event::Hosts`.
    ReadHosts,
    /// Read what the vault knows of these hostnames, without asking the person anything. Ends in `Event::Logins`.
    ReadLogins {
        /// App hostnames.
        hostnames: Vec<String>,
    },
    /// The same, with time for the person to open a keychain that is locked.
    Unlock {
        /// App hostnames.
        hostnames: Vec<String>,
    },
    /// Ask the edge about a hostname. Ends in `Event::LookedUp`.
    LookUp {
        /// Tells answers apart.
        serial: u64,
        /// The hostname or URL.
        hostname: String,
    },
    /// Plan a change of the ssh config. Ends in `Event::Previewed`.
    Preview {
        /// Tells answers apart.
        serial: u64,
        /// The change.
        change: HostChange,
    },
    /// Write a change of the ssh config, keeping what is needed to take it back. Ends in `Event::Changed`.
    Change {
        /// Tells answers apart.
        serial: u64,
        /// The change.
        change: HostChange,
    },
    /// Look for what a first host needs: ssh, the vault, a browser. Ends in `Event::Surroundings`.
    LookAround,
    /// The same for a host that this machine reaches by a service token: the edge is asked whether it takes the token,
    /// which then is kept with the person's secrets. Ends in `Event::Changed`.
    ChangeMachine {
        /// Tells answers apart.
        serial: u64,
        /// The change.
        change: HostChange,
        /// The app's hostname.
        hostname: String,
        /// The client id.
        client_id: String,
        /// The client secret.
        client_secret: Secret,
    },
    /// Look for what cloudflared has left on this machine. Ends in `Event::ImportRead`.
    ReadImport,
    /// Plan to take over entries, by their place in what was read last. Ends in `Event::ImportPlanned`.
    PlanImport {
        /// Tells answers apart.
        serial: u64,
        /// The entries.
        entries: BTreeSet<usize>,
    },
    /// Take entries and logins over, keeping what is needed to take the entries back. Ends in `Event::Imported`.
    Import {
        /// Tells answers apart.
        serial: u64,
        /// The entries, by their place in what was read last.
        entries: BTreeSet<usize>,
        /// What becomes of the logins in plain files.
        logins: PlainLogins,
    },
    /// Take a change that was written back. Ends in `Event::Undone`.
    UndoChange {
        /// As given when it was written.
        serial: u64,
    },
    /// Obtain a token for an app, in the browser if need be. Steps come as `Event::LogIn`, the end as
    /// `Event::LogInEnded`.
    LogIn {
        /// Tells attempts apart.
        attempt: u64,
        /// The app's URL or hostname.
        app: String,
        /// Which ways to a token may be tried.
        from: LogInFrom,
    },
    /// Give a log-in up. It still ends in `Event::LogInEnded`.
    CancelLogIn {
        /// Which one.
        attempt: u64,
    },
    /// Try once more to save the logins that are in memory because the vault did not take them. Ends in
    /// `Event::LoginsSaved`.
    SaveLogins,
    /// Let the team's token buy a new app token. Ends in `Event::Renewed`.
    Renew {
        /// The app's hostname.
        hostname: String,
        /// When the token at hand ends, seconds since the Unix epoch; a later one that is there already does.
        ends: i64,
    },
    /// Keep a connection ready to each of these hosts, and to no other.
    KeepWarm {
        /// App hostnames.
        hostnames: Vec<String>,
    },
    /// Open a link in the person's browser. Ends in `Event::LinkOpened`.
    OpenLink {
        /// The team whose browser opens it, if it is known.
        team: Option<String>,
        /// The link.
        link: String,
    },
    /// Put this on the clipboard. Not for logs.
    Copy {
        /// What to put there.
        text: String,
    },
    /// Forget the tokens of an app. Ends in `Event::LoggedOut`.
    LogOut {
        /// The app's hostname.
        hostname: String,
    },
    /// Open a terminal that runs a command. Ends in `Event::TerminalOpened`.
    OpenTerminal {
        /// The host to connect to.
        alias: String,
    },
    /// Keep the API token. Ends in `Event::ApiTokenKept`.
    KeepApiToken {
        /// The token.
        token: Secret,
    },
    /// Read what this machine shares, and whether there is an API token. Ends in `Event::Shares`.
    ReadShares,
    /// Read the groups of the account. Ends in `Event::Groups`, where they can be had.
    ReadGroups,
    /// Look at what sharing would do. Ends in `Event::SharePlanned`.
    PlanShare {
        /// Tells answers apart.
        serial: u64,
        /// What is to be shared.
        wish: ShareWish,
    },
    /// Share this machine, and stay. Lines come as `Event::ShareTold`, the end as `Event::ShareEnded`.
    Share {
        /// Tells attempts apart.
        serial: u64,
        /// What is to be shared.
        wish: ShareWish,
    },
    /// Go on with sharing that was stopped on the way. Events as for `Share`.
    ContinueShare {
        /// Tells attempts apart.
        serial: u64,
        /// The hostname.
        hostname: String,
    },
    /// Take back the last step of it that is in place. Events as for `Share`.
    UndoShareStep {
        /// Tells attempts apart.
        serial: u64,
        /// The hostname.
        hostname: String,
    },
    /// Answer again for what is shared. Events as for `Share`.
    RunShare {
        /// Tells attempts apart.
        serial: u64,
        /// The hostname.
        hostname: String,
        /// Whether to go by HTTP/2 only.
        by_http2: bool,
    },
    /// Run a tunnel that was set up for cloudflared. Events as for `Share`.
    RunTunnel {
        /// Tells attempts apart.
        serial: u64,
        /// The tunnel.
        tunnel: TunnelFact,
        /// Whether to go by HTTP/2 only.
        by_http2: bool,
    },
    /// Remember whether a tunnel of cloudflared's is to be run here.
    TakeTunnel {
        /// Its id.
        id: String,
        /// Whether it is.
        taken: bool,
    },
    /// Cut a stream off that runs through what answers.
    Disconnect {
        /// As given when it began to answer.
        serial: u64,
        /// The stream.
        visitor: u64,
    },
    /// Let what answers reach this as well.
    Allow {
        /// As given when it began to answer.
        serial: u64,
        /// `HOST:PORT`.
        destination: String,
    },
    /// Set the rules of something that is shared. Ends in `Event::RulesSaved`.
    SaveRules {
        /// The hostname.
        hostname: String,
        /// All of them, in order.
        rules: Vec<RuleDraft>,
    },
    /// Read who may connect to something that is shared. Ends in `Event::PeopleRead`.
    ReadPeople {
        /// The hostname.
        hostname: String,
    },
    /// Set who may. Ends in `Event::PeopleSaved`.
    SavePeople {
        /// The hostname.
        hostname: String,
        /// All of them, as in a wish.
        allow: Vec<String>,
        /// How long a log-in is good.
        session: String,
    },
    /// Ask where a name leads. Ends in `Event::NameChecked`, where that can be told.
    CheckName {
        /// The hostname.
        hostname: String,
    },
    /// Let a name lead here again. Ends in `Event::NamePointed`.
    PointHere {
        /// The hostname.
        hostname: String,
    },
    /// Let a service run what is shared, or take that away. Ends in `Event::ServiceSwitched`.
    SwitchService {
        /// The hostname.
        hostname: String,
        /// Whether a service is to run it.
        on: bool,
    },
    /// Ask how services are that run what is shared. Ends in `Event::Services`, where that can be told.
    ReadServices,
    /// Start the SSH server of this machine. Ends in `Event::ServerStarted`.
    StartServer,
    /// Stop answering; what is under way is taken back. It still ends in `Event::ShareEnded`.
    StopShare {
        /// Which one.
        serial: u64,
    },
    /// Take away all that sharing has made. Events as for `Share`.
    Unshare {
        /// Tells attempts apart.
        serial: u64,
        /// The hostname.
        hostname: String,
    },
    /// Remember whether to answer again when the program starts.
    AnswerAtStart {
        /// Whether to.
        on: bool,
    },
    /// Remember whether the machine stays awake while somebody is connected.
    RememberKeepAwake {
        /// Whether it does.
        on: bool,
    },
    /// Keep the machine awake, or let it sleep again. The first ends in `Event::StaysAwake`.
    StayAwake {
        /// Whether it is to stay awake.
        on: bool,
    },
    /// Answer the helper.
    Reply {
        /// As in `Input::Asked`.
        ticket: u64,
        /// The answer.
        reply: HelperReply,
    },
    /// Show a notification; one with the same tag is replaced.
    Notify(Notification),
    /// Withdraw a notification.
    Withdraw {
        /// Its tag.
        tag: String,
    },
    /// Keep tokens in a private file from now on. Ends in `Event::VaultChosen`.
    ChooseFileVault,
    /// Bring the window to the front, making it if need be.
    ShowWindow,
    /// Close the window, as its frame's button does.
    CloseWindow,
    /// End the program: drain, wait a bounded time, exit.
    Quit,
}

/// What an import does with logins in plain files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainLogins {
    /// They stay as they are.
    Leave,
    /// They are copied into the vault.
    Copy,
    /// They are copied into the vault, and the files that are of no more use are deleted.
    Move,
}

/// Which ways to a token a log-in may try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogInFrom {
    /// The token at hand, then the team's token, then the browser.
    AtHand,
    /// The team's token, then the browser: a new login is wanted although the one at hand still works.
    Team,
    /// The browser only: somebody else is to log in.
    Browser,
}

/// A change of the managed block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostChange {
    /// Add a host at the end.
    Add(HostEntry),
    /// Replace the host that has this alias.
    Replace {
        /// Its present alias.
        alias: String,
        /// What it becomes.
        entry: HostEntry,
    },
    /// Take a host away.
    Remove {
        /// Its alias.
        alias: String,
    },
    /// Mend damaged fences, or let entries run the helper where it is now; every other line stays.
    Repair,
}

/// An answer to the helper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelperReply {
    /// Hand over the token of this app hostname; the hands fetch it, the brain never sees it.
    Token {
        /// The app's hostname.
        hostname: String,
    },
    /// There is none.
    NoToken,
    /// Wait: a person is being asked, with this link.
    Waiting {
        /// The link.
        link: String,
        /// Whether starting a browser worked.
        browser_opened: bool,
        /// Whether no browser was tried: the desktop asks the person first.
        asks_first: bool,
    },
    /// It will not come.
    Failed(wire::Cause),
    /// How things stand.
    Status(String),
    /// Understood.
    Done,
}

/// A desktop notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Names it, for replacing and withdrawing.
    pub tag: String,
    /// First line.
    pub summary: String,
    /// Text.
    pub body: String,
    /// What pressing the notification itself does.
    pub default: Option<Request>,
    /// Buttons.
    pub actions: Vec<NotificationAction>,
}

/// A button of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationAction {
    /// Its text.
    pub label: String,
    /// What it does.
    pub request: Request,
}
