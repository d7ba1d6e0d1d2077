//! The connector as a child: started with its right in a variable, which only its owner can read, and ended with us.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use profile::Profile;
use tokio::process::{Child, Command};
use zeroize::Zeroizing;

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
}

impl Connector {
    /// Starts it; it reaches nothing but `destination`, whatever the edge asks for.
    pub(crate) fn start(
        profile: &Profile,
        hostname: &str,
        destination: &str,
        token: &Zeroizing<String>,
    ) -> std::io::Result<Self> {
        let log = log_of(profile, hostname);
        profile::create_private_folder(profile.state_dir())?;
        let mut command = Command::new(path());
        command
            .args(profile.helper_flags())
            .args(["--config", NO_CONFIG, "--metrics", "localhost:0", "--loglevel", "info"])
            .args(["--allow-destination", destination])
            .arg("--logfile")
            .arg(&log)
            .arg("run")
            .env("TUNNEL_TOKEN", &**token)
            .env_remove(VARIABLE)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        Ok(Self { child: command.spawn()?, log })
    }

    /// Its last word, once it has ended by itself.
    pub(crate) fn ended(&mut self) -> Option<String> {
        let ended = self.child.try_wait().ok().flatten()?;
        Some(last_line(&self.log).unwrap_or_else(|| ended.to_string()))
    }

    /// Waits for its end by itself.
    pub(crate) async fn until_ended(&mut self) -> String {
        let ended = self.child.wait().await.map(|ended| ended.to_string());
        last_line(&self.log).unwrap_or_else(|| ended.unwrap_or_else(|error| error.to_string()))
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

/// Beside this program.
fn path() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    let own = own.canonicalize().unwrap_or(own);
    own.with_file_name(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX))
}

fn last_line(log: &Path) -> Option<String> {
    let text = std::fs::read_to_string(log).ok()?;
    text.lines().rev().find(|line| !line.trim().is_empty()).map(str::to_owned)
}
