//! The file on disk: what is there now, and how other bytes take its place whole or not at all.

use std::fs::{self, Metadata};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::SshConfigError;

#[cfg(not(unix))]
#[path = "file/os_other.rs"]
mod os;
#[cfg(unix)]
#[path = "file/os_unix.rs"]
mod os;

/// More than any ssh configuration has, and little enough to hold and compare in memory: 1 MiB.
const PLAUSIBLE: u64 = 1 << 20;

/// As many links as Linux follows.
const MOST_LINKS: usize = 40;

/// What was found at a path: the file that its links lead to, and its content.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) target: PathBuf,
    found: Option<Found>,
}

#[derive(Clone, Debug)]
pub(crate) struct Found {
    bytes: Vec<u8>,
    metadata: Metadata,
}

impl Snapshot {
    pub(crate) fn take(path: &Path) -> Result<Self, SshConfigError> {
        let target = resolved(path)?;
        let found = Found::at(&target, fs::metadata(&target))?;
        Ok(Self { target, found })
    }

    /// What is at exactly this path, where a link would be in the way.
    pub(crate) fn take_unlinked(path: &Path) -> Result<Self, SshConfigError> {
        let found = Found::at(path, fs::symlink_metadata(path))?;
        Ok(Self { target: path.to_owned(), found })
    }

    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        self.found.as_ref().map(|it| it.bytes.as_slice())
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.target == other.target && self.bytes() == other.bytes()
    }

    /// Whether whoever set the permissions allows writing at all. A privileged process could write all the same, but a
    /// file without any write permission belongs to another program.
    pub(crate) fn test_writable(&self) -> Result<(), SshConfigError> {
        if self.found.as_ref().is_some_and(|it| it.metadata.permissions().readonly()) {
            return Err(SshConfigError::ReadOnly { path: self.target.clone() });
        }
        let folder = folder(&self.target);
        match fs::metadata(folder) {
            Ok(metadata) if os::is_locked_folder(&metadata) => {
                Err(SshConfigError::ReadOnly { path: folder.to_owned() })
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Other bytes for this file, written and flushed but not yet in its place, with the permissions and owner that `like`
    /// found; where it found nothing, for the writer alone.
    pub(crate) fn draft(&self, bytes: &[u8], like: &Self) -> Result<Draft, SshConfigError> {
        let like = like.found.as_ref().map(|it| &it.metadata);
        let file =
            draft(folder(&self.target), bytes, like).map_err(|source| unwritable(&self.target, source))?;
        Ok(Draft { file, target: self.target.clone() })
    }

    /// Brings back what this snapshot found. `now` is what is there, whose permissions stay.
    pub(crate) fn restore(&self, now: &Self) -> Result<(), SshConfigError> {
        match (&self.found, &now.found) {
            (Some(found), _) => self.draft(&found.bytes, if now.found.is_some() { now } else { self })?.put(),
            (None, Some(_)) => fs::remove_file(&now.target).map_err(|source| unwritable(&now.target, source)),
            (None, None) => Ok(()),
        }
    }

    /// Makes the folders on the way to the file that are missing, and tells which.
    pub(crate) fn create_folders(&self) -> Result<Vec<PathBuf>, SshConfigError> {
        let missing: Vec<_> = folder(&self.target).ancestors().take_while(|it| is_missing(it)).collect();
        let mut created = Vec::new();
        for folder in missing.into_iter().rev() {
            if let Err(source) = os::create_folder(folder) {
                remove_folders(&created);
                return Err(unwritable(folder, source));
            }
            created.push(folder.to_owned());
        }
        Ok(created)
    }
}

/// A whole file beside the one whose place it will take.
#[derive(Debug)]
pub(crate) struct Draft {
    file: NamedTempFile,
    target: PathBuf,
}

impl Draft {
    /// Takes the place in one step: whoever reads sees the old file or the new one.
    pub(crate) fn put(self) -> Result<(), SshConfigError> {
        self.file.persist(&self.target).map_err(|error| unwritable(&self.target, error.error))?;
        os::sync_folder(folder(&self.target));
        Ok(())
    }
}

impl Found {
    fn at(path: &Path, metadata: io::Result<Metadata>) -> Result<Option<Self>, SshConfigError> {
        let path = || path.to_owned();
        let metadata = match metadata {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(SshConfigError::Unreadable { path: path(), source }),
        };
        if metadata.is_dir() {
            return Err(SshConfigError::IsDirectory { path: path() });
        }
        // Opening a pipe would wait for its writer.
        if !metadata.is_file() {
            return Err(SshConfigError::NotRegular { path: path() });
        }
        let bytes = read(&path()).map_err(|source| SshConfigError::Unreadable { path: path(), source })?;
        match metadata.len().max(bytes.len() as u64) {
            bytes if bytes > PLAUSIBLE => Err(SshConfigError::TooLarge { path: path(), bytes }),
            _ => Ok(Some(Self { bytes, metadata })),
        }
    }
}

/// Removes folders that were created, as long as nobody else put anything there.
pub(crate) fn remove_folders(created: &[PathBuf]) {
    for folder in created.iter().rev() {
        let _ = fs::remove_dir(folder);
    }
}

/// Follows links by hand, for a link to a file that does not exist yet leads somewhere, too.
fn resolved(path: &Path) -> Result<PathBuf, SshConfigError> {
    let mut target = path.to_owned();
    for _ in 0..=MOST_LINKS {
        match fs::read_link(&target) {
            Ok(next) => target = folder(&target).join(next),
            // No link, or nothing there: what it is shows when it is read.
            Err(_) => return Ok(target),
        }
    }
    Err(SshConfigError::LinkLoop { path: path.to_owned() })
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(PLAUSIBLE + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn draft(folder: &Path, bytes: &[u8], like: Option<&Metadata>) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix(".sallyport-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    if let Some(like) = like {
        os::imitate(file.as_file(), like)?;
    }
    file.as_file().sync_all()?;
    Ok(file)
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

fn is_missing(folder: &Path) -> bool {
    !folder.as_os_str().is_empty()
        && fs::metadata(folder).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

fn unwritable(path: &Path, source: io::Error) -> SshConfigError {
    let path = path.to_owned();
    if source.kind() == io::ErrorKind::ReadOnlyFilesystem {
        return SshConfigError::ReadOnly { path };
    }
    SshConfigError::Unwritable { path, source }
}
