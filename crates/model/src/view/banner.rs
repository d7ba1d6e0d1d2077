//! The one strip above the content, worst first: what was just asked for and failed, the ssh config, the vault, the clock.

use wire::Cause;

use super::{copy, send};
use crate::brain::Model;
use crate::problem::Problem;
use crate::{Banner, Button, Request, Tone};

/// A clock further off than this may make logins fail.
const CLOCK_LIMIT: i64 = 60;

pub(crate) fn draw(model: &Model) -> Option<Banner> {
    let clock = Cause::ClockOff { seconds: model.skew };
    let clock_is_off = model.skew.unsigned_abs() > CLOCK_LIMIT.unsigned_abs();
    let causes = [&model.failed, &model.hosts.config, &model.hosts.vault].into_iter().flatten();
    let cause = causes.chain(clock_is_off.then_some(&clock)).next()?;
    let problem = Problem::of(cause, &model.words);
    let buttons = buttons(cause);
    let why = if says_it_all(cause) { problem.why } else { format!("{} {}", problem.why, problem.next) };
    Some(Banner { tone: tone(cause), title: problem.title, why, buttons })
}

/// Whether the button is the next step, so that the text need not name it.
fn says_it_all(cause: &Cause) -> bool {
    matches!(cause, Cause::KeychainLocked | Cause::NoTerminal { .. } | Cause::NoBrowser { .. })
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
fn buttons(cause: &Cause) -> Vec<Button> {
    let again = |label| vec![send(label, Request::Refresh)];
    match cause {
        Cause::KeychainLocked => again("Unlock…"),
        Cause::NoKeychain { .. } => vec![send("Use a file…", Request::UseFileVault)],
        Cause::ConfigDamaged { .. } => vec![send("Mend it", Request::RepairConfig)],
        Cause::NoTerminal { command } => vec![copy("Copy command", command.clone())],
        Cause::NoBrowser { link, .. } => vec![copy("Copy link", link.clone())],
        Cause::NoSuchName { .. } | Cause::Unreachable { .. } | Cause::TimedOut { .. }
        | Cause::ProxyUnreachable { .. } | Cause::ProxyNeedsPassword { .. } | Cause::ProxyRefused { .. }
        | Cause::UntrustedCertificate { .. } | Cause::ClockOff { .. } | Cause::NotBehindAccess { .. }
        | Cause::BadMetadata { .. } | Cause::Blocked { .. } | Cause::LogInNeeded { .. } | Cause::LogInCancelled { .. }
        | Cause::LogInTimedOut { .. } | Cause::TransferUnreadable { .. } | Cause::TransferRefused { .. }
        | Cause::TokenRejected { .. } | Cause::RenewalRefused { .. } | Cause::ServiceTokenRefused { .. } | Cause::UpgradeRefused { .. } | Cause::TunnelDown { .. }
        | Cause::OriginRefused { .. } | Cause::EdgeTrouble { .. } | Cause::Cut { .. } | Cause::KeychainSlow { .. }
        | Cause::KeychainRefused { .. } | Cause::ConfigNotFile { .. } | Cause::ConfigReadOnly { .. }
        | Cause::ConfigFailed { .. } | Cause::ConfigChanged { .. } | Cause::ConfigRefused { .. }
        | Cause::CertificateRefused { .. } | Cause::NoAgent { .. } | Cause::OtherAccount { .. }
        | Cause::CannotListen { .. } | Cause::NoProgram { .. }
        | Cause::InvalidHost { .. } | Cause::NameTaken { .. } | Cause::UnknownHost { .. }
        | Cause::SettingsDamaged { .. } | Cause::OtherVersion { .. } | Cause::DesktopGone { .. }
        | Cause::Unexpected { .. } => again("Try again"),
    }
}
