//! Whom our programs believe at the other end of TLS: the public roots that they carry, those that a realm or a person
//! adds, and what the operating system has besides: a company's own authority, or the files that `SSL_CERT_FILE` and
//! `SSL_CERT_DIR` name.
//!
//! Reading the system's certificates costs milliseconds, and a name at Cloudflare hardly ever needs them. They are loaded
//! when the carried roots do not know the issuer, as behind a proxy that opens TLS.

use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{VerifierBuilderError, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};

/// What an error is told as, when neither the carried roots nor the system believe the server that has this certificate
/// and was asked for by this name.
pub type Explain = fn(rustls::Error, &CertificateDer<'_>, &ServerName<'_>) -> rustls::Error;

/// Why a text does not add to whom is believed.
#[derive(Debug, thiserror::Error)]
pub enum BadRoots {
    /// It is no PEM.
    #[error(transparent)]
    Pem(#[from] pem::Error),
    /// What it holds is no certificate that could sign others.
    #[error(transparent)]
    Certificate(#[from] rustls::Error),
}

/// Believes whom the carried roots or the operating system believe.
#[derive(Debug)]
pub struct Verifier {
    carried: Arc<WebPkiServerVerifier>,
    /// Nothing where the system has none that can be read.
    system: OnceLock<Option<rustls_platform_verifier::Verifier>>,
    provider: Arc<CryptoProvider>,
    explain: Explain,
}

/// The public roots, as Mozilla publishes them.
#[must_use]
pub fn public() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

/// Adds every certificate of this PEM, of which there may be none.
///
/// # Errors
/// [`BadRoots`] at the first that cannot be used.
pub fn add(store: &mut RootCertStore, pem: &str) -> Result<(), BadRoots> {
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        store.add(certificate?)?;
    }
    Ok(())
}

impl Verifier {
    /// Carries these roots.
    ///
    /// # Errors
    /// When there are none.
    pub fn new(carried: RootCertStore, provider: Arc<CryptoProvider>) -> Result<Self, VerifierBuilderError> {
        let carried = WebPkiServerVerifier::builder_with_provider(Arc::new(carried), Arc::clone(&provider));
        let (system, explain): (_, Explain) = (OnceLock::new(), |error, _, _| error);
        Ok(Self { carried: carried.build()?, system, provider, explain })
    }

    /// The same, with a word of one's own about a server that nobody believes.
    #[must_use]
    pub fn explained(self, explain: Explain) -> Self {
        Self { explain, ..self }
    }

    fn system(&self) -> Option<&rustls_platform_verifier::Verifier> {
        let load = || {
            tracing::debug!("the carried roots do not know the issuer; asking the system");
            rustls_platform_verifier::Verifier::new(Arc::clone(&self.provider)).ok()
        };
        self.system.get_or_init(load).as_ref()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let unknown = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let settled = match self.carried.verify_server_cert(own, others, name, ocsp, now) {
            Err(error) if error == unknown => match self.system() {
                Some(system) => system.verify_server_cert(own, others, name, ocsp, now),
                None => Err(error),
            },
            settled => return settled,
        };
        settled.map_err(|error| (self.explain)(error, own, name))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_said_so() {
        let text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let mut store = public();
        let before = store.len();
        assert!(matches!(add(&mut store, text), Err(BadRoots::Certificate(_))));
        assert!(matches!(add(&mut store, &text.replace("AAAA", "A")), Err(BadRoots::Pem(_))));
        add(&mut store, "").unwrap();
        assert!(store.len() == before && before > 100, "{before}");
    }

    #[test]
    fn somebody_has_to_be_believed() {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        assert!(Verifier::new(RootCertStore::empty(), Arc::clone(&provider)).is_err());
        assert!(Verifier::new(public(), provider).is_ok());
    }
}
