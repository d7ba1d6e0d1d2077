//! A tunnel as a service of the operating system: what is written where, what is said to the system, and how all of it
//! goes away again.
//!
//! ```text
//! Job (program, what it runs by) ─► Init::layout ─► Layout: files with their modes, commands ─► install · uninstall
//! ```
//!
//! The right to run the tunnel lies in a file that only its owner reads, and is on no command line. Below a root folder
//! of one's own everything is the same, and the system itself is not spoken to.

mod error;
mod install;
mod launchd;
mod layout;
mod log;
mod openrc;
mod scm;
mod status;
mod systemd;
mod windows;

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

pub use error::ServiceError;
pub use install::{find, find_left, install, is_installed, uninstall};
pub use layout::{Layout, Logs, Narrow, Registration, Written};
pub use log::show_log;
pub use status::{State, Status, says};

/// What starts services on this system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Init {
    /// macOS's own.
    Launchd,
    /// That of Alpine and Gentoo.
    OpenRc,
    /// That of most Linux systems.
    Systemd,
    /// Windows' own.
    Windows,
}

/// Whose service it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The machine's: it starts with it.
    System,
    /// One person's: it starts when they log in.
    User,
}

/// What the tunnel is run by.
#[derive(Clone, Debug)]
pub enum RunsBy {
    /// A token.
    Token(Zeroizing<String>),
    /// A file of rules, and the credentials that it names.
    Config {
        /// The rules.
        config: String,
        /// The credentials.
        credentials: Zeroizing<Vec<u8>>,
    },
}

/// A service that is to be installed.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name, such as `sallyport`.
    pub name: String,
    /// The connector.
    pub program: PathBuf,
    /// What it is run by.
    pub runs_by: RunsBy,
    /// Further flags of it; none of them is secret.
    pub flags: Vec<String>,
}

/// Where it is installed.
#[derive(Clone, Debug)]
pub struct Place {
    /// What starts it.
    pub init: Init,
    /// Whose it is.
    pub scope: Scope,
    /// Everything below this folder, which is a system that does not run; the running one where none is named.
    pub root: Option<PathBuf>,
    /// The person's home, for a service of theirs.
    pub home: Option<PathBuf>,
}

impl Init {
    /// What this machine has; nothing where it is none of these.
    #[must_use]
    pub fn of_this_machine() -> Option<Self> {
        let is_there = |path: &str| Path::new(path).exists();
        match () {
            () if cfg!(target_os = "macos") => Some(Self::Launchd),
            () if cfg!(windows) => Some(Self::Windows),
            () if is_there("/run/systemd/system") => Some(Self::Systemd),
            () if is_there("/sbin/openrc-run") || is_there("/usr/sbin/openrc-run") => Some(Self::OpenRc),
            () => None,
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "launchd" => Some(Self::Launchd),
            "openrc" => Some(Self::OpenRc),
            "systemd" => Some(Self::Systemd),
            "windows" => Some(Self::Windows),
            _ => None,
        }
    }

    /// Files and commands of a service.
    ///
    /// # Errors
    /// When this system has no such service, or the program could not be started from where it lies.
    pub fn layout(self, place: &Place, job: &Job) -> Result<Layout, ServiceError> {
        check(place, job)?;
        match self {
            Self::Launchd => launchd::layout(place, job),
            Self::OpenRc => openrc::layout(place, job),
            Self::Systemd => systemd::layout(place, job),
            Self::Windows => windows::layout(place, job),
        }
    }
}

impl Place {
    /// On this machine as it runs.
    ///
    /// # Errors
    /// When nothing here starts services that is known.
    pub fn here(scope: Scope) -> Result<Self, ServiceError> {
        let init = Init::of_this_machine().ok_or(ServiceError::NoInit)?;
        let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
        Ok(Self { init, scope, root: None, home })
    }

    /// A path as it is here: below the root folder, where there is one.
    #[must_use]
    pub fn real(&self, path: &Path) -> PathBuf {
        match &self.root {
            Some(root) if self.init == Init::Windows => {
                let path = path.display().to_string();
                let below = path.split_once(":\\").map_or(&*path, |(_, below)| below);
                root.join(below.split('\\').collect::<PathBuf>())
            }
            Some(root) => root.join(path.strip_prefix("/").unwrap_or(path)),
            None => path.to_owned(),
        }
    }

    fn home(&self) -> Result<&Path, ServiceError> {
        self.home.as_deref().ok_or(ServiceError::NoHome)
    }
}

/// The name becomes a file's; the program has to be there for a service that has no home.
fn check(place: &Place, job: &Job) -> Result<(), ServiceError> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if job.name.is_empty() || !job.name.chars().all(fits) || job.name.starts_with(['-', '.']) {
        return Err(ServiceError::Name(job.name.clone()));
    }
    let program = job.program.to_str().unwrap_or_default();
    let is_plain = |word: &str| {
        let foreign: &[char] = match place.init {
            Init::Windows => &['"', '\n'],
            Init::Launchd | Init::OpenRc | Init::Systemd => &['"', '\\', '%', '\n', '\'', '$', '`', '<', '&'],
        };
        !word.is_empty() && !word.contains(foreign)
    };
    if !is_plain(program) {
        return Err(ServiceError::Program(job.program.clone()));
    }
    if let Some(flag) = job.flags.iter().find(|flag| !is_plain(flag)) {
        return Err(ServiceError::Program(PathBuf::from(flag)));
    }
    // Where homes are, each by its first folder.
    let first = program.split(['/', '\\']).nth(1).unwrap_or_default();
    let in_home = ["home", "root", "Users"].contains(&first);
    if place.scope == Scope::System && in_home {
        return Err(ServiceError::InHome(job.program.clone()));
    }
    Ok(())
}
