//! The Secret Service on a bus of its own address, and questions the `keyring-core` store cannot ask.
//!
//! That store only knows the bus of the process's environment. Profiles with a private keyring name another one in their
//! settings, while tray and notifications stay on the person's bus. Entries look the same either way.

use std::collections::HashMap;

use secret_service::blocking::{Item, SecretService};
use secret_service::{EncryptionType, Error};
use zbus::blocking::connection::Builder;

use super::{Blobs, Secret};
use crate::VaultError;
use crate::error::{Fault, of_secret_service};

const CONTENT_TYPE: &str = "application/octet-stream";

pub(super) struct OnBus {
    connection: SecretService<'static>,
    service: String,
}

impl OnBus {
    /// Connects to the Secret Service at `bus`, else on the session's bus.
    pub(super) fn connect(bus: Option<&str>, service: &str) -> Result<Self, VaultError> {
        let unreachable = |error: Error| VaultError::NoKeychain { why: error.to_string() };
        let connection = match bus {
            Some(address) => Builder::address(address),
            None => Builder::session(),
        };
        let connection = connection.and_then(Builder::build).map_err(|error| unreachable(error.into()))?;
        let connection = SecretService::connect_with_existing(EncryptionType::Dh, connection);
        Ok(Self { connection: connection.map_err(unreachable)?, service: service.to_owned() })
    }

    /// Tells whether there is a default keyring and whether it is open.
    pub(super) fn probe(&self) -> Result<(), VaultError> {
        let locked = self.connection.get_default_collection().and_then(|collection| collection.is_locked());
        match locked {
            Ok(false) => Ok(()),
            Ok(true) => Err(VaultError::Locked),
            Err(error) => Err(of_secret_service(&error)),
        }
    }

    fn attributes<'a>(&'a self, name: &'a str) -> HashMap<&'a str, &'a str> {
        HashMap::from([("service", self.service.as_str()), ("username", name)])
    }

    /// The items of that name, unlocked.
    fn items(&self, name: &str) -> Result<Vec<Item<'_>>, Error> {
        let found = self.connection.search_items(self.attributes(name))?;
        if !found.locked.is_empty() {
            self.connection.unlock_all(&found.locked.iter().collect::<Vec<_>>())?;
        }
        Ok(found.unlocked.into_iter().chain(found.locked).collect())
    }

    fn create(&self, name: &str, blob: &[u8]) -> Result<(), Error> {
        let collection = self.connection.get_default_collection()?;
        if collection.is_locked()? {
            collection.unlock()?;
        }
        let label = format!("keyring:{name}@{}", self.service);
        collection.create_item(&label, self.attributes(name), blob, true, CONTENT_TYPE)?;
        Ok(())
    }
}

impl Blobs for OnBus {
    fn read(&self, name: &str) -> Result<Option<Secret>, Fault> {
        let items = self.items(name).map_err(fault)?;
        items.first().map(|item| item.get_secret().map(Secret::new)).transpose().map_err(fault)
    }

    fn write(&self, name: &str, blob: &[u8]) -> Result<(), Fault> {
        match self.items(name).map_err(fault)?.first() {
            Some(item) => item.set_secret(blob, CONTENT_TYPE).map_err(fault),
            None => self.create(name, blob).map_err(fault),
        }
    }

    fn remove(&self, name: &str) -> Result<bool, Fault> {
        let items = self.items(name).map_err(fault)?;
        items.iter().try_for_each(Item::delete).map_err(fault)?;
        Ok(!items.is_empty())
    }
}

fn fault(error: Error) -> Fault {
    let stale = matches!(error, Error::Zbus(_) | Error::ZbusFdo(_));
    Fault { error: of_secret_service(&error), stale }
}
