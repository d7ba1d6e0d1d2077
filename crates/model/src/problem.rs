//! Causes in words: the only place where something that failed becomes sentences.
//!
//! Every cause has a title (what happened), one sentence of why, and the next step. The page, the tray, `ssh`'s stderr
//! and `--json` all speak from here, so that they cannot disagree.

mod api;
mod certificate;
mod config;
mod ended;
mod keychain;
mod log_in;
mod network;
mod own;
mod refused;
mod share;

use serde::{Deserialize, Serialize};
use wire::Cause;

use crate::Words;

/// What went wrong, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The stable name of its cause, as scripts see it.
    pub cause: String,
    /// What happened: a sentence with its period.
    pub title: String,
    /// Why, in one sentence.
    pub why: String,
    /// The next step, in one sentence.
    pub next: String,
    line: String,
}

/// What the speaker knows beyond the cause itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known<'a> {
    /// The team's name.
    pub(crate) team: Option<&'a str>,
    /// What the person calls the host.
    pub(crate) alias: Option<&'a str>,
}

/// The sentences of one cause.
struct Said {
    title: String,
    why: String,
    next: String,
    /// For `ssh`'s stderr, where it is not simply "title; next".
    line: Option<String>,
}

impl Problem {
    /// The words of a cause.
    #[must_use]
    pub fn of(cause: &Cause, words: &Words) -> Self {
        Self::known(cause, words, Known::default())
    }

    /// The words that another of our programs has found for it.
    #[must_use]
    pub fn told(cause: String, title: String, why: String, next: String) -> Self {
        let line = format!("{}; {}", plain(&title), plain(&next));
        Self { cause, title, why, next, line }
    }

    /// The same on one line, for `ssh`'s stderr: cause and next step, without prefix and final period.
    #[must_use]
    pub fn line(&self) -> String {
        self.line.clone()
    }

    /// The words of a cause where team and alias are known.
    pub(crate) fn known(cause: &Cause, words: &Words, known: Known<'_>) -> Self {
        Self::new(cause, say(cause, words, known))
    }

    /// The words of a cause that kept a login from being saved.
    pub(crate) fn unsaved(cause: &Cause, words: &Words) -> Self {
        Self::new(cause, keychain::unsaved(cause, say(cause, words, Known::default()), words))
    }

    fn new(cause: &Cause, said: Said) -> Self {
        let Said { title, why, next, line } = said;
        let line = line.unwrap_or_else(|| format!("{}; {}", plain(&title), plain(&next)));
        Self { cause: cause.kind(), title, why, next, line }
    }
}

impl Said {
    fn new(title: impl Into<String>, why: impl Into<String>, next: impl Into<String>) -> Self {
        Self { title: title.into(), why: why.into(), next: next.into(), line: None }
    }

    fn on_stderr(mut self, line: impl Into<String>) -> Self {
        self.line = Some(line.into());
        self
    }
}

impl<'a> Known<'a> {
    /// Who decides over logins.
    fn team_or_access(&self) -> &'a str {
        self.team.unwrap_or("Cloudflare Access")
    }

    /// What to call the host.
    fn name<'b>(&self, host: &'b str) -> &'b str
    where
        'a: 'b,
    {
        self.alias.unwrap_or(host)
    }

    /// Whom to ask.
    fn admin(&self) -> String {
        self.team.map_or_else(
            || "an admin of the team".to_owned(),
            |team| format!("{} {team} admin", article(team)),
        )
    }
}

#[rustfmt::skip] // one cause a line, so that the list can be read as a table
#[expect(clippy::too_many_lines, reason = "a list that has one line for each cause")]
fn say(cause: &Cause, words: &Words, known: Known<'_>) -> Said {
    match cause {
        Cause::NoSuchName { host } => network::no_such_name(host),
        Cause::Unreachable { host, detail } => network::unreachable(host, detail),
        Cause::StrangeAnswer { host, detail } => network::strange_answer(host, detail),
        Cause::ProxyUnreachable { proxy, detail } => network::proxy_unreachable(proxy, detail),
        Cause::ProxyNeedsPassword { proxy } => network::proxy_needs_password(proxy),
        Cause::ProxyRefused { proxy, host, said } => network::proxy_refused(proxy, host, said),
        Cause::TimedOut { host, step, seconds } => network::timed_out(host, step, *seconds),
        Cause::UntrustedCertificate { host, detail: _ } => network::untrusted_certificate(host),
        Cause::TlsInspected { host, issuer } => network::tls_inspected(host, issuer),
        Cause::CaptivePortal { host, portal } => network::captive_portal(host, portal.as_deref()),
        Cause::ClockOff { seconds } => own::clock_off(*seconds, words),
        Cause::NotBehindAccess { host } => log_in::not_behind_access(known.name(host)),
        Cause::BadMetadata { host, what } => log_in::bad_metadata(host, what),
        Cause::Blocked { host, email, ray } => log_in::blocked(host, email.as_deref(), ray.as_deref(), known),
        Cause::BotRule { host, ray } => refused::bot_rule(host, ray.as_deref(), known),
        Cause::BindingCookie { host } => refused::binding_cookie(known.name(host), known),
        Cause::LogInNeeded { host } => log_in::needed(host, known),
        Cause::LogInCancelled { host } => log_in::cancelled(known.name(host)),
        Cause::LogInTimedOut { host: _, seconds } => log_in::timed_out(*seconds),
        Cause::TransferUnreadable { host, what } => log_in::transfer_unreadable(host, what),
        Cause::TransferRefused { host: _, status } => log_in::transfer_refused(*status),
        Cause::TokenRejected { host } => log_in::token_rejected(host, known),
        Cause::RenewalRefused { host } => log_in::renewal_refused(host, known),
        Cause::ServiceTokenRefused { host } => log_in::service_token_refused(host),
        Cause::ServiceTokenMissing { host } => log_in::service_token_missing(host, words),
        Cause::UpgradeRefused { host, status, ray: _ } => network::upgrade_refused(host, *status),
        Cause::WebsocketsOff { host, status, ray: _ } => refused::websockets_off(host, *status, known),
        Cause::NoTunnel { host, status, ray: _ } => refused::no_tunnel(host, *status),
        Cause::DestinationMissing { host, destination, ray: _ } => refused::destination_missing(host, destination),
        Cause::TunnelRefused { said } => refused::tunnel(said),
        Cause::TunnelDown { host, status, ray: _ } => network::tunnel_down(host, *status),
        Cause::OriginRefused { host, status, ray: _ } => network::origin_refused(host, *status),
        Cause::EdgeTrouble { host, status, ray: _ } => network::edge_trouble(host, *status),
        Cause::Cut { host, detail } => ended::cut(known.name(host), detail),
        Cause::EdgeRestarted { host } => ended::edge_restarted(known.name(host)),
        Cause::IdleTooLong { host, seconds } => ended::idle_too_long(known.name(host), *seconds),
        Cause::PathDead { host } => ended::path_dead(known.name(host)),
        Cause::NetworkChanged { host } => ended::network_changed(known.name(host)),
        Cause::MachineSlept { host } => ended::machine_slept(known.name(host), words),
        Cause::NoBrowser { host, link } => log_in::no_browser(host, link),
        Cause::KeychainLocked => keychain::locked(words),
        Cause::NoKeychain { why } => keychain::none(why, words),
        Cause::KeychainSlow { seconds } => keychain::slow(*seconds, words),
        Cause::KeychainRefused { why } => keychain::refused(why, words),
        Cause::ConfigNotFile { path } => config::not_file(path),
        Cause::ConfigReadOnly { path } => config::read_only(path),
        Cause::ConfigFailed { path, detail } => config::failed(path, detail),
        Cause::ConfigDamaged { path, line, what } => config::damaged(path, *line, what),
        Cause::ConfigChanged { path } => config::changed(path),
        Cause::ConfigRefused { path, said } => config::refused(path, said),
        Cause::HelperMissing { path, now } => config::helper_missing(path, now.is_some()),
        Cause::CertificateRefused { host, said } => log_in::certificate_refused(known.name(host), said),
        Cause::NoAgent { host } => certificate::no_agent(known.name(host)),
        Cause::OtherAccount { host, user, principals } => certificate::other_account(known.name(host), user, principals),
        Cause::ApiRight { said } => api::right(said),
        Cause::ApiRefused { said } => api::refused(said),
        Cause::ApiBusy { seconds } => api::busy(*seconds),
        Cause::ShareRights { permissions, link } => share::rights(permissions, link),
        Cause::ShareToken { said, link } => share::token(said, link),
        Cause::ShareNoToken { link } => share::no_token(link),
        Cause::ShareNoZone { host, zones } => share::no_zone(host, zones),
        Cause::ShareZoneInactive { zone, status } => share::zone_inactive(zone, status),
        Cause::ShareNoTeam => share::no_team(),
        Cause::ShareNoGroup { name, nearest, groups } => share::no_group(name, nearest.as_deref(), groups),
        Cause::ShareSeveralGroups { name, ids } => share::several_groups(name, ids),
        Cause::ShareInTheWay { host, what } => share::in_the_way(host, what),
        Cause::ShareNoServer { address, detail } => share::no_server(address, detail),
        Cause::ShareNotServing { seconds, said } => share::not_serving(*seconds, said),
        Cause::ShareNotGuarded { host } => share::not_guarded(host),
        Cause::ShareNoRight { host } => share::no_right(host),
        Cause::CannotListen { address, detail } => own::cannot_listen(address, detail),
        Cause::NoProgram { program } => own::no_program(program),
        Cause::InvalidHost { what } => own::invalid_host(what),
        Cause::NameTaken { alias } => own::name_taken(alias),
        Cause::UnknownHost { alias } => own::unknown_host(alias),
        Cause::NoTerminal { command } => own::no_terminal(command),
        Cause::SettingsDamaged { path, detail } => own::settings_damaged(path, detail),
        Cause::OtherVersion { theirs, ours } => own::other_version(*theirs, *ours),
        Cause::DesktopGone { detail } => own::desktop_gone(detail),
        Cause::Unexpected { what } => own::unexpected(what),
    }
}

/// `an acme admin`, `a widgetcorp admin`.
fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']) { "an" } else { "a" }
}

/// A fact from elsewhere, made to stand inside a sentence; `otherwise` when it says nothing.
fn fact(text: &str, otherwise: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.trim_end_matches(['.', ';', ',']);
    if line.is_empty() { otherwise.to_owned() } else { line.to_owned() }
}

/// A sentence without its period and capital, to stand within a line.
fn plain(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let first = sentence.split([' ', '\'', '’']).next().unwrap_or_default();
    let is_name = ["Cloudflare", "GNOME", "Sallyport", "SSH", "Windows", "Zero"].contains(&first);
    let mut letters = sentence.chars();
    match letters.next() {
        Some(letter) if !is_name => letter.to_lowercase().chain(letters).collect(),
        _ => sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests;
