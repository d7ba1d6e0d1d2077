//! What must hold for any bytes that a token or a `config.yml` consists of. Each tells whether it held; the fuzz targets in
//! `fuzz/` and the tests below call the same functions.

use crate::config_yml::ConfigYml;
use crate::{AppToken, Jwt};

/// A token is refused, or usable for an audience that it names and until its end.
#[must_use]
pub fn token(bytes: &[u8]) -> bool {
    let token = AppToken(Jwt::new(&String::from_utf8_lossy(bytes)));
    let _ = token.0.key_id();
    let Ok(claims) = token.0.claims() else { return token.usable("a", 0).is_err() };
    let audience = claims.aud.first().map_or("a", String::as_str);
    token.usable(audience, claims.exp).is_ok() != claims.aud.is_empty()
}

/// A `config.yml` is read or refused, and no error shows what stands in it.
#[must_use]
pub fn config_yml(bytes: &[u8]) -> bool {
    ConfigYml::parse(&String::from_utf8_lossy(bytes)).map_or_else(|error| error.what.len() < 40, |_| true)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_a_token_or_none(bytes: Vec<u8>, aud in "(\"a\"|\\[\\]|\\[\"a\",\"b\"\\]|7|null)", exp: i64) {
            prop_assert!(token(&bytes));
            let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
            let claims = part(&format!("{{\"aud\":{aud},\"exp\":{exp}}}"));
            let signed = format!("{}.{claims}.x", part("{\"alg\":\"RS256\"}"));
            prop_assert!(token(signed.as_bytes()));
        }

        #[test]
        fn any_bytes_are_a_config_or_none(
            bytes: Vec<u8>, text in "(tunnel|ingress|forwarders|- |: |\\[|\\{|&a|\\*a|\n|  |.){0,60}"
        ) {
            prop_assert!(config_yml(&bytes) && config_yml(text.as_bytes()));
        }
    }
}
