//! What an API token has to be allowed, in the words of the dashboard, and the page where one is made.

use std::fmt;

use url::form_urlencoded;

/// Where tokens are made; a link may say which permissions are to be ticked (`cloudflare-api.md` 1.4).
const PAGE: &str = "https://dash.cloudflare.com/profile/api-tokens";
/// Those permissions by their keys; the page leaves out what it does not know.
const KEYS: &str = r#"[{"key":"argotunnel","type":"edit"},{"key":"dns","type":"edit"},{"key":"zone","type":"read"},{"key":"access","type":"edit"},{"key":"access_acct","type":"read"}]"#;

/// A permission that publishing a machine takes (`cloudflare-api.md` 1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// To see the domains.
    ZoneRead,
    /// To make the tunnel.
    TunnelEdit,
    /// To let the hostname lead to it.
    DnsEdit,
    /// To make application, policy and authority.
    AppsEdit,
    /// To learn the team and its ways to log in.
    OrganizationRead,
    /// To add a way to log in where there is none.
    OrganizationEdit,
}

impl fmt::Display for Permission {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::ZoneRead => "Zone, Zone, Read",
            Self::TunnelEdit => "Account, Cloudflare Tunnel, Edit",
            Self::DnsEdit => "Zone, DNS, Edit",
            Self::AppsEdit => "Account, Access: Apps and Policies, Edit",
            Self::OrganizationRead => "Account, Access: Organizations, Identity Providers, and Groups, Read",
            Self::OrganizationEdit => "Account, Access: Organizations, Identity Providers, and Groups, Edit",
        })
    }
}

/// The page that makes an API token with all that sharing takes.
#[must_use]
pub fn token_link() -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("permissionGroupKeys", KEYS)
        .append_pair("name", "Sallyport")
        .finish();
    format!("{PAGE}?accountId=*&zoneId=all&{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_names_what_is_to_be_ticked() {
        let link = url::Url::parse(&token_link()).unwrap();
        let keys = link.query_pairs().find(|(name, _)| name == "permissionGroupKeys").unwrap().1;
        let keys: serde_json::Value = serde_json::from_str(&keys).unwrap();
        assert_eq!(keys[0]["key"], "argotunnel");
        assert_eq!(keys.as_array().unwrap().len(), 5);
    }
}
