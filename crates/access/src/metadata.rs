//! The edge's signed description of an application (`access.md` 1.2): every check, in the order of the reference.

use serde::Deserialize;
use wire::{Realm, TeamDomain, limit};

use crate::error::MetadataFault;

/// What a description claims. Nothing in it counts before [`Claimed::check`] has passed on verified bytes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Claimed {
    #[serde(default)]
    auth_domain: String,
    #[serde(default)]
    hostname: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    aud: String,
    #[serde(default)]
    iat: i64,
    #[serde(default)]
    app_hostname: String,
}

/// A description that passed every check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Described {
    /// The app's hostname as configured; may contain `*` and a path.
    pub(crate) hostname: String,
    /// The app's audience.
    pub(crate) audience: String,
}

/// The team whose keys must have signed `compact`.
pub(crate) fn claimed_team(compact: &str, realm: &Realm) -> Result<TeamDomain, MetadataFault> {
    let payload = jws::unverified_payload(compact).map_err(|_| MetadataFault::Malformed)?;
    let claimed = Claimed::parse(&payload)?;
    realm
        .team_domain(&claimed.auth_domain)
        .map_err(|_| MetadataFault::TeamDomain { claimed: claimed.auth_domain.clone() })
}

impl Claimed {
    /// Reads claims; a member of another type is malformed, a missing one fails its own check later.
    pub(crate) fn parse(payload: &[u8]) -> Result<Self, MetadataFault> {
        serde_json::from_slice(payload).map_err(|_| MetadataFault::Malformed)
    }

    /// Checks everything but the signature, for a request to `host` at `now`.
    pub(crate) fn check(self, host: &str, now: i64) -> Result<Described, MetadataFault> {
        if !self.hostname.eq_ignore_ascii_case(host) {
            return Err(MetadataFault::OtherHost { described: self.hostname });
        }
        if self.kind != "match" {
            return Err(MetadataFault::OtherType { found: self.kind });
        }
        if self.aud.is_empty() {
            return Err(MetadataFault::NoAudience);
        }
        if self.iat <= 0 {
            return Err(MetadataFault::NoIssueTime);
        }
        let age = i128::from(now) - i128::from(self.iat);
        if age > i128::from(limit::METADATA_AGE.as_secs()) {
            return Err(MetadataFault::TooOld);
        }
        if -age > i128::from(limit::METADATA_SKEW.as_secs()) {
            return Err(MetadataFault::InFuture);
        }
        let hostname = if self.app_hostname.is_empty() { self.hostname } else { self.app_hostname };
        Ok(Described { hostname, audience: self.aud })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn check(json: serde_json::Value) -> Result<Described, MetadataFault> {
        Claimed::parse(json.to_string().as_bytes())?.check("app.sim.test", NOW)
    }

    fn good() -> serde_json::Value {
        serde_json::json!({
            "auth_domain": "team.cloudflareaccess.com", "hostname": "APP.sim.test", "type": "match",
            "aud": "a1", "iat": NOW, "app_hostname": "*.sim.test/x"
        })
    }

    fn with(name: &str, value: impl Into<serde_json::Value>) -> serde_json::Value {
        let mut claims = good();
        claims[name] = value.into();
        claims
    }

    #[test]
    fn a_good_description_passes() {
        let described = check(good()).unwrap();
        assert_eq!((described.hostname.as_str(), described.audience.as_str()), ("*.sim.test/x", "a1"));
        assert_eq!(check(with("app_hostname", "")).unwrap().hostname, "APP.sim.test");
    }

    #[test]
    fn each_claim_has_its_own_fault() {
        let other = MetadataFault::OtherHost { described: "evil.test".into() };
        assert_eq!(check(with("hostname", "evil.test")), Err(other));
        assert_eq!(check(with("type", "x")), Err(MetadataFault::OtherType { found: "x".into() }));
        assert_eq!(check(with("aud", "")), Err(MetadataFault::NoAudience));
        assert_eq!(check(with("aud", serde_json::json!(["a1"]))), Err(MetadataFault::Malformed));
        assert_eq!(check(with("iat", 0)), Err(MetadataFault::NoIssueTime));
        assert_eq!(check(with("iat", "1")), Err(MetadataFault::Malformed));
    }

    #[test]
    fn the_first_failing_check_names_the_fault() {
        let claims = serde_json::json!({"hostname": "x", "type": "y", "aud": "", "iat": 0});
        assert!(matches!(check(claims), Err(MetadataFault::OtherHost { .. })));
    }

    #[test]
    fn age_and_skew_have_exact_edges() {
        assert!(check(with("iat", NOW - 86_400)).is_ok());
        assert_eq!(check(with("iat", NOW - 86_401)), Err(MetadataFault::TooOld));
        assert!(check(with("iat", NOW + 300)).is_ok());
        assert_eq!(check(with("iat", NOW + 301)), Err(MetadataFault::InFuture));
        assert_eq!(check(with("iat", i64::MAX)), Err(MetadataFault::InFuture));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_fault_and_never_a_panic(compact in ".{0,200}", payload: Vec<u8>) {
            prop_assert!(claimed_team(&compact, &Realm::production()).is_err());
            prop_assert!(Claimed::parse(&payload).and_then(|claims| claims.check("h", NOW)).is_err());
        }

        #[test]
        fn only_the_window_around_now_passes(iat in NOW - 200_000..NOW + 200_000) {
            let passes = check(with("iat", iat)).is_ok();
            prop_assert_eq!(passes, (NOW - 86_400..=NOW + 300).contains(&iat));
        }
    }
}
