//! What proves to the edge that a connector may serve a tunnel: a credentials file, or the same in one token.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use zeroize::Zeroizing;

use super::TunnelId;

/// The secret of a tunnel: no `Display`, a redacting `Debug`, memory wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

/// Who the tunnel belongs to, which it is, and the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Tag of the account.
    pub account: String,
    /// Proof, sent in the registration and nowhere else.
    pub secret: Secret,
    /// The tunnel; old files leave it out, and then the command line names it.
    pub tunnel: Option<TunnelId>,
    /// Region that the tunnel is bound to, such as `fed`.
    pub endpoint: Option<String>,
}

/// Why credentials cannot be used. Says nothing of what was in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnusableCredentials {
    /// The token is not base64.
    #[error("the tunnel token is not base64")]
    Encoding,
    /// Not the JSON of credentials, or a field is missing.
    #[error("the tunnel credentials are not in their JSON form")]
    Form,
    /// The account or the secret is empty, or the secret is not base64.
    #[error("the tunnel credentials hold no usable account and secret")]
    Secret,
    /// The tunnel's id is not a UUID.
    #[error("the tunnel credentials hold no usable tunnel id")]
    Id,
}

#[derive(Deserialize)]
struct Written {
    #[serde(rename = "AccountTag", alias = "a")]
    account: String,
    #[serde(rename = "TunnelSecret", alias = "s")]
    secret: String,
    #[serde(rename = "TunnelID", alias = "t", default)]
    tunnel: String,
    #[serde(rename = "Endpoint", alias = "e", default)]
    endpoint: String,
}

impl Secret {
    /// Takes the raw bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The raw bytes, for the registration only.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

impl Credentials {
    /// Reads a credentials file, `UUID.json`.
    pub fn from_file(json: &[u8]) -> Result<Self, UnusableCredentials> {
        serde_json::from_slice(json).map_err(|_| UnusableCredentials::Form).and_then(Self::read)
    }

    /// Reads a token; it always names its tunnel. White space around it is dropped, because files add it.
    pub fn from_token(token: &str) -> Result<Self, UnusableCredentials> {
        let json = STANDARD.decode(token.trim()).map_err(|_| UnusableCredentials::Encoding)?;
        let read = Self::from_file(&Zeroizing::new(json))?;
        read.tunnel.map(|_| ()).ok_or(UnusableCredentials::Id)?;
        Ok(read)
    }

    fn read(written: Written) -> Result<Self, UnusableCredentials> {
        let text = Zeroizing::new(written.secret);
        let secret = STANDARD.decode(text.as_bytes()).map_err(|_| UnusableCredentials::Secret)?;
        if secret.is_empty() || written.account.is_empty() {
            return Err(UnusableCredentials::Secret);
        }
        let tunnel = Some(written.tunnel).filter(|id| !id.is_empty());
        Ok(Self {
            account: written.account,
            secret: Secret::new(secret),
            tunnel: tunnel.map(|id| id.parse()).transpose().map_err(|_| UnusableCredentials::Id)?,
            endpoint: Some(written.endpoint).filter(|name| !name.is_empty()),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "fe1449a1-cee1-4fb7-8d82-479f05a77a24";

    fn token(json: &str) -> Result<Credentials, UnusableCredentials> {
        Credentials::from_token(&format!(" {}\n", STANDARD.encode(json)))
    }

    #[test]
    fn a_file_and_a_token_say_the_same() {
        let file = format!(r#"{{"AccountTag":"acc","TunnelSecret":"AQID","TunnelID":"{ID}","Endpoint":""}}"#);
        let read = Credentials::from_file(file.as_bytes()).expect("usable");
        assert_eq!(token(&format!(r#"{{"a":"acc","s":"AQID","t":"{ID}"}}"#)), Ok(read.clone()));
        assert_eq!((read.secret.expose(), read.endpoint), (&[1, 2, 3][..], None));
        assert_eq!(read.tunnel.map(|id| id.to_string()).as_deref(), Some(ID));
    }

    #[test]
    fn an_old_file_names_no_tunnel_but_a_token_must() {
        let old = Credentials::from_file(br#"{"AccountTag":"acc","TunnelSecret":"AQID"}"#).expect("usable");
        assert_eq!(old.tunnel, None);
        assert_eq!(token(r#"{"a":"acc","s":"AQID"}"#), Err(UnusableCredentials::Id));
    }

    #[test]
    fn each_fault_has_its_name() {
        assert_eq!(Credentials::from_token("!"), Err(UnusableCredentials::Encoding));
        assert_eq!(token("[]x"), Err(UnusableCredentials::Form));
        assert_eq!(token(r#"{"a":"acc","s":"?","t":""}"#), Err(UnusableCredentials::Secret));
        assert_eq!(token(r#"{"a":"","s":"AQID","t":""}"#), Err(UnusableCredentials::Secret));
        assert_eq!(token(r#"{"a":"acc","s":"AQID","t":"7"}"#), Err(UnusableCredentials::Id));
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        let read = token(&format!(r#"{{"a":"acc","s":"AQID","t":"{ID}","e":"fed"}}"#)).expect("usable");
        assert_eq!(read.endpoint.as_deref(), Some("fed"));
        assert!(format!("{read:?}").contains("secret: Secret(…)"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_credentials_or_refused(bytes: Vec<u8>) {
            if let Ok(read) = Credentials::from_file(&bytes) {
                prop_assert!(!read.secret.expose().is_empty());
            }
        }
    }
}
