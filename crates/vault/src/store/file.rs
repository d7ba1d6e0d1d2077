//! Secrets in a plain file, for a person who has chosen that.
//!
//! The file is not encrypted: whoever can read it has the tokens. It is readable by its owner only (0600), as private SSH
//! keys are; backups and other programs of the same person can read it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Blobs, Secret};
use crate::VaultError;
use crate::error::Fault;
use crate::turn::Lock;

type Names = BTreeMap<String, Zeroizing<String>>;

pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) lock: PathBuf,
}

impl File {
    fn load(&self) -> Result<Names, VaultError> {
        let text = match fs::read(&self.path) {
            Ok(bytes) => Secret::new(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Names::new()),
            Err(error) => return Err(self.failed(error)),
        };
        keep_private(&self.path).map_err(|error| self.failed(error))?;
        serde_json::from_slice(&text).map_err(|error| self.damaged(&error))
    }

    /// Changes the names under the lock, so that no other process's change is lost.
    fn change<T>(&self, work: impl FnOnce(&mut Names) -> T) -> Result<T, VaultError> {
        let _lock =
            Lock::wait(&self.lock).map_err(|source| VaultError::Io { path: self.lock.clone(), source })?;
        let mut names = self.load()?;
        let result = work(&mut names);
        // Room for all of it at once: a buffer that grows leaves copies behind that are not wiped.
        let room = names.iter().map(|(name, value)| 6 * (name.len() + value.len()) + 8).sum::<usize>() + 8;
        let mut text = Secret::new(Vec::with_capacity(room));
        serde_json::to_writer(&mut *text, &names).map_err(|error| self.damaged(&error))?;
        profile::write_atomically(&self.path, &text).map_err(|error| self.failed(error))?;
        Ok(result)
    }

    fn failed(&self, source: io::Error) -> VaultError {
        VaultError::Io { path: self.path.clone(), source }
    }

    /// The place of the fault only: what `serde_json` says may quote what is stored.
    fn damaged(&self, error: &serde_json::Error) -> VaultError {
        let what = format!("line {}, column {} is not what Sallyport wrote", error.line(), error.column());
        VaultError::Damaged { place: self.path.display().to_string(), what }
    }
}

impl Blobs for File {
    fn read(&self, name: &str) -> Result<Option<Secret>, Fault> {
        let mut names = self.load()?;
        Ok(names.remove(name).map(|value| Secret::new(value.as_bytes().to_owned())))
    }

    fn write(&self, name: &str, blob: &[u8]) -> Result<(), Fault> {
        let text = str::from_utf8(blob).map_err(|_| VaultError::Damaged {
            place: format!("the secret {name}"),
            what: "it is not text".into(),
        })?;
        let value = Zeroizing::new(text.to_owned());
        Ok(self.change(|names| drop(names.insert(name.to_owned(), value)))?)
    }

    fn remove(&self, name: &str) -> Result<bool, Fault> {
        if self.load()?.contains_key(name) {
            return Ok(self.change(|names| names.remove(name).is_some())?);
        }
        Ok(false)
    }
}

#[cfg(unix)]
fn keep_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if fs::metadata(path)?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    tracing::warn!(path = %path.display(), "others could read the vault's file; it is private again");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature on every system")]
fn keep_private(_: &Path) -> io::Result<()> {
    Ok(())
}
