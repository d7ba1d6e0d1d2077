//! The one strip above the content, worst first: what was just asked for and failed, what ssh ran into, the
//! ssh config, the helper, the vault, the network, the clock.

use wire::Cause;

use super::{copy, send};
use crate::brain::Model;
use crate::problem::{Known, Problem};
use crate::{Banner, BannerMark, Button, Page, Request, Tone};

pub(crate) fn draw(model: &Model) -> Option<Banner> {
    if let Some(cause) = &model.failed {
        return Some(banner(cause, Problem::of(cause, &model.words), buttons(cause)));
    }
    if let Some(banner) = of_ssh(model) {
        return Some(banner);
    }
    let hosts = &model.hosts;
    if let Some(cause) = [&hosts.config, &hosts.helper, &hosts.vault].into_iter().flatten().next() {
        return Some(banner(cause, Problem::of(cause, &model.words), buttons(cause)));
    }
    if is_offline(model) {
        return Some(offline());
    }
    let cause = Cause::ClockOff { seconds: model.skew? };
    Some(banner(&cause, Problem::of(&cause, &model.words), buttons(&cause)))
}

/// Whether nothing beyond this machine can be reached. What stands on this machine needs no network.
pub(super) const fn is_offline(model: &Model) -> bool {
    model.offline && !model.facts.practice
}

fn offline() -> Banner {
    Banner {
        tone: Tone::Warn,
        mark: BannerMark::Network,
        title: "You are offline.".to_owned(),
        why: "Logins keep their time. Connecting needs a network.".to_owned(),
        buttons: vec![send("Try now", Request::Refresh)],
    }
}

/// What an `ssh` ran into. The page of its host says so itself.
fn of_ssh(model: &Model) -> Option<Banner> {
    let (hostname, cause) = model.ran_into.as_ref()?;
    let entry = model.hosts.all().find(|entry| entry.hostname == *hostname);
    let alias = entry.map(|entry| entry.alias.clone());
    let page = alias.clone().map(|alias| Page::Host { alias });
    if page.as_ref() == Some(&model.page) && model.hosts.trouble_of(hostname).is_some() {
        return None;
    }
    let known = Known { team: model.hosts.team(hostname), alias: alias.as_deref() };
    let details = page.map(|page| send("Details", Request::Go { page }));
    let buttons = details.into_iter().chain([send("Close", Request::Refresh)]).collect();
    Some(banner(cause, Problem::known(cause, &model.words, known), buttons))
}

fn banner(cause: &Cause, problem: Problem, buttons: Vec<Button>) -> Banner {
    let why = if says_it_all(cause) { problem.why } else { format!("{} {}", problem.why, problem.next) };
    Banner { tone: tone(cause), mark: mark(cause), title: problem.title, why, buttons }
}

/// Whether the button is the next step, so that the text need not name it.
fn says_it_all(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::HelperMissing { now: Some(_), .. }
            | Cause::KeychainLocked
            | Cause::NoTerminal { .. }
            | Cause::NoBrowser { .. }
    )
}

fn mark(cause: &Cause) -> BannerMark {
    let is_keychain =
        matches!(cause, Cause::KeychainLocked | Cause::NoKeychain { .. } | Cause::KeychainSlow { .. });
    if is_keychain {
        BannerMark::Keychain
    } else if matches!(cause, Cause::ClockOff { .. }) {
        BannerMark::Clock
    } else if matches!(cause, Cause::NoBrowser { .. }) {
        BannerMark::Browser
    } else {
        BannerMark::Fault
    }
}

fn tone(cause: &Cause) -> Tone {
    let is_ours_to_wait = matches!(
        cause,
        Cause::KeychainLocked
            | Cause::NoKeychain { .. }
            | Cause::KeychainSlow { .. }
            | Cause::ClockOff { .. }
    );
    if is_ours_to_wait { Tone::Warn } else { Tone::Danger }
}

#[rustfmt::skip] // a table
pub(super) fn buttons(cause: &Cause) -> Vec<Button> {
    let again = |label| vec![send(label, Request::Refresh)];
    match cause {
        Cause::KeychainLocked => vec![send("Unlock…", Request::Unlock)],
        Cause::HelperMissing { now: Some(_), .. } => vec![send("Fix", Request::RepairConfig)],
        Cause::NoKeychain { .. } => vec![send("Use a file…", Request::UseFileVault)],
        Cause::ConfigDamaged { .. } => vec![send("Mend it", Request::RepairConfig)],
        Cause::NoTerminal { command } => vec![copy("Copy command", command.clone())],
        Cause::NoBrowser { link, .. } => vec![copy("Copy link", link.clone())],
        Cause::NoSuchName { .. } | Cause::Unreachable { .. } | Cause::TimedOut { .. } | Cause::StrangeAnswer { .. }
        | Cause::TlsInspected { .. } | Cause::CaptivePortal { .. } | Cause::BotRule { .. } | Cause::BindingCookie { .. }
        | Cause::WebsocketsOff { .. } | Cause::NoTunnel { .. } | Cause::DestinationMissing { .. }
        | Cause::EdgeRestarted { .. } | Cause::IdleTooLong { .. } | Cause::PathDead { .. }
        | Cause::NetworkChanged { .. } | Cause::MachineSlept { .. }
        | Cause::ProxyUnreachable { .. } | Cause::ProxyNeedsPassword { .. } | Cause::ProxyRefused { .. }
        | Cause::UntrustedCertificate { .. } | Cause::ClockOff { .. } | Cause::NotBehindAccess { .. }
        | Cause::BadMetadata { .. } | Cause::Blocked { .. } | Cause::LogInNeeded { .. } | Cause::LogInCancelled { .. }
        | Cause::LogInTimedOut { .. } | Cause::TransferUnreadable { .. } | Cause::TransferRefused { .. }
        | Cause::TokenRejected { .. } | Cause::RenewalRefused { .. }
        | Cause::ServiceTokenMissing { .. } | Cause::ServiceTokenRefused { .. } | Cause::UpgradeRefused { .. } | Cause::TunnelDown { .. }
        | Cause::OriginRefused { .. } | Cause::EdgeTrouble { .. } | Cause::Cut { .. } | Cause::KeychainSlow { .. }
        | Cause::KeychainRefused { .. } | Cause::ConfigNotFile { .. } | Cause::ConfigReadOnly { .. }
        | Cause::ConfigFailed { .. } | Cause::ConfigChanged { .. } | Cause::ConfigRefused { .. }
        | Cause::HelperMissing { now: None, .. } | Cause::CertificateRefused { .. } | Cause::NoAgent { .. } | Cause::OtherAccount { .. }
        | Cause::ApiRight { .. } | Cause::ApiRefused { .. } | Cause::ApiBusy { .. }
        | Cause::ShareRights { .. } | Cause::ShareToken { .. } | Cause::ShareNoToken { .. } | Cause::ShareNoZone { .. }
        | Cause::ShareZoneInactive { .. } | Cause::ShareNoTeam | Cause::ShareInTheWay { .. } | Cause::ShareNoServer { .. }
        | Cause::ShareNotServing { .. } | Cause::ShareNotGuarded { .. } | Cause::ShareNoGroup { .. } | Cause::ShareSeveralGroups { .. }
        | Cause::ShareNoRight { .. }
        | Cause::CannotListen { .. } | Cause::NoProgram { .. }
        | Cause::InvalidHost { .. } | Cause::NameTaken { .. } | Cause::UnknownHost { .. }
        | Cause::SettingsDamaged { .. } | Cause::OtherVersion { .. } | Cause::DesktopGone { .. }
        | Cause::TunnelRefused { .. }
        | Cause::Unexpected { .. } => again("Try again"),
    }
}
