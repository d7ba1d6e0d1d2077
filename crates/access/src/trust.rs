//! Whom we believe: the public roots we carry, the realm's own, and only then what the operating system adds.
//!
//! Reading the system's certificates costs milliseconds, and a name at Cloudflare hardly ever needs them. They are
//! loaded when the carried roots do not know the issuer, as behind a proxy that opens TLS.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme,
};
use webpki::EndEntityCert;
use wire::Cause;

use crate::{AccessError, Clock, issuer};

/// The most that is read of a file of certificates; the largest bundles in use have a quarter of that.
const LONGEST: u64 = 1 << 20;

/// The TLS configuration for every connection of this crate: TLS 1.2 and 1.3, hybrid key exchange first, no ALPN.
pub(crate) fn client_config(roots: &str, clock: &Clock) -> Result<Arc<ClientConfig>, AccessError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Arc::new(Verifier::new(roots, Arc::clone(&provider))?);
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
        for certificate in CertificateDer::pem_slice_iter(text.as_bytes()) {
            let added = certificate.map_err(|error| error.to_string());
            let added = added.and_then(|it| store.add(it).map_err(|error| error.to_string()));
            added.map_err(&damaged)?;
        }
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

#[derive(Debug)]
struct Verifier {
    carried: Arc<WebPkiServerVerifier>,
    system: OnceLock<Option<rustls_platform_verifier::Verifier>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn new(roots: &str, provider: Arc<CryptoProvider>) -> Result<Self, AccessError> {
        let mut store = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for certificate in CertificateDer::pem_slice_iter(roots.as_bytes()) {
            store.add(certificate.map_err(setup)?).map_err(setup)?;
        }
        let carried = WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(&provider))
            .build()
            .map_err(setup)?;
        Ok(Self { carried, system: OnceLock::new(), provider })
    }

    fn system(&self) -> Option<&rustls_platform_verifier::Verifier> {
        self.system
            .get_or_init(|| {
                tracing::debug!("the carried roots do not know the issuer; asking the system");
                rustls_platform_verifier::Verifier::new(Arc::clone(&self.provider)).ok()
            })
            .as_ref()
    }
}

/// Who believes in these roots and those that everybody believes in.
#[cfg(test)]
pub(crate) fn verifier(roots: &str) -> Result<impl ServerCertVerifier, AccessError> {
    Verifier::new(roots, Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let unknown = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        match self.carried.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(error) if error == unknown => match self.system() {
                Some(system) => system
                    .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
                    .map_err(|error| named(error, end_entity, server_name)),
                None => Err(named(error, end_entity, server_name)),
            },
            settled => settled,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.carried.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.carried.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.carried.supported_verify_schemes()
    }
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
