//! What a secret is for.

use std::fmt;

use wire::TeamDomain;

/// The place of one token in the vault.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// The token for one application.
    App {
        /// The application's audience.
        audience: String,
    },
    /// The token for a team.
    Org {
        /// The team's domain.
        team: TeamDomain,
    },
    /// Client id and secret of a machine.
    Service {
        /// The host that they are for.
        host: String,
    },
    /// What calls Cloudflare's API.
    ApiToken,
    /// The right to run a tunnel.
    Tunnel {
        /// The tunnel's id.
        id: String,
    },
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App { audience } => write!(f, "app/{audience}"),
            Self::Org { team } => write!(f, "org/{team}"),
            Self::Service { host } => write!(f, "service/{host}"),
            Self::ApiToken => f.write_str("api"),
            Self::Tunnel { id } => write!(f, "tunnel/{id}"),
        }
    }
}
