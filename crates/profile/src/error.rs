//! What can be wrong with a profile.

use std::io;
use std::path::PathBuf;

use wire::Cause;

/// Why a profile cannot be opened or saved.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// A file of the profile is there but does not say what it should; it is left as it is.
    #[error("{}:{line}:{column}: {detail}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Line, from 1; 0 when the fault is not at one place.
        line: usize,
        /// Column, from 1; 0 when the fault is not at one place.
        column: usize,
        /// What is wrong there.
        detail: String,
    },
    /// No home folder is known, so there is no standard place.
    #[error("no home folder is known: {variable} is not set")]
    NoHome {
        /// The variable that would have told.
        variable: &'static str,
    },
    /// A file of the profile cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file of the profile cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl ProfileError {
    /// The entry of the closed list that this is.
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Self::Damaged { path, line, column, detail } => Cause::SettingsDamaged {
                path: path.display().to_string(),
                detail: format!("line {line}, column {column}: {detail}"),
            },
            Self::NoHome { .. } => Cause::Unexpected { what: self.to_string() },
            Self::Unreadable { path, source } | Self::Unwritable { path, source } => {
                Cause::SettingsDamaged { path: path.display().to_string(), detail: source.to_string() }
            }
        }
    }
}
