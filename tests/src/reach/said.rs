//! What a program said, and how it ended.

use std::io::{Read, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::kept;

/// Lines that tell how a log-in goes on; the cause of a failure is none of them.
const PROGRESS: [&str; 7] = [
    "waiting for you to log in;",
    "another program is logging in",
    "log in in your browser",
    "logged in",
    "no browser opened;",
    "no browser? open ",
    "logged out of",
];

/// A program that has ended.
#[derive(Debug)]
pub struct Said {
    /// Its exit code; nothing after a signal.
    pub code: Option<i32>,
    /// What it wrote to stdout.
    pub out: Vec<u8>,
    /// What it wrote to stderr.
    pub err: String,
    /// How long it ran.
    pub took: Duration,
}

/// A program under way, whose stdin is held and whose output is collected.
#[derive(Debug)]
pub struct Running {
    child: Child,
    input: Option<ChildStdin>,
    out: Collected,
    err: Collected,
    since: Instant,
}

impl Said {
    /// Runs a command to its end.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn of(command: &mut Command) -> Self {
        let since = Instant::now();
        let output = command.output().unwrap_or_else(|why| panic!("{command:?} does not start: {why}"));
        kept::said(command, &output.stdout, &output.stderr);
        Self {
            code: output.status.code(),
            out: output.stdout,
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
            took: since.elapsed(),
        }
    }

    /// Its stdout as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    /// The same when it went well.
    ///
    /// # Panics
    /// When it did not.
    #[track_caller]
    pub fn well(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.text(), self.err);
        self
    }

    /// The one line of the helper's that says why it failed and what to do, without its name.
    ///
    /// # Panics
    /// When it ended with another exit code than `code`, or said more or less than one such line.
    #[track_caller]
    #[must_use]
    pub fn problem(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{}", self.err);
        let mut problems = Vec::new();
        for line in self.err.lines() {
            let said = line.strip_prefix("sallyport: ");
            let said = said.unwrap_or_else(|| panic!("not a line of the helper's: {line}"));
            let found = said.contains(" is behind Cloudflare Access, team ");
            if !found && !PROGRESS.iter().any(|progress| said.starts_with(progress)) {
                problems.push(said);
            }
        }
        assert_eq!(problems.len(), 1, "one line says it: {}", self.err);
        assert!(problems[0].contains("; "), "a cause and a next step: {}", problems[0]);
        problems[0]
    }
}

impl Running {
    /// Starts a command and keeps its stdin open.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|why| panic!("{command:?} does not start: {why}"));
        let out = Collected::of(child.stdout.take().expect("a pipe"));
        let err = Collected::of(child.stderr.take().expect("a pipe"));
        let input = child.stdin.take();
        Self { child, input, out, err, since: Instant::now() }
    }

    /// Writes to its stdin; false when nobody reads there any more.
    ///
    /// # Panics
    /// When its stdin was closed by [`Self::finish_input`].
    pub fn write(&mut self, bytes: &[u8]) -> bool {
        self.input.as_mut().expect("an open stdin").write_all(bytes).is_ok()
    }

    /// Closes its stdin.
    pub fn finish_input(&mut self) {
        self.input = None;
    }

    /// What it wrote to stdout so far.
    #[must_use]
    pub fn heard(&self) -> Vec<u8> {
        self.out.so_far().clone()
    }

    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it without a chance to clean up.
    ///
    /// # Panics
    /// When it has no process any more.
    pub fn kill(&mut self) {
        self.child.kill().expect("a process");
    }

    /// Waits for its end by itself, with its stdin still open.
    ///
    /// # Panics
    /// When its output cannot be read.
    #[must_use]
    pub fn ended(mut self) -> Said {
        let (out, err) = (self.out.whole(), self.err.whole());
        let status = self.child.wait().expect("its end");
        kept::log("said", &err);
        let err = String::from_utf8_lossy(&err).into_owned();
        Said { code: status.code(), out, err, took: self.since.elapsed() }
    }
}

/// What comes out of a pipe, as it comes.
#[derive(Debug)]
struct Collected {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Collected {
    fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&bytes);
        let reader = std::thread::spawn(move || {
            let mut piece = [0; 64 * 1024];
            while let Ok(count @ 1..) = pipe.read(&mut piece) {
                locked(&heard).extend_from_slice(&piece[..count]);
            }
        });
        Self { bytes, reader }
    }

    fn so_far(&self) -> MutexGuard<'_, Vec<u8>> {
        locked(&self.bytes)
    }

    /// All of it, once the pipe has ended.
    fn whole(self) -> Vec<u8> {
        self.reader.join().expect("a pipe that can be read");
        std::mem::take(&mut locked(&self.bytes))
    }
}

fn locked(bytes: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    bytes.lock().unwrap_or_else(PoisonError::into_inner)
}
