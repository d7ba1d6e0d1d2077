//! Which proxy a connection goes through, as the settings and the environment say.
//!
//! The variables are read as Go programs read them (`access.md` 8), and `ALL_PROXY` too, which those pass over. An
//! address that cannot be understood is remembered as such: going directly instead would be what nobody asked for.

mod address;
mod exception;

use std::ffi::OsString;

pub use address::{InvalidProxy, Proxy, ProxyKind, ProxyLogin};
use exception::Exception;
use serde::{Deserialize, Serialize};

/// Upper case first, and what is for https before what is for everything.
const ADDRESSES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// What a person chose: `"system"`, `"none"` or an address in `settings.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ProxyChoice {
    /// What the environment says.
    #[default]
    System,
    /// No proxy, whatever the environment says.
    None,
    /// This one, except for what `NO_PROXY` names.
    At(Proxy),
}

/// How to get to one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way<'a> {
    /// Without a proxy.
    Direct,
    /// Through this proxy.
    Through(&'a Proxy),
    /// Through a proxy whose address cannot be understood; the name of the variable that holds it.
    Unclear(&'static str),
}

/// The ways out of this machine, as they were when the profile was opened.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    found: Option<Result<Proxy, &'static str>>,
    exceptions: Vec<Exception>,
}

impl Proxies {
    /// Reads the variables.
    pub(crate) fn of_environment(env: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let said =
            |name: &&'static str| env(name).filter(|value| !value.is_empty()).map(|value| (*name, value));
        let found = ADDRESSES
            .iter()
            .find_map(said)
            .map(|(name, value)| value.to_str().and_then(|address| address.parse().ok()).ok_or(name));
        let exceptions = EXCEPTIONS.iter().find_map(said).map(|(_, value)| value).unwrap_or_default();
        Self { found, exceptions: Exception::list(&exceptions.to_string_lossy()) }
    }

    /// The same, as far as a person's choice leaves it so.
    pub(crate) fn chosen(&self, choice: &ProxyChoice) -> Self {
        let found = match choice {
            ProxyChoice::System => self.found.clone(),
            ProxyChoice::None => None,
            ProxyChoice::At(proxy) => Some(Ok(proxy.clone())),
        };
        Self { found, exceptions: self.exceptions.clone() }
    }

    /// The way to `host`, as a URL writes it. This machine itself is always reached directly.
    #[must_use]
    pub fn way(&self, host: &str, port: u16) -> Way<'_> {
        let Some(found) = &self.found else { return Way::Direct };
        if exception::is_this_machine(host) || self.exceptions.iter().any(|one| one.covers(host, port)) {
            return Way::Direct;
        }
        match found {
            Ok(proxy) => Way::Through(proxy),
            Err(variable) => Way::Unclear(variable),
        }
    }
}

impl TryFrom<String> for ProxyChoice {
    type Error = InvalidProxy;

    fn try_from(text: String) -> Result<Self, InvalidProxy> {
        match text.as_str() {
            "system" => Ok(Self::System),
            "none" => Ok(Self::None),
            address => address.parse().map(Self::At),
        }
    }
}

impl From<ProxyChoice> for String {
    fn from(choice: ProxyChoice) -> Self {
        match choice {
            ProxyChoice::System => "system".to_owned(),
            ProxyChoice::None => "none".to_owned(),
            ProxyChoice::At(proxy) => proxy.reveal().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Variables = &'static [(&'static str, &'static str)];

    fn proxies(variables: Variables) -> Proxies {
        Proxies::of_environment(&|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into())
        })
    }

    fn through(proxies: &Proxies) -> Option<String> {
        match proxies.way("app.acme.dev", 443) {
            Way::Through(proxy) => Some(proxy.to_string()),
            Way::Unclear(variable) => Some(format!("unclear: {variable}")),
            Way::Direct => None,
        }
    }

    #[test]
    fn the_variable_for_https_wins_and_an_empty_one_says_nothing() {
        let cases: [(Variables, Option<&str>); 8] = [
            (&[], None),
            (&[("HTTP_PROXY", "http://a:1")], None),
            (&[("ALL_PROXY", "http://a:1"), ("https_proxy", "http://b:2")], Some("b:2")),
            (&[("https_proxy", "http://a:1"), ("HTTPS_PROXY", "http://b:2")], Some("b:2")),
            (&[("HTTPS_PROXY", ""), ("all_proxy", "socks5://a")], Some("a:1080")),
            (&[("HTTPS_PROXY", "b:3128")], Some("b:3128")),
            (&[("HTTPS_PROXY", "ftp://b:3128"), ("ALL_PROXY", "a:1")], Some("unclear: HTTPS_PROXY")),
            (&[("HTTPS_PROXY", "a:1"), ("no_proxy", "acme.dev")], None),
        ];
        for (variables, expected) in cases {
            assert_eq!(through(&proxies(variables)).as_deref(), expected, "{variables:?}");
        }
    }

    #[test]
    fn a_choice_stands_above_the_variables_but_not_above_exceptions() {
        let choice = |text: &str| ProxyChoice::try_from(text.to_owned()).unwrap();
        let found = proxies(&[("HTTPS_PROXY", "http://a:1"), ("NO_PROXY", "db.acme.dev")]);
        assert_eq!(through(&found.chosen(&choice("system"))).as_deref(), Some("a:1"));
        assert_eq!(through(&found.chosen(&choice("none"))), None);
        let own = found.chosen(&choice("socks5h://b"));
        assert_eq!(through(&own).as_deref(), Some("b:1080"));
        assert_eq!(own.way("db.acme.dev", 443), Way::Direct);
    }

    #[test]
    fn this_machine_is_reached_directly_even_past_an_unclear_address() {
        let found = proxies(&[("HTTPS_PROXY", "nonsense://")]);
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "[::1]"] {
            assert_eq!(found.way(host, 443), Way::Direct, "{host}");
        }
        assert_eq!(found.way("[::2]", 443), Way::Unclear("HTTPS_PROXY"));
    }
}
