//! The roots that this program carries, and what the operating system adds to them: a company's own authority, or the
//! files that `SSL_CERT_FILE` and `SSL_CERT_DIR` name. The system is asked only for an issuer that is carried by nobody.

use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};

/// Believes whom either of the two does.
#[derive(Debug)]
pub(super) struct Believed {
    carried: Arc<WebPkiServerVerifier>,
    /// Nothing where the system has none that can be read.
    system: OnceLock<Option<rustls_platform_verifier::Verifier>>,
    provider: Arc<CryptoProvider>,
}

impl Believed {
    pub(super) fn new(carried: Arc<WebPkiServerVerifier>, provider: Arc<CryptoProvider>) -> Self {
        Self { carried, system: OnceLock::new(), provider }
    }

    fn system(&self) -> Option<&rustls_platform_verifier::Verifier> {
        let load = || rustls_platform_verifier::Verifier::new(Arc::clone(&self.provider)).ok();
        self.system.get_or_init(load).as_ref()
    }
}

impl ServerCertVerifier for Believed {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        match self.carried.verify_server_cert(own, others, name, ocsp, now) {
            Err(unknown @ rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                let system = self.system().ok_or(unknown)?;
                system.verify_server_cert(own, others, name, ocsp, now)
            }
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
