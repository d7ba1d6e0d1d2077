//! An Access application as it was discovered, and the pattern of hosts and paths it covers.

use serde::{Deserialize, Serialize};
use wire::{AppUrl, TeamDomain};

/// An Access application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// The URL that was asked about.
    pub url: AppUrl,
    /// The app's hostname as configured: may contain `*` and a path.
    pub hostname: String,
    /// What its tokens are meant for.
    pub audience: String,
    /// The team it belongs to.
    pub team: TeamDomain,
    /// When it was discovered, seconds since the Unix epoch.
    pub discovered_at: i64,
}

impl App {
    /// How well this app fits `url`: `None` when it does not, more for the more specific.
    ///
    /// An app may have hostnames besides the one its description shows, so the URL it was discovered by counts best.
    pub(crate) fn fit(&self, url: &AppUrl) -> Option<usize> {
        if self.url.authority() == url.authority() && self.url.path_and_query() == url.path_and_query() {
            return Some(usize::MAX);
        }
        let (host, path) = self.hostname.split_once('/').unwrap_or((&self.hostname, ""));
        if host_matches(&host.to_ascii_lowercase(), url.host()) {
            let exact = usize::from(!host.contains('*'));
            return path_matches(path, url.as_url().path()).then_some((path.len() << 1) | exact);
        }
        (self.url.host() == url.host() && path.is_empty()).then_some(0)
    }
}

/// `*` stands for any run of characters within one label.
fn host_matches(pattern: &str, host: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == host,
        Some((before, after)) => host.strip_prefix(before).is_some_and(|rest| {
            let label = rest.find('.').unwrap_or(rest.len());
            (0..=label).any(|skipped| rest.is_char_boundary(skipped) && host_matches(after, &rest[skipped..]))
        }),
    }
}

/// A path covers itself and what lies below it.
fn path_matches(pattern: &str, path: &str) -> bool {
    let pattern = pattern.trim_end_matches(['/', '*']);
    match path.trim_start_matches('/').strip_prefix(pattern) {
        Some(rest) => pattern.is_empty() || rest.is_empty() || rest.starts_with('/'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(url: &str, hostname: &str) -> App {
        App {
            url: url.parse().unwrap(),
            hostname: hostname.to_owned(),
            audience: "a1".to_owned(),
            team: wire::Realm::production().team_domain("t.cloudflareaccess.com").unwrap(),
            discovered_at: 0,
        }
    }

    #[test]
    fn a_wildcard_covers_one_label() {
        let wildcard = app("a.sim.test", "*.sim.test");
        assert!(wildcard.fit(&"b.sim.test".parse().unwrap()).is_some());
        assert!(wildcard.fit(&"x.b.sim.test".parse().unwrap()).is_none());
        assert!(wildcard.fit(&"sim.test".parse().unwrap()).is_none());
        let partial = app("prod-1.sim.test", "prod-*.sim.test");
        assert!(partial.fit(&"prod-2.sim.test".parse().unwrap()).is_some());
        assert!(partial.fit(&"dev-2.sim.test".parse().unwrap()).is_none());
    }

    #[test]
    fn paths_match_whole_segments_and_longer_ones_win() {
        let (whole, below) = (app("b.sim.test", "a.sim.test"), app("b.sim.test", "a.sim.test/x"));
        let url = "a.sim.test/x/y".parse().unwrap();
        assert!(below.fit(&url) > whole.fit(&url));
        assert!(below.fit(&"a.sim.test/xy".parse().unwrap()).is_none());
    }

    #[test]
    fn the_url_it_was_found_by_fits_best() {
        let found = app("other.test", "main.test");
        assert_eq!(found.fit(&"other.test".parse().unwrap()), Some(usize::MAX));
        assert!(found.fit(&"third.test".parse().unwrap()).is_none());
    }
}
