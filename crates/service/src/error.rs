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
    /// It names no service.
    #[error("`{0}` is no name for a service; letters, digits, - and _ make one")]
    Name(String),
    /// Nobody's home is known.
    #[error("a service of one's own needs a home folder, and HOME names none")]
    NoHome,
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
    /// Whether only an administrator could do it.
    #[must_use]
    pub fn needs_root(&self) -> bool {
        matches!(self, Self::File { source, .. } if source.kind() == io::ErrorKind::PermissionDenied)
    }
}
