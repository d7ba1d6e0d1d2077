//! The team's SSH certificate authority (`access.md` 6.6).

use http::{Method, StatusCode};
use serde_json::{Value, json};
use ssh_key::certificate::{Builder, CertType};
use ssh_key::rand_core::OsRng;
use ssh_key::{Algorithm, EcdsaCurve, PrivateKey, PublicKey};

use crate::answer::{Answer, Question};
use crate::clock;
use crate::edge::Edge;
use crate::error::SimError;
use crate::random;

/// How long a certificate is valid, in seconds.
const LIFE: i64 = 240;
/// How far back a certificate starts, in seconds, for servers whose clock is behind.
const SLACK: i64 = 60;

/// Signs user certificates.
pub(crate) struct SshAuthority {
    key: PrivateKey,
}

impl SshAuthority {
    pub(crate) fn generate() -> Result<Self, SimError> {
        let algorithm = Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 };
        match PrivateKey::random(&mut OsRng, algorithm) {
            Ok(key) => Ok(Self { key }),
            Err(_) => Err(SimError::Keys { what: "SSH certificate authority" }),
        }
    }

    /// The line for a server's `TrustedUserCAKeys`.
    pub(crate) fn public_line(&self) -> String {
        self.key.public_key().to_openssh().unwrap_or_default()
    }

    fn sign(&self, key: &PublicKey, email: &str, id: &str, now: i64) -> ssh_key::Result<(String, i64)> {
        let ends = now + LIFE;
        let at = |seconds: i64| u64::try_from(seconds).unwrap_or_default();
        let mut builder =
            Builder::new_with_random_nonce(&mut OsRng, key.key_data().clone(), at(now - SLACK), at(ends))?;
        builder.cert_type(CertType::User)?.key_id(id)?.valid_principal(principal(email))?;
        for extension in ["permit-X11-forwarding", "permit-agent-forwarding", "permit-port-forwarding"] {
            builder.extension(extension, "")?;
        }
        builder.extension("permit-pty", "")?.extension("permit-user-rc", "")?;
        Ok((builder.sign(&self.key)?.to_openssh()?, ends))
    }
}

/// Answers `POST /cdn-cgi/access/cert_sign`.
pub(crate) fn answer(edge: &Edge, question: &Question) -> Answer {
    if question.method != Method::POST {
        return refused(StatusCode::METHOD_NOT_ALLOWED, "method not allowed");
    }
    let Ok(asked) = serde_json::from_slice::<Value>(&question.body) else {
        return refused(StatusCode::BAD_REQUEST, "not JSON");
    };
    let (Some(line), Some(token)) = (asked["public_key"].as_str(), asked["jwt"].as_str()) else {
        return refused(StatusCode::BAD_REQUEST, "public_key and jwt are needed");
    };
    let app = audience(token).and_then(|audience| edge.app_of_audience(&audience));
    let Some((app, who)) = app.and_then(|app| Some((app.clone(), edge.mint.app_identity(token, &app)?)))
    else {
        return refused(StatusCode::FORBIDDEN, "the token is not valid");
    };
    if !app.certificates {
        return refused(StatusCode::NOT_FOUND, "the application has no certificate authority");
    }
    let Ok(key) = PublicKey::from_openssh(line.trim()) else {
        return refused(StatusCode::BAD_REQUEST, "not an OpenSSH public key");
    };
    let id = random::name();
    match edge.ssh.sign(&key, &who.email, &id, clock::now(&edge.faults)) {
        Ok((certificate, ends)) => {
            let expires_at = clock::rfc3339(ends);
            let body = json!({"id": id, "certificate": certificate, "expires_at": expires_at});
            Answer::json(StatusCode::OK, &body)
        }
        Err(_) => refused(StatusCode::BAD_REQUEST, "the key cannot be certified"),
    }
}

fn refused(status: StatusCode, message: &str) -> Answer {
    Answer::json(status, &json!({"status": status.as_u16(), "message": message}))
}

fn audience(token: &str) -> Option<String> {
    wire::Jwt::new(token).claims().ok()?.aud.into_iter().next()
}

/// The login name that a certificate is for: what stands before the `@`.
fn principal(email: &str) -> &str {
    email.split('@').next().unwrap_or(email)
}
