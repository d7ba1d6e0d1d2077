//! What the command line says.

use std::ffi::OsString;
use std::path::PathBuf;

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Args {
    /// Run the desktop.
    Run {
        /// The profile's folder, unless the standard one or `SALLYPORT_PROFILE` is meant.
        profile: Option<PathBuf>,
        /// Start without a window.
        hidden: bool,
    },
    /// Say the version and end.
    Version,
}

/// A command line that cannot be understood.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum ArgsError {
    #[error("--profile needs a folder")]
    NoFolder,
    #[error("unknown argument {0:?}; usage: sallyport-desktop [--profile DIR] [--hidden] [--version]")]
    Unknown(OsString),
}

impl Args {
    /// Reads the arguments that follow the program's name.
    pub(crate) fn parse(mut words: impl Iterator<Item = OsString>) -> Result<Self, ArgsError> {
        let (mut profile, mut hidden) = (None, false);
        while let Some(word) = words.next() {
            match word.to_str() {
                Some("--version" | "-V") => return Ok(Self::Version),
                Some("--hidden") => hidden = true,
                Some("--profile") => profile = Some(folder(words.next())?),
                Some(text) if text.starts_with("--profile=") => {
                    profile = Some(folder(text.strip_prefix("--profile=").map(OsString::from))?);
                }
                Some(_) | None => return Err(ArgsError::Unknown(word)),
            }
        }
        Ok(Self::Run { profile, hidden })
    }
}

fn folder(word: Option<OsString>) -> Result<PathBuf, ArgsError> {
    word.filter(|word| !word.is_empty()).map(PathBuf::from).ok_or(ArgsError::NoFolder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Args, ArgsError> {
        Args::parse(words.iter().map(OsString::from))
    }

    #[test]
    fn nothing_means_the_standard_profile_with_a_window() {
        assert_eq!(parse(&[]), Ok(Args::Run { profile: None, hidden: false }));
    }

    #[test]
    fn both_ways_to_name_a_profile_are_understood() {
        let wanted = Ok(Args::Run { profile: Some("/p q".into()), hidden: true });
        assert_eq!(parse(&["--profile", "/p q", "--hidden"]), wanted);
        assert_eq!(parse(&["--hidden", "--profile=/p q"]), wanted);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        assert_eq!(parse(&["--profile"]), Err(ArgsError::NoFolder));
        assert_eq!(parse(&["--profile="]), Err(ArgsError::NoFolder));
        assert!(parse(&["--port"]).unwrap_err().to_string().contains("--port"));
    }

    #[test]
    fn the_version_wins_over_the_rest() {
        assert_eq!(parse(&["--hidden", "--version", "--nonsense"]), Ok(Args::Version));
    }
}
