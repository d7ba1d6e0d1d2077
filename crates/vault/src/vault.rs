//! The vault itself: slots in, tokens out.

use std::time::Duration;

use profile::Profile;
use wire::Jwt;

use crate::aside::Aside;
use crate::call::{bounded, bounded_blocking};
use crate::error::Fault;
use crate::store::{Blobs, Place};
use crate::{Slot, VaultError};

/// How long a call may take when nobody is expected to answer a prompt.
const LIMIT: Duration = Duration::from_secs(2);

/// How long a person gets to answer a prompt.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long to find out why a call was not answered.
const GLANCE: Duration = Duration::from_millis(300);

/// The largest secret, in bytes; real tokens have a few thousand.
pub(crate) const LARGEST: usize = 1 << 20;

/// Tokens at rest. Opening one opens nothing; every call reaches the keychain afresh. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vault {
    place: Place,
    limit: Duration,
    aside: Aside,
}

impl Vault {
    /// The vault that the profile's owner has chosen.
    #[must_use]
    pub fn open(profile: &Profile) -> Self {
        Self { place: Place::chosen(profile), limit: LIMIT, aside: Aside::default() }
    }

    /// The same vault for a moment at which a person can answer its prompts: calls may take a minute.
    #[must_use]
    pub fn patient(&self) -> Self {
        Self { limit: PATIENCE, ..self.clone() }
    }

    /// The vault that the profile's owner has chosen by now, with what this one keeps in memory.
    #[must_use]
    pub fn reopen(&self, profile: &Profile) -> Self {
        Self { aside: self.aside.clone(), ..Self::open(profile) }
    }

    /// The token in a slot; `None` when it is empty.
    ///
    /// # Errors
    /// When the vault cannot be reached, does not open or holds something else there.
    pub async fn read(&self, slot: &Slot) -> Result<Option<Jwt>, VaultError> {
        let stored = self.told(bounded(self.limit, self.reading(slot)).await).await;
        self.aside.or_stored(slot, stored)
    }

    /// The same for a thread that may block.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_blocking(&self, slot: &Slot) -> Result<Option<Jwt>, VaultError> {
        let stored = match bounded_blocking(self.limit, self.reading(slot)) {
            Err(VaultError::TimedOut { after }) => {
                Err(silent(after, bounded_blocking(GLANCE, self.probing())))
            }
            other => other,
        };
        self.aside.or_stored(slot, stored)
    }

    /// Puts a token into a slot.
    ///
    /// # Errors
    /// When the vault cannot be reached, does not open or does not take it.
    pub async fn write(&self, slot: &Slot, token: &Jwt) -> Result<(), VaultError> {
        if token.reveal().len() > LARGEST {
            return Err(VaultError::TooLarge);
        }
        let (name, token) = (slot.to_string(), token.clone());
        let work = self.work(move |blobs| blobs.write(&name, token.reveal().as_bytes()));
        self.told(bounded(self.limit, work).await).await?;
        self.aside.forget(slot);
        Ok(())
    }

    /// Keeps a token that [`write`](Self::write) did not take until this program ends; it is read as if it were at rest.
    pub fn keep_in_memory(&self, slot: &Slot, token: &Jwt) {
        self.aside.put(slot, token);
    }

    /// Tries once more to put to rest what is kept in memory.
    ///
    /// # Errors
    /// As [`write`](Self::write); what was not taken stays in memory.
    pub async fn save_kept(&self) -> Result<(), VaultError> {
        for (slot, token) in self.aside.waiting() {
            self.write(&slot, &token).await?;
        }
        Ok(())
    }

    /// Empties a slot; tells whether it held something.
    ///
    /// # Errors
    /// When the vault cannot be reached or does not open.
    pub async fn remove(&self, slot: &Slot) -> Result<bool, VaultError> {
        let name = slot.to_string();
        let kept = self.aside.forget(slot);
        let stored = self.told(bounded(self.limit, self.work(move |blobs| blobs.remove(&name))).await).await;
        Ok(stored? || kept)
    }

    /// Tells whether secrets could be kept now, without asking the person anything.
    ///
    /// # Errors
    /// What a call would fail with; a locked keychain is an error here even if it could be unlocked.
    pub async fn probe(&self) -> Result<(), VaultError> {
        bounded(LIMIT, self.probing()).await
    }

    fn reading(&self, slot: &Slot) -> impl FnOnce() -> Result<Option<Jwt>, VaultError> + Send + 'static {
        let name = slot.to_string();
        self.work(move |blobs| {
            let Some(blob) = blobs.read(&name)? else { return Ok(None) };
            let text = str::from_utf8(&blob).map_err(|_| VaultError::Damaged {
                place: format!("the vault's entry {name}"),
                what: "it is not text".into(),
            })?;
            Ok(Some(Jwt::new(text)))
        })
    }

    /// A call on a fresh store, and once more on another fresh one when the first turns out dead.
    fn work<T>(
        &self,
        call: impl Fn(&dyn Blobs) -> Result<T, Fault> + Send + 'static,
    ) -> impl FnOnce() -> Result<T, VaultError> + Send + 'static {
        let place = self.place.clone();
        move || match call(&*place.open()?) {
            Ok(value) => Ok(value),
            Err(Fault { stale: true, error }) => {
                tracing::debug!(%error, "asking the keychain again over a fresh connection");
                call(&*place.open()?).map_err(|fault| fault.error)
            }
            Err(Fault { stale: false, error }) => Err(error),
        }
    }

    /// A keychain that is locked asks the person and is silent meanwhile: that is another thing than being slow.
    async fn told<T>(&self, result: Result<T, VaultError>) -> Result<T, VaultError> {
        match result {
            Err(VaultError::TimedOut { after }) => Err(silent(after, bounded(GLANCE, self.probing()).await)),
            other => other,
        }
    }

    fn probing(&self) -> impl FnOnce() -> Result<(), VaultError> + Send + 'static {
        let place = self.place.clone();
        move || place.probe()
    }
}

/// Why a call was not answered within `after`, by what a probe said next.
fn silent(after: Duration, probe: Result<(), VaultError>) -> VaultError {
    match probe {
        Err(VaultError::Locked) => VaultError::Locked,
        Ok(()) | Err(_) => VaultError::TimedOut { after },
    }
}
