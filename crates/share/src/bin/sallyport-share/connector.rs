//! The connector as a child: started with its right in a variable, which only its owner can read, and ended with us.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use model::problem::Problem;
use profile::Profile;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use zeroize::Zeroizing;

use crate::output;
use crate::token::VARIABLE;

const PROGRAM: &str = "sallyport-connector";
/// How long running streams may go on, and the connector's last words after them.
const GRACE: Duration = Duration::from_secs(35);
/// A file without a line in it: what a person has configured for other tunnels is none of this one's business.
const NO_CONFIG: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// Where the connector of a hostname logs.
pub(crate) fn log_of(profile: &Profile, hostname: &str) -> PathBuf {
    profile.state_dir().join(format!("share-{hostname}.log"))
}

/// A running connector.
#[derive(Debug)]
pub(crate) struct Connector {
    child: Child,
    log: PathBuf,
    /// Hands on what it is asked, for as long as this is kept: the end of its input is the word to leave.
    _asks: JoinSet<()>,
    /// Hears what it reports, until it ends; has what it has ended by.
    told: JoinSet<Option<Problem>>,
}

/// How a connector has ended by itself.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It has told what went wrong.
    Told(Problem),
    /// The last that it has noted, or how it ended.
    Noted(String),
}

/// What a connector is to do.
pub(crate) struct Wanted<'a> {
    /// For which hostname.
    pub(crate) hostname: &'a str,
    /// It reaches nothing else, whatever the edge asks for.
    pub(crate) destinations: &'a [String],
    /// The right to run the tunnel.
    pub(crate) token: &'a Zeroizing<String>,
    /// How to reach the edge, where that is not left to it.
    pub(crate) protocol: Option<&'a str>,
    /// What it is asked meanwhile, where somebody asks; what it reports is handed on then.
    pub(crate) words: Option<UnboundedReceiver<String>>,
}

impl Connector {
    /// Starts it.
    pub(crate) fn start(profile: &Profile, wanted: Wanted<'_>) -> std::io::Result<Self> {
        let log = log_of(profile, wanted.hostname);
        profile::create_private_folder(profile.state_dir())?;
        let mut command = Command::new(path());
        command
            .args(flags(profile, wanted.destinations))
            .args(["--metrics", "localhost:0", "--loglevel", "info"])
            .args(wanted.protocol.into_iter().flat_map(|protocol| ["--protocol", protocol]))
            .args(["--report", "--logfile"])
            .arg(&log)
            .arg("run")
            .env("TUNNEL_TOKEN", &**wanted.token)
            .env_remove(VARIABLE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let (mut asks, mut told) = (JoinSet::new(), JoinSet::new());
        if let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) {
            told.spawn(hear(stdout, wanted.words.is_some()));
            asks.spawn(hand_down(wanted.words, stdin));
        }
        Ok(Self { child, log, _asks: asks, told })
    }

    /// Its last word, once it has ended by itself.
    pub(crate) fn ended(&mut self) -> Option<String> {
        let ended = self.child.try_wait().ok().flatten()?;
        Some(last_line(&self.log).unwrap_or_else(|| ended.to_string()))
    }

    /// Waits for its end by itself, and until all that it has reported is handed on.
    pub(crate) async fn until_ended(&mut self) -> Ended {
        let ended = self.child.wait().await.map(|ended| ended.to_string());
        if let Some(Ok(Some(problem))) = self.told.join_next().await {
            return Ended::Told(problem);
        }
        let noted = last_line(&self.log);
        Ended::Noted(noted.unwrap_or_else(|| ended.unwrap_or_else(|error| error.to_string())))
    }

    /// Asks it to leave, and ends it when it does not.
    pub(crate) async fn stop(&mut self) {
        self.ask();

        if tokio::time::timeout(GRACE, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }

    #[cfg(unix)]
    fn ask(&self) {
        use rustix::process::{Pid, Signal, kill_process};
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // It may have ended by itself in the meantime.
            let _ = kill_process(pid, Signal::TERM);
        }
    }

    /// Windows knows no signal for one process: it is ended.
    #[cfg(not(unix))]
    fn ask(&mut self) {
        let _ = self.child.start_kill();
    }
}

/// Hands on what it is asked; its input ends with ours.
async fn hand_down(words: Option<UnboundedReceiver<String>>, mut to: ChildStdin) {
    if let Some(mut words) = words {
        while let Some(word) = words.recv().await {
            if to.write_all(format!("{word}\n").as_bytes()).await.is_err() {
                return;
            }
        }
    }
    std::future::pending().await
}

/// Hears what it reports, and hands it on where somebody listens; has what it ended by, where it has told that.
async fn hear(from: ChildStdout, hands_on: bool) -> Option<Problem> {
    let mut lines = BufReader::new(from).lines();
    let mut problem = None;
    while let Ok(Some(line)) = lines.next_line().await {
        if hands_on {
            output::data(&format!("{line}\n"));
        }
        problem = serde_json::from_str(&line).ok().and_then(failed).or(problem);
    }
    problem
}

fn failed(mut told: Value) -> Option<Problem> {
    let is_failure = told.get("state").is_some_and(|state| state == "failed");
    let problem = told.get_mut("problem").filter(|_| is_failure)?;
    serde_json::from_value(problem.take()).ok()
}

/// What every connector of a share is told: other tunnels' settings are none of its business, and it reaches nothing but
/// these destinations.
pub(crate) fn flags(profile: &Profile, destinations: &[String]) -> impl Iterator<Item = OsString> {
    let only = destinations.iter().flat_map(|to| ["--allow-destination", to]);
    let own: Vec<OsString> = ["--config", NO_CONFIG].into_iter().chain(only).map(OsString::from).collect();
    profile.helper_flags().into_iter().chain(own)
}

/// Beside this program.
pub(crate) fn path() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    let own = own.canonicalize().unwrap_or(own);
    own.with_file_name(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX))
}

fn last_line(log: &Path) -> Option<String> {
    let text = std::fs::read_to_string(log).ok()?;
    let last = text.lines().rev().find(|line| !line.trim().is_empty())?;
    // What stands before the words is when, and how much it matters.
    let words = [" INF ", " WRN ", " ERR "].iter().find_map(|mark| last.split_once(mark));
    Some(words.map_or(last, |(_, words)| words).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_ended_by_is_read_with_its_line() {
        let told = Problem::of(
            &wire::Cause::TunnelRefused { said: "no".to_owned() },
            &model::Words::of(model::Platform::Linux, None),
        );
        let read = failed(serde_json::json!({ "state": "failed", "problem": told }));
        assert_eq!(read.map(|problem| problem.line()), Some(told.line()));
        assert_eq!(failed(serde_json::json!({ "state": "log", "problem": told })), None);
    }
}
