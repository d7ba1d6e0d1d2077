//! Starting the SSH server of this machine, as its system does: the system asks the person for the right to.

use std::process::Stdio;

use model::{Event, Problem};
use tokio::process::Command;

use super::Hands;

/// What starts it, in the order in which it is tried: Debian calls it otherwise than others do.
#[cfg(target_os = "linux")]
const COMMANDS: &[&[&str]] = &[&["systemctl", "start", "ssh"], &["systemctl", "start", "sshd"]];
/// The pane in which a person switches Remote Login on.
#[cfg(target_os = "macos")]
const COMMANDS: &[&[&str]] =
    &[&["open", "x-apple.systempreferences:com.apple.Sharing-Settings.extension?Services_RemoteLogin"]];
#[cfg(windows)]
const COMMANDS: &[&[&str]] =
    &[&["powershell", "-NoProfile", "-Command", "Start-Process net 'start sshd' -Verb RunAs -Wait"]];
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
const COMMANDS: &[&[&str]] = &[&["service", "sshd", "start"]];

impl Hands {
    pub(in crate::hands) fn start_server(&self) {
        self.report("start the SSH server", |_| async move { Event::ServerStarted(start().await) });
    }
}

async fn start() -> Result<(), Problem> {
    let mut said = String::new();
    for line in COMMANDS {
        let [program, arguments @ ..] = line else { continue };
        let ran = Command::new(program).args(arguments).stdin(Stdio::null()).output().await;
        match ran {
            Ok(ran) if ran.status.success() => return Ok(()),
            Ok(ran) => said = String::from_utf8_lossy(&ran.stderr).trim().to_owned(),
            Err(error) => said = format!("{program}: {error}"),
        }
    }
    let by_hand = COMMANDS.first().map(|line| line.join(" ")).unwrap_or_default();
    Err(Problem::told(
        "server-not-started".to_owned(),
        "The SSH server could not be started.".to_owned(),
        if said.is_empty() { String::new() } else { format!("The system says: {said}.") },
        format!("Start it by hand: {by_hand}."),
    ))
}
