//! The configuration file: the one that was named, or the first one found where cloudflared keeps its own.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use connector::{ConfigFile, InvalidRules};
use wire::config_yml::{FOLDERS, LARGEST, MACHINE_FOLDERS, NAMES};

use crate::failure::Failure;

/// A configuration file that was found and read.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) config: ConfigFile,
    text: String,
}

impl Found {
    /// Reads the file that was named, else the first one found; nothing where there is none.
    pub(crate) fn read(named: Option<&str>) -> Result<Option<Self>, Failure> {
        let named = named.filter(|name| !name.is_empty()).map(in_home);
        let places = folders().into_iter().flat_map(|folder| NAMES.map(|name| folder.join(name)));
        let Some(path) = named.or_else(|| places.into_iter().find(|path| path.is_file())) else {
            return Ok(None);
        };
        let unusable = |what: String| Failure::Unusable(format!("{} cannot be used: {what}", path.display()));
        let text = text_of(&path).map_err(|error| unusable(error.to_string()))?;
        let config = ConfigFile::read(&text).map_err(|error| unusable(error.to_string()))?;
        Ok(Some(Self { path, config, text }))
    }

    /// Reads the file again. Says so where it says something else than before; what it said is kept while it cannot be
    /// read or understood.
    pub(crate) fn reread(&mut self) -> Option<Result<&ConfigFile, InvalidRules>> {
        let now = text_of(&self.path).ok()?;
        // An editor that has emptied it is about to write it.
        if now == self.text || now.trim().is_empty() {
            return None;
        }
        self.text = now;
        Some(match ConfigFile::read(&self.text) {
            Ok(config) => {
                self.config = config;
                Ok(&self.config)
            }
            Err(error) => Err(error),
        })
    }
}

fn text_of(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(LARGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// Where cloudflared looks for its files, in its order.
pub(crate) fn folders() -> Vec<PathBuf> {
    let own = home().into_iter().flat_map(|home| FOLDERS.map(|folder| home.join(folder)));
    let of_machine = MACHINE_FOLDERS.iter().filter(|_| cfg!(not(windows))).map(PathBuf::from);
    own.chain(of_machine).collect()
}

/// The home folder of whoever runs this, where one is known.
pub(crate) fn home() -> Option<PathBuf> {
    let variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    std::env::var_os(variable).map(PathBuf::from).filter(|home| home.is_absolute())
}

/// A path with `~` for the home folder.
pub(crate) fn in_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), home()) {
        (Some(below), Some(home)) => home.join(below),
        _ => PathBuf::from(path),
    }
}
