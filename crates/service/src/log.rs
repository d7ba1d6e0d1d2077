//! A service's log: the last of it, and what is added.

use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::{Layout, Logs, Place, ServiceError};

/// How often a log is looked at that is followed.
const LOOK: Duration = Duration::from_millis(300);

/// Writes the last `lines` of it; with `follow` all that is added as well, until nobody reads any more.
///
/// # Errors
/// When there is no log, or it may not be read.
pub fn show_log(
    place: &Place,
    layout: &Layout,
    lines: usize,
    follow: bool,
    out: &mut dyn Write,
) -> Result<(), ServiceError> {
    match &layout.logs {
        Logs::Journal(words) => journal(words, lines, follow),
        Logs::File(path) => {
            let path = place.real(path);
            shown(&path, lines, follow, out).map_err(|source| ServiceError::File { path, source })
        }
    }
}

/// Its own command is the one that knows how to read it, and it writes where we do.
fn journal(words: &[String], lines: usize, follow: bool) -> Result<(), ServiceError> {
    let mut words = words.to_vec();
    words.push(format!("--lines={lines}"));
    if follow {
        words.push("--follow".to_owned());
    }
    let Some((program, arguments)) = words.split_first() else { return Ok(()) };
    let ended = Command::new(program).args(arguments).status();
    let ended = ended.map_err(|error| ServiceError::command(&words, error.to_string()))?;
    // Followed, it ends by the key that ends us.
    if ended.success() || follow { Ok(()) } else { Err(ServiceError::command(&words, ended.to_string())) }
}

fn shown(path: &Path, lines: usize, follow: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut file = std::fs::File::open(path)?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let mut at = text.len() as u64;
    let before = std::fs::read(path.with_file_name("cloudflared.old.log")).unwrap_or_default();
    if out.write_all(last(&[before, text].concat(), lines)).and_then(|()| out.flush()).is_err() {
        return Ok(());
    }
    if !follow {
        return Ok(());
    }
    loop {
        pause();
        let Ok(mut now) = std::fs::File::open(path) else { continue };
        let length = now.metadata()?.len();
        // It has made room, and begins anew.
        if length < at {
            at = 0;
        }
        now.seek(SeekFrom::Start(at))?;
        let mut added = Vec::new();
        at += now.read_to_end(&mut added)? as u64;
        if out.write_all(&added).and_then(|()| out.flush()).is_err() {
            return Ok(());
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the pause between two looks at a file")]
fn pause() {
    std::thread::sleep(LOOK);
}

/// The last lines of a text.
fn last(text: &[u8], lines: usize) -> &[u8] {
    let ends = text.iter().rposition(|byte| *byte != b'\n').map_or(0, |at| at + 1);
    let mut breaks = text[..ends].iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
    let from = match lines.checked_sub(1) {
        Some(more) => breaks.nth(more).map_or(0, |(at, _)| at + 1),
        None => text.len(),
    };
    &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_the_last() {
        let text = b"one\ntwo\nthree\n";
        assert_eq!(last(text, 2), b"two\nthree\n");
        assert_eq!(last(text, 9), text);
        assert_eq!(last(text, 0), b"");
        assert_eq!(last(b"", 3), b"");
        assert_eq!(last(b"one\ntwo", 1), b"two");
    }

    /// Writes into what others can look at, and is closed when it has enough.
    struct Reader(std::sync::mpsc::Sender<Vec<u8>>);

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let sent = self.0.send(bytes.to_vec());
            sent.map(|()| bytes.len()).map_err(|_| io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            self.write(b"").map(drop)
        }
    }

    #[test]
    fn what_is_added_is_followed_also_in_a_file_that_began_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cloudflared.log");
        std::fs::File::create(&path).unwrap().write_all(b"old\nnew\n").unwrap();
        let (sender, seen) = std::sync::mpsc::channel();
        let reading = {
            let path = path.clone();
            std::thread::spawn(move || shown(&path, 1, true, &mut Reader(sender)))
        };
        let until = |wanted: &str| {
            let mut all = Vec::new();
            while !String::from_utf8_lossy(&all).contains(wanted) {
                all.extend(seen.recv_timeout(Duration::from_secs(60)).unwrap());
            }
            String::from_utf8_lossy(&all).into_owned()
        };
        assert_eq!(until("new\n"), "new\n");
        let mut log = std::fs::File::options().append(true).open(&path).unwrap();
        log.write_all(b"more and more and more\n").unwrap();
        until("more\n");
        std::fs::rename(&path, folder.path().join("cloudflared.old.log")).unwrap();
        std::fs::File::create(&path).unwrap().write_all(b"anew\n").unwrap();
        until("anew\n");
        drop(seen);
        reading.join().unwrap().unwrap();
    }
}
