//! Taking over the entries that a person made for `cloudflared`, and putting them back.
//!
//! ```text
//! Import::read ──found──► the person chooses ──plan──► Takeover ──apply──► later: put_back ──► as before
//! ```
//!
//! *Invariant:* no line of a person's is deleted or moved. A line that is taken over stays in its place as a comment, and
//! putting back makes it the line again, byte for byte, in whatever else was changed meanwhile.

mod command;
mod conditions;
mod entries;
mod mark;
mod pattern;
mod reading;
mod shell;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use wire::{LeftAlone, Replaced};

use crate::lines::Line;
use crate::{Applied, Change, Check, Diff, Host, ProxyCommand, SshConfig, SshConfigError};
use mark::marked;
use reading::Reading;

/// A person's files as they are, with every entry in them that uses cloudflared.
#[derive(Debug)]
pub struct Import {
    reading: Reading,
    found: Vec<Found>,
}

/// An entry that uses cloudflared.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Found {
    /// The names or patterns of its header.
    pub names: Vec<String>,
    /// The file in which it stands.
    pub file: PathBuf,
    /// The line of its header, from 1.
    pub line: usize,
    /// What can be done with it.
    pub verdict: Verdict,
    places: Vec<(usize, usize)>,
}

/// Whether an entry can be taken over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It can.
    Taken {
        /// What it becomes, one host for each of its names.
        hosts: Vec<Host>,
        /// What of it was cloudflared's.
        replaced: Replaced,
    },
    /// It stays as it is.
    Left(LeftAlone),
}

impl Import {
    /// Reads the file at `path` and the files that it includes, for a person whose home is `home`. `agent` tells where ssh
    /// asks for the certificate of a hostname.
    ///
    /// # Errors
    /// [`SshConfigError`] when the file cannot be read, or its managed block is damaged.
    pub fn read(path: &Path, home: &Path, agent: &dyn Fn(&str) -> String) -> Result<Self, SshConfigError> {
        Self::of(SshConfig::read(path)?, home, agent)
    }

    /// The same for a file that is read already.
    pub(crate) fn of(
        config: SshConfig,
        home: &Path,
        agent: &dyn Fn(&str) -> String,
    ) -> Result<Self, SshConfigError> {
        let ours = config.hosts()?;
        let reading = Reading::of(config, home, false)?;
        let mut found = entries::found(&reading, agent);
        refuse_known(&mut found, &ours);
        Ok(Self { reading, found })
    }

    /// The entries, in the order in which ssh reads them.
    #[must_use]
    pub fn found(&self) -> &[Found] {
        &self.found
    }

    /// Files that are included and could not be read.
    #[must_use]
    pub fn unread(&self) -> &[SshConfigError] {
        &self.reading.unread
    }

    /// Plans to take over the entries at these places of [`found`](Self::found); one that cannot be is left out.
    ///
    /// # Errors
    /// As [`SshConfig::plan`].
    pub fn plan(&self, chosen: &BTreeSet<usize>, command: &ProxyCommand) -> Result<Takeover, SshConfigError> {
        let mut hosts = self.reading.files[0].hosts()?;
        let before = hosts.len();
        let mut places = BTreeSet::new();
        for found in chosen.iter().filter_map(|at| self.found.get(*at)) {
            if let Verdict::Taken { hosts: new, .. } = &found.verdict {
                let is_new = |host: &&Host| !hosts.iter().any(|known| known.alias == host.alias);
                let new: Vec<Host> = new.iter().filter(is_new).cloned().collect();
                hosts.extend(new);
                places.extend(found.places.iter().copied());
            }
        }
        let aliases = hosts[before..].iter().map(|host| host.alias.clone()).collect();
        self.takeover(&hosts, aliases, command, |file, at, line| {
            if places.contains(&(file, at)) { marked(line) } else { line.clone() }
        })
    }

    /// Plans to put back everything that was ever taken over: the comments become lines again, and the hosts that came
    /// from them leave the managed block.
    ///
    /// # Errors
    /// As [`read`](Self::read) and [`SshConfig::plan`].
    pub fn put_back(
        path: &Path,
        home: &Path,
        agent: &dyn Fn(&str) -> String,
        command: &ProxyCommand,
    ) -> Result<Takeover, SshConfigError> {
        Self::back(SshConfig::read(path)?, home, agent, command)
    }

    /// The same for a file that is read already.
    pub(crate) fn back(
        config: SshConfig,
        home: &Path,
        agent: &dyn Fn(&str) -> String,
        command: &ProxyCommand,
    ) -> Result<Takeover, SshConfigError> {
        let ours = config.hosts()?;
        let reading = Reading::of(config, home, true)?;
        let restored = reading.restored.clone().unwrap_or_default();
        let was_ours = |found: &Found| found.places.iter().any(|place| restored.contains(place));
        let gone: Vec<String> = entries::found(&reading, agent)
            .iter()
            .filter(|it| was_ours(it))
            .flat_map(Found::aliases)
            .collect();
        let kept: Vec<Host> = ours.iter().filter(|host| !gone.contains(&host.alias)).cloned().collect();
        let import = Self { reading, found: Vec::new() };
        let aliases = ours.into_iter().map(|host| host.alias).filter(|alias| gone.contains(alias)).collect();
        import.takeover(&kept, aliases, command, |_, _, line| line.clone())
    }

    /// The files with other lines, and these hosts in the block of the first. A file that does not change is left out.
    fn takeover(
        &self,
        hosts: &[Host],
        aliases: Vec<String>,
        command: &ProxyCommand,
        line: impl Fn(usize, usize, &Line) -> Line,
    ) -> Result<Takeover, SshConfigError> {
        let mut changes = Vec::new();
        for (file, config) in self.reading.files.iter().enumerate() {
            let lines = config.text.lines.iter().enumerate().map(|(at, it)| line(file, at, it)).collect();
            let config = SshConfig { text: config.text.replaced(lines), ..config.clone() };
            changes.push(if file == 0 { config.plan(hosts, command)? } else { config.rewritten(command)? });
        }
        changes.retain(|change| !change.is_empty());
        Ok(Takeover { changes, aliases })
    }
}

impl Found {
    /// The names of the hosts that it becomes.
    fn aliases(&self) -> Vec<String> {
        match &self.verdict {
            Verdict::Taken { hosts, .. } => hosts.iter().map(|host| host.alias.clone()).collect(),
            Verdict::Left(_) => Vec::new(),
        }
    }
}

fn refuse_known(found: &mut [Found], ours: &[Host]) {
    for found in found {
        if found.aliases().iter().any(|alias| ours.iter().any(|host| host.alias == *alias)) {
            found.verdict = Verdict::Left(LeftAlone::AlreadyHere);
        }
    }
}

/// Changes of several files that belong together.
#[derive(Clone, Debug)]
pub struct Takeover {
    changes: Vec<Change>,
    aliases: Vec<String>,
}

impl Takeover {
    /// Whether every file is as it should be already.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    #[cfg(any(test, feature = "fuzz"))]
    pub(crate) fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The names that come into the managed block, or leave it.
    #[must_use]
    pub fn aliases(&self) -> &[String] {
        &self.aliases
    }

    /// The lines that change, file by file.
    pub fn diffs(&self) -> impl Iterator<Item = (&Path, Diff)> {
        self.changes.iter().map(|change| (change.path(), change.diff()))
    }

    /// Asks ssh about every host that comes into the block; tells the first answer that is not fine.
    ///
    /// # Errors
    /// As [`Change::check`].
    pub fn check(&self) -> Result<Option<(&Path, Check)>, SshConfigError> {
        let Some(first) = self.changes.first() else { return Ok(None) };
        for alias in &self.aliases {
            match first.check(alias)? {
                Check::Fine { .. } | Check::NoSsh => {}
                other @ (Check::OtherEntryWins { .. } | Check::Refused { .. }) => {
                    return Ok(Some((first.path(), other)));
                }
            }
        }
        Ok(None)
    }

    /// Makes all changes or none; each file as it was is kept beside it.
    ///
    /// # Errors
    /// As [`Change::apply`].
    pub fn apply(self) -> Result<Vec<Applied>, SshConfigError> {
        self.changes.iter().try_for_each(Change::test_writable)?;
        let mut done: Vec<Applied> = Vec::new();
        for change in self.changes {
            match change.apply() {
                Ok(applied) => done.push(applied),
                Err(error) => {
                    undo_all(done)?;
                    return Err(error);
                }
            }
        }
        Ok(done)
    }
}

/// Takes changes back that belong together, the last one first.
///
/// # Errors
/// As [`Applied::undo`]; the ones before it stay made.
pub fn undo_all(done: Vec<Applied>) -> Result<(), SshConfigError> {
    done.into_iter().rev().try_for_each(Applied::undo)
}
