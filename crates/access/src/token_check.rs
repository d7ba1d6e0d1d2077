//! Asking the edge whether it still accepts a token: a login may be withdrawn before it ends.

use http::Method;
use wire::{AppToken, AppUrl, header};

use crate::error::Step;
use crate::http as net;
use crate::reach::limited;
use crate::{Access, AccessError, limit};

impl Access {
    /// Whether the edge accepts `token` for the app at `url` now (`access.md` 6.1). One request.
    ///
    /// Only a redirect to the login page says no; what the app itself answers says nothing about the token. HEAD asks
    /// for no body, which may be large and tells nothing.
    ///
    /// # Errors
    /// When the edge cannot be asked.
    pub async fn accepts(&self, url: &AppUrl, token: &AppToken) -> Result<bool, AccessError> {
        let mut probe = url.as_url().clone();
        probe.query_pairs_mut().append_pair("cloudflared_token_check", "true");
        let headers = [(header::ACCESS_TOKEN, token.0.reveal())];
        let asking = net::ask(self.dialler(), Method::HEAD, &probe, &headers, 0);
        let answer = limited(url.host(), Step::Checking, limit::CHECK, asking).await?;
        Ok(!answer.is_access_redirect(&probe))
    }
}
