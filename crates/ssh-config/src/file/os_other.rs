//! Permissions and folders where they are inherited from the folder above, as on Windows.

use std::fs::{File, Metadata, create_dir};
use std::io;
use std::path::Path;

/// Windows' read-only mark on a folder does not stop anyone from writing into it.
pub(super) fn is_locked_folder(_metadata: &Metadata) -> bool {
    false
}

/// A file in the same folder inherits the same access list.
pub(super) fn imitate(_file: &File, _like: &Metadata) -> io::Result<()> {
    Ok(())
}

/// A folder with what it inherits.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    create_dir(path)
}

/// A folder cannot be flushed here.
pub(super) fn sync_folder(_path: &Path) {}
