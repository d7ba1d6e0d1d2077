//! The browser visit.

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use url::Url;
use vault::Slot;
use wire::{OrgToken, TeamDomain};

use super::Held;
use crate::transfer::{Mailbox, Recipient, Transferred};
use crate::{Access, AccessError, App};

/// What happens during a log-in that a person should see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogInEvent {
    /// Another program of this person is logging in to this team.
    Waiting {
        /// Its process id, when it is known.
        owner: Option<u32>,
    },
    /// This link is to be opened in the person's browser, and shown.
    OpenBrowser {
        /// The link.
        link: String,
    },
}

impl Access {
    /// Logs in with a browser: tells the link by `events`, then waits until the edge has transferred the tokens.
    ///
    /// # Errors
    /// When the person cancels or takes too long, or what arrives cannot be trusted.
    pub async fn log_in(
        &self,
        app: &App,
        events: impl Fn(LogInEvent) + Send,
        cancel: CancellationToken,
    ) -> Result<Held, AccessError> {
        let host = app.url.host();
        let recipient = Recipient::generate()?;
        let link = recipient.link(&app.url, &app.audience, self.auto_close());
        events(LogInEvent::OpenBrowser { link: self.realm().browser_link(&link) });
        let url = Url::parse(&self.realm().mailbox(&recipient.public()))
            .map_err(|error| AccessError::Setup { what: error.to_string() })?;
        let mailbox = Mailbox { dialler: self.dialler(), host, url, recipient: &recipient };
        let after = self.log_in_wait();
        let transferred = tokio::select! {
            () = cancel.cancelled() => return Err(AccessError::LogInCancelled { host: host.to_owned() }),
            waited = timeout(after, mailbox.wait()) => {
                waited.map_err(|_| AccessError::LogInTimedOut { host: host.to_owned(), after })??
            }
        };
        self.keep_transferred(app, transferred).await
    }

    async fn keep_transferred(&self, app: &App, tokens: Transferred) -> Result<Held, AccessError> {
        let held = self.accept(app, tokens.app).await?;
        let org_until = match tokens.org {
            Some(org) => self.keep_org(&app.team, org).await?,
            None => None,
        };
        Ok(Held { org_until, ..held })
    }

    /// Keeps a new org token, whatever there was before; one that is not the team's is left aside, because the app
    /// token is what the person came for.
    async fn keep_org(&self, team: &TeamDomain, org: OrgToken) -> Result<Option<i64>, AccessError> {
        let signed = self.keys().verify(team, org.0.reveal()).await?.is_some();
        let Some(claims) = signed.then(|| org.usable(self.clock().now()).ok()).flatten() else {
            tracing::debug!(%team, "the transferred org token is not usable");
            return Ok(None);
        };
        // What comes of it for the app's token is told with that.
        let _ = self.keep(&Slot::Org { team: team.clone() }, &org.0).await;
        Ok(Some(claims.exp))
    }
}
