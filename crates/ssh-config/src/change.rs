//! A planned change of the file, and the same change once it has been made.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::check::{self, Check};
use crate::diff::Diff;
use crate::error::SshConfigError;
use crate::file::{Snapshot, remove_folders};
use crate::host::Host;
use crate::proxy_command::towards;

/// A change that has been planned but not made: nothing on disk differs yet.
#[derive(Clone, Debug)]
pub struct Change {
    path: PathBuf,
    before: Snapshot,
    after: Vec<u8>,
    hosts: Vec<Host>,
    command: String,
}

impl Change {
    pub(crate) fn new(
        path: PathBuf,
        before: Snapshot,
        after: Vec<u8>,
        hosts: Vec<Host>,
        command: String,
    ) -> Self {
        Self { path, before, after, hosts, command }
    }

    /// The file that will change.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is as it should be already.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.before.bytes().unwrap_or_default() == self.after
    }

    /// The lines that will change.
    #[must_use]
    pub fn diff(&self) -> Diff {
        Diff::between(self.before.bytes().unwrap_or_default(), &self.after)
    }

    /// The whole file as it will be.
    #[must_use]
    pub fn after(&self) -> &[u8] {
        &self.after
    }

    /// Asks the ssh on the `PATH` what it would do for `alias` with the changed file, which it reads from a temporary place
    /// for at most ten seconds. Like every start of ssh this runs the commands of the file's own `Match exec` lines.
    ///
    /// # Errors
    /// [`SshConfigError::InvalidHost`] for a name that is none, [`SshConfigError::CheckFailed`] when ssh is there but
    /// cannot be run. That ssh refuses the file is no error but an answer.
    pub fn check(&self, alias: &str) -> Result<Check, SshConfigError> {
        self.check_with(OsStr::new("ssh"), alias)
    }

    /// As [`check`](Self::check), with the ssh at a given place.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn check_with(&self, ssh: &OsStr, alias: &str) -> Result<Check, SshConfigError> {
        let host = match self.hosts.iter().find(|host| host.alias == alias) {
            Some(host) => host.clone(),
            None => Host::new(alias, alias)?,
        };
        let command = towards(&self.command, host.destination.as_deref());
        let wanted = self.hosts.contains(&host).then_some(command.as_str());
        check::ask(ssh, &self.path, &self.after, &host, wanted, check::PATIENCE)
            .map_err(|source| SshConfigError::CheckFailed { path: self.path.clone(), source })
    }

    /// Whether the file may be written, asked before anything is: the same errors that [`apply`](Self::apply) would give.
    ///
    /// # Errors
    /// [`SshConfigError::ReadOnly`], [`SshConfigError::ChangedMeanwhile`], or whatever else is in the way by now.
    pub fn test_writable(&self) -> Result<(), SshConfigError> {
        self.unchanged()?.test_writable()
    }

    /// Makes the change: the file as it was is kept beside it as `config.sallyport-backup`, then replaced whole. A change
    /// that is empty writes nothing.
    ///
    /// # Errors
    /// [`SshConfigError`] when the file is no longer what was read or cannot be written; everything is then as before.
    pub fn apply(self) -> Result<Applied, SshConfigError> {
        if self.is_empty() {
            return Ok(Applied { path: self.path, done: None });
        }
        self.test_writable()?;
        let created = self.before.create_folders()?;
        match self.write() {
            Ok(backup) => {
                let done = Done { before: self.before, after: self.after, backup, created };
                Ok(Applied { path: self.path, done: Some(done) })
            }
            Err(error) => {
                remove_folders(&created);
                Err(error)
            }
        }
    }

    /// The file as it is now, which must be the file that was read.
    fn unchanged(&self) -> Result<Snapshot, SshConfigError> {
        let now = Snapshot::take(&self.path)?;
        if now.is_same(&self.before) {
            Ok(now)
        } else {
            Err(SshConfigError::ChangedMeanwhile { path: self.path.clone() })
        }
    }

    /// Does what can fail first, and compares the file once more in the last moment.
    fn write(&self) -> Result<Option<Backup>, SshConfigError> {
        let now = self.unchanged()?;
        let draft = now.draft(&self.after, &now)?;
        let backup = Backup::keep(&self.path, &now)?;
        match self.unchanged().and_then(|_| draft.put()) {
            Ok(()) => Ok(backup),
            Err(error) => {
                backup.map_or(Ok(()), Backup::take_back)?;
                Err(error)
            }
        }
    }
}

/// A change that has been made, and can be taken back as long as nobody else changes the file.
#[derive(Debug)]
pub struct Applied {
    path: PathBuf,
    done: Option<Done>,
}

#[derive(Debug)]
struct Done {
    before: Snapshot,
    after: Vec<u8>,
    backup: Option<Backup>,
    created: Vec<PathBuf>,
}

impl Applied {
    /// The file that was changed.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the file as it was is kept; nothing when there was no file or no change.
    #[must_use]
    pub fn backup(&self) -> Option<&Path> {
        self.done.as_ref()?.backup.as_ref().map(|backup| backup.before.target.as_path())
    }

    /// Brings back the file, the backup and the folder as they were before the change, byte for byte; what was missing is
    /// missing again.
    ///
    /// # Errors
    /// [`SshConfigError::ChangedMeanwhile`] when the file is no longer what was written, or why it cannot be written.
    pub fn undo(self) -> Result<(), SshConfigError> {
        let Some(done) = self.done else { return Ok(()) };
        let now = Snapshot::take(&self.path)?;
        if now.target != done.before.target || now.bytes() != Some(&done.after) {
            return Err(SshConfigError::ChangedMeanwhile { path: self.path });
        }
        now.test_writable()?;
        done.before.restore(&now)?;
        if let Some(backup) = done.backup {
            backup.take_back()?;
        }
        remove_folders(&done.created);
        Ok(())
    }
}

/// The copy beside the file, and what was in its place before.
#[derive(Debug)]
struct Backup {
    before: Snapshot,
}

impl Backup {
    /// Keeps what `file` found. A file that did not exist leaves nothing to keep, so an older backup stays.
    fn keep(path: &Path, file: &Snapshot) -> Result<Option<Self>, SshConfigError> {
        let Some(bytes) = file.bytes() else { return Ok(None) };
        let before = Snapshot::take_unlinked(&backup_path(path))?;
        before.draft(bytes, file)?.put()?;
        Ok(Some(Self { before }))
    }

    fn take_back(self) -> Result<(), SshConfigError> {
        let now = Snapshot::take_unlinked(&self.before.target)?;
        self.before.restore(&now)
    }
}

fn backup_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().map(OsString::from).unwrap_or_default();
    name.push(".sallyport-backup");
    path.with_file_name(name)
}
