//! TLS towards the edge: whom we believe, and what we offer.

use std::io;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::version::TLS13;
use rustls::{
    ClientConfig, DEFAULT_VERSIONS, DigitallySignedStruct, NamedGroup, RootCertStore, SignatureScheme,
    SupportedProtocolVersion,
};

use crate::{ConnectorError, OriginRequest};

/// The name that the edge's certificate is for, on HTTP/2.
pub(crate) const HTTP2_NAME: &str = "h2.cftunnel.com";
/// The same over QUIC, and the protocol's name there (`tunnel.md` 1.4).
pub(crate) const QUIC_NAME: &str = "quic.cftunnel.com";
const QUIC_ALPN: &[u8] = b"argotunnel";
/// Cloudflare's own authorities, as it publishes them for origins: the edge's certificate may be of one of them.
const CLOUDFLARE: &str = include_str!("cloudflare.pem");

/// Whom to believe that it is the edge.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    /// Besides public and Cloudflare's own authorities: those of the realm, in PEM.
    pub realm: String,
    /// These in place of all others, in PEM.
    pub only: Option<String>,
}

/// TLS 1.3 and 1.2, hybrid key exchange first or alone, no ALPN, no certificate of our own.
pub(crate) fn client_config(roots: &Roots, post_quantum: bool) -> Result<Arc<ClientConfig>, ConnectorError> {
    config(roots, post_quantum, DEFAULT_VERSIONS).map(Arc::new)
}

/// The same for QUIC: TLS 1.3, and its one protocol.
pub(crate) fn quic_config(roots: &Roots, post_quantum: bool) -> Result<ClientConfig, ConnectorError> {
    let mut config = config(roots, post_quantum, &[&TLS13])?;
    config.alpn_protocols = vec![QUIC_ALPN.to_vec()];
    Ok(config)
}

fn config(
    roots: &Roots,
    post_quantum: bool,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<ClientConfig, ConnectorError> {
    let mut provider = rustls::crypto::aws_lc_rs::default_provider();
    if post_quantum {
        provider.kx_groups.retain(|group| group.name() == NamedGroup::X25519MLKEM768);
    }
    let provider = Arc::new(provider);
    let verifier = verifier(roots, &provider)?;
    Ok(ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(setup)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// Who is believed: those that are named, else the carried ones, and what the operating system adds.
fn verifier(
    roots: &Roots,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, ConnectorError> {
    let (store, provider) = (store(roots)?, Arc::clone(provider));
    if roots.only.is_none() {
        return Ok(Arc::new(roots::Verifier::new(store, provider).map_err(setup)?));
    }
    let only = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider);
    Ok(only.build().map_err(setup)?)
}

fn store(roots: &Roots) -> Result<RootCertStore, ConnectorError> {
    let (mut store, pem) = match &roots.only {
        Some(only) => (RootCertStore::empty(), vec![only.as_str()]),
        None => (roots::public(), vec![CLOUDFLARE, roots.realm.as_str()]),
    };
    for pem in pem {
        roots::add(&mut store, pem).map_err(setup)?;
    }
    if store.is_empty() {
        return Err(ConnectorError::Setup { what: "no certificate is to be believed".to_owned() });
    }
    Ok(store)
}

/// TLS towards a web server, as its rule wants it.
pub(crate) fn origin_config(settings: &OriginRequest) -> io::Result<Arc<ClientConfig>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    if settings.no_tls_verify {
        let anyone = Arc::new(Anyone(provider));
        return Ok(Arc::new(
            builder.dangerous().with_custom_certificate_verifier(anyone).with_no_client_auth(),
        ));
    }
    let realm = match settings.ca_pool.as_str() {
        "" => String::new(),
        path => std::fs::read_to_string(path)?,
    };
    let verifier = verifier(&Roots { realm, only: None }, &provider).map_err(io::Error::other)?;
    Ok(Arc::new(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()))
}

/// Believes any server, where a person has said so.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

fn setup(error: impl std::fmt::Display) -> ConnectorError {
    ConnectorError::Setup { what: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hybrid_key_exchange_is_offered_first_and_no_alpn() {
        let config = client_config(&Roots::default(), false).unwrap();
        assert_eq!(config.crypto_provider().kx_groups[0].name(), NamedGroup::X25519MLKEM768);
        assert!(config.alpn_protocols.is_empty());
        let strict = client_config(&Roots::default(), true).unwrap();
        assert!(
            strict.crypto_provider().kx_groups.len() == 1 && config.crypto_provider().kx_groups.len() > 1
        );
    }

    #[test]
    fn quic_has_a_protocol_and_the_same_key_exchange() {
        let config = quic_config(&Roots::default(), true).unwrap();
        assert_eq!(config.alpn_protocols, [b"argotunnel".to_vec()]);
        let groups: Vec<_> = config.crypto_provider().kx_groups.iter().map(|group| group.name()).collect();
        assert_eq!(groups, [NamedGroup::X25519MLKEM768]);
    }

    #[test]
    fn roots_of_ones_own_stand_in_place_of_all_others() {
        let public = store(&Roots::default()).unwrap().len();
        let only = Roots { only: Some(CLOUDFLARE.to_owned()), ..Roots::default() };
        assert!(public > store(&only).unwrap().len());
        let none = Roots { only: Some(String::new()), ..Roots::default() };
        assert!(matches!(client_config(&none, false), Err(ConnectorError::Setup { .. })));
    }
}
