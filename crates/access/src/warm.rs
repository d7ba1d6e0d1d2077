//! A connection that is made before anybody needs it: TCP and TLS are done, nothing was asked yet.
//!
//! Whoever needs it then waits for one round trip in place of three. Where anything is doubtful (the machine slept, the
//! address is gone, the edge says no) it is not used: the way without it tells what is wrong, and in whose words.

use std::net::IpAddr;
use std::time::Duration;

use profile::Way;
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;
use wire::{AppToken, AppUrl};

use crate::carrier::{Path as _, UpgradeRequest, Upgraded, is_lost, upgrade};
use crate::limit::WARM_UPGRADE;
use crate::reach::Link;
use crate::{Access, AccessError, Carrier, DialOptions, clock};

/// A secured connection to an app's host, of which nothing was asked yet.
pub struct Warm {
    link: Link,
    url: AppUrl,
    here: Option<IpAddr>,
    slept_before: Duration,
}

impl Access {
    /// Makes one.
    ///
    /// # Errors
    /// Why there is no connection.
    pub async fn warm(&self, url: &AppUrl) -> Result<Warm, AccessError> {
        let link = self.link(url).await?;
        let here = link.here();
        Ok(Warm { link, url: url.clone(), here, slept_before: clock::slept() })
    }

    /// The way that a connection to `url` takes: `direct`, or the proxy. Two programs of one person may differ in it, as
    /// it depends on their environment.
    #[must_use]
    pub fn way_to(&self, url: &AppUrl) -> String {
        match self.dialler().way(url.host(), url.port()) {
            Way::Direct => "direct".to_owned(),
            Way::Through(proxy) => format!("{proxy:?}"),
            Way::Unclear(variable) => variable.to_owned(),
        }
    }
}

impl Warm {
    /// Waits until it is of no use any more: the far end has ended it, or said something unasked. May be dropped and
    /// called again.
    pub async fn spoiled(&mut self) {
        let said = self.link.read(&mut [0; 1]).await;
        tracing::debug!(?said, "a warm connection is of no use any more");
    }

    /// Opens a stream to `url` on it with this token or none; `None` when it is not to be trusted or the edge has
    /// anything to say but yes, within a few seconds.
    pub async fn open(
        mut self,
        url: &AppUrl,
        token: Option<&AppToken>,
        options: &DialOptions,
    ) -> Option<Carrier> {
        if !self.fits(url, options) {
            return None;
        }
        let host = url.host().to_owned();
        let request = UpgradeRequest { app: url, token, options };
        match timeout(WARM_UPGRADE, upgrade(&mut self.link, &request)).await {
            Ok(Ok(Upgraded::Open { early, half_closes })) => {
                Some(Carrier { link: self.link, early, host, linger: options.linger, half_closes })
            }
            Ok(Ok(Upgraded::Invalid(_) | Upgraded::Refused(_)) | Err(_)) | Err(_) => None,
        }
    }

    /// Whether it leads where `url` does, from where this machine is now.
    fn fits(&self, url: &AppUrl, options: &DialOptions) -> bool {
        let leads_there = self.url.host() == url.host() && self.url.port() == url.port();
        let has_slept = clock::slept().saturating_sub(self.slept_before) > SLEPT;
        leads_there && options.detour.is_none() && !has_slept && !self.here.is_some_and(is_lost)
    }
}

/// A machine that slept for longer may be elsewhere, and the far end may have given up. Clocks are read to the
/// millisecond at best.
const SLEPT: Duration = Duration::from_secs(1);

impl std::fmt::Debug for Warm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Warm").field("host", &self.url.host()).finish_non_exhaustive()
    }
}
