//! Asking the edge whether it still accepts a token: a login may be withdrawn before it ends.

use http::Method;
use wire::{AppToken, AppUrl, header};

use crate::classify::{Asked, Presented, Question, told};
use crate::error::Step;
use crate::http as net;
use crate::reach::limited;
use crate::{Access, AccessError, limit};

impl Access {
    /// Whether the edge accepts `token` for the app at `url` now (`access.md` 6.1). One request.
    ///
    /// Only a redirect to the login page says no, and a refusal of Access's own that there is no use; what the app itself
    /// answers, or the edge in its place, says nothing about the token. HEAD asks for no body, which may be large and
    /// tells nothing.
    ///
    /// # Errors
    /// [`AccessError::Blocked`] when policy does not let this person in, and when the edge cannot be asked.
    pub async fn accepts(&self, url: &AppUrl, token: &AppToken) -> Result<bool, AccessError> {
        let mut probe = url.as_url().clone();
        probe.query_pairs_mut().append_pair("cloudflared_token_check", "true");
        let headers = [(header::ACCESS_TOKEN, token.0.reveal())];
        let asking = net::ask(self.dialler(), Method::HEAD, &probe, &headers, 0);
        let answer = limited(url.host(), Step::Checking, limit::CHECK, asking).await?;
        if answer.status == 403 && answer.header(header::ACCESS_AUDIENCE).is_some() {
            let email = token.0.claims().ok().map(|claims| claims.email).filter(|email| !email.is_empty());
            let presented = Presented::Person { email };
            return Err(told(
                &Asked { url: url.as_url(), what: Question::App, known: true, presented },
                &answer,
            ));
        }
        Ok(!answer.is_access_redirect(&probe))
    }
}
