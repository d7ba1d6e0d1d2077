//! The log of a connector, read as it grows.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use model::LinkNews;
use profile::Profile;

/// So much is read at once, in bytes.
const MOST: u64 = 256 * 1024;

/// What is new in a log since it was looked at last.
pub(super) struct Log {
    path: PathBuf,
    read: u64,
    /// The beginning of a line whose end is not written yet.
    begun: Vec<u8>,
}

impl Log {
    /// The log of what is shared under this name; what stands in it now is of no interest.
    pub(super) fn of(profile: &Profile, hostname: &str) -> Self {
        let path = profile.state_dir().join(format!("share-{hostname}.log"));
        let read = std::fs::metadata(&path).map_or(0, |file| file.len());
        Self { path, read, begun: Vec::new() }
    }

    /// What the connections did since the last look.
    pub(super) fn news(&mut self) -> Vec<LinkNews> {
        match self.grown() {
            Ok(bytes) => self.begun.extend(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::debug!(%error, "the connector's log cannot be read"),
        }
        let whole = self.begun.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let lines: Vec<u8> = self.begun.drain(..whole).collect();
        String::from_utf8_lossy(&lines).lines().filter_map(LinkNews::read).collect()
    }

    fn grown(&mut self) -> io::Result<Vec<u8>> {
        let mut file = File::open(&self.path)?;
        if file.metadata()?.len() < self.read {
            // It was begun anew.
            self.read = 0;
        }
        file.seek(SeekFrom::Start(self.read))?;
        let mut bytes = Vec::new();
        self.read += file.take(MOST).read_to_end(&mut bytes)? as u64;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use model::LinkTold;

    use super::*;

    fn put_in(file: io::Result<File>, text: &str) {
        file.unwrap().write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn lines_are_read_once_and_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("share-a.b.log");
        let left = "2026-11-20T16:01:20Z INF Unregistered tunnel connection connIndex=";
        put_in(File::create(&path), &format!("{left}0\n"));
        let mut log =
            Log { path: path.clone(), read: std::fs::metadata(&path).unwrap().len(), begun: Vec::new() };
        let put = |text: &str| put_in(File::options().append(true).open(&path), text);
        assert_eq!(log.news(), []);
        put(&format!("{left}1\n{left}"));
        let news = log.news();
        assert_eq!(
            news.iter().map(|news| (news.index, &news.told)).collect::<Vec<_>>(),
            [(1, &LinkTold::Left)]
        );
        put("2\n");
        assert_eq!(log.news().iter().map(|news| news.index).collect::<Vec<_>>(), [2]);
        put_in(File::create(&path), &format!("{left}3\n"));
        assert_eq!(log.news().iter().map(|news| news.index).collect::<Vec<_>>(), [3], "begun anew");
    }
}
