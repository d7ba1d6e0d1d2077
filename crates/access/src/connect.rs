//! From a name to an open stream, in as few round trips as there can be.

use wire::{AppToken, AppUrl};

use crate::carrier::{UpgradeRequest, Upgraded, upgrade};
use crate::classify::{Asked, Presented, Question, told};
use crate::error::Step;
use crate::limit::UPGRADE;
use crate::reach::{Link, limited};
use crate::{Access, AccessError, App, Carrier, DialOptions};

/// What is known when a token has to be got.
#[derive(Clone, Debug)]
pub struct Renewal {
    /// The app, discovered just now.
    pub app: App,
    /// The token that the edge has refused, if one was presented.
    pub rejected: Option<AppToken>,
}

/// The token that an upgrade carries.
#[derive(Clone, Copy)]
struct Shown<'a> {
    token: Option<&'a AppToken>,
    /// Whether it was got for this very dial, a moment ago.
    anew: bool,
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
        let (link, token) = tokio::try_join!(self.link_with(url, options), lookup)?;
        match self.upgrade(link, url, Shown::at_hand(token.as_ref()), options).await {
            Err(AccessError::LogInNeeded { host }) => {
                tracing::debug!(host, presented = token.is_some(), "the edge asks for a log-in");
                let app = self.discover(url).await?;
                let fresh = renew(Renewal { app, rejected: token }).await?;
                let link = self.link_with(url, options).await?;
                self.upgrade(link, url, Shown { token: Some(&fresh), anew: true }, options).await
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
        let link = self.link_with(url, options).await?;
        self.upgrade(link, url, Shown::at_hand(token), options).await
    }

    async fn upgrade(
        &self,
        mut link: Link,
        url: &AppUrl,
        shown: Shown<'_>,
        options: &DialOptions,
    ) -> Result<Carrier, AccessError> {
        let host = url.host().to_owned();
        let request = UpgradeRequest { app: url, token: shown.token, options };
        let answer = limited(&host, Step::Upgrading, UPGRADE, upgrade(&mut link, &request)).await?;
        match answer {
            Upgraded::Open { early, half_closes } => {
                Ok(Carrier { link, early, host, linger: options.linger, half_closes })
            }
            Upgraded::Invalid(what) => Err(AccessError::Strange { host, what: what.to_owned() }),
            Upgraded::Refused(answer) => {
                let asked = Asked {
                    url: url.as_url(),
                    what: Question::Stream(options.destination.as_deref()),
                    known: shown.token.is_some() || self.known_app(url).is_some(),
                    presented: shown.presented(options, self.clock().now()),
                };
                Err(told(&asked, &answer))
            }
        }
    }
}

impl<'a> Shown<'a> {
    const fn at_hand(token: Option<&'a AppToken>) -> Self {
        Self { token, anew: false }
    }

    fn presented(&self, options: &DialOptions, now: i64) -> Presented {
        if options.service_token.is_some() {
            return Presented::Machine;
        }
        let Some(token) = self.token else { return Presented::Nobody };
        let claims = token.0.claims().ok();
        let lives = claims.as_ref().is_some_and(|claims| claims.exp > now);
        let email = claims.map(|claims| claims.email).filter(|email| !email.is_empty());
        if self.anew { Presented::PersonAnew { email, lives } } else { Presented::Person { email } }
    }
}
