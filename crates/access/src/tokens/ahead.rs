//! Renewing a login before its end.

use wire::AppUrl;

use super::Held;
use crate::{Access, AccessError};

impl Access {
    /// A token for the app at `url` that lasts longer than until `ends`: one that another program has put into the vault
    /// meanwhile, else what the team's token buys. Never a browser, and no log-in of others is waited for: it would
    /// bring what is looked for here.
    ///
    /// # Errors
    /// As [`exchange`](Self::exchange).
    pub async fn renew_ahead(&self, url: &AppUrl, ends: i64) -> Result<Held, AccessError> {
        let app = match self.known_app(url) {
            Some(app) => app,
            None => self.discover(url).await?,
        };
        match self.token_for(&app).await?.filter(|held| held.claims.exp > ends) {
            Some(held) => Ok(Held { org_until: self.org_until(&app.team).await?, ..held }),
            None => self.exchange(&app).await,
        }
    }
}
