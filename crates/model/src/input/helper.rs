//! What the helper asks.

use wire::Cause;

/// What the helper may ask of a running desktop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelperAsk {
    /// A token that works now, if there is one.
    Token {
        /// The app's hostname.
        hostname: String,
    },
    /// A token, by log-in if need be.
    LogIn {
        /// The app's URL.
        app: String,
        /// Whether the calling program has a terminal in which a person can read a link.
        terminal: bool,
    },
    /// An ssh session to this app hostname runs as long as the connection lives.
    SessionOpened {
        /// The app's hostname.
        hostname: String,
    },
    /// It did not reach this app hostname, or was cut off from it.
    Failed {
        /// The app's hostname.
        hostname: String,
        /// Why.
        cause: Cause,
    },
    /// The vault changed.
    TokensChanged,
    /// The managed block changed.
    HostsChanged,
    /// How things stand, as JSON.
    Status,
}
