//! Renewing a login before its end, with what the team's buys.

use access::AccessError;
use model::{LoginFact, NotRenewed};
use wire::{AppUrl, Cause};

use crate::hands::{Reach, logins};

/// The login of `hostname` that follows the one that `ends`.
pub(crate) async fn renew(reach: &Reach, hostname: &str, ends: i64) -> Result<LoginFact, NotRenewed> {
    let Ok(url) = hostname.parse::<AppUrl>() else { return Err(NotRenewed::Later) };
    if let Err(error) = logins::may_read(&reach.vault).await {
        tracing::debug!(hostname, %error, "not renewed");
        return Err(NotRenewed::Later);
    }
    let held = reach.access.renew_ahead(&url, ends).await.map_err(|error| not_renewed(&error))?;
    if let Some(cause) = &held.unkept {
        tracing::debug!(hostname, cause = cause.kind(), "a renewed login is in memory only");
    }
    tracing::debug!(hostname, until = held.claims.exp, "renewed");
    Ok(LoginFact {
        hostname: hostname.to_owned(),
        app: Some(logins::fact_of(&held.app)),
        login: Some(logins::saved(&held.claims)),
        renews_until: held.org_until,
    })
}

fn not_renewed(error: &AccessError) -> NotRenewed {
    tracing::debug!(%error, "not renewed");
    if let AccessError::TokenRejected { host } = error {
        return NotRenewed::Refused(Cause::RenewalRefused { host: host.clone() });
    }
    if let AccessError::Blocked { .. } = error {
        return NotRenewed::Refused(error.cause());
    }
    if let AccessError::LogInNeeded { .. } = error {
        return NotRenewed::NoTeamLogin;
    }
    NotRenewed::Later
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_edge_refuses_is_refused() {
        let host = || "box.acme.test".to_owned();
        let refused = NotRenewed::Refused(Cause::RenewalRefused { host: host() });
        assert_eq!(not_renewed(&AccessError::TokenRejected { host: host() }), refused);
        let blocked = AccessError::Blocked { host: host(), email: None, ray: None };
        assert_eq!(not_renewed(&blocked), NotRenewed::Refused(blocked.cause()));
        assert_eq!(not_renewed(&AccessError::LogInNeeded { host: host() }), NotRenewed::NoTeamLogin);
        let trouble = AccessError::Told(Cause::EdgeTrouble { host: host(), status: 503, ray: None });
        assert_eq!(not_renewed(&trouble), NotRenewed::Later);
    }
}
