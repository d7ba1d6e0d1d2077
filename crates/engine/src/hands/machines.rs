//! Hosts that are reached by a service token: its secret goes with the last host of an app, and comes back with it.

use std::sync::{Arc, Mutex, PoisonError};

use access::ServiceToken;
use model::HostChange;
use profile::Profile;
use wire::{AppUrl, Cause};

use crate::hands::Hands;

/// What the last change has taken away, by its serial number, for as long as it can be taken back.
#[derive(Clone, Default)]
pub(crate) struct Forgotten(Arc<Mutex<Option<(u64, Machine)>>>);

struct Machine {
    app: AppUrl,
    token: Option<ServiceToken>,
}

/// Writes a change; a service token that no host uses any more leaves the vault.
pub(crate) async fn change(hands: &Hands, serial: u64, change: HostChange) -> Result<(), Cause> {
    let hosts = hands.hosts.clone();
    let gone = blocking(move || hosts.change(serial, &change)).await??;
    hands.forgotten.set(None);
    let Some(app) = gone.and_then(|hostname| hostname.parse::<AppUrl>().ok()) else { return Ok(()) };
    if !now(&hands.profile)?.settings().machines.contains(app.host()) {
        return Ok(());
    }
    let access = hands.access();
    let token = access.service_token(&app).await.map_err(|error| error.cause())?;
    access.forget_service_token(&app).await.map_err(|error| error.cause())?;
    mark(&hands.profile, &app, false)?;
    hands.forgotten.set(Some((serial, Machine { app, token })));
    Ok(())
}

/// Takes a change back, and what had gone with it.
pub(crate) async fn undo(hands: &Hands, serial: u64) -> Result<(), Cause> {
    let hosts = hands.hosts.clone();
    blocking(move || hosts.undo(serial)).await??;
    let Some(Machine { app, token }) = hands.forgotten.take(serial) else { return Ok(()) };
    if let Some(token) = token {
        hands.access().keep_service_token(&app, &token).await.map_err(|error| error.cause())?;
    }
    mark(&hands.profile, &app, true)
}

impl Forgotten {
    fn set(&self, machine: Option<(u64, Machine)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = machine;
    }

    fn take(&self, serial: u64) -> Option<Machine> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.take_if(|(of, _)| *of == serial).map(|(_, machine)| machine)
    }
}

fn now(profile: &Profile) -> Result<Profile, Cause> {
    profile.reread().map_err(|error| error.cause())
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
