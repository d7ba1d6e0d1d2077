//! Keeping connections ready: a helper for each, started ahead of the ssh that will need it.
//!
//! The desktop holds none itself. Whoever takes one over takes its process, so that a session neither passes through the
//! desktop nor ends with it.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{ChildStdin, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::hands::Hands;

/// What the helper says on its stdout (`sallyport warm`).
const TAKEN: &str = "taken";

/// How long a host is left alone whose connection came to nothing, or was ended by the far side.
const REST: Duration = Duration::from_secs(60);

/// How a helper that was started ahead ended its wait.
enum Outcome {
    /// An ssh has it now.
    Taken,
    /// It is of no use any more, or never was.
    Over,
}

/// Keeps what is wanted until the engine ends; then those that nobody has taken end as well.
pub(crate) async fn serve(hands: Hands, mut wanted: watch::Receiver<Vec<String>>) {
    let mut kept: BTreeMap<String, ChildStdin> = BTreeMap::new();
    let mut resting: BTreeMap<String, Instant> = BTreeMap::new();
    let mut waits: JoinSet<(String, Outcome)> = JoinSet::new();
    loop {
        let hostnames = wanted.borrow_and_update().clone();
        // The end of its stdin tells a helper that it is not wanted any more.
        kept.retain(|hostname, _| hostnames.contains(hostname));
        let now = Instant::now();
        resting.retain(|hostname, until| *until > now && hostnames.contains(hostname));
        for hostname in &hostnames {
            if kept.contains_key(hostname) || resting.contains_key(hostname) {
                continue;
            }
            match start(&hands, hostname) {
                Ok((stdin, wait)) => {
                    kept.insert(hostname.clone(), stdin);
                    waits.spawn(named(hostname.clone(), wait));
                }
                Err(error) => {
                    tracing::debug!(%error, "no helper can be started ahead");
                    resting.insert(hostname.clone(), now + REST);
                }
            }
        }
        let rested = resting.values().min().copied();
        tokio::select! {
            changed = wanted.changed() => if changed.is_err() { return },
            Some(ended) = waits.join_next() => {
                let Ok((hostname, outcome)) = ended else { continue };
                kept.remove(&hostname);
                if matches!(outcome, Outcome::Over) {
                    resting.insert(hostname, Instant::now() + REST);
                }
            }
            () = tokio::time::sleep_until(rested.unwrap_or(now)), if rested.is_some() => {}
        }
    }
}

/// Starts a helper; what it waits for is told by the future.
fn start(
    hands: &Hands,
    hostname: &str,
) -> std::io::Result<(ChildStdin, impl Future<Output = Outcome> + use<>)> {
    let helper = hands.helper();
    let mut command = Command::new(&helper.helper);
    if let Some(profile) = &helper.profile {
        command.arg("--profile").arg(profile);
    }
    command.args(["warm", "--", hostname]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    // What ends the desktop from a terminal is not meant for a session that has become its own.
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn()?;
    let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(std::io::Error::other("a child without pipes"));
    };
    Ok((stdin, async move {
        let mut said = BufReader::new(stdout).lines();
        while let Ok(Some(line)) = said.next_line().await {
            if line == TAKEN {
                return Outcome::Taken;
            }
        }
        let _ = child.wait().await;
        Outcome::Over
    }))
}

async fn named(hostname: String, wait: impl Future<Output = Outcome>) -> (String, Outcome) {
    (hostname, wait.await)
}
