//! The address of a proxy, which may hold a password.

use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use url::Url;

/// A proxy: how to speak to it, where it is, as whom. Neither `Debug` nor `Display` tells the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    kind: ProxyKind,
    url: Url,
}

/// What a proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyKind {
    /// HTTP `CONNECT`.
    Http,
    /// HTTP `CONNECT` within TLS.
    Https,
    /// SOCKS 5. The proxy looks names up, as Go programs have it for `socks5` and `socks5h` alike.
    Socks5,
}

/// As whom to speak to a proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyLogin {
    /// The user's name.
    pub user: String,
    /// The password; may be empty.
    pub password: String,
}

/// Why a text is not the address of a proxy; it does not repeat the text, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not the address of a proxy: it must be http, https, socks5 or socks5h://[user:password@]host[:port]"
)]
pub struct InvalidProxy;

impl Proxy {
    /// What it speaks.
    #[must_use]
    pub const fn kind(&self) -> ProxyKind {
        self.kind
    }

    /// Its host as a URL writes it: brackets around IPv6.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.url.port().unwrap_or(match self.kind {
            ProxyKind::Http => 80,
            ProxyKind::Https => 443,
            ProxyKind::Socks5 => 1080,
        })
    }

    /// As whom to speak to it, when its address says so.
    #[must_use]
    pub fn login(&self) -> Option<ProxyLogin> {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (user, password) = (self.url.username(), self.url.password());
        (!user.is_empty() || password.is_some())
            .then(|| ProxyLogin { user: decoded(user), password: decoded(password.unwrap_or_default()) })
    }

    /// The whole address, password included.
    pub(super) fn reveal(&self) -> &str {
        self.url.as_str()
    }
}

impl FromStr for Proxy {
    type Err = InvalidProxy;

    /// Reads an address; one without a scheme is meant to be `http`.
    fn from_str(text: &str) -> Result<Self, InvalidProxy> {
        let text = text.trim();
        let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&with_scheme).map_err(|_| InvalidProxy)?;
        let kind = match url.scheme() {
            "http" => ProxyKind::Http,
            "https" => ProxyKind::Https,
            "socks5" | "socks5h" => ProxyKind::Socks5,
            _ => return Err(InvalidProxy),
        };
        if url.host_str().is_none_or(str::is_empty) {
            return Err(InvalidProxy);
        }
        Ok(Self { kind, url })
    }
}

impl fmt::Display for Proxy {
    /// Host and port, as words for a person name it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host(), self.port())
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({:?}, {self})", self.kind)
    }
}

impl fmt::Debug for ProxyLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxyLogin(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_their_customary_ports() {
        for (text, kind, host, port) in [
            ("proxy.acme.dev:3128", ProxyKind::Http, "proxy.acme.dev", 3128),
            ("http://proxy.acme.dev", ProxyKind::Http, "proxy.acme.dev", 80),
            ("http://proxy.acme.dev:80/", ProxyKind::Http, "proxy.acme.dev", 80),
            ("HTTPS://Proxy.acme.dev/x", ProxyKind::Https, "proxy.acme.dev", 443),
            ("socks5://[2001:db8::1]", ProxyKind::Socks5, "[2001:db8::1]", 1080),
            (" socks5h://10.0.0.1:9050 ", ProxyKind::Socks5, "10.0.0.1", 9050),
            ("[::1]:8080", ProxyKind::Http, "[::1]", 8080),
        ] {
            let proxy: Proxy = text.parse().unwrap();
            assert_eq!((proxy.kind(), proxy.host(), proxy.port()), (kind, host, port), "{text}");
            assert_eq!(proxy.login(), None);
        }
    }

    #[test]
    fn what_is_no_proxy_is_refused() {
        for text in
            ["", "http://", "socks4://a:1", "ftp://a", "socks5://", "http://a:99999", "a b", "socks5:///x"]
        {
            assert_eq!(text.parse::<Proxy>(), Err(InvalidProxy), "{text}");
        }
    }

    #[test]
    fn a_login_is_decoded_and_never_told() {
        let proxy: Proxy = "http://ada%40acme:p%3Ass%2F@proxy:3128".parse().unwrap();
        let login = proxy.login().unwrap();
        assert_eq!((login.user.as_str(), login.password.as_str()), ("ada@acme", "p:ss/"));
        for told in [format!("{proxy}"), format!("{proxy:?}"), format!("{login:?}")] {
            assert!(!told.contains("ss") && !told.contains("ada"), "{told}");
        }
        let nameless: Proxy = "socks5://:only@proxy".parse().unwrap();
        assert_eq!(nameless.login().unwrap().password, "only");
        let without: Proxy = "socks5h://ada@proxy".parse().unwrap();
        assert_eq!(without.login().unwrap(), ProxyLogin { user: "ada".into(), password: String::new() });
    }
}
