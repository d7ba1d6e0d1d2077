//! From a name to an open stream, in as few round trips as there can be.

use std::time::Duration;

use wire::{AppToken, AppUrl};

use crate::carrier::{UpgradeRequest, Upgraded, upgrade};
use crate::error::Step;
use crate::reach::{Link, limited};
use crate::{Access, AccessError, App, Carrier, DialOptions};

/// How long the edge may take to answer an upgrade. It answers when the tunnel has reached the machine.
const UPGRADE: Duration = Duration::from_secs(20);

/// What is known when a token has to be got.
#[derive(Clone, Debug)]
pub struct Renewal {
    /// The app, discovered just now.
    pub app: App,
    /// The token that the edge has refused, if one was presented.
    pub rejected: Option<AppToken>,
}

impl Access {
    /// Opens a stream to the machine behind `url`.
    ///
    /// The dial begins at once, beside `lookup`, and the token that brings is presented on the first upgrade: three
    /// round trips and nothing else. When the edge asks for a log-in, the app is discovered, `renew` gets a token
    /// ([`Access::renew`], or the desktop), and the dial is repeated once. A refused service token ends it at once.
    ///
    /// # Errors
    /// Why there is no stream, from the lookup, the dial, the edge or the log-in.
    pub async fn connect<L, R, F>(
        &self,
        url: &AppUrl,
        options: &DialOptions,
        lookup: L,
        renew: R,
    ) -> Result<Carrier, AccessError>
    where
        L: Future<Output = Result<Option<AppToken>, AccessError>>,
        R: FnOnce(Renewal) -> F,
        F: Future<Output = Result<AppToken, AccessError>>,
    {
        let (link, token) = tokio::try_join!(self.dialler().link(url.host(), url.port()), lookup)?;
        match self.upgrade(link, url, token.as_ref(), options).await {
            // A machine has nobody to log in: what a browser would get is not what it came with.
            Err(AccessError::LogInNeeded { host }) if options.service_token.is_some() => {
                Err(AccessError::ServiceTokenRefused { host })
            }
            Err(AccessError::LogInNeeded { host }) => {
                tracing::debug!(host, presented = token.is_some(), "the edge asks for a log-in");
                let app = self.discover(url).await?;
                let fresh = renew(Renewal { app, rejected: token }).await?;
                match self.dial(url, Some(&fresh), options).await {
                    Err(AccessError::LogInNeeded { host }) => Err(AccessError::TokenRejected { host }),
                    settled => settled,
                }
            }
            settled => settled,
        }
    }

    /// Opens a stream with this token or none; never logs in.
    ///
    /// # Errors
    /// [`AccessError::LogInNeeded`] when the edge redirects to its login page, and why else there is no stream.
    pub async fn dial(
        &self,
        url: &AppUrl,
        token: Option<&AppToken>,
        options: &DialOptions,
    ) -> Result<Carrier, AccessError> {
        let link = self.dialler().link(url.host(), url.port()).await?;
        self.upgrade(link, url, token, options).await
    }

    async fn upgrade(
        &self,
        mut link: Link,
        url: &AppUrl,
        token: Option<&AppToken>,
        options: &DialOptions,
    ) -> Result<Carrier, AccessError> {
        let host = url.host().to_owned();
        let request = UpgradeRequest { app: url, token, options };
        let answer = limited(&host, Step::Upgrading, UPGRADE, upgrade(&mut link, &request)).await?;
        match answer {
            Upgraded::Open(early) => Ok(Carrier::new(link, early, host, options.linger)),
            Upgraded::Invalid(what) => Err(AccessError::Broken { host, detail: what.to_owned() }),
            Upgraded::Refused(head) if head.is_access_redirect(url.as_url()) => {
                Err(AccessError::LogInNeeded { host })
            }
            Upgraded::Refused(head) if head.status == 403 => {
                let email = token.and_then(|token| token.0.claims().ok()).map(|claims| claims.email);
                Err(AccessError::Blocked {
                    host,
                    email: email.filter(|email| !email.is_empty()),
                    ray: head.ray,
                })
            }
            Upgraded::Refused(head) => {
                Err(AccessError::UpgradeRefused { host, status: head.status, ray: head.ray })
            }
        }
    }
}
