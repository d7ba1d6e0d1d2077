//! Unix sockets.
//!
//! The socket lies in a folder that only its owner can enter, and both sides ask the kernel who the other is. A desktop
//! holds a lock beside its socket as long as it lives: with the lock in hand, a socket that is there is a dead one's.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use profile::DesktopAddress;
use tokio::net::{UnixListener, UnixStream};

use super::{failed, foreign_address};
use crate::IpcError;

pub(crate) type Stream = UnixStream;

/// A socket with its lock; dropping it removes the one and then lets go of the other.
#[derive(Debug)]
pub(crate) struct Listening {
    listener: UnixListener,
    path: PathBuf,
    _lock: File,
}

/// Connects; `None` when nobody listens.
pub(crate) async fn connect(address: &DesktopAddress) -> Result<Option<Stream>, IpcError> {
    use io::ErrorKind::{ConnectionRefused, NotADirectory, NotFound};
    match UnixStream::connect(path(address)?).await {
        Ok(stream) => ours(&stream).map(|()| Some(stream)),
        Err(error) if matches!(error.kind(), ConnectionRefused | NotADirectory | NotFound) => Ok(None),
        Err(error) => Err(failed("connecting to the desktop")(error)),
    }
}

/// Listens; `None` when somebody does already.
pub(crate) fn bind(address: &DesktopAddress) -> Result<Option<Listening>, IpcError> {
    let path = path(address)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    make_private(folder)?;
    let Some(lock) = lock(&path.with_extension("lock"))? else { return Ok(None) };
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(failed("removing a dead desktop's socket")(error));
        }
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(path).map_err(failed("listening for helpers"))?;
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(path, private).map_err(failed("listening for helpers"))?;
    Ok(Some(Listening { listener, path: path.to_owned(), _lock: lock }))
}

impl Listening {
    /// The next connection of this person's.
    pub(crate) async fn accept(&self) -> Result<Stream, IpcError> {
        loop {
            let (stream, _) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                Err(error) => return Err(failed("accepting a helper")(error)),
            };
            match ours(&stream) {
                Ok(()) => return Ok(stream),
                Err(error) => tracing::warn!(%error, "turned somebody away"),
            }
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn path(address: &DesktopAddress) -> Result<&Path, IpcError> {
    match address {
        DesktopAddress::Socket(path) => Ok(path),
        DesktopAddress::Pipe(_) => Err(foreign_address()),
    }
}

/// Asks the kernel whether the other side is the same user.
fn ours(stream: &UnixStream) -> Result<(), IpcError> {
    let theirs = stream.peer_cred().map_err(failed("asking who is there"))?.uid();
    let own = rustix::process::geteuid().as_raw();
    if theirs == own {
        return Ok(());
    }
    Err(IpcError::NotOurs { what: format!("user {theirs} is there, this is user {own}") })
}

/// Makes the folder, or makes sure that nobody else has made it first.
fn make_private(folder: &Path) -> Result<(), IpcError> {
    let step = failed("making the socket's folder");
    profile::create_private_folder(folder).map_err(&step)?;
    // Not through a link: in a folder for everybody's files, somebody else may have put one.
    let found = fs::symlink_metadata(folder).map_err(&step)?;
    if !found.is_dir() || found.uid() != rustix::process::geteuid().as_raw() {
        return Err(IpcError::NotOurs { what: format!("{} is not this user's folder", folder.display()) });
    }
    if found.permissions().mode() & 0o777 == 0o700 {
        return Ok(());
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(&step)
}

fn lock(path: &Path) -> Result<Option<File>, IpcError> {
    let step = failed("locking the socket");
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create(true).mode(0o600).open(path).map_err(&step)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(step(error)),
    }
}
