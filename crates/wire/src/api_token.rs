//! The page where an API token is made.

use url::form_urlencoded;

/// Where tokens are made; a link may say which permissions are to be ticked (`cloudflare-api.md` 1.4).
const PAGE: &str = "https://dash.cloudflare.com/profile/api-tokens";
/// Those permissions by their keys; the page leaves out what it does not know.
const KEYS: &str = r#"[{"key":"argotunnel","type":"edit"},{"key":"dns","type":"edit"},{"key":"zone","type":"read"},{"key":"access","type":"edit"},{"key":"access","type":"revoke"},{"key":"access_acct","type":"read"}]"#;

/// The page that makes an API token with all that sharing a machine takes.
#[must_use]
pub fn api_token_page() -> String {
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
        let link = url::Url::parse(&api_token_page()).unwrap();
        let keys = link.query_pairs().find(|(name, _)| name == "permissionGroupKeys").unwrap().1;
        let keys: serde_json::Value = serde_json::from_str(&keys).unwrap();
        assert_eq!(keys[0]["key"], "argotunnel");
        assert_eq!(keys.as_array().unwrap().len(), 6);
    }
}
