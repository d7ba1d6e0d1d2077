//! Client id and secret of machines, at rest in the vault: one service token for each app host.

use http::Method;
use serde::{Deserialize, Serialize};
use vault::Slot;
use wire::{AppUrl, Jwt, header};
use zeroize::Zeroizing;

use crate::error::Step;
use crate::http as net;
use crate::reach::limited;
use crate::{Access, AccessError, ServiceToken};

/// As it stands in the vault, which holds no white space.
#[derive(Serialize, Deserialize)]
struct AtRest {
    id: String,
    secret: Zeroizing<String>,
}

impl Access {
    /// The service token that was saved for the app at `url`.
    ///
    /// # Errors
    /// When the vault fails.
    pub async fn service_token(&self, url: &AppUrl) -> Result<Option<ServiceToken>, AccessError> {
        let stored = self.vault().read(&slot(url)).await?;
        // One that cannot be read is as good as none: it can be given again.
        let found = stored.and_then(|text| serde_json::from_str::<AtRest>(text.reveal()).ok());
        Ok(found.map(|found| ServiceToken { id: found.id, secret: Jwt::new(&found.secret) }))
    }

    /// Saves the service token for the app at `url`, in place of an earlier one.
    ///
    /// # Errors
    /// When the vault fails.
    pub async fn keep_service_token(&self, url: &AppUrl, token: &ServiceToken) -> Result<(), AccessError> {
        let at_rest =
            AtRest { id: token.id.clone(), secret: Zeroizing::new(token.secret.reveal().to_owned()) };
        let text = serde_json::to_string(&at_rest)
            .map_err(|error| AccessError::Setup { what: error.to_string() })?;
        Ok(self.vault().write(&slot(url), &Jwt::new(&Zeroizing::new(text))).await?)
    }

    /// Forgets the service token for the app at `url`; tells whether there was one.
    ///
    /// # Errors
    /// When the vault fails.
    pub async fn forget_service_token(&self, url: &AppUrl) -> Result<bool, AccessError> {
        Ok(self.vault().remove(&slot(url)).await?)
    }

    /// Whether the edge lets this service token through to the app at `url` now. One request.
    ///
    /// # Errors
    /// When the edge cannot be asked.
    pub async fn admits(&self, url: &AppUrl, token: &ServiceToken) -> Result<bool, AccessError> {
        let headers =
            [(header::CLIENT_ID, token.id.as_str()), (header::CLIENT_SECRET, token.secret.reveal())];
        let asking = net::ask(self.dialler(), Method::HEAD, url.as_url(), &headers, 0);
        let answer = limited(url.host(), Step::Checking, wire::limit::DISCOVERY, asking).await?;
        Ok(!matches!(answer.status, 401 | 403) && !answer.is_access_redirect(url.as_url()))
    }
}

fn slot(url: &AppUrl) -> Slot {
    Slot::Service { host: url.host().to_owned() }
}
