//! A person's folders, all of them temporary, and the environment that points into them.

use std::ffi::OsString;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::kept;

/// One person's home: `HOME`, the XDG folders, `~/.ssh`, and a folder for logs.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Home {
    /// Lays out an empty home.
    ///
    /// # Panics
    /// When the temporary folder cannot be written.
    #[must_use]
    pub fn new() -> Self {
        // Short, as the path of a socket has about 100 bytes.
        let folder = tempfile::Builder::new().prefix("sp-").tempdir().expect("a temporary folder");
        let home = Self { folder };
        for name in ["run", "logs", "tmp", ".ssh", ".config", ".cache", ".local/share", ".local/state"] {
            let mut builder = std::fs::DirBuilder::new();
            builder.recursive(true).mode(0o700).create(home.path().join(name)).expect("a folder in the home");
        }
        home
    }

    /// The home itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file or folder below it.
    #[must_use]
    pub fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// `XDG_RUNTIME_DIR`.
    #[must_use]
    pub fn runtime(&self) -> PathBuf {
        self.join("run")
    }

    /// Where parts write what they say.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.join("logs")
    }

    /// A profile of our own for `--profile`.
    #[must_use]
    pub fn profile(&self) -> PathBuf {
        self.join("profile")
    }

    /// The whole environment of a program in this home; nothing of the caller's own but its `PATH`.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let below = |name: &str| self.join(name).into_os_string();
        let listing = std::env::var_os(kept::SECRETS).map(|folder| (kept::SECRETS, folder));
        let own = vec![
            ("PATH", std::env::var_os("PATH").unwrap_or_default()),
            ("LC_ALL", "C.UTF-8".into()),
            ("HOME", self.path().into()),
            ("TMPDIR", below("tmp")),
            ("XDG_RUNTIME_DIR", below("run")),
            ("XDG_CONFIG_HOME", below(".config")),
            ("XDG_CACHE_HOME", below(".cache")),
            ("XDG_DATA_HOME", below(".local/share")),
            ("XDG_STATE_HOME", below(".local/state")),
        ];
        own.into_iter().chain(listing).collect()
    }

    /// A command that runs in this home.
    #[must_use]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment()).current_dir(self.path());
        command
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        kept::home(self.path());
    }
}

/// Writes a file that only its owner may read, with the folders above it.
///
/// # Panics
/// When it cannot be written.
pub fn put(path: impl AsRef<Path>, text: impl AsRef<[u8]>) {
    let path = path.as_ref();
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).expect("a folder for the file");
    }
    let mut options = std::fs::OpenOptions::new();
    let opened = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    let mut file = opened.unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    file.write_all(text.as_ref()).expect("a written file");
}
