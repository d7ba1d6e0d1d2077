//! The edge's own certificate authority, and a leaf for whatever name a client asks for.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::SupportedProtocolVersion;
use rustls::crypto::aws_lc_rs as provider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert, ServerConfig};
use rustls::sign::CertifiedKey;

use crate::error::SimError;

/// Makes leaf certificates on the fly.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    leaves: Mutex<BTreeMap<String, Arc<CertifiedKey>>>,
}

impl Authority {
    pub(crate) fn generate() -> Result<Self, SimError> {
        Self::named("Sallyport simulated edge")
    }

    /// An authority of this name.
    pub(crate) fn named(name: &str) -> Result<Self, SimError> {
        let failed = |_| SimError::Keys { what: "certificate authority" };
        let mut params = CertificateParams::new(Vec::new()).map_err(failed)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().map_err(failed)?;
        let issuer = CertifiedIssuer::self_signed(params, key).map_err(failed)?;
        Ok(Self { issuer, leaves: Mutex::default() })
    }

    /// The authority's certificate in PEM.
    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    fn leaf(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        let mut leaves = self.leaves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leaf) = leaves.get(name) {
            return Some(Arc::clone(leaf));
        }
        let leaf = Arc::new(self.make_leaf(name)?);
        leaves.insert(name.to_owned(), Arc::clone(&leaf));
        Some(leaf)
    }

    fn make_leaf(&self, name: &str) -> Option<CertifiedKey> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).ok()?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().ok()?;
        let leaf = params.signed_by(&key, &self.issuer).ok()?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let key = provider::sign::any_supported_type(&key).ok()?;
        Some(CertifiedKey::new(vec![leaf.der().clone()], key))
    }
}

impl ResolvesServerCert for Authority {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.leaf(&hello.server_name().unwrap_or("localhost").to_ascii_lowercase())
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}

/// The same for connectors, who offer no ALPN and get none.
pub(crate) fn connector_config(authority: &Arc<Authority>) -> Result<ServerConfig, SimError> {
    let mut config = server_config(authority)?;
    config.alpn_protocols.clear();
    Ok(config)
}

/// The same for connectors over QUIC, which has TLS 1.3 and a protocol's name of its own (`tunnel.md` 1.4).
pub(crate) fn quic_config(authority: &Arc<Authority>) -> Result<ServerConfig, SimError> {
    let mut config = config(authority, &[&rustls::version::TLS13])?;
    config.alpn_protocols = vec![b"argotunnel".to_vec()];
    Ok(config)
}

/// TLS 1.3 and 1.2, post-quantum key exchange first, `http/1.1` for those who ask.
pub(crate) fn server_config(authority: &Arc<Authority>) -> Result<ServerConfig, SimError> {
    let mut config = config(authority, &[&rustls::version::TLS13, &rustls::version::TLS12])?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn config(
    authority: &Arc<Authority>,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<ServerConfig, SimError> {
    let builder = ServerConfig::builder_with_provider(Arc::new(provider::default_provider()))
        .with_protocol_versions(versions)
        .map_err(|_| SimError::Keys { what: "TLS configuration" })?;
    let mut config = builder
        .with_no_client_auth()
        .with_cert_resolver(Arc::clone(authority) as Arc<dyn ResolvesServerCert>);
    // A ticket between Finished and the first request would look like a round trip; the clients resume nothing.
    config.send_tls13_tickets = 0;
    Ok(config)
}
