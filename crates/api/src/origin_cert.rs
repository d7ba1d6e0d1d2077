//! `cert.pem`, which `cloudflared tunnel login` leaves behind: an account, one of its zones, and a token that may manage
//! every tunnel of the account (`tunnel.md` 6.1).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The label of the block that counts.
const OURS: &str = "ARGO TUNNEL TOKEN";
/// Blocks of old files, which mean nothing any more.
const OLD: [&str; 2] = ["PRIVATE KEY", "CERTIFICATE"];

/// What may be done at the API, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginCert {
    /// Id of the zone that was chosen at the log-in.
    pub zone: String,
    /// Tag of the account.
    pub account: String,
    /// What calls the API.
    pub token: ApiToken,
    /// Region that everything is bound to, such as `fed`; lower case.
    pub endpoint: Option<String>,
}

/// What calls the API: no `Display`, a redacting `Debug`, memory wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiToken(Zeroizing<String>);

/// Why a text is no such file. Says nothing of what was in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOriginCert {
    /// There is no block of ours.
    #[error("it has no block ARGO TUNNEL TOKEN")]
    NoToken,
    /// There are two of them.
    #[error("it has two blocks ARGO TUNNEL TOKEN")]
    TwoTokens,
    /// A block that does not belong there.
    #[error("it has a block {0}, which does not belong there")]
    Stranger(String),
    /// A block without its end, or one that is not base64 of JSON.
    #[error("its block is damaged")]
    Damaged,
    /// A field is missing or empty.
    #[error("its token has no {0}")]
    Lacks(&'static str),
}

#[derive(Deserialize, Serialize)]
struct Written {
    #[serde(rename = "zoneID", default)]
    zone: String,
    #[serde(rename = "accountID", default)]
    account: String,
    #[serde(rename = "apiToken", default)]
    token: Zeroizing<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    endpoint: String,
}

impl ApiToken {
    /// Takes the secret itself.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self(Zeroizing::new(secret.to_owned()))
    }

    /// The secret itself, for the `Authorization` header only.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ApiToken(…)")
    }
}

impl OriginCert {
    /// Reads the file. Blocks of old files are left aside.
    ///
    /// # Errors
    /// When there is not exactly one token in it, or it lacks zone or token.
    pub fn from_pem(text: &str) -> Result<Self, InvalidOriginCert> {
        let mut found = None;
        let mut lines = text.lines().map(str::trim);
        while let Some(line) = lines.next() {
            let Some(label) = line.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----"))
            else {
                continue;
            };
            let end = format!("-----END {label}-----");
            let mut body = Zeroizing::new(String::new());
            loop {
                match lines.next() {
                    Some(line) if line == end => break,
                    Some(line) => body.push_str(line),
                    None => return Err(InvalidOriginCert::Damaged),
                }
            }
            if label == OURS {
                let first = found.replace(Self::read(&body)?).is_none();
                first.then_some(()).ok_or(InvalidOriginCert::TwoTokens)?;
            } else if !OLD.contains(&label) {
                return Err(InvalidOriginCert::Stranger(label.to_owned()));
            }
        }
        found.ok_or(InvalidOriginCert::NoToken)
    }

    /// The text of such a file, to be readable by its owner alone.
    #[must_use]
    pub fn to_pem(&self) -> Zeroizing<String> {
        let written = Written {
            zone: self.zone.clone(),
            account: self.account.clone(),
            token: self.token.0.clone(),
            endpoint: self.endpoint.clone().unwrap_or_default(),
        };
        // Strings have nothing in them that JSON could not hold.
        let json = Zeroizing::new(serde_json::to_vec(&written).unwrap_or_default());
        let body = Zeroizing::new(STANDARD.encode(&*json));
        let mut text = Zeroizing::new(format!("-----BEGIN {OURS}-----\n"));
        for line in body.as_bytes().chunks(64) {
            text.push_str(str::from_utf8(line).unwrap_or_default());
            text.push('\n');
        }
        text.push_str(&format!("-----END {OURS}-----\n"));
        text
    }

    fn read(body: &str) -> Result<Self, InvalidOriginCert> {
        let json = STANDARD.decode(body).map_err(|_| InvalidOriginCert::Damaged)?;
        let json = Zeroizing::new(json);
        let written: Written = serde_json::from_slice(&json).map_err(|_| InvalidOriginCert::Damaged)?;
        for (value, name) in [(&written.zone, "zoneID"), (&*written.token, "apiToken")] {
            if value.is_empty() {
                return Err(InvalidOriginCert::Lacks(name));
            }
        }
        Ok(Self {
            zone: written.zone,
            account: written.account,
            token: ApiToken(written.token),
            endpoint: Some(written.endpoint.to_lowercase()).filter(|endpoint| !endpoint.is_empty()),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cert() -> OriginCert {
        OriginCert {
            zone: "7b0a4d77dfb881c1a3b7d61ea9443e19".to_owned(),
            account: "abcdabcdabcdabcd1234567890abcdef".to_owned(),
            token: ApiToken::new("test-service-key"),
            endpoint: None,
        }
    }

    #[test]
    fn a_file_is_read_as_it_was_written_beside_old_blocks() {
        let text = cert().to_pem();
        assert_eq!(OriginCert::from_pem(&text), Ok(cert()));
        let old = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        assert_eq!(OriginCert::from_pem(&format!("{old}{}\n{old}", *text)), Ok(cert()));
        let fed = OriginCert { endpoint: Some("fed".to_owned()), ..cert() };
        assert_eq!(OriginCert::from_pem(&fed.to_pem().replace('\n', "\r\n")), Ok(fed));
    }

    #[test]
    fn what_is_no_such_file_is_told_apart() {
        let text = cert().to_pem();
        for (damaged, why) in [
            (String::new(), InvalidOriginCert::NoToken),
            (format!("{0}{0}", *text), InvalidOriginCert::TwoTokens),
            (
                format!("{}-----BEGIN EC KEY-----\n-----END EC KEY-----\n", *text),
                InvalidOriginCert::Stranger("EC KEY".to_owned()),
            ),
            (text.replace("END", "DNE"), InvalidOriginCert::Damaged),
            (text.replacen("ey", "!!", 1), InvalidOriginCert::Damaged),
            (
                OriginCert { zone: String::new(), ..cert() }.to_pem().to_string(),
                InvalidOriginCert::Lacks("zoneID"),
            ),
            (
                OriginCert { token: ApiToken::new(""), ..cert() }.to_pem().to_string(),
                InvalidOriginCert::Lacks("apiToken"),
            ),
        ] {
            assert_eq!(OriginCert::from_pem(&damaged), Err(why));
        }
    }

    #[test]
    fn the_token_shows_nowhere() {
        assert!(!format!("{:?}", cert()).contains("test-service-key"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(-----(BEGIN|END) [A-Z ]{0,20}-----|[a-z0-9=\\n]{0,30}){0,8}") {
            if let Ok(cert) = OriginCert::from_pem(&text) {
                prop_assert_eq!(OriginCert::from_pem(&cert.to_pem()), Ok(cert));
            }
        }
    }
}
