//! What can go wrong on the way to an application, as facts; `wire::Cause` is how the rest of the product hears of it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use vault::{TurnError, VaultError};
use wire::Cause;

/// Why an application could not be reached.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields repeat the words of their variant's sentence")]
pub enum AccessError {
    /// The name has no address.
    #[error("`{host}` has no address")]
    NoSuchName { host: String },
    /// No address of the name answers, or this machine has no network.
    #[error("`{host}` cannot be reached: {detail}")]
    Unreachable { host: String, detail: String },
    /// The proxy on the way cannot be used.
    #[error("the proxy at {proxy} cannot be reached: {detail}")]
    ProxyUnreachable { proxy: String, detail: String },
    /// The proxy on the way wants a password, or another one.
    #[error("the proxy at {proxy} wants a password")]
    ProxyNeedsPassword { proxy: String },
    /// The proxy on the way does not connect.
    #[error("the proxy at {proxy} does not connect to `{host}`: {answer}")]
    ProxyRefused { proxy: String, host: String, answer: ProxyAnswer },
    /// Something answered too late or not at all.
    #[error("`{host}` did not finish the {step} within {} s", after.as_secs())]
    TimedOut { host: String, step: Step, after: Duration },
    /// The certificate is not trusted.
    #[error("the certificate of `{host}` is not trusted: {detail}")]
    Untrusted { host: String, detail: String },
    /// The connection broke in the middle of an exchange, or TLS did.
    #[error("the connection to `{host}` broke: {detail}")]
    Broken { host: String, detail: String },
    /// The other side does not keep to the protocol, or says more than an answer may hold.
    #[error("the answer of `{host}` cannot be understood: {what}")]
    Strange { host: String, what: String },
    /// This machine's clock differs from the edge's; positive when ours is ahead.
    #[error("this machine's clock is {seconds} s off")]
    ClockOff { host: String, seconds: i64 },
    /// The name answers without an Access application before it.
    #[error("no Access application stands before `{host}`")]
    NotBehindAccess { host: String },
    /// The application answers 401 to everyone without a service token.
    #[error("`{host}` lets only service tokens in")]
    ServiceTokensOnly { host: String, ray: Option<String> },
    /// The description of the application cannot be trusted.
    #[error("the description of `{host}` cannot be trusted: {what}")]
    BadMetadata { host: String, what: MetadataFault },
    /// The team's key set cannot be used.
    #[error("the keys of `{team}` cannot be used: {detail}")]
    BadKeys { team: String, detail: String },
    /// Policy says no (403).
    #[error("`{host}` refuses this person")]
    Blocked { host: String, email: Option<String>, ray: Option<String> },
    /// The edge asks for a log-in.
    #[error("`{host}` asks for a log-in")]
    LogInNeeded { host: String },
    /// The person cancelled.
    #[error("the log-in to `{host}` was cancelled")]
    LogInCancelled { host: String },
    /// Nobody finished the log-in in time.
    #[error("nobody logged in to `{host}` within {} s", after.as_secs())]
    LogInTimedOut { host: String, after: Duration },
    /// The log-in of another program, which this one waited for, came to nothing.
    #[error("the log-in to `{host}` that was waited for failed: {}", cause.kind())]
    OtherRefused { host: String, cause: Cause },
    /// What the browser sent back cannot be used.
    #[error("the transferred tokens for `{host}` cannot be used: {what}")]
    TransferUnreadable { host: String, what: TransferFault },
    /// The transfer service answers with an error.
    #[error("the transfer service answered {status}")]
    TransferRefused { host: String, status: u16 },
    /// The edge does not accept a token that looks valid.
    #[error("`{host}` does not accept the token")]
    TokenRejected { host: String },
    /// The edge does not accept the service token.
    #[error("`{host}` does not accept the service token")]
    ServiceTokenRefused { host: String },
    /// What was answered, or shown in its place, has an entry of its own in the closed list.
    #[error("the answer means {}", .0.kind())]
    Told(Cause),
    /// The team's authority gives no certificate.
    #[error("the authority of `{host}` answered {status}: {said}")]
    CertificateRefused { host: String, status: u16, said: String },
    /// The certificate that the team's authority gave is of no use.
    #[error("the certificate for `{host}` is of no use: {what}")]
    BadCertificate { host: String, what: CertificateFault },
    /// A header given by the caller cannot be sent.
    #[error("`{name}` cannot be sent as a header")]
    InvalidHeader { name: String },
    /// The local program's side of the stream failed.
    #[error("the local side of the stream failed: {detail}")]
    Local { host: String, detail: String },
    /// A file of our own cannot be written or read.
    #[error("`{}` cannot be used", path.display())]
    File { path: PathBuf, source: io::Error },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {what}")]
    Setup { what: String },
    /// The keychain failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Waiting for another process failed.
    #[error(transparent)]
    Turn(#[from] TurnError),
}

/// What was waited for when time ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are their own sentence")]
pub enum Step {
    Connecting,
    Securing,
    Upgrading,
    Describing,
    FetchingKeys,
    Exchanging,
    Polling,
    Signing,
    Checking,
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Connecting => "connection",
            Self::Securing => "TLS handshake",
            Self::Upgrading => "WebSocket upgrade",
            Self::Describing => "description of the application",
            Self::FetchingKeys => "team's keys",
            Self::Exchanging => "token exchange",
            Self::Polling => "token transfer",
            Self::Checking => "check of the token",
            Self::Signing => "signing of the certificate",
        })
    }
}

/// How a proxy says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyAnswer {
    /// A status of HTTP.
    Http(u16),
    /// A reply code of SOCKS 5 (RFC 1928 6).
    Socks(u8),
}

impl ProxyAnswer {
    const fn is_transient(self) -> bool {
        match self {
            Self::Http(status) => status >= 500,
            Self::Socks(code) => matches!(code, 1 | 3..=6),
        }
    }
}

impl std::fmt::Display for ProxyAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Http(status) => write!(f, "status {status}"),
            Self::Socks(2) => f.write_str("its rules do not allow it"),
            Self::Socks(3) => f.write_str("the network cannot be reached from there"),
            Self::Socks(4) => f.write_str("the host cannot be reached from there"),
            Self::Socks(5) => f.write_str("the host refused the connection"),
            Self::Socks(code) => write!(f, "SOCKS code {code}"),
        }
    }
}

/// Why a description of an application is not believed (`access.md` 1.2), in the order of the checks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum MetadataFault {
    #[error("it is not a signed token with the expected claims")]
    Malformed,
    #[error("`{claimed}` is not a team domain")]
    TeamDomain { claimed: String },
    #[error("its signature is not by the team's keys")]
    Signature,
    #[error("it describes `{described}`")]
    OtherHost { described: String },
    #[error("its type is `{found}`")]
    OtherType { found: String },
    #[error("it names no audience")]
    NoAudience,
    #[error("it does not say when it was signed")]
    NoIssueTime,
    #[error("it was signed more than a day ago")]
    TooOld,
    #[error("it was signed in the future")]
    InFuture,
}

/// Why transferred tokens are not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum TransferFault {
    #[error("the sender's key is missing or has another length")]
    SenderKey,
    #[error("the answer is not base64")]
    NotBase64,
    #[error("the answer is too short")]
    TooShort,
    #[error("the answer does not decrypt")]
    Sealed,
    #[error("the answer holds no tokens")]
    NoTokens,
    #[error("the token is not signed by the team")]
    Signature,
    #[error("the token is for another application")]
    OtherAudience,
    #[error("the token has expired")]
    Expired,
}

/// Why an SSH certificate is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum CertificateFault {
    #[error("it is not an OpenSSH certificate")]
    Malformed,
    #[error("it is not for a person")]
    NotForUser,
    #[error("it is for another key")]
    OtherKey,
    #[error("it is not valid now")]
    NotNow,
}

impl AccessError {
    /// Whether a log-in in the browser would help.
    #[must_use]
    pub fn needs_log_in(&self) -> bool {
        matches!(self, Self::LogInNeeded { .. } | Self::TokenRejected { .. })
    }

    /// Whether the same may well succeed a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        if let Self::TransferRefused { status, .. } | Self::CertificateRefused { status, .. } = self {
            return *status >= 500;
        }
        if let Self::Told(cause) = self {
            return passes(cause);
        }
        if let Self::Vault(error) = self {
            return error.is_transient();
        }
        if let Self::ProxyRefused { answer, .. } = self {
            return answer.is_transient();
        }
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::ProxyUnreachable { .. }
                | Self::TimedOut { .. }
                | Self::Broken { .. }
                | Self::Strange { .. }
        )
    }

    /// Whether a network that wants a log-in of its own would look like this.
    pub(crate) fn may_be_of_portal(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Broken { .. }
                | Self::Untrusted { .. }
                | Self::Told(Cause::TlsInspected { .. })
                | Self::TimedOut { step: Step::Connecting | Step::Securing, .. }
        )
    }

    /// The edge's identifier of the refused request, which an administrator can look up.
    #[must_use]
    pub fn ray_id(&self) -> Option<&str> {
        if let Self::Blocked { ray, .. }
        | Self::ServiceTokensOnly { ray, .. }
        | Self::Told(
            Cause::BotRule { ray, .. }
            | Cause::UpgradeRefused { ray, .. }
            | Cause::WebsocketsOff { ray, .. }
            | Cause::NoTunnel { ray, .. }
            | Cause::TunnelDown { ray, .. }
            | Cause::DestinationMissing { ray, .. }
            | Cause::OriginRefused { ray, .. }
            | Cause::EdgeTrouble { ray, .. },
        ) = self
        {
            return ray.as_deref();
        }
        None
    }

    /// The entry of the closed list that this error is.
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Self::NoSuchName { host } => Cause::NoSuchName { host: host.clone() },
            Self::Unreachable { host, detail } | Self::Broken { host, detail } => {
                Cause::Unreachable { host: host.clone(), detail: detail.clone() }
            }
            Self::Strange { host, what } => Cause::StrangeAnswer { host: host.clone(), detail: what.clone() },
            Self::TimedOut { host, step, after } => {
                Cause::TimedOut { host: host.clone(), step: step.to_string(), seconds: after.as_secs() }
            }
            Self::ProxyUnreachable { proxy, detail } => {
                Cause::ProxyUnreachable { proxy: proxy.clone(), detail: detail.clone() }
            }
            Self::ProxyNeedsPassword { proxy } => Cause::ProxyNeedsPassword { proxy: proxy.clone() },
            Self::ProxyRefused { proxy, host, answer } => {
                Cause::ProxyRefused { proxy: proxy.clone(), host: host.clone(), said: answer.to_string() }
            }
            Self::Untrusted { host, detail } => {
                Cause::UntrustedCertificate { host: host.clone(), detail: detail.clone() }
            }
            Self::ClockOff { seconds, .. } => Cause::ClockOff { seconds: *seconds },
            Self::NotBehindAccess { host } => Cause::NotBehindAccess { host: host.clone() },
            Self::BadMetadata { host, what } => {
                Cause::BadMetadata { host: host.clone(), what: what.to_string() }
            }
            Self::BadKeys { team, .. } => Cause::BadMetadata { host: team.clone(), what: self.to_string() },
            Self::Blocked { host, email, ray } => {
                Cause::Blocked { host: host.clone(), email: email.clone(), ray: ray.clone() }
            }
            Self::CertificateRefused { host, status, said } => {
                Cause::CertificateRefused { host: host.clone(), said: format!("{status}: {said}") }
            }
            Self::BadCertificate { host, what } => {
                Cause::CertificateRefused { host: host.clone(), said: what.to_string() }
            }
            Self::Local { host, detail } => Cause::Cut { host: host.clone(), detail: detail.clone() },
            Self::InvalidHeader { .. } | Self::Setup { .. } => Cause::Unexpected { what: self.to_string() },
            Self::File { path, source } => {
                Cause::SettingsDamaged { path: path.display().to_string(), detail: source.to_string() }
            }
            Self::Vault(error) => error.cause(),
            Self::Turn(error) => error.cause(),
            Self::ServiceTokensOnly { host, ray } => {
                Cause::UpgradeRefused { host: host.clone(), status: 401, ray: ray.clone() }
            }
            Self::OtherRefused { cause, .. } => cause.clone(),
            Self::Told(cause) => cause.clone(),
            Self::ServiceTokenRefused { host } => Cause::ServiceTokenRefused { host: host.clone() },
            Self::LogInNeeded { host } => Cause::LogInNeeded { host: host.clone() },
            Self::LogInCancelled { host } => Cause::LogInCancelled { host: host.clone() },
            Self::LogInTimedOut { host, after } => {
                Cause::LogInTimedOut { host: host.clone(), seconds: after.as_secs() }
            }
            Self::TransferUnreadable { host, what } => {
                Cause::TransferUnreadable { host: host.clone(), what: what.to_string() }
            }
            Self::TransferRefused { host, status } => {
                Cause::TransferRefused { host: host.clone(), status: *status }
            }
            Self::TokenRejected { host } => Cause::TokenRejected { host: host.clone() },
        }
    }
}

/// Whether what was told may be otherwise a little later, without anybody's doing here.
const fn passes(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::CaptivePortal { .. }
            | Cause::NoTunnel { .. }
            | Cause::TunnelDown { .. }
            | Cause::OriginRefused { .. }
            | Cause::DestinationMissing { .. }
            | Cause::EdgeTrouble { .. }
    )
}
