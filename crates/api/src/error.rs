//! Why a call came to nothing.

use std::time::Duration;

use wire::Cause;

/// Why a call came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The client cannot be built.
    #[error("the client of the API cannot be built: {what}")]
    Setup {
        /// Why.
        what: String,
    },
    /// No connection came about.
    #[error("{host} cannot be reached: {what}")]
    Unreachable {
        /// The API's host.
        host: String,
        /// Why.
        what: String,
    },
    /// No answer came in time.
    #[error("{host} did not answer within {seconds} s")]
    TimedOut {
        /// The API's host.
        host: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The token is not valid, or may not do this (401, 403).
    #[error("the API does not accept the token: {said}")]
    TokenRefused {
        /// How the API says no.
        said: String,
    },
    /// Zero Trust was never switched on for the account (code 9999), which takes a visit to the dashboard.
    #[error("Zero Trust is not switched on for this account")]
    NoTeam,
    /// There is no such thing (404).
    #[error("not found: {said}")]
    NotFound {
        /// How the API says so.
        said: String,
    },
    /// A tunnel has this name already (409).
    #[error("the name is taken: {said}")]
    NameTaken {
        /// How the API says so.
        said: String,
    },
    /// Too many calls (429).
    #[error("the API wants fewer calls; the next one is welcome in {seconds} s")]
    Throttled {
        /// When to come again.
        seconds: u64,
    },
    /// The call itself is not accepted (400 and others).
    #[error("the API refuses: {said}")]
    Refused {
        /// The API's own number for it; 0 when it gives none.
        code: u64,
        /// How the API says no.
        said: String,
    },
    /// The API has trouble of its own (5xx, or a page in place of an answer).
    #[error("the API has trouble (status {status})")]
    Trouble {
        /// The API's host.
        host: String,
        /// The HTTP status.
        status: u16,
    },
    /// The answer cannot be understood.
    #[error("the answer of the API cannot be understood: {what}")]
    Unreadable {
        /// Why.
        what: String,
    },
}

impl ApiError {
    /// Whether the same call may well work a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Throttled { .. }
            | Self::Trouble { .. } => true,
            Self::Setup { .. }
            | Self::TokenRefused { .. }
            | Self::NoTeam
            | Self::NotFound { .. }
            | Self::NameTaken { .. }
            | Self::Refused { .. }
            | Self::Unreadable { .. } => false,
        }
    }

    /// Whether the call may have been carried out although its answer is no answer.
    #[must_use]
    pub fn may_be_done(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Trouble { .. }
            | Self::Unreadable { .. } => true,
            Self::Throttled { .. }
            | Self::Setup { .. }
            | Self::TokenRefused { .. }
            | Self::NoTeam
            | Self::NotFound { .. }
            | Self::NameTaken { .. }
            | Self::Refused { .. } => false,
        }
    }

    /// How long the API wants to be left alone.
    #[must_use]
    pub fn asks_to_wait(&self) -> Option<Duration> {
        if let Self::Throttled { seconds } = self { Some(Duration::from_secs(*seconds)) } else { None }
    }

    /// What it means for a person.
    #[must_use]
    pub fn cause(&self) -> Cause {
        match self {
            Self::Unreachable { host, what } => {
                Cause::Unreachable { host: host.clone(), detail: what.clone() }
            }
            Self::TimedOut { host, seconds } => {
                let (host, step) = (host.clone(), "an answer".to_owned());
                Cause::TimedOut { host, step, seconds: *seconds }
            }
            Self::TokenRefused { said } => Cause::ApiRight { said: said.clone() },
            Self::NoTeam => Cause::ApiRefused { said: self.to_string() },
            Self::NotFound { said } | Self::NameTaken { said } | Self::Refused { said, .. } => {
                Cause::ApiRefused { said: said.clone() }
            }
            Self::Throttled { seconds } => Cause::ApiBusy { seconds: *seconds },
            Self::Trouble { host, status } => {
                Cause::EdgeTrouble { host: host.clone(), status: *status, ray: None }
            }
            Self::Setup { what } | Self::Unreadable { what } => Cause::Unexpected { what: what.clone() },
        }
    }
}
