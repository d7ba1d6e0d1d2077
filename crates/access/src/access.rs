//! The one value that the rest of the product holds to reach applications.

use std::sync::Arc;
use std::time::Duration;

use profile::Profile;
use vault::Vault;
use wire::{AppUrl, Realm};

use crate::app_list::AppList;
use crate::reach::Dialler;
use crate::team_keys::TeamKeys;
use crate::{AccessError, App, Clock, trust};

/// Access to the applications of one person in one realm. Cheap to clone; opening it touches neither network nor vault.
#[derive(Clone)]
pub struct Access {
    parts: Arc<Parts>,
    auto_close: bool,
    log_in_wait: Duration,
}

struct Parts {
    profile: Profile,
    vault: Vault,
    realm: Arc<Realm>,
    clock: Clock,
    dialler: Dialler,
    keys: TeamKeys,
    apps: AppList,
}

impl Access {
    /// Opens access for a profile.
    ///
    /// # Errors
    /// When the realm's own trust roots, or a file of them that the settings name, are not certificates.
    pub fn new(profile: &Profile, vault: Vault) -> Result<Self, AccessError> {
        Self::with_clock(profile, vault, Clock::default())
    }

    /// Opens access for a profile by a clock that may differ from the machine's.
    ///
    /// # Errors
    /// When the realm's own trust roots, or a file of them that the settings name, are not certificates.
    pub fn with_clock(profile: &Profile, vault: Vault, clock: Clock) -> Result<Self, AccessError> {
        let realm = Arc::new(profile.realm().clone());
        let roots = trust::roots(&realm.roots, profile.trust_files())?;
        let tls = trust::client_config(&roots, &clock)?;
        let dialler = Dialler::new(Arc::clone(&realm), profile.proxies(), tls);
        let keys = TeamKeys::new(profile.state_dir().join("keys"), dialler.clone(), clock.clone());
        let apps = AppList::new(profile.apps_file());
        let log_in_wait = Duration::from_secs(profile.settings().log_in_wait_s);
        let parts = Parts { profile: profile.clone(), vault, realm, clock, dialler, keys, apps };
        Ok(Self { parts: Arc::new(parts), auto_close: false, log_in_wait })
    }

    /// The same, with log-ins whose last page closes its tab.
    #[must_use]
    pub fn closing_the_tab(self) -> Self {
        Self { auto_close: true, ..self }
    }

    /// The same, with log-ins that give a person this long, ten minutes at most.
    #[must_use]
    pub fn waiting(self, log_in_wait: Duration) -> Self {
        Self { log_in_wait, ..self }
    }

    /// What is known about the app at `url` without asking anyone.
    #[must_use]
    pub fn known_app(&self, url: &AppUrl) -> Option<App> {
        self.apps().find(url)
    }

    pub(crate) fn apps(&self) -> &AppList {
        &self.parts.apps
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.parts.clock
    }

    pub(crate) fn dialler(&self) -> &Dialler {
        &self.parts.dialler
    }

    pub(crate) fn keys(&self) -> &TeamKeys {
        &self.parts.keys
    }

    pub(crate) fn profile(&self) -> &Profile {
        &self.parts.profile
    }

    pub(crate) fn realm(&self) -> &Realm {
        &self.parts.realm
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.parts.vault
    }

    pub(crate) const fn auto_close(&self) -> bool {
        self.auto_close
    }

    /// How long a person may take to log in.
    pub(crate) fn log_in_wait(&self) -> Duration {
        self.log_in_wait.min(wire::limit::POLL * wire::limit::POLLS)
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("realm", &self.realm().name).finish_non_exhaustive()
    }
}
