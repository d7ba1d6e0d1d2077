//! The key that a certificate is for: ECDSA on P-256, as the authority expects, in files that OpenSSH reads.

use aws_lc_rs::encoding::{AsDer as _, EcPrivateKeyRfc5915Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::AccessError;

const ALGORITHM: &str = "ecdsa-sha2-nistp256";
const CURVE: &str = "nistp256";
const BEGIN: &str = "-----BEGIN EC PRIVATE KEY-----";
const END: &str = "-----END EC PRIVATE KEY-----";
/// Characters in a line of PEM (RFC 7468).
const WIDTH: usize = 64;

/// A private key with its public half. Its memory is wiped on drop.
pub struct CertificateKey {
    der: Zeroizing<Vec<u8>>,
    point: Vec<u8>,
}

impl CertificateKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate() -> Result<Self, AccessError> {
        let unable = |_| AccessError::Setup { what: "no key can be made".to_owned() };
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(unable)?;
        let der: EcPrivateKeyRfc5915Der<'_> = pair.private_key().as_der().map_err(unable)?;
        Ok(Self { der: Zeroizing::new(der.as_ref().to_vec()), point: pair.public_key().as_ref().to_vec() })
    }

    /// Reads an unencrypted `EC PRIVATE KEY` on P-256; `None` when the text is anything else.
    #[must_use]
    pub fn from_pem(text: &str) -> Option<Self> {
        let (_, rest) = text.split_once(BEGIN)?;
        let (body, _) = rest.split_once(END)?;
        let body: Zeroizing<String> = Zeroizing::new(body.split_ascii_whitespace().collect());
        let der = Zeroizing::new(STANDARD.decode(body.as_bytes()).ok()?);
        let pair = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_ASN1_SIGNING, &der).ok()?;
        let point = pair.public_key().as_ref().to_vec();
        Some(Self { der, point })
    }

    /// The private key as OpenSSH and others read it: PEM of RFC 5915, with its last line end.
    #[must_use]
    pub fn pem(&self) -> Zeroizing<String> {
        let body = Zeroizing::new(STANDARD.encode(&*self.der));
        let lines = body.len() / WIDTH + 4;
        let mut text = Zeroizing::new(String::with_capacity(body.len() + lines * WIDTH));
        text.push_str(BEGIN);
        for (at, letter) in body.chars().enumerate() {
            if at % WIDTH == 0 {
                text.push('\n');
            }
            text.push(letter);
        }
        text.push('\n');
        text.push_str(END);
        text.push('\n');
        text
    }

    /// The public key as one line of OpenSSH, without comment and line end.
    #[must_use]
    pub fn public_line(&self) -> String {
        format!("{ALGORITHM} {}", STANDARD.encode(self.public_blob()))
    }

    /// The public key in SSH's form.
    pub(crate) fn public_blob(&self) -> Vec<u8> {
        let mut blob = Vec::new();
        for part in [ALGORITHM.as_bytes(), CURVE.as_bytes(), &self.point] {
            // RFC 4251 section 5: a string is its length in four bytes, and its bytes.
            blob.extend(u32::try_from(part.len()).unwrap_or_default().to_be_bytes());
            blob.extend(part);
        }
        blob
    }

    /// A signature in SSH's form; `None` when the operating system gives no randomness.
    pub(crate) fn sign(&self, data: &[u8]) -> Option<Vec<u8>> {
        let pair = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, &self.der).ok()?;
        let signature = pair.sign(&SystemRandom::new(), data).ok()?;
        Some(ssh_agent::ecdsa_p256(signature.as_ref().try_into().ok()?))
    }

    pub(super) fn public_point(&self) -> &[u8] {
        &self.point
    }
}

impl std::fmt::Debug for CertificateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CertificateKey").field(&self.public_line()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made by ssh-keygen.
    const PEM: &str = include_str!("fixtures/key");
    const PUBLIC: &str = include_str!("fixtures/key.pub");

    #[test]
    fn a_stock_key_is_read_and_written_as_it_was() {
        let key = CertificateKey::from_pem(PEM).unwrap();
        assert_eq!(key.public_line(), PUBLIC.trim());
        assert_eq!(*key.pem(), PEM);
    }

    #[test]
    fn new_keys_differ_and_survive_their_file() {
        let (one, other) = (CertificateKey::generate().unwrap(), CertificateKey::generate().unwrap());
        assert_ne!(one.public_line(), other.public_line());
        assert_eq!(CertificateKey::from_pem(&one.pem()).unwrap().public_line(), one.public_line());
    }

    #[test]
    fn damage_is_no_key() {
        let half = &PEM[..PEM.len() / 2];
        let hollow = format!("{BEGIN}\n{END}\n");
        for text in ["", half, &hollow, "-----BEGIN OPENSSH PRIVATE KEY-----"] {
            assert!(CertificateKey::from_pem(text).is_none(), "{text}");
        }
    }

    #[test]
    fn debug_shows_the_public_half_alone() {
        let key = CertificateKey::from_pem(PEM).unwrap();
        assert_eq!(format!("{key:?}"), format!("CertificateKey({:?})", PUBLIC.trim()));
    }
}
