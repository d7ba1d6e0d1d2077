//! Short-lived certificates without files: a key that never leaves memory, and a certificate that is got when ssh asks.
//!
//! ```text
//! ssh ──ProxyCommand──► helper: token, carrier          first
//!  └──IdentityAgent───► Agents ──► CertificateAgent      then, in the same log-in
//!                                     ├─ the certificate at hand, until shortly before its end
//!                                     └─ else one from the authority, once for all who wait
//! ```

mod served;

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use profile::DesktopAddress;
use serde::Deserialize as _;
use ssh_agent::{Answer, Identity, Request};
use tokio::sync::watch;
use wire::{AppToken, AppUrl, Cause};

pub use served::{Agents, Served};

use crate::certificate::{Certificate, CertificateKey};
use crate::{Access, AccessError, App, Renewal};

/// How long an agent may take for what it has at hand.
const AT_HAND: Duration = Duration::from_secs(2);

/// The way to a token, which differs between desktop and helper.
pub trait TokenSource: Send + Sync + 'static {
    /// A token for the app at `url`, other than one that was rejected, by log-in if need be.
    fn token(
        &self,
        url: &AppUrl,
        rejected: Option<Renewal>,
    ) -> impl Future<Output = Result<(App, AppToken), Cause>> + Send;
}

/// One app's key and certificate. Both end with this value.
pub struct CertificateAgent<T> {
    access: Access,
    url: AppUrl,
    tokens: Arc<T>,
    key: CertificateKey,
    obtaining: tokio::sync::Mutex<()>,
    kept: Mutex<Kept>,
    changed: watch::Sender<()>,
}

/// What came of asking the authority.
#[derive(Default)]
struct Kept {
    current: Option<Certificate>,
    /// Who has listed the last certificate may still sign with it.
    last: Option<Certificate>,
    failure: Option<Cause>,
    failures: u64,
}

impl<T: TokenSource> CertificateAgent<T> {
    /// An agent with a new key and no certificate yet. `changed` is told when it gets one.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn new(
        access: Access,
        url: AppUrl,
        tokens: Arc<T>,
        changed: watch::Sender<()>,
    ) -> Result<Self, AccessError> {
        let key = CertificateKey::generate()?;
        Ok(Self {
            access,
            url,
            tokens,
            key,
            obtaining: tokio::sync::Mutex::default(),
            kept: Mutex::default(),
            changed,
        })
    }

    /// The certificate at hand, unless it has ended.
    #[must_use]
    pub fn current(&self) -> Option<Certificate> {
        let now = self.access.clock().now();
        self.kept().current.clone().filter(|certificate| now <= certificate.until)
    }

    /// A certificate that is good for a connection: at hand, else from the authority. Those who wait together get one.
    ///
    /// # Errors
    /// Why there is none: the log-in, the network, or the authority.
    pub async fn obtain(&self) -> Result<Certificate, Cause> {
        let failures = self.kept().failures;
        let _alone = self.obtaining.lock().await;
        if let Some(certificate) = self.current().filter(|it| self.access.is_fresh(it)) {
            return Ok(certificate);
        }
        {
            let kept = self.kept();
            if let Some(cause) = kept.failure.as_ref().filter(|_| kept.failures > failures) {
                return Err(cause.clone());
            }
        }
        let certified = self.certified().await;
        {
            let mut kept = self.kept();
            match &certified {
                Ok(certificate) => {
                    kept.last = kept.current.replace(certificate.clone());
                    kept.failure = None;
                }
                Err(cause) => {
                    kept.failure = Some(cause.clone());
                    kept.failures += 1;
                }
            }
        }
        self.changed.send_replace(());
        certified
    }

    /// Asks the authority; once more with another token when it does not accept the one at hand.
    async fn certified(&self) -> Result<Certificate, Cause> {
        let (app, token) = self.tokens.token(&self.url, None).await?;
        match self.access.certify(&app, &token, &self.key).await {
            Err(AccessError::CertificateRefused { status: 401 | 403, .. })
                if !self.access.accepts(&app.url, &token).await.map_err(|error| error.cause())? =>
            {
                let rejected = Renewal { app, rejected: Some(token) };
                let (app, token) = self.tokens.token(&self.url, Some(rejected)).await?;
                self.access.certify(&app, &token, &self.key).await.map_err(|error| error.cause())
            }
            settled => settled.map_err(|error| error.cause()),
        }
    }

    fn is_ours(&self, key: &[u8]) -> bool {
        let kept = self.kept();
        let mut certificates = kept.current.iter().chain(&kept.last);
        key == self.key.public_blob() || certificates.any(|certificate| certificate.blob() == key)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: TokenSource> ssh_agent::Agent for CertificateAgent<T> {
    async fn identities(&self) -> Vec<Identity> {
        match self.obtain().await {
            Ok(certificate) => {
                let comment = format!("{} (Sallyport)", self.url.host());
                vec![Identity { key: certificate.blob(), comment }]
            }
            Err(cause) => {
                tracing::warn!(host = self.url.host(), cause = cause.kind(), "no certificate for ssh");
                Vec::new()
            }
        }
    }

    fn sign(&self, key: &[u8], data: &[u8]) -> Option<Vec<u8>> {
        self.is_ours(key).then(|| self.key.sign(data)).flatten()
    }

    async fn certificate(&self, obtain: bool) -> Result<Vec<u8>, String> {
        let json = |cause: &Cause| serde_json::to_string(cause).unwrap_or_default();
        if obtain {
            return self.obtain().await.map(|certificate| certificate.blob()).map_err(|cause| json(&cause));
        }
        let failure = || self.kept().failure.as_ref().map(json).unwrap_or_default();
        self.current().map(|certificate| certificate.blob()).ok_or_else(failure)
    }
}

/// Asks the agent at `address` for its certificate; with `obtain` it gets one where none is at hand, however long a
/// log-in takes. `None` when no certificate is at hand and nobody has tried to get one.
///
/// # Errors
/// [`Cause::NoAgent`] when nobody answers there; else why the agent has no certificate.
pub async fn ask_agent(
    address: &DesktopAddress,
    host: &str,
    obtain: bool,
) -> Result<Option<Certificate>, Cause> {
    let nobody = || Cause::NoAgent { host: host.to_owned() };
    let stream = ipc::knock(address).await.map_err(|error| error.cause())?;
    let mut stream = stream.ok_or_else(nobody)?;
    let request = Request::Certificate { obtain };
    let asking = ssh_agent::ask(&mut stream, &request);
    let answer = if obtain { Ok(asking.await) } else { tokio::time::timeout(AT_HAND, asking).await };
    match answer {
        Ok(Ok(Answer::Certificate(Ok(blob)))) => Certificate::from_blob(&blob)
            .map(Some)
            .map_err(|what| AccessError::BadCertificate { host: host.to_owned(), what }.cause()),
        Ok(Ok(Answer::Certificate(Err(why)))) if why.is_empty() => Ok(None),
        Ok(Ok(Answer::Certificate(Err(why)))) => Err(told(&why)),
        // Another program's agent, or one that hangs.
        Ok(_) | Err(_) => Err(nobody()),
    }
}

/// The cause that an agent, perhaps of a newer version, has told.
fn told(why: &str) -> Cause {
    let known =
        serde_json::from_str(why).ok().and_then(|value: serde_json::Value| Cause::deserialize(value).ok());
    known.unwrap_or_else(|| Cause::Unexpected { what: "the agent has no certificate".to_owned() })
}
