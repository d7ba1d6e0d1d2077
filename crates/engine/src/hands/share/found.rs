//! Tunnels that were set up for cloudflared on this machine: the connector finds and runs them, and changes none of their
//! files.

use model::{ShareTold, TunnelFact};

use super::{Hands, spawn};

/// The program, beside the helper.
const CONNECTOR: &str = "sallyport-connector";
/// How a unit's file ends.
const UNIT: &str = ".service";

impl Hands {
    /// Those that are there; where they cannot be looked for, none.
    pub(super) async fn found(&self) -> Vec<TunnelFact> {
        let command = self.command(CONNECTOR, &["found", "--output", "json"].map(str::to_owned), &[]);
        let (child, stdin, mut lines) = match spawn(CONNECTOR, command) {
            Ok(started) => started,
            Err(cause) => {
                tracing::warn!(?cause, "tunnels of cloudflared's are not looked for");
                return Vec::new();
            }
        };
        let mut found = Vec::new();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some(ShareTold::Found(tunnels)) = ShareTold::read(&line) {
                found = tunnels;
            }
        }
        drop((child, stdin));
        let taken = &self.profile.settings().taken_tunnels;
        for tunnel in &mut found {
            tunnel.is_taken = taken.contains(&tunnel.id);
        }
        found
    }

    pub(in crate::hands) fn run_tunnel(&self, serial: u64, tunnel: &TunnelFact, by_http2: bool) {
        let by = if tunnel.path.ends_with(UNIT) { "--unit" } else { "--config" };
        let mut words = vec![by, &tunnel.path, "--report", "--metrics", "localhost:0", "--loglevel", "info"];
        if by_http2 {
            words.extend(["--protocol", "http2"]);
        }
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        let command = self.command(CONNECTOR, &words, &["run"]);
        self.keep_running(serial, CONNECTOR, command);
    }

    pub(in crate::hands) fn take_tunnel(&self, id: String, taken: bool) {
        self.quietly("remember a choice", move |hands| async move {
            let changed = hands.profile.change_settings(|settings| {
                if taken {
                    settings.taken_tunnels.insert(id);
                } else {
                    settings.taken_tunnels.remove(&id);
                }
            });
            if let Err(error) = changed {
                tracing::warn!(%error, "which tunnels run here is not remembered");
            }
        });
    }
}
