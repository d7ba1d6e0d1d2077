//! Asking the edge what stands behind a hostname.

use model::Lookup;
use wire::{AppUrl, Cause};

use crate::hands::{Reach, logins};

/// Looks a hostname up and adds the login that is at hand for it.
pub(crate) async fn look_up(reach: &Reach, hostname: &str) -> Lookup {
    match found(reach, hostname).await {
        Ok(lookup) => lookup,
        Err(cause) => Lookup::Failed(cause),
    }
}

async fn found(reach: &Reach, hostname: &str) -> Result<Lookup, Cause> {
    let url: AppUrl = hostname
        .parse()
        .map_err(|error: wire::InvalidAppUrl| Cause::InvalidHost { what: error.to_string() })?;
    let app = reach.access.discover(&url).await.map_err(|error| error.cause())?;
    // A keychain that cannot be read is no reason to hide what the edge said; the banner speaks of it.
    let held = reach.access.token_at_hand(&url).await.ok().flatten();
    Ok(Lookup::Found { app: logins::fact_of(&app), login: held.map(|held| logins::saved(&held.claims)) })
}
