//! What keeps the simulated edge from starting or a scripted person from getting through.

use std::io;
use std::net::SocketAddr;

/// Why the simulated edge did not start.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// An address could not be bound.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A key or certificate could not be made.
    #[error("cannot make the edge's {what}")]
    Keys {
        /// Which key or certificate.
        what: &'static str,
    },
    /// The plan contradicts itself.
    #[error("the plan cannot be simulated: {what}")]
    Plan {
        /// What is wrong with it.
        what: String,
    },
    /// The list of secrets that was asked for cannot be written.
    #[error("cannot list secrets: {0}")]
    Secrets(io::Error),
    /// The runtime that carries the edge could not be started.
    #[error("cannot start the edge's own runtime: {0}")]
    Runtime(io::Error),
}

/// Why a scripted person did not reach a page.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// The link leads somewhere other than to the gateway.
    #[error("`{link}` cannot be opened through the gateway")]
    ForeignLink {
        /// The link as given.
        link: String,
    },
    /// The gateway did not answer.
    #[error("the gateway did not answer: {0}")]
    Io(#[from] io::Error),
    /// The gateway's answer is not HTTP.
    #[error("the gateway did not answer in HTTP: {0}")]
    Http(#[from] hyper::Error),
    /// A request could not be written.
    #[error("not a request: {0}")]
    Request(#[from] http::Error),
    /// Pages led to pages without end.
    #[error("more than {hops} redirects")]
    Endless {
        /// How many were followed.
        hops: u32,
    },
    /// The page has nothing to submit or to click.
    #[error("the page at {url} has no {what}")]
    NothingThere {
        /// Where the person ended up.
        url: String,
        /// What was looked for.
        what: &'static str,
    },
}
