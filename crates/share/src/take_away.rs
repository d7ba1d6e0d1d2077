//! Taking away what was made: the DNS record first, so that the hostname never leads to the machine without a gate.

use api::Api;

use crate::wish::{comment, name};
use crate::{Event, Machine, Made, MadeApp, MadeTunnel, Permission, ShareError, Step};

/// What is still there, and why.
pub type Left = Vec<(Step, ShareError)>;

/// Why it is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// A later step came to nothing.
    Failed,
    /// It is not wanted any more.
    Unshared,
}

/// Takes away all that was made. What could not be is told, and stays noted, so that it can be tried again.
pub async fn take_away<M: Machine>(
    api: &Api,
    made: &mut Made,
    machine: &mut M,
    tell: &mut (dyn FnMut(&Event) + Send),
) -> Left {
    // Nobody has come by it yet.
    let why = if made.unfinished.is_some() { Why::Failed } else { Why::Unshared };
    take(api, made, machine, tell, why).await
}

/// Takes the last step back of something that was stopped on the way; false where none is in place.
///
/// # Errors
/// When that cannot be done: then it is in place still.
pub async fn undo_last<M: Machine>(
    api: &Api,
    made: &mut Made,
    machine: &mut M,
    tell: &mut (dyn FnMut(&Event) + Send),
) -> Result<bool, ShareError> {
    let last = made.unfinished.as_ref().and_then(|unfinished| unfinished.done.last()).copied();
    let Some(step) = last else { return Ok(false) };
    match undone(api, made, machine, step).await {
        Ok(()) => {
            made.settle(step, false);
            machine.note(made)?;
            tell(&Event::Undone(step));
            Ok(true)
        }
        Err(error) => {
            tell(&Event::Left(step, error.clone()));
            Err(error)
        }
    }
}

async fn undone<M: Machine>(
    api: &Api,
    made: &mut Made,
    machine: &mut M,
    step: Step,
) -> Result<(), ShareError> {
    let tunnel = made.tunnel.as_ref().map(|tunnel| tunnel.id.clone()).unwrap_or_default();
    if step == Step::Rules {
        let nothing = serde_json::json!({ "ingress": [{ "service": "http_status:404" }] });
        let set = api.configure(&tunnel, &nothing).await;
        return set.map(drop).map_err(ShareError::of_call(permission(step)));
    }
    if step == Step::Tunnel {
        machine.stop(&tunnel).await?;
    }
    one(api, made, machine, step, Why::Failed).await.map(drop)
}

pub(crate) async fn take<M: Machine>(
    api: &Api,
    made: &mut Made,
    machine: &mut M,
    tell: &mut (dyn FnMut(&Event) + Send),
    why: Why,
) -> Left {
    let mut left = Left::new();
    let order =
        [Step::Record, Step::Connector, Step::Tunnel, Step::Authority, Step::App, Step::Policy, Step::Way];
    for step in order {
        // As long as the hostname leads here, it keeps its gate.
        let is_gate = matches!(step, Step::Authority | Step::App | Step::Policy | Step::Way);
        if is_gate && left.iter().any(|(step, _)| *step == Step::Record) {
            continue;
        }
        let taken = one(api, made, machine, step, why).await;
        let taken = match taken {
            Ok(true) => {
                made.settle(step, false);
                machine.note(made).map(|()| true)
            }
            other => other,
        };
        match taken {
            Ok(true) => tell(&Event::Undone(step)),
            Ok(false) => {}
            Err(error) => {
                tell(&Event::Left(step, error.clone()));
                left.push((step, error));
            }
        }
    }
    left
}

/// Takes one thing away; false where it was not there.
async fn one<M: Machine>(
    api: &Api,
    made: &mut Made,
    machine: &mut M,
    step: Step,
    why: Why,
) -> Result<bool, ShareError> {
    let done = match step {
        Step::Record => match &made.record {
            Some(id) => remove_record(api, made, id).await,
            None => return Ok(false),
        },
        Step::Connector => match &made.tunnel {
            Some(tunnel) => return machine.stop(&tunnel.id).await.map(|()| true),
            None => return Ok(false),
        },
        Step::Tunnel => match &made.tunnel {
            Some(tunnel) => api.delete_tunnel(&tunnel.id, true).await.or_else(gone),
            None => return Ok(false),
        },
        Step::Authority => match (&made.authority, &made.app) {
            (Some(_), Some(app)) => api.delete_authority(&app.id).await,
            _ => return Ok(false),
        },
        Step::App => match &made.app {
            Some(app) => api.delete_app(&app.id).await,
            None => return Ok(false),
        },
        Step::Policy => match &made.policy {
            Some(id) => remove_policy(api, id).await,
            None => return Ok(false),
        },
        // By now others may log in that way.
        Step::Way if why == Why::Unshared => {
            let was_there = made.way.take().is_some();
            if was_there {
                machine.note(made)?;
            }
            return Ok(false);
        }
        Step::Way => match &made.way {
            Some(id) => api.delete_way(id).await,
            None => return Ok(false),
        },
        Step::Rules | Step::Gate | Step::Proof => return Ok(false),
    };
    done.map_err(ShareError::of_call(permission(step)))?;
    forget(made, step);
    Ok(true)
}

fn gone(error: api::ApiError) -> Result<(), api::ApiError> {
    if matches!(error, api::ApiError::NotFound { .. }) { Ok(()) } else { Err(error) }
}

fn permission(step: Step) -> Permission {
    match step {
        Step::Record => Permission::DnsEdit,
        Step::Connector | Step::Tunnel | Step::Rules => Permission::TunnelEdit,
        Step::Way => Permission::OrganizationEdit,
        Step::App | Step::Authority | Step::Gate | Step::Policy | Step::Proof => Permission::AppsEdit,
    }
}

fn forget(made: &mut Made, step: Step) {
    match step {
        Step::Record => (made.record, made.replaced) = (None, None),
        Step::Tunnel => made.tunnel = None,
        Step::Authority => made.authority = None,
        Step::App => (made.app, made.authority) = (None, None),
        Step::Policy => made.policy = None,
        Step::Way => made.way = None,
        Step::Connector | Step::Rules | Step::Gate | Step::Proof => {}
    }
}

/// The record, if it still is what was made: somebody may have pointed it elsewhere since.
async fn remove_record(api: &Api, made: &Made, id: &str) -> Result<(), api::ApiError> {
    let note = made.tunnel.as_ref().map(|tunnel| comment(&tunnel.id));
    let found = api.records(&made.hostname).await?.into_iter().find(|record| record.id == id);
    match (found, &made.replaced) {
        (Some(record), _) if note.is_some() && record.comment != note => Ok(()),
        (Some(_), Some(before)) => api.restore_record(before).await.map(drop),
        (Some(_), None) => api.delete_record(id).await,
        (None, _) => Ok(()),
    }
}

/// The policy, unless another application uses it by now.
async fn remove_policy(api: &Api, id: &str) -> Result<(), api::ApiError> {
    match api.policy(id).await? {
        Some(policy) if policy.app_count > 0 => Ok(()),
        Some(_) => api.delete_policy(id).await,
        None => Ok(()),
    }
}

/// What was made for a hostname, by the marks that it bears: for a machine that has no note of it.
///
/// # Errors
/// When no zone holds the hostname, or the API cannot be asked.
pub async fn find_made(api: Api, hostname: &str) -> Result<(Api, Made), ShareError> {
    let zones = api.zones().await.map_err(ShareError::of_call(Permission::ZoneRead))?;
    let zone = crate::survey::zone_of(hostname, zones)?;
    let api = api.within(&zone.account.id, &zone.id);
    let records = api.records(hostname).await.map_err(ShareError::of_call(Permission::DnsEdit))?;
    let mut made =
        Made { hostname: hostname.to_owned(), account: zone.account.id, zone: zone.id, ..Made::default() };
    for record in records {
        let tunnel = record.content.strip_suffix(".cfargotunnel.com").unwrap_or_default();
        if !tunnel.is_empty() && record.comment == Some(comment(tunnel)) {
            made.tunnel = Some(MadeTunnel { id: tunnel.to_owned(), name: hostname.to_owned() });
            made.record = Some(record.id);
        }
    }
    let apps = api.apps(hostname).await.map_err(ShareError::of_call(Permission::AppsEdit))?;
    if let Some(app) = apps.into_iter().find(|app| app.name == name(hostname)) {
        let ours = app.policies.into_iter().find(|policy| policy.name == name(hostname));
        made.policy = ours.map(|policy| policy.id);
        made.authority = api.authority(&app.id).await?;
        made.app = Some(MadeApp { id: app.id, aud: app.aud });
    }
    Ok((api, made))
}
