//! Why a service is not installed, or not gone.

use std::io;
use std::path::PathBuf;

/// Why a service is not installed, or not gone.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// One of this name is there.
    #[error("{0} is there already; sallyport service uninstall takes it away")]
    AlreadyThere(PathBuf),
    /// A command of the system's came to nothing.
    #[error("`{command}` failed: {said}")]
    Command {
        /// The command.
        command: String,
        /// What it said.
        said: String,
    },
    /// A file cannot be written or removed.
    #[error("{path}: {source}", path = .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A service of the machine's would not reach it.
    #[error("{} lies in a home folder, where a service of the machine's does not reach it; install it below /usr/local/bin, or add --user", .0.display())]
    InHome(PathBuf),
    /// Only an administrator of Windows may change the list of services.
    #[error(
        "Windows lets administrators change services only; do it in a terminal that was opened as administrator"
    )]
    Denied,
    /// It names no service.
    #[error("`{0}` is no name for a service; letters, digits, - and _ make one")]
    Name(String),
    /// Nobody's home is known.
    #[error("a service of one's own needs a home folder, and HOME names none")]
    NoHome,
    /// Nothing here starts services that is known.
    #[error(
        "neither systemd, nor OpenRC, nor launchd runs here; let what starts programs on this machine run: sallyport \
         tunnel run --token-file FILE"
    )]
    NoInit,
    /// Only Windows has such a list.
    #[error("services of Windows can only be spoken to there")]
    NoList,
    /// It was started, and has ended or is not connected.
    #[error("the service {0} does not run; sallyport service logs --name {0} says why")]
    NotRunning(String),
    /// There is no such service.
    #[error("there is no service {0} here; sallyport service install makes one")]
    NotThere(String),
    /// Its path has letters that such files do not hold.
    #[error("{} cannot stand in a service's file; install it where the path is plain", .0.display())]
    Program(PathBuf),
    /// This system does not have services of persons.
    #[error("this system knows services of the machine's only; leave out --user")]
    NoUserServices,
}

impl ServiceError {
    /// A command came to nothing.
    pub(crate) fn command(words: &[String], said: String) -> Self {
        Self::Command { command: words.join(" "), said }
    }

    /// Whether only an administrator could do it.
    #[must_use]
    pub fn needs_root(&self) -> bool {
        // Windows' own refusal says what to do.
        matches!(self, Self::File { source, .. } if source.kind() == io::ErrorKind::PermissionDenied)
    }
}
