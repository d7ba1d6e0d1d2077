//! What is asked of the machine that is published.

use std::future::Future;

use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::{Made, ShareError, Wish};

/// What came of the look from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The SSH server's first line.
    Greeting(String),
    /// Whoever looked is none of those who may enter, and was refused.
    NotYou {
        /// Who looked.
        email: String,
    },
    /// Nobody was to look.
    Skipped,
}

/// The machine that is published.
pub trait Machine {
    /// Notes what has been made so far, so that it can be taken away whatever happens next.
    ///
    /// # Errors
    /// When that cannot be kept.
    fn note(&mut self, made: &Made) -> Result<(), ShareError>;

    /// Keeps the right to run the tunnel, and runs it.
    ///
    /// # Errors
    /// When the right cannot be kept, or the connector does not start.
    fn start(
        &mut self,
        wish: &Wish,
        tunnel: &str,
        token: Zeroizing<String>,
    ) -> impl Future<Output = Result<(), ShareError>> + Send;

    /// The last word of a connector that has ended by itself; nothing while it runs.
    fn ended(&mut self) -> Option<String>;

    /// Ends the connector; the right to run the tunnel stays.
    fn pause(&mut self) -> impl Future<Output = ()> + Send;

    /// Ends the connector, and forgets the right to run the tunnel.
    ///
    /// # Errors
    /// When that right cannot be forgotten.
    fn stop(&mut self, tunnel: &str) -> impl Future<Output = Result<(), ShareError>> + Send;

    /// The audience of the application that stands before a hostname, as somebody outside sees it.
    ///
    /// # Errors
    /// When there is none, or the hostname does not answer.
    fn gate(&self, hostname: &str) -> impl Future<Output = Result<String, ShareError>> + Send;

    /// Logs in and hears the SSH server's first line through the edge.
    ///
    /// # Errors
    /// When it is not heard, for another reason than that this person may not enter.
    fn prove(
        &self,
        wish: &Wish,
        cancel: &CancellationToken,
    ) -> impl Future<Output = Result<Proof, ShareError>> + Send;
}
