//! The keys of a team: fetched once a day, kept in a file that all processes share.

use std::path::PathBuf;
use std::sync::Arc;

use http::Method;
use jws::{BadSignature, KeySet};
use serde::{Deserialize, Serialize};
use url::Url;
use wire::{TeamDomain, limit, path};

use crate::error::Step;
use crate::reach::{Dialler, limited};
use crate::{AccessError, Clock, file, http as net};

/// Key sets by team, on disk and from the team domain.
#[derive(Clone)]
pub(crate) struct TeamKeys {
    folder: Arc<PathBuf>,
    dialler: Dialler,
    clock: Clock,
}

/// A key set and when it was fetched, seconds since the Unix epoch.
#[derive(Serialize, Deserialize)]
struct Fetched {
    at: i64,
    #[serde(flatten)]
    set: KeySet,
}

impl TeamKeys {
    pub(crate) fn new(folder: PathBuf, dialler: Dialler, clock: Clock) -> Self {
        Self { folder: Arc::new(folder), dialler, clock }
    }

    /// The payload of `compact` if one of the team's keys signed it; `Ok(None)` if none did.
    ///
    /// A set that does not know the signature is fetched again, unless it is younger than a minute (`access.md` 1.4).
    pub(crate) async fn verify(
        &self,
        team: &TeamDomain,
        compact: &str,
    ) -> Result<Option<Vec<u8>>, AccessError> {
        let kept = self.kept(team);
        let old_enough = kept.as_ref().is_none_or(|kept| self.age(kept) >= seconds(limit::KEY_SET_REFETCH));
        if let Some(kept) = kept {
            match kept.set.verify(compact) {
                Ok(payload) => return Ok(Some(payload)),
                Err(BadSignature::Malformed) => return Ok(None),
                Err(BadSignature::UnknownKey | BadSignature::Wrong) if old_enough => {}
                Err(BadSignature::UnknownKey | BadSignature::Wrong) => return Ok(None),
            }
        }
        Ok(self.fetch(team).await?.verify(compact).ok())
    }

    fn kept(&self, team: &TeamDomain) -> Option<Fetched> {
        let text = std::fs::read(self.file(team)).ok()?;
        let kept: Fetched = serde_json::from_slice(&text).ok()?;
        let age = self.age(&kept);
        (!kept.set.keys.is_empty() && (0..=seconds(limit::KEY_SET_AGE)).contains(&age)).then_some(kept)
    }

    fn age(&self, kept: &Fetched) -> i64 {
        self.clock.now() - kept.at
    }

    async fn fetch(&self, team: &TeamDomain) -> Result<KeySet, AccessError> {
        let bad = |detail: String| AccessError::BadKeys { team: team.to_string(), detail };
        let url =
            Url::parse(&format!("https://{team}{}", path::CERTS)).map_err(|error| bad(error.to_string()))?;
        tracing::debug!(%team, "fetching the team's keys");
        let asking = net::ask(&self.dialler, Method::GET, &url, &[], limit::KEY_SET);
        let answer = limited(team.as_str(), Step::FetchingKeys, limit::KEY_SET_FETCH, asking).await?;
        if answer.status != 200 {
            return Err(bad(format!("status {}", answer.status)));
        }
        let set = KeySet::parse(&answer.body).map_err(|error| bad(error.to_string()))?;
        let fetched = Fetched { at: self.clock.now(), set };
        // The file is a convenience: without it the next process asks again.
        if let Err(error) = file::replace(&self.file(team), &fetched) {
            tracing::debug!(%error, "the team's keys could not be kept");
        }
        Ok(fetched.set)
    }

    fn file(&self, team: &TeamDomain) -> PathBuf {
        self.folder.join(format!("{team}-keys.json"))
    }
}

fn seconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
