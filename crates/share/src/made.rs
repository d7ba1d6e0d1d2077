//! What has been made for a hostname, and the file in which that is noted. None of it is secret.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use api::Record;
use profile::{Profile, write_atomically};
use serde::{Deserialize, Serialize};
use wire::Cause;

use crate::{ShareError, Step};

/// What has been made for a hostname.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Made {
    /// The hostname.
    pub hostname: String,
    /// Tag of the account.
    pub account: String,
    /// Id of the zone.
    pub zone: String,
    /// The port of the SSH server.
    pub port: u16,
    /// Who may enter, in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub people: String,
    /// The same one by one, as they are written: `ada@acme.dev`, `@acme.dev`, `group:Platform`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<String>,
    /// A way to log in, by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<String>,
    /// The policy, by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<MadeApp>,
    /// The authority that signs SSH certificates: the line that servers are to trust.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// The tunnel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tunnel: Option<MadeTunnel>,
    /// The file that holds the right to run the tunnel, where the keyring does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
    /// The service of the operating system's that runs the tunnel, where it is one; it holds the right to do so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<RunBy>,
    /// The DNS record, by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// What its connector may reach besides the SSH server, as rules lead there that were set here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<String>,
    /// What that record was before, where it has taken the place of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Record>,
    /// What is still to be done, where it was stopped on the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unfinished: Option<Unfinished>,
}

/// How far it was when it was stopped, and what else it was to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unfinished {
    /// All steps in their order.
    pub steps: Vec<Step>,
    /// Those that are in place. The connector never is: it runs as long as somebody runs it.
    pub done: Vec<Step>,
    /// How long a log-in is to be good, such as `24h`.
    pub session: String,
    /// Whether the application is to sign SSH certificates.
    pub certificates: bool,
    /// What the tunnel is to be called.
    pub tunnel: String,
    /// Whether a DNS record that leads elsewhere may lead here.
    pub replaces_record: bool,
}

/// An application that was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeApp {
    /// Its id.
    pub id: String,
    /// Its audience tag.
    pub aud: String,
}

/// The service that runs a tunnel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunBy {
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub whose: Whose,
}

/// Whose service it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whose {
    /// The machine's: it starts with it.
    Machine,
    /// One person's: it starts when they log in.
    Person,
}

/// A tunnel that was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeTunnel {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// All that this machine has published, by hostname.
#[derive(Clone, Debug)]
pub struct Shares {
    file: PathBuf,
}

impl Made {
    /// A step is in place, or is to be done again with all that come after it.
    pub(crate) fn settle(&mut self, step: Step, is_done: bool) {
        let Some(Unfinished { done, .. }) = &mut self.unfinished else { return };
        match done.iter().position(|known| *known == step) {
            Some(at) if !is_done => done.truncate(at),
            None if is_done && step != Step::Connector => done.push(step),
            Some(_) | None => {}
        }
    }

    /// Whether nothing of it is there any more.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        let Self { way, policy, app, authority, tunnel, record, .. } = self;
        [way, policy, authority, record].iter().all(|one| one.is_none()) && app.is_none() && tunnel.is_none()
    }
}

impl Shares {
    /// Those of a profile.
    #[must_use]
    pub fn of(profile: &Profile) -> Self {
        Self { file: profile.state_dir().join("shares.json") }
    }

    /// All of them; none where the file is not there.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn all(&self) -> Result<BTreeMap<String, Made>, ShareError> {
        let failed = |detail: String| {
            ShareError::Here(Cause::SettingsDamaged { path: self.file.display().to_string(), detail })
        };
        match std::fs::read(&self.file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(failed(error.to_string())),
        }
    }

    /// Notes what there is for a hostname; forgets it when that is nothing. Whoever else does so at the same time waits.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn note(&self, made: &Made) -> Result<(), ShareError> {
        let failed = |error: std::io::Error| {
            ShareError::Here(Cause::Unexpected { what: format!("{}: {error}", self.file.display()) })
        };
        let folder = self.file.parent().unwrap_or(Path::new("."));
        profile::create_private_folder(folder).map_err(failed)?;
        let _alone = self.alone().map_err(failed)?;
        let mut all = self.all()?;
        if made.is_nothing() {
            all.remove(&made.hostname);
        } else {
            all.insert(made.hostname.clone(), made.clone());
        }
        let text = serde_json::to_vec_pretty(&all).map_err(|error| failed(error.into()))?;
        write_atomically(&self.file, &text).map_err(failed)
    }

    /// For as long as it is held, others who want to note something wait: each begins with what the one before has written.
    fn alone(&self) -> std::io::Result<File> {
        let file = File::create(self.file.with_extension("lock"))?;
        file.lock()?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_forgotten_when_several_note_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let shares = Shares { file: folder.path().join("profile/shares.json") };
        let hostname = |one: u32, other: u32| format!("host-{one}-{other}.acme.test");
        std::thread::scope(|threads| {
            for one in 0..4 {
                let shares = &shares;
                threads.spawn(move || {
                    for other in 0..25 {
                        let (hostname, record) = (hostname(one, other), Some("id".to_owned()));
                        shares.note(&Made { hostname, record, ..Made::default() }).unwrap();
                    }
                });
            }
        });
        let all = shares.all().unwrap();
        let noted = (0..4).flat_map(|one| (0..25).map(move |other| hostname(one, other)));
        assert!(noted.into_iter().all(|hostname| all.contains_key(&hostname)) && all.len() == 100);
        for made in all.keys() {
            shares.note(&Made { hostname: made.clone(), ..Made::default() }).unwrap();
        }
        assert!(shares.all().unwrap().is_empty());
    }
}
