//! Which application stands before a name (`access.md` 1): asked of the edge, believed only when its team signed it.

use http::Method;
use serde::{Deserialize, Serialize};
use wire::{AppUrl, Cause, header, limit};

use crate::error::{MetadataFault, Step};
use crate::http::{self as net, Answer};
use crate::metadata::{Claimed, claimed_team};
use crate::reach::limited;
use crate::{Access, AccessError, App};

/// How far clocks may differ before that is the news.
const CLOCK_TOLERANCE: i64 = 60;

/// What stands behind a name that a person typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lookup {
    /// An Access application.
    Found(App),
    /// Nothing to be used; the cause says why.
    Failed(Cause),
    /// Access stands there and refuses everyone who comes without a service token.
    ServiceTokensOnly {
        /// The edge's identifier of the request.
        ray: Option<String>,
    },
    /// The edge refuses before it asks anyone to log in.
    RefusedBeforeLogIn {
        /// The edge's identifier of the request.
        ray: Option<String>,
    },
}

impl Access {
    /// Asks the edge which application stands at `url`, and remembers the answer.
    ///
    /// # Errors
    /// Why the name cannot be reached, is not behind Access, or describes itself in a way that cannot be trusted.
    pub async fn discover(&self, url: &AppUrl) -> Result<App, AccessError> {
        let answer = self.ask_for_metadata(url).await?;
        let Some(compact) = answer.header(header::METADATA) else {
            return Err(self.not_described(url, &answer));
        };
        let app = self.believe(url, compact).await.map_err(|error| self.or_clock(url, &answer, error))?;
        // Discovery works without the list, only less often from memory.
        if let Err(error) = self.apps().keep(&app) {
            tracing::debug!(%error, "the app could not be remembered");
        }
        Ok(app)
    }

    /// Looks `url` up for a person who is adding it.
    pub async fn probe(&self, url: &AppUrl) -> Lookup {
        match self.discover(url).await {
            Ok(app) => Lookup::Found(app),
            Err(AccessError::ServiceTokensOnly { ray, .. }) => Lookup::ServiceTokensOnly { ray },
            Err(AccessError::Blocked { ray, .. }) => Lookup::RefusedBeforeLogIn { ray },
            Err(error) => Lookup::Failed(error.cause()),
        }
    }

    pub(crate) async fn ask_for_metadata(&self, url: &AppUrl) -> Result<Answer, AccessError> {
        tracing::debug!(host = url.host(), "asking which app this is");
        let headers = [(header::METADATA_REQUEST, "true")];
        let asking = net::ask(self.dialler(), Method::HEAD, url.as_url(), &headers, 0);
        limited(url.host(), Step::Describing, limit::DISCOVERY, asking).await
    }

    async fn believe(&self, url: &AppUrl, compact: &str) -> Result<App, AccessError> {
        let bad = |what| AccessError::BadMetadata { host: url.host().to_owned(), what };
        let compact: String = compact.split_ascii_whitespace().collect();
        let team = claimed_team(&compact, self.realm()).map_err(bad)?;
        let payload =
            self.keys().verify(&team, &compact).await?.ok_or_else(|| bad(MetadataFault::Signature))?;
        let now = self.clock().now();
        let described =
            Claimed::parse(&payload).and_then(|claimed| claimed.check(url.host(), now)).map_err(bad)?;
        Ok(App {
            url: url.clone(),
            hostname: described.hostname,
            audience: described.audience,
            team,
            discovered_at: now,
        })
    }

    fn not_described(&self, url: &AppUrl, answer: &Answer) -> AccessError {
        let (host, ray) = (url.host().to_owned(), answer.ray());
        match answer.status {
            401 => AccessError::ServiceTokensOnly { host, ray },
            403 if ray.is_some() => AccessError::Blocked { host, email: None, ray },
            status @ (502 | 520..=530) => AccessError::UpgradeRefused { host, status, ray },
            _ => AccessError::NotBehindAccess { host },
        }
    }

    /// A description that is too old or too new by a clock that is off says nothing about the description.
    fn or_clock(&self, url: &AppUrl, answer: &Answer, error: AccessError) -> AccessError {
        let of_time = matches!(
            error,
            AccessError::BadMetadata { what: MetadataFault::TooOld | MetadataFault::InFuture, .. }
        );
        match answer.clock_ahead(self.clock().now()) {
            Some(seconds) if of_time && seconds.abs() > CLOCK_TOLERANCE => {
                AccessError::ClockOff { host: url.host().to_owned(), seconds }
            }
            _ => error,
        }
    }

    /// How far this machine's clock is ahead of the edge's, if far enough to matter. One small request.
    pub(crate) async fn clock_off(&self, url: &AppUrl) -> Option<i64> {
        let answer = self.ask_for_metadata(url).await.ok()?;
        answer.clock_ahead(self.clock().now()).filter(|seconds| seconds.abs() > CLOCK_TOLERANCE)
    }
}
