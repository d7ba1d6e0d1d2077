//! Hosts that are reached by a service token: its secret comes and goes with the hosts of an app, as the person's changes do.

use std::sync::{Arc, Mutex, PoisonError};

use access::ServiceToken;
use model::HostChange;
use profile::Profile;
use wire::{AppUrl, Cause};

use crate::hands::Hands;

/// What the last change has done to a service token, by its serial number, for as long as it can be taken back.
#[derive(Clone, Default)]
pub(crate) struct LastMachine(Arc<Mutex<Option<(u64, Before)>>>);

/// How things stood with an app before.
struct Before {
    app: AppUrl,
    token: Option<ServiceToken>,
    marked: bool,
}

/// Writes a change; a service token that no host uses any more leaves the vault.
pub(crate) async fn change(hands: &Hands, serial: u64, change: HostChange) -> Result<(), Cause> {
    let gone = write(hands, serial, change).await?;
    let Some(app) = gone.and_then(|hostname| hostname.parse::<AppUrl>().ok()) else { return Ok(()) };
    if !is_marked(&hands.profile, &app)? {
        return Ok(());
    }
    let before = before(hands, &app).await?;
    hands.access().forget_service_token(&app).await.map_err(|error| error.cause())?;
    mark(&hands.profile, &app, false)?;
    hands.machine.set(Some((serial, before)));
    Ok(())
}

/// Writes a change that makes a host a machine's, once the edge has taken the service token.
pub(crate) async fn add(
    hands: &Hands,
    serial: u64,
    change: HostChange,
    hostname: &str,
    token: ServiceToken,
) -> Result<(), Cause> {
    let app: AppUrl = hostname
        .parse()
        .map_err(|error: wire::InvalidAppUrl| Cause::InvalidHost { what: error.to_string() })?;
    let access = hands.access();
    if !access.admits(&app, &token).await.map_err(|error| error.cause())? {
        return Err(Cause::ServiceTokenRefused { host: app.host().to_owned() });
    }
    let before = before(hands, &app).await?;
    access.keep_service_token(&app, &token).await.map_err(|error| error.cause())?;
    mark(&hands.profile, &app, true)?;
    match write(hands, serial, change).await {
        Ok(_) => {
            hands.machine.set(Some((serial, before)));
            Ok(())
        }
        Err(cause) => {
            restore(hands, before).await?;
            Err(cause)
        }
    }
}

/// Takes a change back, and what it did to a service token.
pub(crate) async fn undo(hands: &Hands, serial: u64) -> Result<(), Cause> {
    let hosts = hands.hosts.clone();
    blocking(move || hosts.undo(serial)).await??;
    match hands.machine.take(serial) {
        Some(before) => restore(hands, before).await,
        None => Ok(()),
    }
}

async fn write(hands: &Hands, serial: u64, change: HostChange) -> Result<Option<String>, Cause> {
    let hosts = hands.hosts.clone();
    let gone = blocking(move || hosts.change(serial, &change)).await??;
    hands.machine.set(None);
    Ok(gone)
}

async fn before(hands: &Hands, app: &AppUrl) -> Result<Before, Cause> {
    let token = hands.access().service_token(app).await.map_err(|error| error.cause())?;
    Ok(Before { app: app.clone(), token, marked: is_marked(&hands.profile, app)? })
}

async fn restore(hands: &Hands, Before { app, token, marked }: Before) -> Result<(), Cause> {
    let access = hands.access();
    match token {
        Some(token) => access.keep_service_token(&app, &token).await,
        None => access.forget_service_token(&app).await.map(drop),
    }
    .map_err(|error| error.cause())?;
    mark(&hands.profile, &app, marked)
}

impl LastMachine {
    fn set(&self, last: Option<(u64, Before)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = last;
    }

    fn take(&self, serial: u64) -> Option<Before> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.take_if(|(of, _)| *of == serial).map(|(_, before)| before)
    }
}

fn is_marked(profile: &Profile, app: &AppUrl) -> Result<bool, Cause> {
    let now = profile.reread().map_err(|error| error.cause())?;
    Ok(now.settings().machines.contains(app.host()))
}

fn mark(profile: &Profile, app: &AppUrl, machine: bool) -> Result<(), Cause> {
    let changed = profile.change_settings(|settings| {
        if machine {
            settings.machines.insert(app.host().to_owned());
        } else {
            settings.machines.remove(app.host());
        }
    });
    changed.map(drop).map_err(|error| error.cause())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Cause> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Cause::Unexpected { what: error.to_string() })
}
