//! What an error of this crate is on the product's closed list of causes.

use wire::Cause;

use crate::{Check, InvalidHost, SshConfigError};

impl SshConfigError {
    /// The entry of the closed list that this error is.
    #[must_use]
    pub fn cause(&self) -> Cause {
        let shown = |path: &std::path::Path| path.display().to_string();
        match self {
            Self::ChangedMeanwhile { path } => Cause::ConfigChanged { path: shown(path) },
            Self::CheckFailed { path, source } => {
                Cause::ConfigRefused { path: shown(path), said: format!("ssh could not be run: {source}") }
            }
            Self::Damaged { path, line, what } => {
                Cause::ConfigDamaged { path: shown(path), line: *line, what: what.to_string() }
            }
            Self::HelperPath { path, helper } => Cause::ConfigRefused {
                path: shown(path),
                said: format!("the path {} cannot stand in it", helper.display()),
            },
            Self::InvalidHost(error) => error.cause(),
            Self::IsDirectory { path } | Self::NotRegular { path } => {
                Cause::ConfigNotFile { path: shown(path) }
            }
            Self::ReadOnly { path } => Cause::ConfigReadOnly { path: shown(path) },
            Self::LinkLoop { path } => {
                Cause::ConfigFailed { path: shown(path), detail: "its symbolic links form a loop".to_owned() }
            }
            Self::TooLarge { path, bytes } => Cause::ConfigFailed {
                path: shown(path),
                detail: format!("it has {bytes} bytes, too many for an ssh config"),
            },
            Self::Unreadable { path, source } | Self::Unwritable { path, source } => {
                Cause::ConfigFailed { path: shown(path), detail: source.to_string() }
            }
        }
    }
}

impl InvalidHost {
    /// The entry of the closed list that this error is.
    #[must_use]
    pub fn cause(&self) -> Cause {
        Cause::InvalidHost { what: self.to_string() }
    }
}

impl Check {
    /// Why the change must not be written; none when ssh would use our lines, or cannot be asked.
    #[must_use]
    pub fn cause(&self, path: &std::path::Path) -> Option<Cause> {
        let said = match self {
            Self::Fine { .. } | Self::NoSsh => return None,
            Self::Refused { said } => said.clone(),
            Self::OtherEntryWins { .. } => "another entry for this name wins over Sallyport's".to_owned(),
        };
        Some(Cause::ConfigRefused { path: path.display().to_string(), said })
    }
}
