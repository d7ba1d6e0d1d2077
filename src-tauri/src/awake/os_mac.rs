//! macOS: `caffeinate`, which ends with this program whatever becomes of it.

use std::process::Stdio;

use tokio::process::{Child, Command};

/// As long as this lives, the machine stays awake.
pub(super) struct Held {
    _caffeinate: Child,
}

#[expect(clippy::unused_async, reason = "other systems wait here")]
pub(super) async fn hold() -> Result<Held, String> {
    let own = std::process::id().to_string();
    let mut command = Command::new("/usr/bin/caffeinate");
    command.args(["-i", "-w", &own]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = command.kill_on_drop(true).spawn();
    started.map(|caffeinate| Held { _caffeinate: caffeinate }).map_err(|error| error.to_string())
}
