//! What can be wrong with a vault, and how keychain errors are told apart.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use keyring_core::Error as Keyring;
use wire::Cause;

/// Why a secret cannot be read, written or removed.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// What is stored cannot be used.
    #[error("{place} is damaged: {what}")]
    Damaged {
        /// The file or keychain entry.
        place: String,
        /// What is wrong with it.
        what: String,
    },
    /// A file of the vault cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The keychain is locked and was not unlocked.
    #[error("the keychain is locked")]
    Locked,
    /// There is no keychain, or none that can be reached.
    #[error("no keychain can be reached: {why}")]
    NoKeychain {
        /// What the attempt to reach it said.
        why: String,
    },
    /// The keychain refused.
    #[error("the keychain refused: {why}")]
    Refused {
        /// What it said.
        why: String,
    },
    /// The keychain did not answer.
    #[error("the keychain did not answer within {} s", after.as_secs())]
    TimedOut {
        /// How long it was waited for.
        after: Duration,
    },
    /// The secret is larger than the vault takes.
    #[error("the secret is too large for the vault")]
    TooLarge,
}

impl VaultError {
    /// Whether the same call may work later with nothing changed by hand.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Locked | Self::Refused { .. } | Self::TimedOut { .. } => true,
            Self::Damaged { .. } | Self::Io { .. } | Self::NoKeychain { .. } | Self::TooLarge => false,
        }
    }

    /// Whether the person has to unlock the keychain first.
    #[must_use]
    pub fn needs_unlock(&self) -> bool {
        matches!(self, Self::Locked)
    }

    /// The entry of the closed list that this is.
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Self::Damaged { place, what } => {
                Cause::SettingsDamaged { path: place.clone(), detail: what.clone() }
            }
            Self::Io { path, source } => {
                Cause::SettingsDamaged { path: path.display().to_string(), detail: source.to_string() }
            }
            Self::Locked => Cause::KeychainLocked,
            Self::NoKeychain { why } => Cause::NoKeychain { why: why.clone() },
            Self::Refused { why } => Cause::KeychainRefused { why: why.clone() },
            Self::TimedOut { after } => Cause::KeychainSlow { seconds: after.as_secs() },
            Self::TooLarge => Cause::KeychainRefused { why: self.to_string() },
        }
    }
}

/// A failed call on an open store.
pub(crate) struct Fault {
    pub(crate) error: VaultError,
    /// Whether the connection may be what is dead, so that the same call over a fresh one may work.
    pub(crate) stale: bool,
}

impl From<VaultError> for Fault {
    fn from(error: VaultError) -> Self {
        Self { error, stale: false }
    }
}

impl Fault {
    /// Classifies what a call on the keychain's entry `name` came back with.
    pub(crate) fn of_call(name: &str, error: Keyring) -> Self {
        let stale = matches!(error, Keyring::PlatformFailure(_)) && cfg!(target_os = "linux");
        let damaged =
            |what: String| VaultError::Damaged { place: format!("the keychain entry {name}"), what };
        let said = error.to_string();
        let error = match error {
            // Only the variant's name: these carry the stored bytes.
            Keyring::BadEncoding(_) => damaged("it is not text".into()),
            Keyring::BadDataFormat(..) => damaged("the keychain cannot decode it".into()),
            Keyring::BadStoreFormat(what) => damaged(what),
            Keyring::Ambiguous(entries) => damaged(format!("there are {} of it", entries.len())),
            Keyring::NoStorageAccess(platform) => no_access(&*platform),
            Keyring::TooLong(..) => VaultError::TooLarge,
            Keyring::PlatformFailure(_)
            | Keyring::NoEntry
            | Keyring::Invalid(..)
            | Keyring::NoDefaultStore
            | Keyring::NotSupportedByStore(_)
            | _ => VaultError::Refused { why: said },
        };
        Self { error, stale }
    }
}

/// Classifies why the keychain could not even be opened.
pub(crate) fn of_opening(error: &Keyring) -> VaultError {
    VaultError::NoKeychain { why: error.to_string() }
}

#[cfg(target_os = "linux")]
fn no_access(platform: &(dyn std::error::Error + Send + Sync + 'static)) -> VaultError {
    match platform.downcast_ref::<secret_service::Error>() {
        Some(error) => of_secret_service(error),
        None => VaultError::Locked,
    }
}

#[cfg(not(target_os = "linux"))]
fn no_access(_: &(dyn std::error::Error + Send + Sync + 'static)) -> VaultError {
    VaultError::Locked
}

#[cfg(target_os = "linux")]
pub(crate) fn of_secret_service(error: &secret_service::Error) -> VaultError {
    use secret_service::Error;
    match error {
        Error::Locked | Error::Prompt | Error::PromptDisconnected => VaultError::Locked,
        Error::NoResult => VaultError::NoKeychain { why: "no default keyring has been created".into() },
        Error::Unavailable => VaultError::NoKeychain { why: error.to_string() },
        Error::Crypto(_) | Error::Zbus(_) | Error::ZbusFdo(_) | Error::Zvariant(_) | _ => {
            VaultError::Refused { why: error.to_string() }
        }
    }
}
