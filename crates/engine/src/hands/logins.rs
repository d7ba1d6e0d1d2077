//! What the vault knows, without the secrets.

use model::{AppFact, LoginFact, SavedLogin};
use vault::{Slot, Vault, VaultError};
use wire::{AppUrl, Cause, Claims};

use crate::hands::Reach;

/// Reads the logins of these hostnames; a keychain that is locked stays so.
pub(crate) async fn read_quietly(reach: &Reach, hostnames: &[String]) -> Result<Vec<LoginFact>, Cause> {
    may_read(&reach.vault).await.map_err(|error| error.cause())?;
    read(reach, &reach.vault, hostnames).await
}

/// The same while the person waits: a keychain that is locked asks them.
pub(crate) async fn read_asking(reach: &Reach, hostnames: &[String]) -> Result<Vec<LoginFact>, Cause> {
    read(reach, &reach.vault.patient(), hostnames).await
}

/// Whether reading asks nobody anything.
pub(crate) async fn may_read(vault: &Vault) -> Result<(), VaultError> {
    match vault.probe().await {
        // Where no keyring was ever made there is nothing to unlock, and nothing to find.
        Ok(()) | Err(VaultError::NoKeychain { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Hosts that share an app cost one look into the vault.
async fn read(reach: &Reach, vault: &Vault, hostnames: &[String]) -> Result<Vec<LoginFact>, Cause> {
    let mut seen = std::collections::BTreeMap::new();
    let mut facts = Vec::with_capacity(hostnames.len());
    for hostname in hostnames {
        let Some(app) = hostname.parse::<AppUrl>().ok().and_then(|url| reach.access.known_app(&url)) else {
            facts.push(LoginFact { hostname: hostname.clone(), app: None, login: None, renews_until: None });
            continue;
        };
        let (app_slot, org_slot) =
            (Slot::App { audience: app.audience.clone() }, Slot::Org { team: app.team.clone() });
        for slot in [&app_slot, &org_slot] {
            if !seen.contains_key(slot) {
                let claims = claims_in(vault, slot).await?;
                seen.insert(slot.clone(), claims);
            }
        }
        let claims = |slot| seen.get(slot).cloned().flatten();
        facts.push(LoginFact {
            hostname: hostname.clone(),
            login: claims(&app_slot).map(|claims| saved(&claims)),
            renews_until: claims(&org_slot).map(|claims| claims.exp),
            app: Some(fact_of(&app)),
        });
    }
    Ok(facts)
}

/// Forgets the app token of a hostname, and the team's org token, which would buy a new one at once.
pub(crate) async fn forget(reach: &Reach, hostname: &str) -> Result<(), Cause> {
    let url: AppUrl = hostname
        .parse()
        .map_err(|error: wire::InvalidAppUrl| Cause::InvalidHost { what: error.to_string() })?;
    reach.access.log_out(&url).await.map(drop).map_err(|error| error.cause())
}

/// An app in the brain's words.
pub(crate) fn fact_of(app: &access::App) -> AppFact {
    AppFact {
        hostname: app.hostname.clone(),
        audience: app.audience.clone(),
        team: app.team.team().to_owned(),
    }
}

/// Claims in the brain's words.
pub(crate) fn saved(claims: &Claims) -> SavedLogin {
    SavedLogin { email: claims.email.clone(), since: claims.iat, until: claims.exp }
}

async fn claims_in(vault: &Vault, slot: &Slot) -> Result<Option<Claims>, Cause> {
    let token = vault.read(slot).await.map_err(|error| error.cause())?;
    // A token that does not parse is as good as none: the next log-in replaces it.
    Ok(token.and_then(|token| token.claims().ok()))
}
