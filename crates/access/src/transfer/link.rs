//! The link that a browser opens (`access.md` 2.2), byte for byte.

use std::fmt::Write as _;

use wire::{AppUrl, path};

/// The query of a URL as a set: sorted by key when written, several values of one key in their order.
struct Query(Vec<(String, String)>);

pub(super) fn link(app: &AppUrl, audience: &str, public_key: &str, auto_close: bool) -> String {
    let url = app.as_url();
    let base = format!("https://{}", app.authority());
    // A URL without a path cannot be told from one with a lone slash; nearly everyone writes the former.
    let app_path = if url.path() == "/" { "" } else { url.path() };
    let mut query = Query(url.query_pairs().into_owned().collect());
    query.set("token", public_key);
    query.set("aud", audience);
    let target = format!("{base}{app_path}?{}", query.encoded());
    query.set("redirect_url", &target);
    query.set("send_org_token", "true");
    query.set("edge_token_transfer", "true");
    if auto_close {
        query.set("close_interstitial", "true");
    }
    let fragment = url.fragment().map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{base}{}?{}{fragment}", path::CLI, query.encoded())
}

impl Query {
    fn set(&mut self, key: &str, value: &str) {
        self.0.retain(|(known, _)| known != key);
        self.0.push((key.to_owned(), value.to_owned()));
    }

    fn encoded(&self) -> String {
        let mut sorted: Vec<_> = self.0.iter().collect();
        sorted.sort_by(|one, other| one.0.cmp(&other.0));
        let pairs: Vec<_> =
            sorted.iter().map(|(key, value)| format!("{}={}", escaped(key), escaped(value))).collect();
        pairs.join("&")
    }
}

/// Form encoding that leaves letters, digits and `-_.~` alone.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut escaped, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte))
            }
            b' ' => escaped.push('+'),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(app: &str, auto_close: bool) -> String {
        link(&app.parse().unwrap(), "AUD", "PK=", auto_close)
    }

    // Observed from the stock client; `access.md` 2.2.
    #[test]
    fn the_observed_link_is_made() {
        assert_eq!(
            made("https://app.sim.test/some/path?x=1", false),
            "https://app.sim.test/cdn-cgi/access/cli?aud=AUD&edge_token_transfer=true&redirect_url=https%3A%2F%2Fapp.sim.test%2Fsome%2Fpath%3Faud%3DAUD%26token%3DPK%253D%26x%3D1&send_org_token=true&token=PK%3D&x=1"
        );
    }

    #[test]
    fn without_a_path_the_target_has_no_slash() {
        assert_eq!(
            made("app.sim.test", false),
            "https://app.sim.test/cdn-cgi/access/cli?aud=AUD&edge_token_transfer=true&redirect_url=https%3A%2F%2Fapp.sim.test%3Faud%3DAUD%26token%3DPK%253D&send_org_token=true&token=PK%3D"
        );
    }

    #[test]
    fn closing_the_tab_sorts_between_and_own_keys_are_replaced() {
        let link = made("app.sim.test:8443/?token=mine&b=~ *#top", true);
        assert!(link.starts_with(
            "https://app.sim.test:8443/cdn-cgi/access/cli?aud=AUD&b=~+%2A&close_interstitial=true&edge_"
        ));
        assert!(link.ends_with("&send_org_token=true&token=PK%3D#top"));
        assert!(!link.contains("mine"));
    }
}
