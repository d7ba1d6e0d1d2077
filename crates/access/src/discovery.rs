//! Which application stands before a name (`access.md` 1): asked of the edge, believed only when its team signed it.

use http::Method;
use serde::{Deserialize, Serialize};
use wire::{AppUrl, Cause, header, limit};

use crate::classify::{Asked, CLOCK_TOLERANCE, Presented, Question, or_clock, told};
use crate::error::{MetadataFault, Step};
use crate::http::{self as net, Answer};
use crate::metadata::{Claimed, claimed_team};
use crate::reach::limited;
use crate::{Access, AccessError, App};

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
            return Err(self.not_described(url, answer).await);
        };
        let app = self
            .believe(url, compact)
            .await
            .map_err(|error| or_clock(url.host(), &answer, self.clock().now(), error))?;
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
        let asking = async {
            let link = self.link(url).await?;
            net::ask_on(link, Method::HEAD, url.as_url(), &headers, 0).await
        };
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

    /// Why there is no description. Some reasons stand only on a page, which an answer to HEAD does not have.
    async fn not_described(&self, url: &AppUrl, answer: Answer) -> AccessError {
        let asked = Asked {
            url: url.as_url(),
            what: Question::App,
            known: self.known_app(url).is_some(),
            presented: Presented::Nobody,
        };
        let told = told(&asked, &answer);
        if !matches!(answer.status, 403 | 530) || matches!(told, AccessError::Told(Cause::BotRule { .. })) {
            return told;
        }
        let headers = [(header::METADATA_REQUEST, "true")];
        let asking = net::ask_for_beginning(self.dialler(), url.as_url(), &headers);
        match limited(url.host(), Step::Describing, limit::DISCOVERY, asking).await {
            Ok(page) if page.status == answer.status => self::told(&asked, &page),
            _ => told,
        }
    }

    /// How far this machine's clock is ahead of the edge's, if far enough to matter. One small request.
    pub(crate) async fn clock_off(&self, url: &AppUrl) -> Option<i64> {
        let answer = self.ask_for_metadata(url).await.ok()?;
        answer.clock_ahead(self.clock().now()).filter(|seconds| seconds.abs() > CLOCK_TOLERANCE)
    }
}
