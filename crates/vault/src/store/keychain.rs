//! The operating system's keychain, opened through its `keyring-core` store.

use std::path::Path;
use std::sync::Arc;

use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};

use super::{Blobs, Secret};
use crate::VaultError;
use crate::error::{Fault, of_opening};

/// Opens the keychain for entries of `service`.
pub(super) fn open(service: &str, bus: Option<&str>, lock: &Path) -> Result<Box<dyn Blobs>, VaultError> {
    #[cfg(target_os = "linux")]
    if let Some(bus) = bus {
        let _ = lock;
        return Ok(Box::new(super::secret_service::OnBus::connect(Some(bus), service)?));
    }
    let store = system::store().map_err(|error| of_opening(&error))?;
    let entries = Entries { store, service: service.to_owned() };
    Ok(system::fit(entries, bus, lock))
}

/// Tells whether the keychain is there and open, without asking the person anything.
pub(super) fn probe(service: &str, bus: Option<&str>) -> Result<(), VaultError> {
    #[cfg(target_os = "linux")]
    return super::secret_service::OnBus::connect(bus, service)?.probe();
    #[cfg(not(target_os = "linux"))]
    open(service, bus, Path::new(""))?.read("probe").map(drop).map_err(|fault| fault.error)
}

/// The keychain's entries of one service; a blob's name is its entry's user.
struct Entries<S> {
    store: Arc<S>,
    service: String,
}

impl<S: CredentialStoreApi> Entries<S> {
    fn entry(&self, name: &str) -> Result<Entry, Fault> {
        // Never through `keyring_core::Entry::new`: it uses a store that the whole process shares and that never recovers.
        self.store.build(&self.service, name, None).map_err(|error| Fault::of_call(name, error))
    }
}

impl<S: CredentialStoreApi> Blobs for Entries<S> {
    fn read(&self, name: &str) -> Result<Option<Secret>, Fault> {
        match self.entry(name)?.get_secret() {
            Ok(bytes) => Ok(Some(Secret::new(bytes))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(Fault::of_call(name, error)),
        }
    }

    fn write(&self, name: &str, blob: &[u8]) -> Result<(), Fault> {
        self.entry(name)?.set_secret(blob).map_err(|error| Fault::of_call(name, error))
    }

    fn remove(&self, name: &str) -> Result<bool, Fault> {
        match self.entry(name)?.delete_credential() {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(error) => Err(Fault::of_call(name, error)),
        }
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::path::Path;
    use std::sync::Arc;

    use zbus_secret_service_keyring_store::Store;

    use super::{Blobs, Entries};

    pub(super) fn store() -> keyring_core::Result<Arc<Store>> {
        Store::new()
    }

    pub(super) fn fit(entries: Entries<Store>, _: Option<&str>, _: &Path) -> Box<dyn Blobs> {
        Box::new(entries)
    }
}

#[cfg(target_os = "macos")]
mod system {
    use std::path::Path;
    use std::sync::Arc;

    use apple_native_keyring_store::keychain::Store;

    use super::{Blobs, Entries};

    pub(super) fn store() -> keyring_core::Result<Arc<Store>> {
        Store::new()
    }

    pub(super) fn fit(entries: Entries<Store>, _: Option<&str>, _: &Path) -> Box<dyn Blobs> {
        Box::new(entries)
    }
}

#[cfg(windows)]
mod system {
    use std::path::Path;
    use std::sync::Arc;

    use windows_native_keyring_store::Store;

    use super::super::split::Split;
    use super::{Blobs, Entries};

    /// `CRED_MAX_CREDENTIAL_BLOB_SIZE` of `wincred.h`, in bytes.
    const LARGEST_BLOB: usize = 2560;

    pub(super) fn store() -> keyring_core::Result<Arc<Store>> {
        Store::new()
    }

    pub(super) fn fit(entries: Entries<Store>, _: Option<&str>, lock: &Path) -> Box<dyn Blobs> {
        Box::new(Split { blobs: entries, largest: LARGEST_BLOB, lock: Some(lock.to_owned()) })
    }
}
