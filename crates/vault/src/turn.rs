//! One process at a time.
//!
//! A turn is an operating system's lock on a file: it ends with its owner, however that dies, and nobody has to guess
//! whether an old lock file still means something. The files themselves stay; deleting one would let two processes lock
//! two files of one name.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use profile::Profile;
use tokio::sync::oneshot;
use wire::Cause;

/// The right to do what must not be done twice at a time. Dropping it passes it on.
#[derive(Debug)]
pub struct Turn {
    _lock: Lock,
    path: PathBuf,
}

/// What an owner of a turn has left for those who waited for it: counted, so that they know it from an older one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Grows by one with each word of the same turn.
    pub number: u64,
    /// What was left.
    pub text: String,
}

/// Why a turn cannot be taken.
#[derive(Debug, thiserror::Error)]
#[error("cannot lock {}: {source}", path.display())]
pub struct TurnError {
    /// The lock's file.
    pub path: PathBuf,
    /// What the operating system said.
    pub source: io::Error,
}

impl Turn {
    /// Waits for the turn called `name`. Dropping the future gives it up.
    ///
    /// # Errors
    /// When the profile's folder cannot be written or its file system knows no locks.
    pub async fn take(profile: &Profile, name: &str) -> Result<Self, TurnError> {
        let path = profile.turn_file(name);
        if let Some(turn) = Self::try_at(&path)? {
            return Ok(turn);
        }
        let (sender, receiver) = oneshot::channel();
        let waiting = path.clone();
        // A thread and no pool: a pool waits for its threads at the end of the process, and this one may wait for long.
        // When nobody is there any more to receive the lock, it is dropped and so passed on.
        thread::Builder::new()
            .name("turn".into())
            .spawn(move || drop(sender.send(Lock::wait(&waiting))))
            .map_err(|source| TurnError { path: path.clone(), source })?;
        let lock = receiver.await.unwrap_or_else(|_| Err(io::Error::other("the waiting thread failed")));
        lock.map(|lock| Self::begin(lock, &path)).map_err(|source| TurnError { path, source })
    }

    /// Takes the turn called `name` if nobody has it.
    ///
    /// # Errors
    /// When the profile's folder cannot be written or its file system knows no locks.
    pub fn try_take(profile: &Profile, name: &str) -> Result<Option<Self>, TurnError> {
        Self::try_at(&profile.turn_file(name))
    }

    /// The process that has, or had last, the turn called `name`: for messages while waiting.
    #[must_use]
    pub fn owner(profile: &Profile, name: &str) -> Option<u32> {
        fs::read_to_string(owner_file(&profile.turn_file(name))).ok()?.trim().parse().ok()
    }

    /// Leaves a word for everybody who waits for this turn now. Whoever remembers the number of the word before knows
    /// that it is new.
    pub fn leave_word(&self, text: &str) {
        let number = read_word(&self.path).number.wrapping_add(1);
        // Without it those who wait do the same again, each in its own turn.
        let _ = profile::write_atomically(&word_file(&self.path), format!("{number}\n{text}").as_bytes());
    }

    /// The last word that an owner of the turn called `name` has left; number 0 when there was none yet.
    #[must_use]
    pub fn last_word(profile: &Profile, name: &str) -> Word {
        read_word(&profile.turn_file(name))
    }

    fn try_at(path: &Path) -> Result<Option<Self>, TurnError> {
        let lock = Lock::try_now(path).map_err(|source| TurnError { path: path.to_owned(), source })?;
        Ok(lock.map(|lock| Self::begin(lock, path)))
    }

    fn begin(lock: Lock, path: &Path) -> Self {
        // Only for messages; without it they name nobody.
        let _ = profile::write_atomically(&owner_file(path), std::process::id().to_string().as_bytes());
        Self { _lock: lock, path: path.to_owned() }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let _ = fs::remove_file(owner_file(&self.path));
    }
}

impl TurnError {
    /// The entry of the closed list that this is.
    #[must_use]
    pub fn cause(&self) -> Cause {
        Cause::SettingsDamaged { path: self.path.display().to_string(), detail: self.source.to_string() }
    }
}

/// A locked file; closing it unlocks.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Blocks until the lock is free.
    pub(crate) fn wait(path: &Path) -> io::Result<Self> {
        let file = open(path)?;
        loop {
            match file.lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The lock if it is free.
    pub(crate) fn try_now(path: &Path) -> io::Result<Option<Self>> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        profile::create_private_folder(folder)?;
    }
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// Beside the lock, not in it: on Windows nobody can read a locked file.
fn owner_file(path: &Path) -> PathBuf {
    path.with_extension("owner")
}

fn word_file(path: &Path) -> PathBuf {
    path.with_extension("word")
}

/// A word that is missing or cannot be read is none.
fn read_word(path: &Path) -> Word {
    let text = fs::read_to_string(word_file(path)).unwrap_or_default();
    let parts =
        text.split_once('\n').and_then(|(number, text)| Some((number.parse().ok()?, text.to_owned())));
    parts.map_or_else(Word::default, |(number, text)| Word { number, text })
}
