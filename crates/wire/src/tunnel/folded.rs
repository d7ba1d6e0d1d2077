//! Answers over HTTP/2: the origin's headers folded into one field, and where the answer came from.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};

/// Beginnings of names that stay between connector and edge.
const OWN_PREFIXES: [&str; 4] = [":", "cf-int-", "cf-cloudflared-", "cf-proxy-"];

/// The value is not a list of pairs in base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the folded headers cannot be read")]
pub struct MalformedFold;

/// Says who made an answer: the value of `cf-cloudflared-response-meta`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseMeta {
    /// `origin`, or `cloudflared` for the connector itself.
    pub src: String,
    /// The connector refused because too many flows are active.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flow_rate_limited: bool,
}

/// Whether a header of the origin travels in the fold; those between connector and edge do not.
#[must_use]
pub fn is_folded(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !OWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Folds headers into one value, in their order; repeated names stay repeated.
pub fn fold<'a>(headers: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> String {
    let folded = headers.into_iter().filter(|(name, _)| is_folded(name));
    let pairs = folded
        .map(|(name, value)| format!("{}:{}", STANDARD_NO_PAD.encode(name), STANDARD_NO_PAD.encode(value)));
    pairs.collect::<Vec<_>>().join(";")
}

/// Takes a folded value apart again.
pub fn unfold(folded: &str) -> Result<Vec<(String, Vec<u8>)>, MalformedFold> {
    let decode = |text: &str| STANDARD_NO_PAD.decode(text).map_err(|_| MalformedFold);
    let pairs = folded.split(';').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once(':').ok_or(MalformedFold)?;
            Ok((String::from_utf8(decode(name)?).map_err(|_| MalformedFold)?, decode(value)?))
        })
        .collect()
}

impl ResponseMeta {
    /// The answer of a service, or one that a rule stands for.
    #[must_use]
    pub fn origin() -> Self {
        Self { src: "origin".to_owned(), flow_rate_limited: false }
    }

    /// The connector's own answer, because it failed.
    #[must_use]
    pub fn connector() -> Self {
        Self { src: "cloudflared".to_owned(), flow_rate_limited: false }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn headers_fold_as_the_edge_reads_them() {
        assert_eq!(fold([("Upgrade", &b"websocket"[..])]), "VXBncmFkZQ:d2Vic29ja2V0");
        let cookies = fold([("Set-Cookie", &b"a=b"[..]), ("Set-Cookie", &b"c=d; e"[..])]);
        assert_eq!(cookies, "U2V0LUNvb2tpZQ:YT1i;U2V0LUNvb2tpZQ:Yz1kOyBl");
        assert_eq!(fold([]), "");
    }

    #[test]
    fn fields_between_connector_and_edge_stay_out() {
        let own =
            [(":status", &b"200"[..]), ("CF-Int-X", b"1"), ("cf-cloudflared-y", b"1"), ("cf-proxy-z", b"1")];
        assert_eq!(fold(own), "");
        assert!(is_folded("cf-ray"));
    }

    #[test]
    fn a_pair_has_one_colon() {
        assert_eq!(unfold("VXBncmFkZQ"), Err(MalformedFold));
        assert_eq!(unfold("YQ:YQ:YQ"), Err(MalformedFold));
        assert_eq!(unfold(";YQ:;"), Ok(vec![("a".to_owned(), vec![])]));
    }

    #[test]
    fn the_source_is_written_as_the_edge_reads_it() {
        let json = |meta: &ResponseMeta| serde_json::to_string(meta).expect("plain JSON");
        assert_eq!(json(&ResponseMeta::origin()), r#"{"src":"origin"}"#);
        let limited = ResponseMeta { flow_rate_limited: true, ..ResponseMeta::connector() };
        assert_eq!(json(&limited), r#"{"src":"cloudflared","flow_rate_limited":true}"#);
    }

    proptest! {
        #[test]
        fn headers_survive_the_fold(headers in prop::collection::vec(("x-[a-zA-Z0-9-]{0,20}", any::<Vec<u8>>()), 0..8)) {
            let folded = fold(headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())));
            prop_assert_eq!(unfold(&folded), Ok(headers));
        }

        #[test]
        fn any_text_unfolds_or_is_refused(text in "[A-Za-z0-9+/:;=]{0,64}") {
            if let Ok(headers) = unfold(&text) {
                prop_assert!(headers.len() <= text.len());
            }
        }
    }
}
