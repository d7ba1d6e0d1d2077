//! Why a machine is not published.

use api::ApiError;
use wire::{Cause, api_token_page};

use crate::Permission;

/// Why a machine is not published, or not any more taken back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// The API cannot be asked, or does not do it.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// It was called off.
    #[error("it was called off")]
    CalledOff,
    /// Something of this machine's.
    #[error("{}", .0.kind())]
    Here(Cause),
    /// The hostname is taken.
    #[error("{host} is taken: {}", what.join("; "))]
    InTheWay {
        /// The hostname.
        host: String,
        /// What is there.
        what: Vec<String>,
    },
    /// The token may not do this.
    #[error("the API token lacks {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Lacks(Vec<Permission>),
    /// No SSH server answers.
    #[error("no SSH server answers at {address}: {detail}")]
    NoServer {
        /// Where one was looked for.
        address: String,
        /// What was found instead.
        detail: String,
    },
    /// No group of the account has this name.
    #[error("no group is called {name}")]
    NoGroup {
        /// The name.
        name: String,
        /// One that differs by a slip.
        nearest: Option<String>,
        /// All that there are.
        groups: Vec<String>,
    },
    /// Zero Trust was never switched on.
    #[error("Zero Trust is not switched on")]
    NoTeam,
    /// No domain of the token's holds the hostname.
    #[error("no zone holds {host}")]
    NoZone {
        /// The hostname.
        host: String,
        /// The domains there are.
        zones: Vec<String>,
    },
    /// Something else than what was made stands before the hostname.
    #[error("something else stands before {host}")]
    NotGuarded {
        /// The hostname.
        host: String,
    },
    /// The connector has not registered.
    #[error("the connector does not serve after {seconds} s: {said}")]
    NotServing {
        /// For how long was waited.
        seconds: u64,
        /// Its last word.
        said: String,
    },
    /// More than one group of the account has this name.
    #[error("several groups are called {name}: {}", ids.join(", "))]
    SeveralGroups {
        /// The name.
        name: String,
        /// Their ids.
        ids: Vec<String>,
    },
    /// The token is not valid.
    #[error("the API token is not accepted: {said}")]
    Token {
        /// How the API says so.
        said: String,
    },
    /// The domain is not in use yet.
    #[error("{zone} is {status}")]
    ZoneInactive {
        /// The domain.
        zone: String,
        /// Its status.
        status: String,
    },
}

impl ShareError {
    /// What it means for a person.
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Self::Api(error) => error.cause(),
            Self::CalledOff => Cause::Unexpected { what: self.to_string() },
            Self::Here(cause) => cause.clone(),
            Self::InTheWay { host, what } => Cause::ShareInTheWay { host: host.clone(), what: what.clone() },
            Self::Lacks(permissions) => Cause::ShareRights {
                permissions: permissions.iter().map(ToString::to_string).collect(),
                link: api_token_page(),
            },
            Self::NoServer { address, detail } => {
                Cause::ShareNoServer { address: address.clone(), detail: detail.clone() }
            }
            Self::NoGroup { name, nearest, groups } => {
                Cause::ShareNoGroup { name: name.clone(), nearest: nearest.clone(), groups: groups.clone() }
            }
            Self::SeveralGroups { name, ids } => {
                Cause::ShareSeveralGroups { name: name.clone(), ids: ids.clone() }
            }
            Self::NoTeam => Cause::ShareNoTeam,
            Self::NoZone { host, zones } => Cause::ShareNoZone { host: host.clone(), zones: zones.clone() },
            Self::NotGuarded { host } => Cause::ShareNotGuarded { host: host.clone() },
            Self::NotServing { seconds, said } => {
                Cause::ShareNotServing { seconds: *seconds, said: said.clone() }
            }
            Self::Token { said } => Cause::ShareToken { said: said.clone(), link: api_token_page() },
            Self::ZoneInactive { zone, status } => {
                Cause::ShareZoneInactive { zone: zone.clone(), status: status.clone() }
            }
        }
    }

    /// A call that takes this permission came to nothing.
    pub(crate) fn of_call(permission: Permission) -> impl Fn(ApiError) -> Self {
        move |error| match error {
            ApiError::TokenRefused { .. } => Self::Lacks(vec![permission]),
            ApiError::NoTeam => Self::NoTeam,
            ApiError::Setup { .. }
            | ApiError::Unreachable { .. }
            | ApiError::TimedOut { .. }
            | ApiError::NotFound { .. }
            | ApiError::NameTaken { .. }
            | ApiError::Throttled { .. }
            | ApiError::Refused { .. }
            | ApiError::Trouble { .. }
            | ApiError::Unreadable { .. } => Self::Api(error),
        }
    }
}
