//! From org token to app token without a browser (`access.md` 3).
//!
//! The edge leads through a chain of redirects: app, team domain, app again. The org token is worth the whole team, so
//! it is attached to one request only: the verified team domain's login page, over https.

use http::Method;
use url::Url;
use wire::{AppToken, Jwt, OrgToken, header, path};

use crate::classify::{self, Asked, Presented, Question};
use crate::clock::http_date;
use crate::http::{self as net, Answer};
use crate::limit::HOPS;
use crate::reach::Dialler;
use crate::{AccessError, App};

/// One walk along the redirects of `app`.
pub(crate) struct Walk<'a> {
    pub(crate) dialler: &'a Dialler,
    pub(crate) app: &'a App,
    pub(crate) org: &'a OrgToken,
    /// Seconds since the Unix epoch.
    pub(crate) now: i64,
}

impl Walk<'_> {
    /// Walks until the app hands out a token.
    ///
    /// # Errors
    /// [`AccessError::TokenRejected`] when the chain ends without one: the org token is not accepted any more;
    /// and why else the edge, or what stands in its place, does not say.
    pub(crate) async fn run(&self) -> Result<AppToken, AccessError> {
        let mut url = self.app.url.as_url().clone();
        let mut session = None;
        for _ in 0..HOPS {
            let cookie = self.cookie_for(&url, session.as_deref());
            let headers: Vec<_> = cookie.iter().map(|cookie| ("cookie", cookie.as_str())).collect();
            tracing::debug!(host = url.host_str(), path = url.path(), "exchange");
            let answer = net::ask(self.dialler, Method::HEAD, &url, &headers, 0).await?;
            if self.is_authorized_page(&url) {
                return cookie_token(&answer, self.now).ok_or_else(|| self.rejected());
            }
            if session.is_none() && self.is_app(&url) {
                session = answer
                    .cookies()
                    .find_map(|cookie| value_of(cookie, header::APP_SESSION_COOKIE))
                    .map(str::to_owned);
            }
            url = match answer.redirect(&url) {
                Some(next) if next.scheme() == "https" => next,
                _ => return Err(self.told(&url, &answer)),
            };
        }
        Err(self.rejected())
    }

    fn cookie_for(&self, url: &Url, session: Option<&str>) -> Option<String> {
        if url.host_str() == Some(self.app.team.as_str()) && url.path().starts_with(path::LOGIN) {
            return Some(format!("{}={}", header::AUTHORIZATION_COOKIE, self.org.0.reveal()));
        }
        let session = session.filter(|_| self.is_authorized_page(url))?;
        Some(format!("{}={session}", header::APP_SESSION_COOKIE))
    }

    fn is_app(&self, url: &Url) -> bool {
        url.host_str() == Some(self.app.url.host())
    }

    fn is_authorized_page(&self, url: &Url) -> bool {
        self.is_app(url) && url.path().starts_with(path::AUTHORIZED)
    }

    fn rejected(&self) -> AccessError {
        AccessError::TokenRejected { host: self.app.url.host().to_owned() }
    }

    /// What an answer means that does not lead on. The causes name the app, whichever host of the chain has said it.
    fn told(&self, url: &Url, answer: &Answer) -> AccessError {
        let email = self.org.0.claims().ok().map(|claims| claims.email).filter(|email| !email.is_empty());
        let presented = Presented::Person { email };
        let mut of_app = self.app.url.as_url().clone();
        if self.is_app(url) {
            of_app = url.clone();
        }
        classify::told(&Asked { url: &of_app, what: Question::Exchange, known: true, presented }, answer)
    }
}

/// The token in a cookie that is still good.
fn cookie_token(answer: &Answer, now: i64) -> Option<AppToken> {
    answer.cookies().find_map(|cookie| {
        let token = value_of(cookie, header::AUTHORIZATION_COOKIE).filter(|token| !token.is_empty())?;
        lives_on(cookie, now).then(|| AppToken(Jwt::new(token)))
    })
}

fn value_of<'a>(cookie: &'a str, name: &str) -> Option<&'a str> {
    let (found, value) = cookie.split(';').next()?.split_once('=')?;
    (found.trim() == name).then(|| value.trim())
}

/// Whether `Max-Age`, else `Expires`, lies ahead; a cookie without either is for a browser's session, not for us.
fn lives_on(cookie: &str, now: i64) -> bool {
    let attribute = |name: &str| {
        cookie.split(';').skip(1).find_map(|attribute| {
            let (found, value) = attribute.split_once('=')?;
            found.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    match attribute("max-age").and_then(|seconds| seconds.parse::<i64>().ok()) {
        Some(seconds) => seconds > 0,
        None => attribute("expires").and_then(http_date).is_some_and(|until| until > now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 784_111_777; // Sun, 06 Nov 1994 08:49:37 GMT

    #[test]
    fn a_cookie_must_live_on() {
        for (attributes, lives) in [
            ("Expires=Sun, 06 Nov 1994 08:49:38 GMT; Path=/", true),
            ("expires=Sun, 06 Nov 1994 08:49:37 GMT", false),
            ("Max-Age=60", true),
            ("Max-Age=0; Expires=Mon, 06 Nov 2094 08:49:37 GMT", false),
            ("Path=/; Secure", false),
        ] {
            assert_eq!(lives_on(&format!("CF_Authorization=t; {attributes}"), NOW), lives, "{attributes}");
        }
    }

    #[test]
    fn names_of_cookies_are_exact() {
        assert_eq!(value_of("CF_Authorization=a.b.c; Path=/", "CF_Authorization"), Some("a.b.c"));
        assert_eq!(value_of("XCF_Authorization=a", "CF_Authorization"), None);
        assert_eq!(value_of("Path=/; CF_Authorization=a", "CF_Authorization"), None);
    }

    #[test]
    fn the_org_token_goes_to_the_team_domain_only() {
        let team = wire::Realm::production().team_domain("t.cloudflareaccess.com").unwrap();
        let app = App {
            url: "app.sim.test".parse().unwrap(),
            hostname: "app.sim.test".into(),
            audience: "a".into(),
            team,
            discovered_at: 0,
        };
        let roots = crate::trust::client_config("", &crate::Clock::default()).unwrap();
        let dialler = Dialler::new(std::sync::Arc::default(), profile::Proxies::default(), roots);
        let org = OrgToken(Jwt::new("org"));
        let walk = Walk { dialler: &dialler, app: &app, org: &org, now: NOW };
        let cookie = |url: &str| walk.cookie_for(&Url::parse(url).unwrap(), Some("s"));
        assert_eq!(
            cookie("https://t.cloudflareaccess.com/cdn-cgi/access/login/app").as_deref(),
            Some("CF_Authorization=org")
        );
        assert_eq!(
            cookie("https://app.sim.test/cdn-cgi/access/authorized?x").as_deref(),
            Some("CF_AppSession=s")
        );
        for foreign in [
            "https://evil.test/cdn-cgi/access/login/app",
            "https://other.cloudflareaccess.com/cdn-cgi/access/login/app",
            "https://t.cloudflareaccess.com/elsewhere",
            "https://evil.test/cdn-cgi/access/authorized",
        ] {
            assert_eq!(cookie(foreign), None, "{foreign}");
        }
    }
}
