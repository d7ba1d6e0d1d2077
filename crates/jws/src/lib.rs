//! Compact JWTs signed with RS256, and the key sets that verify them.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// A team's RSA keys by id. Keys of other kinds are left out when a set is read: they cannot sign for us.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySet {
    /// In the order in which they stand.
    pub keys: Vec<Key>,
}

/// One RSA key as a JSON Web Key writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    kty: String,
    kid: String,
    n: String,
    e: String,
}

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadSignature {
    /// Not a compact JWT, not RS256, no key id, or a critical extension.
    Malformed,
    /// The set has no key of that id.
    UnknownKey,
    /// The key did not make this signature.
    Wrong,
}

#[derive(Deserialize)]
struct JoseHeader {
    alg: String,
    kid: String,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

impl KeySet {
    /// Reads `{"keys":[…]}`, skipping every key that is not RSA or lacks a member.
    ///
    /// # Errors
    /// When it is no such list.
    pub fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Any {
            keys: Vec<serde_json::Value>,
        }
        let any: Any = serde_json::from_slice(json)?;
        let keys = any.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        Ok(Self { keys: keys.filter(|key: &Key| key.kty == "RSA").collect() })
    }

    /// The payload of `compact`, if the key it names signed it.
    ///
    /// # Errors
    /// Why its signature does not count.
    pub fn verify(&self, compact: &str) -> Result<Vec<u8>, BadSignature> {
        let parts = Parts::split(compact)?;
        let key = self.keys.iter().find(|key| key.kid == parts.header.kid).ok_or(BadSignature::UnknownKey)?;
        let (Some(n), Some(e)) = (key_number(&key.n), key_number(&key.e)) else {
            return Err(BadSignature::Wrong);
        };
        RsaPublicKeyComponents { n: &n, e: &e }
            .verify(&RSA_PKCS1_2048_8192_SHA256, parts.signed.as_bytes(), &parts.signature)
            .map_err(|_| BadSignature::Wrong)?;
        Ok(parts.payload)
    }
}

/// The payload of a compact RS256 JWT, believed by nobody yet.
///
/// # Errors
/// When it is none.
pub fn unverified_payload(compact: &str) -> Result<Vec<u8>, BadSignature> {
    Ok(Parts::split(compact)?.payload)
}

struct Parts<'a> {
    header: JoseHeader,
    payload: Vec<u8>,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn split(compact: &'a str) -> Result<Self, BadSignature> {
        let (signed, signature) = compact.rsplit_once('.').ok_or(BadSignature::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(BadSignature::Malformed)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| BadSignature::Malformed);
        let header: JoseHeader =
            serde_json::from_slice(&decode(header)?).map_err(|_| BadSignature::Malformed)?;
        if header.alg != "RS256" || header.crit.is_some() {
            return Err(BadSignature::Malformed);
        }
        Ok(Self { header, payload: decode(payload)?, signed, signature: decode(signature)? })
    }
}

/// Base64url with or without padding, as key sets in the wild write their numbers.
fn key_number(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7515 appendix A.2: key, and a JWS made with it by somebody else. Its header has no `kid`.
    const N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
    const SIGNED: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

    fn set(kid: &str) -> KeySet {
        let json = format!(
            r#"{{"public_cert":1,"keys":[{{"kty":"AKP","kid":"{kid}"}},{{"kty":"OKP","crv":"Ed448","x":"AA"}},
            {{"kty":"RSA","kid":"{kid}","n":"{N}","e":"AQAB","use":"sig"}}]}}"#
        );
        KeySet::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn unknown_kinds_of_keys_are_skipped() {
        assert_eq!(set("k1").keys.len(), 1);
        assert!(KeySet::parse(b"{}").is_err());
        assert!(KeySet::parse(b"{\"keys\":[]}").unwrap().keys.is_empty());
    }

    #[test]
    fn the_key_of_the_rfc_verifies_its_own_signature_only() {
        let key = &set("k1").keys[0];
        let (signed, signature) = SIGNED.rsplit_once('.').unwrap();
        let (n, e) = (key_number(&key.n).unwrap(), key_number(&key.e).unwrap());
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let verify = |message: &[u8]| {
            RsaPublicKeyComponents { n: &n, e: &e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, &signature)
        };
        assert!(verify(signed.as_bytes()).is_ok());
        assert!(verify(b"something else").is_err());
    }

    #[test]
    fn key_ids_are_mandatory_and_must_be_known() {
        assert_eq!(set("k1").verify(SIGNED), Err(BadSignature::Malformed));
        // {"alg":"RS256","kid":"k1"} over another payload than the signature's
        let forged = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.e30.c2ln";
        assert_eq!(set("k2").verify(forged), Err(BadSignature::UnknownKey));
        assert_eq!(set("k1").verify(forged), Err(BadSignature::Wrong));
    }

    #[test]
    fn other_algorithms_and_critical_extensions_are_refused() {
        for header in [
            r#"{"alg":"HS256","kid":"k1"}"#,
            r#"{"alg":"none","kid":"k1"}"#,
            r#"{"alg":"RS256","kid":"k1","crit":["b64"],"b64":false}"#,
        ] {
            let compact = format!("{}.e30.c2ln", URL_SAFE_NO_PAD.encode(header));
            assert_eq!(set("k1").verify(&compact), Err(BadSignature::Malformed), "{header}");
        }
    }
}
