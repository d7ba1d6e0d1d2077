//! The address of an Access application as a person writes it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Url;

/// The most bytes that a name may have (RFC 1035 2.3.4, as text).
const LONGEST_HOST: usize = 253;
/// Letters of a wrong text that are repeated.
const QUOTED: usize = 100;

/// An application's URL: always https, host in punycode, path and query kept.
///
/// Parsed as `cloudflared` does (`access.md` 5.2): a missing scheme is added, `http` is forced to `https`, a bare IPv6
/// address gets its brackets.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AppUrl(Url);

/// Why a text is not an application's URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAppUrl {
    /// Nothing was written.
    #[error("no hostname was given")]
    Empty,
    /// It does not parse, or has no host.
    #[error("`{text}` is not a hostname or URL")]
    Malformed {
        /// What was written.
        text: String,
    },
    /// It has a scheme other than http and https.
    #[error("`{scheme}` is not a scheme of an Access application; use https or none")]
    Scheme {
        /// The scheme as written.
        scheme: String,
    },
}

impl AppUrl {
    /// The host, lower case, in punycode, without port.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The port; 443 when none is written.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.0.port().unwrap_or(443)
    }

    /// `host` or `host:port` as the Host header wants it.
    #[must_use]
    pub fn authority(&self) -> String {
        match self.0.port() {
            Some(port) => format!("{}:{port}", self.host()),
            None => self.host().to_owned(),
        }
    }

    /// Path and query as they go into a request line.
    #[must_use]
    pub fn path_and_query(&self) -> String {
        match self.0.query() {
            Some(query) => format!("{}?{query}", self.0.path()),
            None => self.0.path().to_owned(),
        }
    }

    /// The whole URL.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.0
    }
}

impl FromStr for AppUrl {
    type Err = InvalidAppUrl;

    fn from_str(text: &str) -> Result<Self, InvalidAppUrl> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidAppUrl::Empty);
        }
        let malformed = || InvalidAppUrl::Malformed { text: beginning(text) };
        // What a URL would leave out in silence is a mistake in a name.
        if text.contains(char::is_control) {
            return Err(malformed());
        }
        let mut url = Url::parse(&with_scheme(text)?).map_err(|_| malformed())?;
        // `set_scheme` keeps a port that was written, even when it is the old scheme's default.
        url.set_scheme("https").map_err(|()| malformed())?;
        let host = url.host_str().unwrap_or_default();
        if host.is_empty() || host.len() > LONGEST_HOST || host.contains(['%', ' ']) {
            return Err(malformed());
        }
        Ok(Self(url))
    }
}

/// What of a wrong text is worth repeating.
fn beginning(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn with_scheme(text: &str) -> Result<String, InvalidAppUrl> {
    if let Some((scheme, rest)) = text.split_once("://") {
        return match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => Ok(format!("{}://{rest}", scheme.to_ascii_lowercase())),
            _ => Err(InvalidAppUrl::Scheme { scheme: beginning(scheme) }),
        };
    }
    let host_end = text.find(['/', '?', '#']).unwrap_or(text.len());
    let (host, rest) = text.split_at(host_end);
    if host.parse::<std::net::Ipv6Addr>().is_ok() {
        return Ok(format!("https://[{host}]{rest}"));
    }
    Ok(format!("https://{text}"))
}

impl fmt::Display for AppUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for AppUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AppUrl({})", self.0)
    }
}

impl TryFrom<String> for AppUrl {
    type Error = InvalidAppUrl;

    fn try_from(text: String) -> Result<Self, InvalidAppUrl> {
        text.parse()
    }
}

impl From<AppUrl> for String {
    fn from(url: AppUrl) -> Self {
        url.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> AppUrl {
        text.parse().unwrap()
    }

    #[test]
    fn a_bare_hostname_becomes_https() {
        assert_eq!(parsed("build-01.acme.dev").to_string(), "https://build-01.acme.dev/");
    }

    #[test]
    fn http_is_forced_to_https_and_path_and_query_stay() {
        let url = parsed("http://app.sim.test/some/path?x=1");
        assert_eq!(url.to_string(), "https://app.sim.test/some/path?x=1");
        assert_eq!(url.path_and_query(), "/some/path?x=1");
    }

    #[test]
    fn ports_and_bare_ipv6_are_understood() {
        assert_eq!(parsed("app.sim.test:8443").authority(), "app.sim.test:8443");
        assert_eq!(parsed("::1").host(), "[::1]");
    }

    #[test]
    fn international_names_become_punycode() {
        assert_eq!(parsed("bücher.example").host(), "xn--bcher-kva.example");
    }

    #[test]
    fn nonsense_is_refused_with_its_reason() {
        assert_eq!("".parse::<AppUrl>(), Err(InvalidAppUrl::Empty));
        assert!(matches!("ftp://x".parse::<AppUrl>(), Err(InvalidAppUrl::Scheme { .. })));
        for bad in ["a b", "https://", "%3A", "host:port", "a\nb", "a\tb", "a\u{1b}b", &"a".repeat(254)] {
            assert!(matches!(bad.parse::<AppUrl>(), Err(InvalidAppUrl::Malformed { .. })), "{bad}");
        }
        assert!(
            "a ".repeat(9000).parse::<AppUrl>().unwrap_err().to_string().len() < 200,
            "only its beginning"
        );
    }
}
