//! The state of one host, derived anew from what is known; nothing about it is stored.

use wire::Cause;

use super::Model;
use crate::clock::Clock;
use crate::{HostEntry, SavedLogin};

const MINUTE: i64 = 60;

/// How things stand with one host. If several apply, the first of this list is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The vault cannot be read; the end as it was last read.
    KeychainLocked { until: Option<i64> },
    /// Policy does not let the person in.
    Blocked,
    /// No way to it, with the reason in a few words.
    Unreachable(&'static str),
    /// Nothing asks for a login.
    NotBehindAccess,
    /// A log-in for it, or for its team, is under way.
    LoggingIn,
    /// Valid, cannot renew by itself and ends soon.
    Ending { since: i64, until: i64 },
    /// A machine's login.
    ServiceToken { until: Option<i64> },
    /// A login that works; `renews_until` is the end of the team's where that buys the next one.
    Valid { since: i64, until: i64, renews_until: Option<i64> },
    /// No app token, but the team's login can fetch one.
    Ready { renews_until: i64 },
    /// The vault is being read.
    Checking,
    /// Its login ended.
    Ended { until: i64 },
    /// There was none yet.
    NotLoggedIn,
}

/// What a cause means for the row of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Policy.
    Blocked,
    /// Nothing asks for a login.
    NotBehindAccess,
    /// No way to it.
    Unreachable(&'static str),
    /// It says nothing of the login; these words stand beside it until somebody gets through.
    Noted(&'static str),
    /// Where logins are kept.
    Vault,
    /// This machine's clock.
    Clock,
    /// Nobody logged in.
    LogIn,
    /// The row says nothing about it.
    Elsewhere,
}

impl State {
    /// A stable name for scripts.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::KeychainLocked { .. } => "keychain-locked",
            Self::Blocked => "blocked",
            Self::Unreachable(_) => "unreachable",
            Self::NotBehindAccess => "not-behind-access",
            Self::LoggingIn => "logging-in",
            Self::Ending { .. } => "ending",
            Self::ServiceToken { .. } => "service-token",
            Self::Valid { .. } => "valid",
            Self::Ready { .. } => "ready",
            Self::Checking => "checking",
            Self::Ended { .. } => "ended",
            Self::NotLoggedIn => "not-logged-in",
        }
    }

    /// Whether `ssh` will work without a browser.
    pub(crate) const fn is_ready(&self) -> bool {
        match self {
            Self::Ending { .. } | Self::ServiceToken { .. } | Self::Valid { .. } | Self::Ready { .. } => true,
            Self::KeychainLocked { .. }
            | Self::Blocked
            | Self::Unreachable(_)
            | Self::NotBehindAccess
            | Self::LoggingIn
            | Self::Checking
            | Self::Ended { .. }
            | Self::NotLoggedIn => false,
        }
    }

    /// Whether logging in is what would help.
    pub(crate) const fn wants_log_in(&self) -> bool {
        match self {
            Self::Ended { .. } | Self::NotLoggedIn => true,
            Self::KeychainLocked { .. }
            | Self::Blocked
            | Self::Unreachable(_)
            | Self::NotBehindAccess
            | Self::LoggingIn
            | Self::Ending { .. }
            | Self::ServiceToken { .. }
            | Self::Valid { .. }
            | Self::Ready { .. }
            | Self::Checking => false,
        }
    }

    /// When it stops being ready.
    pub(crate) const fn ends(&self) -> Option<i64> {
        match self {
            Self::Ending { until, .. } | Self::Valid { until, renews_until: None, .. } => Some(*until),
            Self::ServiceToken { until } => *until,
            Self::Ready { renews_until } | Self::Valid { renews_until: Some(renews_until), .. } => {
                Some(*renews_until)
            }
            Self::KeychainLocked { .. }
            | Self::Blocked
            | Self::Unreachable(_)
            | Self::NotBehindAccess
            | Self::LoggingIn
            | Self::Checking
            | Self::Ended { .. }
            | Self::NotLoggedIn => None,
        }
    }
}

impl Trouble {
    /// Whether it keeps everybody from this host, and nobody from others of its team.
    pub(crate) const fn is_of_host(self) -> bool {
        match self {
            Self::Blocked | Self::NotBehindAccess | Self::Unreachable(_) => true,
            Self::Noted(_) | Self::Vault | Self::Clock | Self::LogIn | Self::Elsewhere => false,
        }
    }

    #[rustfmt::skip] // a table
    pub(crate) const fn of(cause: &Cause) -> Self {
        match cause {
            Cause::Blocked { .. } => Self::Blocked,
            Cause::NotBehindAccess { .. } => Self::NotBehindAccess,
            Cause::DestinationMissing { .. } => Self::Unreachable("Destination not answering"),
            Cause::NoTunnel { .. } => Self::Unreachable("It leads nowhere"),
            Cause::TlsInspected { .. } | Cause::CaptivePortal { .. } | Cause::BotRule { .. } | Cause::BindingCookie { .. }
            | Cause::WebsocketsOff { .. } | Cause::EdgeRestarted { .. } | Cause::IdleTooLong { .. } | Cause::PathDead { .. }
            | Cause::NetworkChanged { .. } | Cause::MachineSlept { .. } => Self::Elsewhere,
            Cause::NoSuchName { .. } => Self::Unreachable("No DNS record"),
            Cause::OriginRefused { .. } | Cause::Unreachable { .. } | Cause::TimedOut { .. } => Self::Unreachable("Server not answering"),
            Cause::TunnelDown { .. } => Self::Unreachable("Its tunnel is not running"),
            Cause::Cut { .. } => Self::Noted("Last connection was cut"),
            Cause::EdgeTrouble { .. } => Self::Noted("Cloudflare had trouble"),
            Cause::StrangeAnswer { .. } => Self::Noted("Its answer was not understood"),
            Cause::UpgradeRefused { .. } => Self::Noted("Does not speak ssh"),
            Cause::TokenRejected { .. } => Self::Noted("Did not take the last login"),
            Cause::ServiceTokenRefused { .. } => Self::Noted("Refused a service token"),
            Cause::ServiceTokenMissing { .. } => Self::Noted("No service token is saved"),
            Cause::UntrustedCertificate { .. } => Self::Noted("Its certificate is not trusted"),
            Cause::BadMetadata { .. } => Self::Noted("Its login page is not trusted"),
            Cause::CertificateRefused { .. } => Self::Noted("No SSH certificate"),
            Cause::KeychainLocked | Cause::NoKeychain { .. } | Cause::KeychainSlow { .. } | Cause::KeychainRefused { .. } => Self::Vault,
            Cause::ClockOff { .. } => Self::Clock,
            Cause::LogInNeeded { .. } | Cause::LogInCancelled { .. } | Cause::LogInTimedOut { .. } => Self::LogIn,
            Cause::ProxyUnreachable { .. } | Cause::ProxyNeedsPassword { .. } | Cause::ProxyRefused { .. }
            | Cause::TransferUnreadable { .. } | Cause::TransferRefused { .. } | Cause::RenewalRefused { .. } | Cause::NoBrowser { .. }
            | Cause::ConfigNotFile { .. } | Cause::ConfigReadOnly { .. } | Cause::ConfigFailed { .. }
            | Cause::ConfigDamaged { .. } | Cause::ConfigChanged { .. } | Cause::ConfigRefused { .. }
            | Cause::HelperMissing { .. } | Cause::NoAgent { .. } | Cause::OtherAccount { .. }
            | Cause::ApiRight { .. } | Cause::ApiRefused { .. } | Cause::ApiBusy { .. }
            | Cause::ShareRights { .. } | Cause::ShareToken { .. } | Cause::ShareNoToken { .. } | Cause::ShareNoZone { .. }
            | Cause::ShareZoneInactive { .. } | Cause::ShareNoTeam | Cause::ShareInTheWay { .. } | Cause::ShareNoServer { .. }
            | Cause::ShareNotServing { .. } | Cause::ShareNotGuarded { .. } | Cause::ShareNoGroup { .. } | Cause::ShareSeveralGroups { .. }
            | Cause::ShareNoRight { .. }
            | Cause::CannotListen { .. } | Cause::NoProgram { .. }
            | Cause::InvalidHost { .. } | Cause::NameTaken { .. } | Cause::UnknownHost { .. } | Cause::NoTerminal { .. }
            | Cause::SettingsDamaged { .. } | Cause::OtherVersion { .. } | Cause::DesktopGone { .. }
            | Cause::TunnelRefused { .. }
            | Cause::Unexpected { .. } => Self::Elsewhere,
        }
    }
}

/// How long before its end a login that cannot renew is "ending soon": 15 min, or a tenth of its length if that is
/// shorter, but never under 2 min.
pub(crate) fn soon(login: &SavedLogin) -> i64 {
    let tenth = if login.since > 0 { login.until.saturating_sub(login.since) / 10 } else { i64::MAX };
    tenth.clamp(2 * MINUTE, 15 * MINUTE)
}

impl Model {
    /// The state of a host at the clock's moment; the clock learns when it may be another.
    pub(crate) fn state(&self, clock: &Clock<'_>, entry: &HostEntry) -> State {
        let fact = self.hosts.fact(&entry.hostname);
        let login = fact.and_then(|fact| fact.login.as_ref());
        if self.hosts.vault.as_ref().is_some_and(hides_logins) {
            return State::KeychainLocked { until: login.map(|login| login.until) };
        }
        match self.hosts.trouble_of(&entry.hostname).map(|(cause, _)| Trouble::of(cause)) {
            Some(Trouble::Blocked) => return State::Blocked,
            Some(Trouble::Unreachable(why)) => return State::Unreachable(why),
            Some(Trouble::NotBehindAccess) => return State::NotBehindAccess,
            Some(
                Trouble::Noted(_) | Trouble::Vault | Trouble::Clock | Trouble::LogIn | Trouble::Elsewhere,
            )
            | None => {}
        }
        if entry.machine {
            return State::ServiceToken { until: None };
        }
        if self.is_logging_in(&entry.hostname) {
            return State::LoggingIn;
        }
        let Some(fact) = fact else {
            let known = self.hosts.vault.is_some();
            return if known { State::NotLoggedIn } else { State::Checking };
        };
        let refusal = self.refusal(fact).map(|(cause, _)| Trouble::of(cause));
        let renews_until = fact.renews_until.filter(|end| !clock.has_passed(*end) && refusal.is_none());
        match login {
            Some(login) if !clock.has_passed(login.until) => valid(clock, login, renews_until),
            _ if refusal == Some(Trouble::Blocked) => State::Blocked,
            _ if renews_until.is_some() => State::Ready { renews_until: renews_until.unwrap_or_default() },
            Some(login) => State::Ended { until: login.until },
            None => State::NotLoggedIn,
        }
    }
}

fn valid(clock: &Clock<'_>, login: &SavedLogin, renews_until: Option<i64>) -> State {
    let (since, until) = (login.since, login.until);
    let renews_until = renews_until.filter(|end| *end > until);
    if login.email.is_empty() {
        State::ServiceToken { until: Some(until) }
    } else if renews_until.is_none() && clock.has_passed(until.saturating_sub(soon(login))) {
        State::Ending { since, until }
    } else {
        State::Valid { since, until, renews_until }
    }
}

/// Whether logins are there, but cannot be read.
fn hides_logins(cause: &Cause) -> bool {
    matches!(cause, Cause::KeychainLocked | Cause::KeychainSlow { .. } | Cause::KeychainRefused { .. })
}
