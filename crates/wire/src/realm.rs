//! Where Cloudflare lives, as a plain value.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::{AppUrl, InvalidTeamDomain, TeamDomain};

/// One Cloudflare: production, FedRAMP, or the simulated edge.
///
/// Nothing in the product asks which one it talks to; the value says all there is to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Realm {
    /// What a person calls it.
    pub name: String,
    /// Host of the transfer service.
    pub transfer: String,
    /// Host of the REST API.
    #[serde(default = "api")]
    pub api: String,
    /// Host of the pages on which an account is managed.
    #[serde(default = "dashboard")]
    pub dashboard: String,
    /// What a team domain ends in, each with its leading dot.
    pub team_suffixes: Vec<String>,
    /// Trust roots in PEM besides the public ones.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub roots: String,
    /// Names that are looked up here rather than in DNS; the first match wins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// Where connectors dial; empty for Cloudflare's own addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edge: Vec<SocketAddr>,
    /// Prefix that links for a browser get in place of `https://`, for realms whose names a browser cannot resolve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser_gateway: Option<String>,
}

/// A name override.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// A host, or `*.` and what it must end in.
    pub host: String,
    /// Where connections to it go, whatever their port.
    pub to: SocketAddr,
}

/// Why a text is not a realm.
#[derive(Debug, thiserror::Error)]
#[error("not a realm: {0}")]
pub struct InvalidRealm(#[from] serde_json::Error);

impl Realm {
    /// Cloudflare itself.
    #[must_use]
    pub fn production() -> Self {
        Self::public("Cloudflare", "login.cloudflareaccess.org", &api(), &dashboard())
    }

    /// Cloudflare for Government: its transfer service (`access.md` 1.5), its API and its dashboard
    /// (`tunnel.md` 6.2, 6.3) differ.
    #[must_use]
    pub fn fedramp() -> Self {
        let (transfer, api) = ("login.fed.cloudflareaccess.org", "api.fed.cloudflare.com");
        Self::public("Cloudflare for Government", transfer, api, "dash.fed.cloudflare.com")
    }

    fn public(name: &str, transfer: &str, api: &str, dashboard: &str) -> Self {
        Self {
            name: name.to_owned(),
            transfer: transfer.to_owned(),
            api: api.to_owned(),
            dashboard: dashboard.to_owned(),
            team_suffixes: vec![".cloudflareaccess.com".to_owned()],
            roots: String::new(),
            routes: Vec::new(),
            edge: Vec::new(),
            browser_gateway: None,
        }
    }

    /// Reads a realm from JSON.
    ///
    /// # Errors
    /// When a member is missing, unknown or of another type.
    pub fn from_json(text: &str) -> Result<Self, InvalidRealm> {
        Ok(serde_json::from_str(text)?)
    }

    /// The override for `host`, if there is one.
    #[must_use]
    pub fn route(&self, host: &str) -> Option<SocketAddr> {
        let host = host.to_ascii_lowercase();
        self.routes.iter().find(|route| route.matches(&host)).map(|route| route.to)
    }

    /// Checks a claimed team domain against this realm's suffixes.
    ///
    /// # Errors
    /// When it is not under one of them.
    pub fn team_domain(&self, claimed: &str) -> Result<TeamDomain, InvalidTeamDomain> {
        TeamDomain::parse(claimed, &self.team_suffixes)
    }

    /// The form of an https link that a browser on this machine can open.
    #[must_use]
    pub fn browser_link(&self, link: &str) -> String {
        match (&self.browser_gateway, link.strip_prefix("https://")) {
            (Some(gateway), Some(rest)) => format!("{gateway}{rest}"),
            _ => link.to_owned(),
        }
    }

    /// Whether an app here is one of the simulated edge's.
    #[must_use]
    pub fn is_practice(&self) -> bool {
        !self.routes.is_empty()
    }

    /// The transfer service's URL for one mailbox. The key is put in literally, `=` included (`access.md` 2.4).
    #[must_use]
    pub fn mailbox(&self, public_key: &str) -> String {
        format!("https://{}{}{public_key}", self.transfer, crate::path::TRANSFER)
    }

    /// Whether connections to this app leave the machine.
    #[must_use]
    pub fn is_local(&self, app: &AppUrl) -> bool {
        self.route(app.host()).is_some_and(|to| to.ip().is_loopback())
    }
}

fn dashboard() -> String {
    "dash.cloudflare.com".to_owned()
}

fn api() -> String {
    "api.cloudflare.com".to_owned()
}

impl Default for Realm {
    fn default() -> Self {
        Self::production()
    }
}

impl Route {
    fn matches(&self, host: &str) -> bool {
        match self.host.strip_prefix('*') {
            Some(suffix) => host.len() > suffix.len() && host.ends_with(suffix),
            None => self.host == host,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simulated() -> Realm {
        let to = "127.0.0.1:4433".parse().unwrap();
        Realm {
            routes: vec![
                Route { host: "app.sim.test".into(), to },
                Route { host: "*.cloudflareaccess.com".into(), to },
            ],
            edge: vec!["127.0.0.1:7844".parse().unwrap()],
            browser_gateway: Some("http://127.0.0.1:8123/b/".into()),
            ..Realm::production()
        }
    }

    #[test]
    fn routes_match_whole_names_and_suffixes() {
        let realm = simulated();
        assert!(realm.route("app.sim.test").is_some());
        assert!(realm.route("Team.CloudflareAccess.com").is_some());
        assert!(realm.route("cloudflareaccess.com").is_none());
        assert!(realm.route("other.sim.test").is_none());
    }

    #[test]
    fn browser_links_go_through_the_gateway_only_where_there_is_one() {
        let link = "https://app.sim.test/cdn-cgi/access/cli?aud=1";
        assert_eq!(Realm::production().browser_link(link), link);
        assert_eq!(
            simulated().browser_link(link),
            "http://127.0.0.1:8123/b/app.sim.test/cdn-cgi/access/cli?aud=1"
        );
    }

    #[test]
    fn a_realm_survives_json_and_refuses_unknown_members() {
        let text = serde_json::to_string(&simulated()).unwrap();
        assert_eq!(Realm::from_json(&text).unwrap(), simulated());
        assert!(Realm::from_json(r#"{"name":"x","transfer":"y","team_suffixes":[],"typo":1}"#).is_err());
    }

    #[test]
    fn the_mailbox_keeps_the_padding() {
        assert_eq!(Realm::production().mailbox("AAAA="), "https://login.cloudflareaccess.org/transfer/AAAA=");
    }
}
