//! Child processes that log to a file and end with the test.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::wait;

const FAREWELL: Duration = Duration::from_secs(5);

/// One running child.
#[derive(Debug)]
pub struct Part {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Part {
    /// Starts it, with what it says on either stream in a file of `logs`.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(name: &str, command: &mut Command, logs: &Path) -> Self {
        let log = logs.join(format!("{name}.log"));
        let file = File::create(&log).expect("a log file");
        let both = file.try_clone().expect("the log file a second time");
        let child = command.stdout(file).stderr(both).spawn();
        let child = child.unwrap_or_else(|why| panic!("{name} does not start: {why}"));
        Self { name: name.to_owned(), child, log }
    }

    /// Starts it with one line to read on its standard input.
    ///
    /// # Panics
    /// When it cannot be started or does not read.
    #[must_use]
    pub fn start_with_input(name: &str, command: &mut Command, line: &str, logs: &Path) -> Self {
        use std::io::Write as _;
        let mut part = Self::start(name, command.stdin(Stdio::piped()), logs);
        let mut input = part.child.stdin.take().expect("a pipe");
        input.write_all(line.as_bytes()).expect("a reader");
        part
    }

    /// Waits until its log holds what `find` finds.
    ///
    /// # Panics
    /// With the log, when it ends before it says so, or does not say so in time.
    #[track_caller]
    pub fn says<T>(&mut self, what: &str, mut find: impl FnMut(&str) -> Option<T>) -> T {
        let name = self.name.clone();
        wait::until(&format!("{name}: {what}"), wait::SOON, || {
            let ended = self.child.try_wait().ok().flatten();
            let log = self.log();
            let found = find(&log);
            assert!(found.is_some() || ended.is_none(), "{name} ended with {ended:?} before: {what}\n{log}");
            found
        })
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it does not end within `limit`.
    #[track_caller]
    pub fn ended(&mut self, limit: Duration) -> ExitStatus {
        let name = self.name.clone();
        wait::until(&format!("the end of {name}"), limit, || self.child.try_wait().ok().flatten())
    }

    /// Asks it to end, and ends it when it does not.
    pub fn stop(&mut self) {
        if self.is_running() {
            signal(self.pid(), Signal::TERM);
            let deadline = std::time::Instant::now() + FAREWELL;
            wait::until("the end of a part", FAREWELL * 2, || {
                if std::time::Instant::now() > deadline {
                    signal(self.pid(), Signal::KILL);
                }
                (!self.is_running()).then_some(())
            });
        }
    }

    /// Asks it to end, as `kill` does.
    pub fn terminate(&self) {
        signal(self.pid(), Signal::TERM);
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

    /// All that it has said so far.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Ends every process that lives in this home: what our parts started, and those started in turn.
pub fn clear(home: &Path) {
    end_all("an empty home", || inhabitants(home));
}

/// Ends every process that has to do with this folder, and with it whatever they would still write there.
pub fn clear_around(folder: &Path) {
    end_all("the end of all around a folder", || around(folder));
}

fn end_all(what: &str, alive: impl Fn() -> Vec<u32>) {
    let mut rounds = 0;
    wait::until(what, FAREWELL * 2, || {
        let alive = alive();
        let call = if rounds < 200 { Signal::TERM } else { Signal::KILL };
        if rounds % 50 == 0 {
            alive.iter().for_each(|pid| signal(*pid, call));
        }
        rounds += 1;
        alive.is_empty().then_some(())
    });
}

/// The processes that live in this home.
///
/// # Panics
/// When the system does not list its processes.
#[must_use]
pub fn inhabitants(home: &Path) -> Vec<u32> {
    let mark = format!("HOME={}", home.display());
    let lives_here = |pid: &u32| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|one| one == mark.as_bytes())
    };
    others().filter(lives_here).collect()
}

/// The processes that have to do with this folder: it is named in their environment or on their command line.
///
/// # Panics
/// When the system does not list its processes.
#[must_use]
pub fn around(folder: &Path) -> Vec<u32> {
    let mark = folder.to_str().expect("a path in UTF-8").as_bytes();
    let names_it = |pid: &u32| {
        ["environ", "cmdline"].iter().any(|file| {
            let text = std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
            text.windows(mark.len()).any(|part| part == mark)
        })
    };
    others().filter(names_it).collect()
}

fn others() -> impl Iterator<Item = u32> {
    let processes = std::fs::read_dir("/proc").expect("the list of processes");
    let pids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| *pid != std::process::id())
}

/// Memory of a process, in bytes, by the name that `/proc/PID/status` has for it, such as `RssAnon`.
///
/// # Panics
/// When there is no such process, or no such name.
#[must_use]
pub fn memory(pid: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let figure = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kilobytes = figure.expect("its memory").trim().trim_end_matches(" kB");
    kilobytes.parse::<u64>().expect("a number") * 1024
}

/// Ends a process without a chance to clean up.
pub fn kill(pid: u32) {
    signal(pid, Signal::KILL);
}

fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // It may have ended by itself in the meantime.
        let _ = kill_process(pid, signal);
    }
}
