//! Lossless editing of `~/.ssh/config`.
//!
//! One fenced block at the top of the file, the *managed block*, holds every host that Sallyport knows; this crate reads it,
//! plans a change of it, shows the change as a diff, asks ssh about it, applies it and undoes it.
//!
//! ```text
//! SshConfig::read ──plan──► Change ──diff, check──► Change ──apply──► Applied ──undo──► as before
//! ```
//!
//! The file stays a list of lines as they were read, and an edit replaces only the lines that it is about. So parsing never
//! fails, whatever the bytes are, and every line that is not about a changed host is written back as it was.
//!
//! *Invariant:* no byte outside the block changes, and the lines outside keep their order and their meaning: the block ends
//! with `Match all`, so options that led the file still apply to every host.

mod agent;
mod block;
mod cause;
mod change;
mod check;
mod diff;
mod edit;
mod entry;
mod error;
mod file;
mod host;
mod import;
mod lines;
mod proxy_command;
mod repair;
mod words;

#[cfg(any(test, feature = "fuzz"))]
#[doc(hidden)]
pub mod fuzz;

use std::path::{Path, PathBuf};

pub use change::{Applied, Change};
pub use check::Check;
pub use diff::{Diff, DiffLine, DiffLineKind};
pub use error::{Damage, SshConfigError};
pub use host::{Host, HostPart, InvalidHost};
pub use import::{Found, Import, Takeover, Verdict, undo_all};
pub use proxy_command::ProxyCommand;

use crate::block::Parts;
use crate::error::DamagedLine;
use crate::file::Snapshot;
use crate::lines::Text;

/// One ssh client configuration file, as it was when it was read.
#[derive(Clone, Debug)]
pub struct SshConfig {
    path: PathBuf,
    snapshot: Snapshot,
    text: Text,
}

impl SshConfig {
    /// Reads the file at `path`, through any symbolic links. A missing file or folder is an empty configuration.
    ///
    /// # Errors
    /// [`SshConfigError`] when there is something at `path` that is not a plausible, readable configuration file. What the
    /// file says is never an error here.
    pub fn read(path: &Path) -> Result<Self, SshConfigError> {
        let snapshot = Snapshot::take(path)?;
        let text = Text::parse(snapshot.bytes().unwrap_or_default());
        Ok(Self { path: path.to_owned(), snapshot, text })
    }

    /// Plans the change after which the managed block holds exactly `hosts`, each reached through `command`.
    ///
    /// Hosts that are there already keep their place and their lines; only a fact that differs changes its line. Lines added
    /// by hand stay. An empty list takes the block out; hand-added lines that are no entry of ours stay behind without fences.
    ///
    /// # Errors
    /// [`SshConfigError::Damaged`] when the block's fences are, [`SshConfigError::InvalidHost`] when a new or changed host
    /// could not stand in the file safely, [`SshConfigError::HelperPath`] when `command` cannot be written for ssh.
    pub fn plan(&self, hosts: &[Host], command: &ProxyCommand) -> Result<Change, SshConfigError> {
        let command = command.value().ok_or_else(|| self.helper_path(command))?;
        let parts = self.parts()?;
        let after = edit::with_hosts(&parts, hosts, &command, self.text.ending())?;
        Ok(self.change(after, hosts.to_vec(), command))
    }

    /// Plans the mending of damaged fences: one whole block at the top with every entry that runs our command, all other
    /// lines after it in their order. Only fence lines go; a file that is not damaged stays as it is.
    ///
    /// # Errors
    /// [`SshConfigError::HelperPath`] when `command` cannot be written for ssh.
    pub fn repair(&self, command: &ProxyCommand) -> Result<Change, SshConfigError> {
        let command = command.value().ok_or_else(|| self.helper_path(command))?;
        let after = match Parts::split(&self.text.lines) {
            Ok(_) => self.text.lines.clone(),
            Err(_) => repair::mended(&self.text.lines, self.text.ending()),
        };
        let hosts = Parts::split(&after).map(|parts| entry::hosts(&parts.inside)).unwrap_or_default();
        Ok(self.change(after, hosts, command))
    }

    /// The file as it is, as a change of nothing, to ask ssh about it: see [`Change::check`].
    ///
    /// # Errors
    /// [`SshConfigError::Damaged`] when the block's fences are, [`SshConfigError::HelperPath`] when `command`, which the
    /// block is expected to run, cannot be written for ssh.
    pub fn as_it_is(&self, command: &ProxyCommand) -> Result<Change, SshConfigError> {
        let command = command.value().ok_or_else(|| self.helper_path(command))?;
        Ok(self.change(self.text.lines.clone(), self.hosts()?, command))
    }

    /// The file that was asked for; it may be a link to the file that is written.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The hosts of the managed block, in the order of the file. Entries that a person wrote into the block and that no
    /// [`Host`] can hold (patterns, `Match`) are not among them, and are kept.
    ///
    /// # Errors
    /// [`SshConfigError::Damaged`] when it is unclear where the block begins or ends.
    pub fn hosts(&self) -> Result<Vec<Host>, SshConfigError> {
        Ok(entry::hosts(&self.parts()?.inside))
    }

    /// The helper that the block's first entry runs, to notice that it has moved.
    #[must_use]
    pub fn helper(&self) -> Option<PathBuf> {
        let parts = self.parts().ok()?;
        parts
            .inside
            .iter()
            .find_map(|line| ProxyCommand::read(line.directive()?.proxy_command()?))
            .map(|it| it.helper)
    }

    /// The `Host` patterns outside the block, each with its line (from 1), to warn of names that are taken.
    #[must_use]
    pub fn entries_outside(&self) -> Vec<(String, usize)> {
        let inside = Parts::range(&self.text.lines).ok().flatten().unwrap_or(0..0);
        let outside = self.text.lines.iter().enumerate().filter(|(index, _)| !inside.contains(index));
        outside
            .filter_map(|(index, line)| Some((index + 1, line.directive().filter(|it| it.is("Host"))?)))
            .flat_map(|(line, directive)| {
                directive.words().into_iter().map(move |word| (word.to_text(), line))
            })
            .collect()
    }

    /// The entries inside the block that no [`Host`] can hold, as they are written, each with its line (from 1). A person
    /// put them there, or changed an entry of ours so that it is one no longer; they stay, and ssh heeds them.
    #[must_use]
    pub fn entries_unread(&self) -> Vec<(String, usize)> {
        let Ok(parts) = self.parts() else { return Vec::new() };
        let header = |section: &entry::Section| {
            let line = &parts.inside[section.lines.start];
            let is_known = entry::host(&parts.inside[section.lines.clone()]).is_some();
            let is_stranger = !is_known && !line.directive()?.is_match_all();
            is_stranger.then(|| (line.to_text(), parts.before.len() + section.lines.start + 2))
        };
        entry::sections(&parts.inside).iter().filter_map(header).collect()
    }

    /// The file with its lines as they are held here, in place of those that were read.
    pub(crate) fn rewritten(&self, command: &ProxyCommand) -> Result<Change, SshConfigError> {
        let command = command.value().ok_or_else(|| self.helper_path(command))?;
        Ok(self.change(self.text.lines.clone(), Vec::new(), command))
    }

    fn parts(&self) -> Result<Parts<'_>, SshConfigError> {
        Parts::split(&self.text.lines).map_err(|DamagedLine { line, what }| SshConfigError::Damaged {
            path: self.path.clone(),
            line,
            what,
        })
    }

    fn change(&self, after: Vec<lines::Line>, hosts: Vec<Host>, command: String) -> Change {
        Change::new(self.path.clone(), self.snapshot.clone(), self.text.with(after), hosts, command)
    }

    fn helper_path(&self, command: &ProxyCommand) -> SshConfigError {
        SshConfigError::HelperPath { path: self.path.clone(), helper: command.helper.clone() }
    }
}
