//! A file of log lines, readable by its owner alone; in a folder of logs it makes room when it has grown too long.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// When a file in a folder of logs has grown too long, in bytes.
const LONG: u64 = 1 << 20;
/// What such a file becomes.
const OLD: &str = "cloudflared.old.log";

/// A file that is appended to.
pub(super) struct LogFile {
    path: PathBuf,
    file: File,
    written: u64,
    makes_room: bool,
}

impl LogFile {
    /// Opens it, with the folders above it.
    pub(super) fn open(path: PathBuf, makes_room: bool) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            profile::create_private_folder(folder)?;
        }
        let file = append(&path)?;
        let written = file.metadata()?.len();
        Ok(Self { path, file, written, makes_room })
    }

    /// Appends one line.
    pub(super) fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.makes_room && self.written > LONG {
            self.written = 0;
            // One that cannot be moved grows on: a line that is lost is worse.
            if std::fs::rename(&self.path, self.path.with_file_name(OLD)).is_ok() {
                self.file = append(&self.path)?;
            }
        }
        self.file.write_all(line)?;
        self.written += line.len() as u64;
        Ok(())
    }
}

fn append(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_makes_room_while_it_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs").join("cloudflared.log");
        let mut log = LogFile::open(path.clone(), true).unwrap();
        log.write(&vec![b'x'; 1 << 20]).unwrap();
        log.write(b"still here\n").unwrap();
        log.write(b"anew\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "anew\n");
        let old = std::fs::read(path.with_file_name(OLD)).unwrap();
        assert!(old.ends_with(b"xstill here\n"), "nothing is lost");
        // What stands where the old one would go cannot be replaced by a file.
        std::fs::remove_file(path.with_file_name(OLD)).unwrap();
        std::fs::create_dir(path.with_file_name(OLD)).unwrap();
        log.write(&vec![b'x'; 1 << 20]).unwrap();
        log.write(b"kept\n").unwrap();
        assert!(std::fs::read(&path).unwrap().ends_with(b"xkept\n"));
        std::fs::remove_file(&path).unwrap();
        log = LogFile::open(path.clone(), true).unwrap();
        log.write(b"anew\n").unwrap();
        let mut own = LogFile::open(path.clone(), false).unwrap();
        own.write(&vec![b'x'; 2 << 20]).unwrap();
        own.write(b"y").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), (2 << 20) + 6, "one's own file is left alone");
    }
}
