//! The team's signing key: RS256 as Access uses it, and the key set that publishes it.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use aws_lc_rs::{digest, rsa};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::error::SimError;
use crate::plan::hex;

/// An RSA key with the name under which the key set lists it.
pub(crate) struct SigningKey {
    pair: RsaKeyPair,
    id: String,
}

impl SigningKey {
    pub(crate) fn generate() -> Result<Self, SimError> {
        let failed = SimError::Keys { what: "signing key" };
        let Ok(pair) = RsaKeyPair::generate(KeySize::Rsa2048) else { return Err(failed) };
        let public: &rsa::PublicKey = pair.public_key();
        let Ok(der) = public.as_der() else { return Err(failed) };
        let id = hex(digest::digest(&digest::SHA256, der.as_ref()).as_ref());
        Ok(Self { pair, id })
    }

    /// The compact JWT of `claims`; `name_key` puts the key's id into the header.
    pub(crate) fn sign(&self, claims: &Value, name_key: bool) -> String {
        let header = if name_key {
            json!({"alg": "RS256", "kid": self.id, "typ": "JWT"})
        } else {
            json!({"alg": "RS256", "typ": "JWT"})
        };
        self.seal(&header, claims)
    }

    /// Like [`Self::sign`], but under another key's id: the signature will not verify.
    pub(crate) fn sign_as(&self, other: &Self, claims: &Value) -> String {
        self.seal(&json!({"alg": "RS256", "kid": other.id, "typ": "JWT"}), claims)
    }

    /// The claims of `token` if this key has signed it.
    pub(crate) fn verify(&self, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (_, claims) = signed.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let public = self.pair.public_key();
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public.as_ref())
            .verify(signed.as_bytes(), &signature)
            .ok()?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }

    /// This key's entry in the key set.
    pub(crate) fn jwk(&self) -> Value {
        let public = self.pair.public_key();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kid": self.id,
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "e": number(public.exponent().big_endian_without_leading_zero()),
            "n": number(public.modulus().big_endian_without_leading_zero()),
        })
    }

    fn seal(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = SystemRandom::new();
        let encoding: &'static dyn signature::RsaEncoding = &RSA_PKCS1_SHA256;
        if self.pair.sign(encoding, &random, signed.as_bytes(), &mut signature).is_err() {
            tracing::error!("a token could not be signed and carries an empty signature");
        }
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_signature_verifies() {
        let (key, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
        let token = key.sign(&json!({"a": 1}), true);
        assert_eq!(key.verify(&token), Some(json!({"a": 1})));
        assert_eq!(other.verify(&token), None);
        assert_eq!(key.verify(&other.sign_as(&key, &json!({"a": 1}))), None);
        assert_eq!(key.verify("a.b.c"), None);
    }
}
