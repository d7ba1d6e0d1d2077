//! Short-lived SSH certificates from a team's own authority (`access.md` 6.6).
//!
//! The authority certifies a public key for whoever the app token names. It is asked at the verified team domain, not
//! where the token says, and what it answers counts only as a user certificate for the very key that was sent.

mod key;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use ssh_key::certificate::CertType;
use ssh_key::public::{EcdsaPublicKey, KeyData};
use url::Url;
use wire::{AppToken, path};

pub use key::CertificateKey;

use crate::error::{CertificateFault, Step};
use crate::http as net;
use crate::reach::limited;
use crate::{Access, AccessError, App, limit};

/// Most characters of a refusal that are passed on.
const SAID: usize = 200;
/// What every such certificate is called, before its bytes.
const KIND: &str = "ecdsa-sha2-nistp256-cert-v01@openssh.com";
/// A certificate that ends sooner is replaced: the connection that it is for has yet to be made.
const SPARE: i64 = 30;

/// An OpenSSH user certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    line: String,
    key: Vec<u8>,
    /// The names it may log in as.
    pub principals: Vec<String>,
    /// First second of validity, since the Unix epoch.
    pub from: i64,
    /// Last second of validity, since the Unix epoch.
    pub until: i64,
}

#[derive(Serialize)]
struct Request<'a> {
    public_key: &'a str,
    jwt: &'a str,
    issuer: &'a str,
}

#[derive(Deserialize)]
struct Issued {
    certificate: String,
}

#[derive(Deserialize)]
struct Refused {
    message: String,
}

impl Access {
    /// Has the authority of the app's team certify `key` for whoever `token` names.
    ///
    /// # Errors
    /// [`AccessError::CertificateRefused`] with the authority's own words, [`AccessError::BadCertificate`] when what it
    /// gave is not for this key and now, and what can go wrong on the way.
    pub async fn certify(
        &self,
        app: &App,
        token: &AppToken,
        key: &CertificateKey,
    ) -> Result<Certificate, AccessError> {
        let host = app.url.host();
        let issuer = format!("https://{}", app.team);
        let url = Url::parse(&format!("{issuer}{}", path::CERT_SIGN))
            .map_err(|error| AccessError::Setup { what: error.to_string() })?;
        let public_key = format!("{}\n", key.public_line());
        let request = Request { public_key: &public_key, jwt: token.0.reveal(), issuer: &issuer };
        let json =
            serde_json::to_vec(&request).map_err(|error| AccessError::Setup { what: error.to_string() })?;
        tracing::debug!(host, team = %app.team, "asking for a certificate");
        let asking = net::post(self.dialler(), &url, json, limit::CERTIFICATE);
        let answer = limited(app.team.as_str(), Step::Signing, limit::SIGNING, asking).await?;
        if answer.status != 200 {
            return Err(refused(host, answer.status, &answer.body));
        }
        let bad = |what| AccessError::BadCertificate { host: host.to_owned(), what };
        let issued: Issued =
            serde_json::from_slice(&answer.body).map_err(|_| bad(CertificateFault::Malformed))?;
        let certificate = Certificate::parse(&issued.certificate).map_err(bad)?;
        if !certificate.is_for(key) {
            return Err(bad(CertificateFault::OtherKey));
        }
        if self.clock().now() > certificate.until {
            return Err(bad(CertificateFault::NotNow));
        }
        Ok(certificate)
    }

    /// Whether a certificate is good for a connection that is about to be made.
    #[must_use]
    pub fn is_fresh(&self, certificate: &Certificate) -> bool {
        let now = self.clock().now();
        certificate.from <= now && now.saturating_add(SPARE) <= certificate.until
    }
}

impl Certificate {
    /// Reads an OpenSSH certificate line.
    ///
    /// # Errors
    /// When it is none, or not one for a user's P-256 key.
    pub fn parse(line: &str) -> Result<Self, CertificateFault> {
        let line = line.trim();
        let certificate =
            ssh_key::Certificate::from_openssh(line).map_err(|_| CertificateFault::Malformed)?;
        if certificate.cert_type() != CertType::User {
            return Err(CertificateFault::NotForUser);
        }
        let KeyData::Ecdsa(EcdsaPublicKey::NistP256(point)) = certificate.public_key() else {
            return Err(CertificateFault::OtherKey);
        };
        let seconds = |at: u64| i64::try_from(at).unwrap_or(i64::MAX);
        Ok(Self {
            line: line.to_owned(),
            key: point.as_bytes().to_vec(),
            principals: certificate.valid_principals().to_vec(),
            from: seconds(certificate.valid_after()),
            until: seconds(certificate.valid_before()),
        })
    }

    /// Reads a certificate in SSH's form.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn from_blob(blob: &[u8]) -> Result<Self, CertificateFault> {
        Self::parse(&format!("{KIND} {}", STANDARD.encode(blob)))
    }

    /// The certificate in SSH's form.
    pub(crate) fn blob(&self) -> Vec<u8> {
        let word = self.line.split_ascii_whitespace().nth(1).unwrap_or_default();
        STANDARD.decode(word).unwrap_or_default()
    }

    /// Whether it certifies this key.
    #[must_use]
    pub fn is_for(&self, key: &CertificateKey) -> bool {
        self.key == key.public_point()
    }

    /// The line as it was given, without the end of the line.
    #[must_use]
    pub fn line(&self) -> &str {
        &self.line
    }
}

pub(crate) fn refused(host: &str, status: u16, body: &[u8]) -> AccessError {
    let said = serde_json::from_slice::<Refused>(body).map_or_else(
        |_| "the answer does not say why".to_owned(),
        |refused| refused.message.chars().filter(|letter| !letter.is_control()).take(SAID).collect(),
    );
    AccessError::CertificateRefused { host: host.to_owned(), status, said }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made by ssh-keygen: a user certificate for a P-256 key, and the same for a host.
    const USER: &str = include_str!("certificate/fixtures/user-cert.pub");
    const HOST: &str = include_str!("certificate/fixtures/host-cert.pub");
    const KEY: &str = include_str!("certificate/fixtures/key");

    #[test]
    fn the_certificate_of_a_stock_authority_is_read() {
        let certificate = Certificate::parse(USER).unwrap();
        assert_eq!(certificate.principals, ["ada", "build"]);
        assert_eq!((certificate.from, certificate.until), (1_767_225_600, 1_767_229_200));
        assert_eq!(certificate.line(), USER.trim());
        let words: Vec<&str> = USER.split_ascii_whitespace().take(2).collect();
        assert_eq!(Certificate::from_blob(&certificate.blob()).unwrap().line(), words.join(" "));
        assert!(certificate.is_for(&CertificateKey::from_pem(KEY).unwrap()));
        assert!(!certificate.is_for(&CertificateKey::generate().unwrap()));
    }

    #[test]
    fn what_is_no_user_certificate_is_refused() {
        assert_eq!(Certificate::parse(HOST), Err(CertificateFault::NotForUser));
        let cut = &USER[..USER.len() / 2];
        for text in ["", "ecdsa-sha2-nistp256 AAAA", cut] {
            assert_eq!(Certificate::parse(text), Err(CertificateFault::Malformed), "{text}");
        }
    }

    #[test]
    fn a_refusal_is_passed_on_short_and_plain() {
        let long = format!("{{\"status\":403,\"message\":\"no\\u001b[31m{}\"}}", "x".repeat(1000));
        let AccessError::CertificateRefused { status: 403, said, .. } = refused("h", 403, long.as_bytes())
        else {
            panic!()
        };
        assert!(said.starts_with("no[31mxx") && said.len() == SAID, "{said}");
        assert!(refused("h", 502, b"<html>").to_string().ends_with("502: the answer does not say why"));
    }
}
