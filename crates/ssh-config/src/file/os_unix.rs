//! Permissions, owners and folders on Unix.

use std::fs::{DirBuilder, File, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, fchown};
use std::path::Path;

/// Whether nobody may write into the folder.
pub(super) fn is_locked_folder(metadata: &Metadata) -> bool {
    metadata.permissions().readonly()
}

/// Gives `file` the mode and the owner of another one.
pub(super) fn imitate(file: &File, like: &Metadata) -> io::Result<()> {
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (like.uid(), like.gid()) {
        // ssh refuses a stranger's file; when the owner cannot be kept, it is the person who writes, whom ssh accepts.
        let _ = fchown(file, Some(like.uid()), Some(like.gid()));
    }
    file.set_permissions(like.permissions())
}

/// A folder for its owner alone, as ssh wants `~/.ssh`.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Makes a rename last through a power cut. The file is in place by then, so a filesystem that cannot do this is fine.
pub(super) fn sync_folder(path: &Path) {
    let _ = File::open(path).and_then(|folder| folder.sync_all());
}
