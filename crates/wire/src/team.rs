//! Team domains, and the rule that keeps an org token from leaving Cloudflare.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A team's login host, such as `acme.cloudflareaccess.com`: lower case, no port, under a suffix of the realm.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TeamDomain(String);

/// Why a claimed team domain is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{claimed}` is not a team domain of this realm")]
pub struct InvalidTeamDomain {
    /// What was claimed.
    pub claimed: String,
}

impl TeamDomain {
    /// Reduces a claim to its bare host and checks it against `suffixes` (each with its leading dot).
    ///
    /// Port, user, path and query are thrown away before the check, as the edge's own clients do (`access.md` 1.3);
    /// unlike theirs, a name that consists of the suffix alone is refused.
    ///
    /// # Errors
    /// When the host does not end in one of the suffixes.
    pub fn parse(claimed: &str, suffixes: &[String]) -> Result<Self, InvalidTeamDomain> {
        let invalid = || InvalidTeamDomain { claimed: claimed.to_owned() };
        let url = url::Url::parse(&format!("https://{claimed}")).map_err(|_| invalid())?;
        let host = url.host_str().ok_or_else(invalid)?.to_ascii_lowercase();
        let known =
            suffixes.iter().any(|suffix| host.len() > suffix.len() && host.ends_with(suffix.as_str()));
        if known { Ok(Self(host)) } else { Err(invalid()) }
    }

    /// The host.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The team's name: the first label.
    #[must_use]
    pub fn team(&self) -> &str {
        self.0.split('.').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for TeamDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(claimed: &str) -> Result<TeamDomain, InvalidTeamDomain> {
        TeamDomain::parse(claimed, &[".cloudflareaccess.com".to_owned()])
    }

    #[test]
    fn a_claim_is_reduced_to_its_host() {
        for claimed in [
            "team.cloudflareaccess.com",
            "TEAM.Cloudflareaccess.COM",
            "team.cloudflareaccess.com:8443/x?y",
            "user@team.cloudflareaccess.com",
            "team.cloudflareaccess.com#y",
        ] {
            assert_eq!(parse(claimed).unwrap().as_str(), "team.cloudflareaccess.com", "{claimed}");
        }
        assert_eq!(parse("foo.fed.cloudflareaccess.com").unwrap().team(), "foo");
    }

    #[test]
    fn foreign_hosts_are_refused() {
        for claimed in [
            "cloudflareaccess.com",
            ".cloudflareaccess.com",
            "team.cloudflareaccess.com.",
            "evil.com/.cloudflareaccess.com",
            "x.cloudflareaccess.com@evil.com",
            "evil.com?.cloudflareaccess.com",
            "evilcloudflareaccess.com",
        ] {
            assert!(parse(claimed).is_err(), "{claimed}");
        }
    }
}
