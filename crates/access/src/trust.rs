//! Whom we believe: the public roots we carry, the realm's own and a person's, and only then what the operating system
//! adds; and what is said of a server that nobody believes.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use roots::Verifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, OtherError, RootCertStore};
use webpki::EndEntityCert;
use wire::Cause;

use crate::{AccessError, Clock, issuer};

/// The most that is read of a file of certificates; the largest bundles in use have a quarter of that.
const LONGEST: u64 = 1 << 20;

/// The TLS configuration for every connection of this crate: TLS 1.2 and 1.3, hybrid key exchange first, no ALPN.
pub(crate) fn client_config(roots: &str, clock: &Clock) -> Result<Arc<ClientConfig>, AccessError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Arc::new(verifier(roots, Arc::clone(&provider))?);
    let config = ClientConfig::builder_with_details(provider, Arc::new(clock.clone()))
        .with_safe_default_protocol_versions()
        .map_err(setup)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// The realm's own roots and those of the person's files, which have to hold some.
pub(crate) fn roots(realms: &str, files: impl Iterator<Item = PathBuf>) -> Result<String, AccessError> {
    let mut all = realms.to_owned();
    for path in files {
        let damaged = |detail: String| {
            let path = path.display().to_string();
            AccessError::Told(Cause::SettingsDamaged { path, detail })
        };
        let text = text_of(&path).map_err(|error| damaged(error.to_string()))?;
        let mut store = RootCertStore::empty();
        roots::add(&mut store, &text).map_err(|error| damaged(error.to_string()))?;
        if store.is_empty() {
            return Err(damaged("it holds no certificate in PEM".to_owned()));
        }
        all.push('\n');
        all.push_str(&text);
    }
    Ok(all)
}

/// A file of text of a bounded size.
fn text_of(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// Who believes in these roots, in those that everybody believes in, and in the system's.
pub(crate) fn verifier(roots: &str, provider: Arc<CryptoProvider>) -> Result<Verifier, AccessError> {
    let mut store = roots::public();
    roots::add(&mut store, roots).map_err(setup)?;
    Ok(Verifier::new(store, provider).map_err(setup)?.explained(named))
}

/// A certificate that is for the right name, signed by somebody whom nobody here trusts: whoever made it opens TLS on
/// the way, and mostly says who it is.
#[derive(Debug, thiserror::Error)]
#[error("it is signed by {issuer}, which is not trusted")]
struct SignedOnTheWay {
    issuer: String,
}

/// The same error, with the issuer's name where that tells more.
fn named(error: rustls::Error, leaf: &CertificateDer<'_>, name: &ServerName<'_>) -> rustls::Error {
    if error != rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) {
        return error;
    }
    let for_name = EndEntityCert::try_from(leaf).is_ok_and(|leaf| {
        leaf.issuer() != leaf.subject() && leaf.verify_is_valid_for_subject_name(name).is_ok()
    });
    match issuer::of(leaf).filter(|_| for_name) {
        Some(issuer) => CertificateError::Other(OtherError(Arc::new(SignedOnTheWay { issuer }))).into(),
        None => error,
    }
}

/// What a failed handshake says about certificates and clocks.
pub(crate) fn handshake_error(host: &str, error: &std::io::Error) -> AccessError {
    let host = host.to_owned();
    let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        return AccessError::Broken { host, detail: error.to_string() };
    };
    let rustls::Error::InvalidCertificate(why) = tls else {
        return AccessError::Broken { host, detail: tls.to_string() };
    };
    if let CertificateError::NotValidYetContext { time, not_before } = why {
        // Nobody serves tomorrow's certificate: it is this machine that lives in the past, at least so far.
        let behind = i64::try_from(not_before.as_secs().saturating_sub(time.as_secs())).unwrap_or(0);
        return AccessError::ClockOff { host, seconds: -behind };
    }
    if let CertificateError::Other(OtherError(other)) = why
        && let Some(SignedOnTheWay { issuer }) = other.downcast_ref()
    {
        return AccessError::Told(Cause::TlsInspected { host, issuer: issuer.clone() });
    }
    AccessError::Untrusted { host, detail: why.to_string() }
}

fn setup(error: impl std::fmt::Display) -> AccessError {
    AccessError::Setup { what: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hybrid_key_exchange_is_offered_first_and_no_alpn() {
        let config = client_config("", &Clock::default()).unwrap();
        assert_eq!(config.crypto_provider().kx_groups[0].name(), rustls::NamedGroup::X25519MLKEM768);
        assert!(config.alpn_protocols.is_empty());
    }

    #[test]
    fn broken_roots_of_a_realm_are_an_error() {
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(client_config(broken, &Clock::default()), Err(AccessError::Setup { .. })));
    }
}
