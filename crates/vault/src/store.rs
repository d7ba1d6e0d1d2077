//! Where secrets can be, behind one small trait of named blobs.

mod file;
mod keychain;
mod memory;
#[cfg(target_os = "linux")]
mod secret_service;
// Only the Credential Manager takes so little.
#[cfg(any(windows, test))]
mod split;

use std::path::PathBuf;

use profile::{Profile, VaultChoice};
use zeroize::Zeroizing;

use crate::VaultError;
use crate::error::Fault;

/// Bytes that are wiped when they are let go.
pub(crate) type Secret = Zeroizing<Vec<u8>>;

/// Named blobs at rest. An implementation is opened for one call and dropped after it.
pub(crate) trait Blobs {
    /// The blob called `name`; `None` when there is none.
    fn read(&self, name: &str) -> Result<Option<Secret>, Fault>;
    /// Sets the blob called `name`.
    fn write(&self, name: &str, blob: &[u8]) -> Result<(), Fault>;
    /// Removes the blob called `name`; tells whether there was one.
    fn remove(&self, name: &str) -> Result<bool, Fault>;
}

/// A person's choice of where secrets are, with all that is needed to open it.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    File { path: PathBuf, lock: PathBuf },
    Keychain { service: String, bus: Option<String>, lock: PathBuf },
    Memory { service: String },
}

impl Place {
    pub(crate) fn chosen(profile: &Profile) -> Self {
        let lock = profile.turn_file("vault");
        let service = profile.keychain_service();
        match profile.settings().vault {
            VaultChoice::File => Self::File { path: profile.vault_file(), lock },
            VaultChoice::Keychain => {
                Self::Keychain { service, bus: profile.settings().session_bus.clone(), lock }
            }
            VaultChoice::Memory => Self::Memory { service },
        }
    }

    /// Opens it afresh. Only keychains can fail here.
    pub(crate) fn open(&self) -> Result<Box<dyn Blobs>, VaultError> {
        Ok(match self {
            Self::File { path, lock } => Box::new(file::File { path: path.clone(), lock: lock.clone() }),
            Self::Keychain { service, bus, lock } => keychain::open(service, bus.as_deref(), lock)?,
            Self::Memory { service } => Box::new(memory::Memory { service: service.clone() }),
        })
    }

    /// Tells whether secrets could be kept here now, without asking the person anything.
    pub(crate) fn probe(&self) -> Result<(), VaultError> {
        match self {
            Self::Keychain { service, bus, .. } => keychain::probe(service, bus.as_deref()),
            Self::File { .. } | Self::Memory { .. } => {
                self.open()?.read("probe").map(drop).map_err(|fault| fault.error)
            }
        }
    }
}
