//! What can go wrong, as a closed list that every library error maps to.
//!
//! A cause carries facts, never words: `model::problem` turns it into a title, one sentence of why and the next step,
//! so that `ssh`'s stderr, the window and `--json` say the same. `host` is a name, `ray` the edge's request id,
//! `status` an HTTP status, `path` a file.

use serde::{Deserialize, Serialize};

/// What failed. Serialised as `{"kind": "no-such-name", …}`, a stable name for scripts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[expect(missing_docs, reason = "the fields repeat the words of their variant's sentence")]
pub enum Cause {
    /// The name has no address.
    NoSuchName { host: String },
    /// The name has addresses, none of them answers.
    Unreachable { host: String, detail: String },
    /// What answers does not keep to the protocol, or to what an answer may be; `detail` says how.
    StrangeAnswer { host: String, detail: String },
    /// The proxy on the way out of this machine cannot be used. `proxy` is a host and its port, or the variable that
    /// holds an address which cannot be understood.
    ProxyUnreachable { proxy: String, detail: String },
    /// The proxy wants a password, or another one.
    ProxyNeedsPassword { proxy: String },
    /// The proxy does not connect to the host; `said` is how it says no.
    ProxyRefused { proxy: String, host: String, said: String },
    /// Something answered too late or not at all; `step` names what was waited for.
    TimedOut { host: String, step: String, seconds: u64 },
    /// The server's certificate is not trusted: an opened TLS connection, or a wrong server.
    UntrustedCertificate { host: String, detail: String },
    /// Something on the way opens TLS; `issuer` is who signed the certificate that it showed.
    TlsInspected { host: String, issuer: String },
    /// The network wants a log-in of its own before it lets anything through; `portal` is where it sends browsers.
    CaptivePortal { host: String, portal: Option<String> },
    /// This machine's clock differs from the edge's. Positive: ours is ahead.
    ClockOff { seconds: i64 },
    /// The name answers, but no Access application stands before it.
    NotBehindAccess { host: String },
    /// The edge's description of the application cannot be trusted.
    BadMetadata { host: String, what: String },
    /// Policy does not let this person in (403).
    Blocked { host: String, email: Option<String>, ray: Option<String> },
    /// A rule against bots or a firewall rule stands before Access.
    BotRule { host: String, ray: Option<String> },
    /// A token that was given a moment ago is not accepted: most likely the app ties log-ins to one browser.
    BindingCookie { host: String },
    /// A log-in is needed and nobody can be asked.
    LogInNeeded { host: String },
    /// The person cancelled the log-in.
    LogInCancelled { host: String },
    /// Nobody finished the log-in in time.
    LogInTimedOut { host: String, seconds: u64 },
    /// What the browser sent back cannot be opened or is not for this application.
    TransferUnreadable { host: String, what: String },
    /// The transfer service answered with an error.
    TransferRefused { host: String, status: u16 },
    /// The edge does not accept a token that it has just issued, or an org token that is still valid.
    TokenRejected { host: String },
    /// The team's login is still good by its own word, but buys no further login for this application.
    RenewalRefused { host: String },
    /// The application does not let the presented service token in.
    ServiceTokenRefused { host: String },
    /// The host is reached by a service token, and none is saved for it.
    ServiceTokenMissing { host: String },
    /// The upgrade to a WebSocket was answered with something else.
    UpgradeRefused { host: String, status: u16, ray: Option<String> },
    /// Cloudflare does not let WebSockets through for this domain, most likely.
    WebsocketsOff { host: String, status: u16, ray: Option<String> },
    /// The name leads to nothing that Cloudflare can find (530, error 1016).
    NoTunnel { host: String, status: u16, ray: Option<String> },
    /// The tunnel runs, the destination behind a bastion is not there.
    DestinationMissing { host: String, destination: String, ray: Option<String> },
    /// The edge does not let this machine run a tunnel, and will not when asked again; `said` is how it says no.
    TunnelRefused { said: String },
    /// Cloudflare answered, the tunnel to the machine is not running (530, error 1033).
    TunnelDown { host: String, status: u16, ray: Option<String> },
    /// The tunnel runs, the SSH server behind it does not answer (502).
    OriginRefused { host: String, status: u16, ray: Option<String> },
    /// Cloudflare has trouble of its own (5xx).
    EdgeTrouble { host: String, status: u16, ray: Option<String> },
    /// An established stream ended before either side closed it.
    Cut { host: String, detail: String },
    /// The edge restarted under an established stream (close code 1001 or 1012).
    EdgeRestarted { host: String },
    /// An established stream was ended after nothing had moved in it for this long.
    IdleTooLong { host: String, seconds: u64 },
    /// Nothing came back on an established stream any more.
    PathDead { host: String },
    /// This machine's network changed under an established stream, which did not survive it.
    NetworkChanged { host: String },
    /// This machine slept, and an established stream did not survive it.
    MachineSlept { host: String },
    /// No browser could be started.
    NoBrowser { host: String, link: String },
    /// The keychain is locked and nobody unlocked it.
    KeychainLocked,
    /// There is no keychain to be reached.
    NoKeychain { why: String },
    /// The keychain did not answer.
    KeychainSlow { seconds: u64 },
    /// The keychain refused.
    KeychainRefused { why: String },
    /// The ssh config is a folder, a pipe, a device …
    ConfigNotFile { path: String },
    /// The ssh config or its folder may not be written.
    ConfigReadOnly { path: String },
    /// The ssh config cannot be read or written.
    ConfigFailed { path: String, detail: String },
    /// The fences of our block were changed by hand.
    ConfigDamaged { path: String, line: usize, what: String },
    /// The ssh config changed between showing and writing.
    ConfigChanged { path: String },
    /// `ssh -G` does not accept the result, or another entry wins.
    ConfigRefused { path: String, said: String },
    /// The helper that the ssh config names is not there; `now` is where it is instead.
    HelperMissing { path: String, now: Option<String> },
    /// The team's authority gave no SSH certificate, or one that is of no use.
    CertificateRefused { host: String, said: String },
    /// No agent answers where ssh asks for the short-lived certificate of this host.
    NoAgent { host: String },
    /// The short-lived certificate is for other accounts than the one that ssh logs in to.
    OtherAccount { host: String, user: String, principals: Vec<String> },
    /// Cloudflare's API does not accept the token, or does not let it do this; `said` is how it says no.
    ApiRight { said: String },
    /// Cloudflare's API does not do what it was asked for; `said` is how it says no.
    ApiRefused { said: String },
    /// Cloudflare's API was called too often, and wants to be called again after so many seconds.
    ApiBusy { seconds: u64 },
    /// The API token cannot publish a machine: it lacks these permissions, as the dashboard calls them. `link` leads to
    /// where one is made that has them.
    ShareRights { permissions: Vec<String>, link: String },
    /// The API token is not valid, or not any more; `said` is how the API says so.
    ShareToken { said: String, link: String },
    /// There is no API token to publish a machine with.
    ShareNoToken { link: String },
    /// None of the zones that the API token knows holds this hostname.
    ShareNoZone { host: String, zones: Vec<String> },
    /// The zone is not in use yet.
    ShareZoneInactive { zone: String, status: String },
    /// Nobody has switched on Zero Trust for the account.
    ShareNoTeam,
    /// No group of the account has this name; `nearest` is one whose name differs by a slip.
    ShareNoGroup { name: String, nearest: Option<String>, groups: Vec<String> },
    /// More than one group of the account has this name; these are their ids.
    ShareSeveralGroups { name: String, ids: Vec<String> },
    /// A hostname cannot be published, as these things are there already.
    ShareInTheWay { host: String, what: Vec<String> },
    /// No SSH server answers on this machine.
    ShareNoServer { address: String, detail: String },
    /// The connector of a machine that is published does not reach the edge; `said` is its last word.
    ShareNotServing { seconds: u64, said: String },
    /// The hostname answers, but another application than the one that was made for it stands before it, or none.
    ShareNotGuarded { host: String },
    /// The hostname is published, but the right to run its tunnel is not kept on this machine any more.
    ShareNoRight { host: String },
    /// The address that was to be listened on cannot be had.
    CannotListen { address: String, detail: String },
    /// A program that we start for the person is not installed.
    NoProgram { program: String },
    /// What was typed is not a host.
    InvalidHost { what: String },
    /// Another host has this name.
    NameTaken { alias: String },
    /// No host has this name.
    UnknownHost { alias: String },
    /// No terminal program was found.
    NoTerminal { command: String },
    /// A file of Sallyport's own cannot be used.
    SettingsDamaged { path: String, detail: String },
    /// The running desktop is of another version.
    OtherVersion { theirs: u32, ours: u32 },
    /// The running desktop stopped answering.
    DesktopGone { detail: String },
    /// Nothing on the list fits.
    Unexpected { what: String },
}

impl Cause {
    /// The same, with the path of its file written in another way, such as `~/.ssh/config`.
    #[must_use]
    pub fn with_path(mut self, write: impl FnOnce(&str) -> String) -> Self {
        if let Self::ConfigNotFile { path }
        | Self::ConfigReadOnly { path }
        | Self::ConfigFailed { path, .. }
        | Self::ConfigDamaged { path, .. }
        | Self::ConfigChanged { path }
        | Self::ConfigRefused { path, .. }
        | Self::SettingsDamaged { path, .. } = &mut self
        {
            *path = write(path);
        }
        self
    }

    /// The stable name of this cause, as scripts see it.
    #[must_use]
    pub fn kind(&self) -> String {
        let tagged = serde_json::to_value(self).unwrap_or_default();
        tagged["kind"].as_str().unwrap_or("unexpected").to_owned()
    }
}
