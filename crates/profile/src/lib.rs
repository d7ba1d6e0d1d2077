//! Where one person's Sallyport keeps its things.
//!
//! A profile is a place and what was found there: the standard one stands where the operating system wants such files,
//! any other lies wholly below one folder (a demo, a test, a second identity). The environment is handed in, so that
//! two profiles can live in one process and nothing here depends on what else the process was told.

mod address;
mod error;
mod file;
mod place;
mod proxy;
mod settings;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use address::DesktopAddress;
pub use error::ProfileError;
pub use file::{create_private_folder, write_atomically};
use place::Place;
pub use proxy::{InvalidProxy, Proxies, Proxy, ProxyChoice, ProxyKind, ProxyLogin, Way};
pub use settings::{LogInChoice, SavedForward, Settings, VaultChoice};
use wire::Realm;

/// One person's profile as it was when it was opened. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Profile(Arc<Opened>);

#[derive(Clone, Debug)]
struct Opened {
    place: Place,
    realm: Realm,
    settings: Settings,
    proxies: Proxies,
}

impl Profile {
    /// Opens the profile below `dir`, else below the folder that the variable `SALLYPORT_PROFILE` names, else the
    /// standard one. Creates nothing; missing files mean defaults.
    ///
    /// # Errors
    /// When no home folder is known, or when `settings.json` or `realm.json` is there and cannot be used.
    pub fn open(dir: Option<PathBuf>, env: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, ProfileError> {
        let place = Place::find(dir, env)?;
        let settings = file::read_json(&place.config.join("settings.json"))?.unwrap_or_default();
        let realm = file::read_json(&place.config.join("realm.json"))?.unwrap_or_default();
        let proxies = Proxies::of_environment(env);
        Ok(Self(Arc::new(Opened { place, realm, settings, proxies })))
    }

    /// Saves settings and returns the profile that has them. Members of the file that this version does not know are
    /// kept, so that a newer version finds its own again.
    ///
    /// # Errors
    /// When the file is damaged (it is not overwritten then) or cannot be written.
    pub fn save_settings(&self, settings: &Settings) -> Result<Self, ProfileError> {
        settings.save(&self.settings_file())?;
        Ok(Self(Arc::new(Opened { settings: settings.clone(), ..Opened::clone(&self.0) })))
    }

    /// The profile with the settings as they are now: another program may have saved some since it was opened.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn reread(&self) -> Result<Self, ProfileError> {
        let settings = file::read_json(&self.settings_file())?.unwrap_or_default();
        Ok(Self(Arc::new(Opened { settings, ..Opened::clone(&self.0) })))
    }

    /// Changes settings as they are now, whatever they were when the profile was opened, and saves them.
    ///
    /// # Errors
    /// When the file is damaged (it is not overwritten then) or cannot be written.
    pub fn change_settings(&self, change: impl FnOnce(&mut Settings)) -> Result<Self, ProfileError> {
        let now = self.reread()?;
        let mut settings = now.settings().clone();
        change(&mut settings);
        now.save_settings(&settings)
    }

    /// The same profile before Cloudflare for Government, which has a transfer service (`access.md` 1.5), an API and a
    /// dashboard (`tunnel.md` 6.2, 6.3) of its own.
    #[must_use]
    pub fn in_government(&self) -> Self {
        let Realm { name, transfer, api, dashboard, .. } = Realm::fedramp();
        let realm = Realm { name, transfer, api, dashboard, ..self.realm().clone() };
        Self(Arc::new(Opened { realm, ..Opened::clone(&self.0) }))
    }

    /// Whether this is the profile of a person who has asked for no other.
    #[must_use]
    pub fn is_standard(&self) -> bool {
        self.0.place.standard
    }

    /// The folder that holds the settings; all of it for a profile of its own folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.0.place.config
    }

    /// The folder for what the program itself remembers: caches, turns, the file vault.
    #[must_use]
    pub fn state_dir(&self) -> &Path {
        &self.0.place.state
    }

    /// Which Cloudflare this profile talks to.
    #[must_use]
    pub fn realm(&self) -> &Realm {
        &self.0.realm
    }

    /// The settings as they were when the profile was opened.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The ways out of this machine, by the settings and the environment in which the profile was opened.
    #[must_use]
    pub fn proxies(&self) -> Proxies {
        self.0.proxies.chosen(&self.settings().proxy)
    }

    /// The files of certificates that the person trusts besides those that everybody does.
    pub fn trust_files(&self) -> impl Iterator<Item = PathBuf> {
        self.settings().trust.iter().map(|file| self.dir().join(file))
    }

    /// The person's file of settings; it may be missing.
    #[must_use]
    pub fn settings_file(&self) -> PathBuf {
        self.dir().join("settings.json")
    }

    /// The ssh client configuration that carries the managed block.
    #[must_use]
    pub fn ssh_config(&self) -> PathBuf {
        match (&self.settings().ssh_config, &self.0.place.home) {
            (Some(chosen), _) => self.dir().join(chosen),
            (None, Some(home)) => home.join(".ssh").join("config"),
            (None, None) => self.dir().join("ssh_config"),
        }
    }

    /// The person's home, when one is known.
    #[must_use]
    pub fn home(&self) -> Option<&Path> {
        self.0.place.home.as_deref()
    }

    /// Where cloudflared keeps tokens and keys of this person, whatever the profile (`access.md` 4.1).
    #[must_use]
    pub fn cloudflared_dir(&self) -> Option<PathBuf> {
        Some(self.home()?.join(".cloudflared"))
    }

    /// The folder for SSH keys and short-lived certificates. The standard profile's is the one that existing ssh
    /// configurations name (`access.md` 4.1); `None` when no home folder is known.
    #[must_use]
    pub fn ssh_keys_dir(&self) -> Option<PathBuf> {
        if self.is_standard() {
            return Some(self.0.place.home.as_ref()?.join(".cloudflared"));
        }
        Some(self.dir().join("ssh-keys"))
    }

    /// What is known about apps; no secrets.
    #[must_use]
    pub fn apps_file(&self) -> PathBuf {
        self.state_dir().join("apps.json")
    }

    /// The secrets of a person who has chosen a file for them.
    #[must_use]
    pub fn vault_file(&self) -> PathBuf {
        self.state_dir().join("vault.json")
    }

    /// The file whose lock is the turn called `name`, which may be any text.
    #[must_use]
    pub fn turn_file(&self, name: &str) -> PathBuf {
        let readable: String = name
            .chars()
            .take(60)
            .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c.to_ascii_lowercase() } else { '_' })
            .collect();
        // The sum keeps apart names that read alike, on file systems that fold case too.
        self.state_dir().join("turns").join(format!("{readable}-{:016x}.lock", place::sum(name.as_bytes())))
    }

    /// Where this profile's desktop listens.
    #[must_use]
    pub fn desktop_address(&self) -> DesktopAddress {
        self.0.place.desktop_address()
    }

    /// Where ssh asks for the short-lived certificate of a host.
    #[must_use]
    pub fn agent_address(&self, host: &str) -> DesktopAddress {
        self.0.place.agent_address(host)
    }

    /// Where a helper finds a connection to a host that is ready; none where the system cannot hand open files on.
    #[must_use]
    pub fn warm_address(&self, host: &str, port: u16) -> Option<DesktopAddress> {
        self.0.place.warm_address(host, port)
    }

    /// The name under which this profile's entries stand in the OS keychain.
    #[must_use]
    pub fn keychain_service(&self) -> String {
        if self.is_standard() { "Sallyport".to_owned() } else { format!("Sallyport {}", self.0.place.mark()) }
    }

    /// What the helper must be told, before its sub-command, to work on this profile.
    #[must_use]
    pub fn helper_flags(&self) -> Vec<OsString> {
        if self.is_standard() { Vec::new() } else { vec!["--profile".into(), self.dir().into()] }
    }
}
