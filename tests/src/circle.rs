//! The whole circle on one machine: ssh, the helper, the edge, the connector, a stock SSH server.

use std::process::Command;

use crate::homes::put;
use crate::reach::{HOST, Said};
use crate::{Part, Sshd, Tunnelled, need, sshd};

/// The name that the person has given to the host.
pub const ALIAS: &str = "build-01";

/// A stock server that is published, and a person who has added it as [`ALIAS`] and is logged in.
pub struct Circle {
    /// The person, the edge and the tunnel.
    pub stage: Tunnelled,
    /// The server.
    pub server: Sshd,
    /// What publishes it.
    pub connector: Part,
}

impl Circle {
    /// Closes the circle by this protocol of a connector's, if the machine has what it takes.
    ///
    /// # Panics
    /// When a part does not start.
    #[must_use]
    pub fn by(protocol: &str) -> Option<Self> {
        if need::lacks(&sshd::NEEDS) {
            return None;
        }
        let (server, stage) = (Sshd::start(), Tunnelled::new());
        let connector = stage.serving_by(protocol, &format!("ssh://{}", server.address()));
        put(stage.reach.ssh_config(), server.client_lines());
        stage.reach.run(&["host", "add", HOST, "--user", &server.user()]).well();
        stage.reach.log_in(HOST);
        let circle = Self { stage, server, connector };
        // The first one writes the server's key down, and says so.
        Said::of(&mut circle.ssh(&["true"])).well();
        Some(circle)
    }

    /// Stock `ssh` to the server with these words behind its name.
    #[must_use]
    pub fn ssh(&self, words: &[&str]) -> Command {
        let mut command = self.stage.reach.client("ssh");
        command.arg(ALIAS).args(words);
        command
    }
}
