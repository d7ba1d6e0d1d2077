//! The steps in which a machine is published, and what is told of them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ShareError;

/// One step. The order is that of safety: what guards the hostname before what leads to the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Step {
    /// A way to log in, where the team has none.
    #[serde(rename = "log-in-method")]
    Way,
    /// Who may enter.
    #[serde(rename = "policy")]
    Policy,
    /// What asks them who they are.
    #[serde(rename = "application")]
    App,
    /// What signs SSH certificates.
    #[serde(rename = "certificate-authority")]
    Authority,
    /// What leads from the edge to this machine.
    #[serde(rename = "tunnel")]
    Tunnel,
    /// What the tunnel leads to.
    #[serde(rename = "rules")]
    Rules,
    /// This machine's end of the tunnel.
    #[serde(rename = "connector")]
    Connector,
    /// What lets the hostname lead to the tunnel.
    #[serde(rename = "dns-record")]
    Record,
    /// The proof that the application stands before the hostname.
    #[serde(rename = "gate")]
    Gate,
    /// The proof that the SSH server answers from outside.
    #[serde(rename = "proof")]
    Proof,
}

/// What happens to a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is under way.
    Began(Step),
    /// It is done, and this came of it.
    Done(Step, String),
    /// It came to nothing.
    Failed(Step, ShareError),
    /// What it had made is away again.
    Undone(Step),
    /// What it had made is still there.
    Left(Step, ShareError),
}

impl Step {
    /// Its name in JSON, which does not change.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Way => "log-in-method",
            Self::Policy => "policy",
            Self::App => "application",
            Self::Authority => "certificate-authority",
            Self::Tunnel => "tunnel",
            Self::Rules => "rules",
            Self::Connector => "connector",
            Self::Record => "dns-record",
            Self::Gate => "gate",
            Self::Proof => "proof",
        }
    }
}

/// What it makes, for a person.
impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Way => "Way to log in",
            Self::Policy => "Policy",
            Self::App => "Application",
            Self::Authority => "Certificate authority",
            Self::Tunnel => "Tunnel",
            Self::Rules => "Rules",
            Self::Connector => "Connector",
            Self::Record => "DNS record",
            Self::Gate => "Log-in asked for",
            Self::Proof => "SSH from outside",
        })
    }
}
