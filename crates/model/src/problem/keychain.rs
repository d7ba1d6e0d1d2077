//! Words for the place where logins are kept, which each platform calls its own name.

use wire::Cause;

use super::{Said, fact};
use crate::{Platform, Words};

pub(super) fn locked(words: &Words) -> Said {
    Said::new(
        format!("{} is locked.", capital(&words.keychain)),
        "Logins are safe but cannot be read until you unlock it.",
        "Unlock it, then try again.",
    )
}

pub(super) fn none(why: &str, words: &Words) -> Said {
    let why = fact(why, "nothing answers where it should be");
    match words.platform {
        Platform::Linux => Said::new(
            "No keyring is running.",
            "Logins cannot be saved.",
            "Start GNOME Keyring or KWallet, or use a private file.",
        ),
        Platform::Macos | Platform::Windows => Said::new(
            format!("{} cannot be reached.", capital(&words.keychain)),
            format!("Logins cannot be saved: {why}."),
            "Log in to this account at its own screen, or use a private file.",
        ),
    }
}

pub(super) fn slow(seconds: u64, words: &Words) -> Said {
    Said::new(
        format!("{} did not answer within {seconds} s.", capital(&words.keychain)),
        "It may be waiting for a password in a window of its own.",
        "Look for that window and answer it, then try again.",
    )
}

pub(super) fn refused(why: &str, words: &Words) -> Said {
    Said::new(
        "The login could not be saved.",
        format!("{} said no: {}.", capital(&words.keychain), fact(why, "it gave no reason")),
        format!("Allow Sallyport to use {}, then try again.", words.keychain),
    )
    .on_stderr(format!(
        "{} said no ({}); allow Sallyport to use it, then try again",
        words.keychain,
        fact(why, "it gave no reason")
    ))
}

/// A login that is there, and could not be put where logins are kept. What a keychain says is for experts, and stands in
/// the details.
pub(super) fn unsaved(cause: &Cause, said: Said, words: &Words) -> Said {
    let refused = matches!(cause, Cause::KeychainRefused { .. });
    let first = if refused { format!("{} said no.", capital(&words.keychain)) } else { said.title };
    let why = format!("{first} It stays in memory until you quit.");
    Said { title: "The login could not be saved.".to_owned(), why, ..said }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
