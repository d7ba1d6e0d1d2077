//! Tokens that the vault did not take, kept until this program ends.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wire::Jwt;

use crate::{Slot, VaultError};

/// Shared by all clones of one vault.
#[derive(Clone, Debug, Default)]
pub(crate) struct Aside(Arc<Mutex<BTreeMap<Slot, Jwt>>>);

impl Aside {
    pub(crate) fn put(&self, slot: &Slot, token: &Jwt) {
        self.all().insert(slot.clone(), token.clone());
    }

    pub(crate) fn forget(&self, slot: &Slot) -> bool {
        self.all().remove(slot).is_some()
    }

    /// Everything, for another try.
    pub(crate) fn waiting(&self) -> Vec<(Slot, Jwt)> {
        self.all().iter().map(|(slot, token)| (slot.clone(), token.clone())).collect()
    }

    /// What a slot holds: of the token at rest and the one kept here, the one that lasts longer. Another program may have
    /// put a newer one into the vault meanwhile.
    pub(crate) fn or_stored(
        &self,
        slot: &Slot,
        stored: Result<Option<Jwt>, VaultError>,
    ) -> Result<Option<Jwt>, VaultError> {
        let Some(kept) = self.all().get(slot).cloned() else { return stored };
        match stored {
            Ok(Some(stored)) if end(&stored) > end(&kept) => Ok(Some(stored)),
            Ok(_) | Err(_) => Ok(Some(kept)),
        }
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<Slot, Jwt>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn end(token: &Jwt) -> Option<i64> {
    token.claims().ok().map(|claims| claims.exp)
}
