//! macOS: what `pmset` says of the settings in use.

use std::time::Duration;

use tokio::process::Command;

/// How often it is asked.
const AGAIN: Duration = Duration::from_secs(30);

pub(super) async fn watch(tell: impl Fn(bool)) {
    let mut told = None;
    loop {
        let saves = match Command::new("/usr/bin/pmset").arg("-g").output().await {
            Ok(said) => is_low(&String::from_utf8_lossy(&said.stdout)),
            Err(error) => {
                tracing::debug!(%error, "nobody tells of a battery saver");
                false
            }
        };
        if told.replace(saves) != Some(saves) {
            tell(saves);
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Whether low power mode is on.
fn is_low(settings: &str) -> bool {
    settings.lines().any(|line| line.split_whitespace().eq(["lowpowermode", "1"]))
}
