//! Tokens: proof of identity in compact JWT form, with types that refuse to print themselves.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A compact JWT, kept secret: no `Display`, a redacting `Debug`, memory wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct Jwt(Zeroizing<String>);

/// Proof of identity for one app, presented as `Cf-Access-Token`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppToken(pub Jwt);

/// Proof of identity for the team; it buys app tokens and goes to the team domain only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgToken(pub Jwt);

/// What a token says of itself. Unverified: whoever trusts it has checked the signature first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Audiences that the token is meant for.
    #[serde(default, deserialize_with = "one_or_many")]
    pub aud: Vec<String>,
    /// End of validity, seconds since the Unix epoch.
    pub exp: i64,
    /// Issue time, seconds since the Unix epoch.
    #[serde(default)]
    pub iat: i64,
    /// Issuer: `https://` and the team domain.
    #[serde(default)]
    pub iss: String,
    /// The person's e-mail address; empty for service tokens.
    #[serde(default)]
    pub email: String,
}

/// Why a token at rest must not be presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnusableToken {
    /// It ended before now.
    #[error("the token has expired")]
    Expired,
    /// It is not a compact JWT signed with RS256.
    #[error("the stored token is not a token")]
    Malformed,
    /// It is meant for other applications.
    #[error("the token is for another application")]
    OtherAudience,
}

#[derive(Deserialize)]
struct JoseHeader {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
}

impl Jwt {
    /// Takes a compact JWT; white space around and inside is dropped, because files and transports add it.
    #[must_use]
    pub fn new(compact: &str) -> Self {
        Self(Zeroizing::new(compact.chars().filter(|c| !c.is_ascii_whitespace()).collect()))
    }

    /// The compact form, for the wire and the vault only.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Reads the claims without checking the signature.
    ///
    /// # Errors
    /// [`UnusableToken::Malformed`] when it is not three base64url parts with an RS256 header and JSON claims.
    pub fn claims(&self) -> Result<Claims, UnusableToken> {
        let (header, payload) = self.header_and_payload()?;
        if header.alg != "RS256" {
            return Err(UnusableToken::Malformed);
        }
        serde_json::from_slice(&payload).map_err(|_| UnusableToken::Malformed)
    }

    /// The `kid` of the header: which of the team's keys signed it.
    #[must_use]
    pub fn key_id(&self) -> Option<String> {
        self.header_and_payload().ok()?.0.kid
    }

    fn header_and_payload(&self) -> Result<(JoseHeader, Vec<u8>), UnusableToken> {
        let mut parts = self.0.split('.');
        let (Some(header), Some(payload), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(UnusableToken::Malformed);
        };
        let decode = |part| URL_SAFE_NO_PAD.decode(part).map_err(|_| UnusableToken::Malformed);
        let header = serde_json::from_slice(&decode(header)?).map_err(|_| UnusableToken::Malformed)?;
        Ok((header, decode(payload)?))
    }
}

impl AppToken {
    /// Whether this token may be presented for `audience` at `now` (seconds since the Unix epoch).
    ///
    /// # Errors
    /// Why not: it ended, it is for another application, or it is no token.
    pub fn usable(&self, audience: &str, now: i64) -> Result<Claims, UnusableToken> {
        let claims = self.0.claims()?;
        if now > claims.exp {
            return Err(UnusableToken::Expired);
        }
        if !claims.aud.iter().any(|aud| aud == audience) {
            return Err(UnusableToken::OtherAudience);
        }
        Ok(claims)
    }
}

impl OrgToken {
    /// Whether this token may be presented to the team domain at `now` (seconds since the Unix epoch).
    ///
    /// # Errors
    /// Why not: it ended, or it is no token.
    pub fn usable(&self, now: i64) -> Result<Claims, UnusableToken> {
        let claims = self.0.claims()?;
        if now > claims.exp { Err(UnusableToken::Expired) } else { Ok(claims) }
    }
}

impl fmt::Debug for Jwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jwt(redacted)")
    }
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // {"alg":"RS256","kid":"k1"} . {"aud":["a1"],"exp":2000,"iss":"https://t.cloudflareaccess.com","email":"a@b.c"}
    const TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJhdWQiOlsiYTEiXSwiZXhwIjoyMDAwLCJpc3MiOiJodHRwczovL3QuY2xvdWRmbGFyZWFjY2Vzcy5jb20iLCJlbWFpbCI6ImFAYi5jIn0.c2ln";

    #[test]
    fn claims_and_key_id_are_read() {
        let jwt = Jwt::new(&format!(" {TOKEN}\n"));
        assert_eq!(jwt.key_id().as_deref(), Some("k1"));
        assert_eq!(jwt.claims().unwrap().email, "a@b.c");
    }

    #[test]
    fn a_token_is_usable_until_its_second_and_for_its_audience() {
        let token = AppToken(Jwt::new(TOKEN));
        assert!(token.usable("a1", 2000).is_ok());
        assert_eq!(token.usable("a1", 2001), Err(UnusableToken::Expired));
        assert_eq!(token.usable("a2", 2000), Err(UnusableToken::OtherAudience));
    }

    #[test]
    fn other_algorithms_and_garbage_are_malformed() {
        // {"alg":"ES256"}
        for text in ["", "a.b", "eyJhbGciOiJFUzI1NiJ9.e30.c2ln", "a.b.c.d"] {
            assert_eq!(Jwt::new(text).claims(), Err(UnusableToken::Malformed), "{text}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", AppToken(Jwt::new(TOKEN))), "AppToken(Jwt(redacted))");
    }
}
