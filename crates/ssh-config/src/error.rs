//! What can go wrong with the file, each with the path and the facts that a sentence about it needs.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::host::InvalidHost;

/// Why the ssh configuration could not be read, planned, checked, written or restored. Nothing is lost in any of these cases.
#[derive(Debug, thiserror::Error)]
pub enum SshConfigError {
    /// Someone else wrote the file between reading and writing it: read it again, then plan again.
    #[error("{} was changed by another program meanwhile", path.display())]
    ChangedMeanwhile {
        /// The file.
        path: PathBuf,
    },
    /// The candidate for ssh's check could not be made or ssh not be run.
    #[error("ssh could not check {}: {source}", path.display())]
    CheckFailed {
        /// The file that is to be changed.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The fences of the managed block do not pair up: [`repair`](crate::SshConfig::repair) mends them.
    #[error("the Sallyport block in {} is damaged at line {line}: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line of the fence that is wrong, from 1.
        line: usize,
        /// What is wrong with it.
        what: Damage,
    },
    /// The path of the helper has characters that a `ProxyCommand` line cannot hold.
    #[error("the helper's path {} cannot be written into {}", helper.display(), path.display())]
    HelperPath {
        /// The file.
        path: PathBuf,
        /// The helper.
        helper: PathBuf,
    },
    /// A host that was to be written could not stand in the file safely.
    #[error(transparent)]
    InvalidHost(#[from] InvalidHost),
    /// There is a directory where the file should be.
    #[error("{} is a directory", path.display())]
    IsDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// The symbolic links that begin here never reach a file.
    #[error("the symbolic links at {} form a loop", path.display())]
    LinkLoop {
        /// The first link.
        path: PathBuf,
    },
    /// A pipe, socket or device is where the file should be.
    #[error("{} is not a regular file", path.display())]
    NotRegular {
        /// The thing that is there.
        path: PathBuf,
    },
    /// The file or its folder has no write permission for anyone: another program manages it, or its owner locked it.
    #[error("{} is read-only", path.display())]
    ReadOnly {
        /// The file or the folder that is read-only.
        path: PathBuf,
    },
    /// The file is too large to be an ssh configuration.
    #[error("{} has {bytes} bytes, too many for an ssh configuration", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size, in bytes.
        bytes: u64,
    },
    /// The file could not be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file, or the link on the way to it.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file, its folder or its backup could not be written.
    #[error("{} cannot be written: {source}", path.display())]
    Unwritable {
        /// What could not be written.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl SshConfigError {
    /// Whether [`repair`](crate::SshConfig::repair) is the way on.
    #[must_use]
    pub fn is_repairable(&self) -> bool {
        matches!(self, Self::Damaged { .. })
    }

    /// Whether reading the file again and planning again is the way on.
    #[must_use]
    pub fn needs_new_plan(&self) -> bool {
        matches!(self, Self::ChangedMeanwhile { .. })
    }

    /// Whether the person must see to the file or its permissions first.
    #[must_use]
    pub fn is_about_the_file(&self) -> bool {
        match self {
            Self::IsDirectory { .. }
            | Self::LinkLoop { .. }
            | Self::NotRegular { .. }
            | Self::ReadOnly { .. }
            | Self::TooLarge { .. }
            | Self::Unreadable { .. }
            | Self::Unwritable { .. } => true,
            Self::ChangedMeanwhile { .. }
            | Self::CheckFailed { .. }
            | Self::Damaged { .. }
            | Self::HelperPath { .. }
            | Self::InvalidHost(_) => false,
        }
    }

    /// The file that this is about, where there is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::ChangedMeanwhile { path }
            | Self::CheckFailed { path, .. }
            | Self::Damaged { path, .. }
            | Self::HelperPath { path, .. }
            | Self::IsDirectory { path }
            | Self::LinkLoop { path }
            | Self::NotRegular { path }
            | Self::ReadOnly { path }
            | Self::TooLarge { path, .. }
            | Self::Unreadable { path, .. }
            | Self::Unwritable { path, .. } => Some(path),
            Self::InvalidHost(_) => None,
        }
    }
}

/// What is wrong with a fence of the managed block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Damage {
    /// A closing fence that no opening fence precedes.
    BeginMissing,
    /// A second block after a whole one.
    Duplicated,
    /// An opening fence that no closing fence follows.
    EndMissing,
    /// An opening fence inside a block.
    Nested,
}

impl fmt::Display for Damage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::BeginMissing => "this closing line has no opening line",
            Self::Duplicated => "a second block begins here",
            Self::EndMissing => "this opening line has no closing line",
            Self::Nested => "a block begins here inside the block",
        })
    }
}

/// A damaged fence, before it is known in which file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct DamagedLine {
    pub(crate) line: usize,
    pub(crate) what: Damage,
}
