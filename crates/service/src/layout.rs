//! What a service is made of.

use std::path::PathBuf;

use zeroize::Zeroizing;

/// A file, by its path on the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where it goes.
    pub path: PathBuf,
    /// Who may do what with it, as `chmod` has it.
    pub mode: u32,
    /// What is in it.
    pub text: Zeroizing<Vec<u8>>,
}

/// What a service is made of: the first file is the one by which the system knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Its files.
    pub files: Vec<Written>,
    /// Folders that are its own, and go with it when nothing else is in them.
    pub folders: Vec<PathBuf>,
    /// What lets it start at boot, on a system that does not run: the root folder is put in for `ROOT`.
    pub offline: Option<Vec<&'static str>>,
    /// What lets it start, now and at boot.
    pub start: Vec<Vec<String>>,
    /// What ends it, before its files go.
    pub stop: Vec<Vec<String>>,
    /// What makes the system forget it, after they are gone.
    pub forget: Vec<Vec<String>>,
    /// What says how it is.
    pub status: Vec<String>,
}

impl Written {
    /// A file that everybody may read.
    pub(crate) fn open(path: impl Into<PathBuf>, text: &str) -> Self {
        Self { path: path.into(), mode: 0o644, text: Zeroizing::new(text.as_bytes().to_vec()) }
    }

    /// The same that may be run.
    pub(crate) fn program(path: impl Into<PathBuf>, text: &str) -> Self {
        Self { mode: 0o755, ..Self::open(path, text) }
    }

    /// A file for its owner alone.
    pub(crate) fn secret(path: impl Into<PathBuf>, text: &[u8]) -> Self {
        Self { path: path.into(), mode: 0o600, text: Zeroizing::new(text.to_vec()) }
    }
}

/// Words of a command.
pub(crate) fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}
