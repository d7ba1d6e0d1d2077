//! What a person can choose.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{ProfileError, ProxyChoice, file};

/// A person's choices; `settings.json` holds those that differ from the defaults or were saved once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Where secrets are kept.
    pub vault: VaultChoice,
    /// The ssh client configuration to manage in place of `~/.ssh/config`; relative to the profile's folder.
    pub ssh_config: Option<PathBuf>,
    /// D-Bus address of a Secret Service other than the one of the person's session (Linux).
    pub session_bus: Option<String>,
    /// The program that opens links, in place of the person's browser.
    pub browser: Option<String>,
    /// The programs that open the links of single teams, with their arguments, by the team's name.
    pub browsers: BTreeMap<String, String>,
    /// Hosts of apps that this machine reaches by a service token and never asks a person to log in to.
    pub machines: BTreeSet<String>,
    /// The helper to write into the ssh config, in place of the one beside the desktop.
    pub helper: Option<PathBuf>,
    /// The proxy on the way out of this machine.
    pub proxy: ProxyChoice,
    /// Files of certificates, in PEM, of authorities to trust besides the public ones and those of the operating
    /// system; relative to the profile's folder.
    pub trust: Vec<PathBuf>,
    /// Whether to tell when a log-in is about to end.
    pub notify: bool,
    /// Whether the desktop stays in the tray when its window is closed.
    pub keep_running: bool,
    /// What the desktop does when a program needs a login.
    pub log_in_for_programs: LogInChoice,
    /// Seconds to wait for a person to log in.
    pub log_in_wait_s: u64,
    /// Local addresses whose streams are carried to an app, as an import has taken them over.
    pub forwards: Vec<SavedForward>,
    /// Whether the desktop keeps connections ready to hosts that were used in the last minutes.
    pub keep_warm: bool,
    /// Whether the desktop answers again, when it starts, for what this machine shares.
    pub answer_at_start: bool,
    /// Whether the machine stays awake while somebody is connected to what the desktop shares.
    pub keep_awake: bool,
    /// Tunnels of cloudflared's that the desktop runs, by their ids.
    pub taken_tunnels: BTreeSet<String>,
}

/// One local address that leads to an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedForward {
    /// The app.
    pub url: String,
    /// The local address.
    pub listener: String,
    /// The machine behind a bastion app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
}

/// Where secrets are kept. Anything but the keychain is chosen by the person, never fallen back to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VaultChoice {
    /// The operating system's keychain.
    #[default]
    Keychain,
    /// A plain file that only its owner can read; not encrypted.
    File,
    /// The memory of each process; forgotten when it ends.
    Memory,
}

/// What the desktop does when an `ssh` or another program needs a login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogInChoice {
    /// Opens the browser for programs with a terminal, where a person just typed; asks first for others.
    #[default]
    Open,
    /// Asks first.
    Ask,
    /// Opens none: the program is told that a login is needed.
    Never,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            vault: VaultChoice::default(),
            ssh_config: None,
            session_bus: None,
            browser: None,
            browsers: BTreeMap::new(),
            machines: BTreeSet::new(),
            helper: None,
            proxy: ProxyChoice::default(),
            trust: Vec::new(),
            notify: true,
            keep_running: true,
            log_in_for_programs: LogInChoice::default(),
            log_in_wait_s: 540,
            forwards: Vec::new(),
            keep_warm: true,
            answer_at_start: false,
            keep_awake: false,
            taken_tunnels: BTreeSet::new(),
        }
    }
}

impl Settings {
    /// The program that opens links of this team; `None` for the person's browser.
    #[must_use]
    pub fn browser_of(&self, team: Option<&str>) -> Option<&str> {
        team.and_then(|team| self.browsers.get(team)).or(self.browser.as_ref()).map(String::as_str)
    }

    /// Writes these over what `path` holds and keeps the members it does not know.
    pub(crate) fn save(&self, path: &Path) -> Result<(), ProfileError> {
        let mut members = file::read_json::<Map<String, Value>>(path)?.unwrap_or_default();
        let unwritable = |source| ProfileError::Unwritable { path: path.to_owned(), source };
        let own = serde_json::to_value(self).map_err(|error| unwritable(error.into()))?;
        for (name, value) in own.as_object().into_iter().flatten() {
            if value.is_null() {
                members.remove(name);
            } else {
                members.insert(name.clone(), value.clone());
            }
        }
        let mut text = serde_json::to_vec_pretty(&members).map_err(|error| unwritable(error.into()))?;
        text.push(b'\n');
        file::write_atomically(path, &text).map_err(unwritable)
    }
}
