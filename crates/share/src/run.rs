//! The steps, one after the other. A failure takes away again what those before it have made, or leaves it so that it can
//! be gone on with.

use std::future::Future;
use std::time::Duration;

use api::{AccessApp, Api, ApiError, Filter, NewApp, Policy, Record};
use serde_json::json;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::take_away::{Why, take};
use crate::wish::comment;
use crate::{
    Event, Machine, Made, MadeApp, MadeTunnel, Permission, Plan, Proof, ShareError, Step, Unfinished, Wish,
};

/// How long a connector may take until the edge has it.
const REGISTERING: Duration = Duration::from_secs(60);
/// How long the edge may take until a hostname answers that has just been made.
const SPREADING: Duration = Duration::from_secs(60);
/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// What Access says of a zone that it has not heard of yet, among other things.
const INVALID: u64 = 12_130;
/// Before an application is tried again, as the zone may be news to Access: three times in ten seconds.
const AGAIN: [Duration; 2] = [Duration::from_secs(3), Duration::from_secs(5)];

/// What becomes of finished steps when a later one fails, or is called off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// They stay, and are noted.
    Keep,
    /// They are taken away again.
    TakeAway,
}

/// One sharing under way.
struct Work<'a, M> {
    plan: &'a Plan,
    machine: &'a mut M,
    made: Made,
    token: Option<Zeroizing<String>>,
    cancel: &'a CancellationToken,
}

/// Publishes the machine, from where it was stopped if it was.
///
/// # Errors
/// Why a step came to nothing; what could not be taken away after it has been told, and is noted by the machine.
pub async fn share<M: Machine>(
    plan: &Plan,
    machine: &mut M,
    tell: &mut (dyn FnMut(&Event) + Send),
    cancel: &CancellationToken,
    on_failure: OnFailure,
) -> Result<(Made, Proof), ShareError> {
    let made = plan.begun.clone().unwrap_or_else(|| begun(plan));
    let before = made.unfinished.as_ref().map(|unfinished| unfinished.done.clone()).unwrap_or_default();
    let mut work = Work { plan, machine, made, token: None, cancel };
    let mut proof = Proof::Skipped;
    for step in plan.steps.iter().copied() {
        if before.contains(&step) {
            tell(&Event::Done(step, plan.says(step)));
            continue;
        }
        tell(&Event::Began(step));
        let done = match work.step(step, &mut proof).await {
            // What cannot be noted could not be taken away later.
            Ok(said) => work.finished(step).map(|()| said),
            Err(error) => Err(error),
        };
        match done {
            Ok(said) => tell(&Event::Done(step, said)),
            Err(error) => {
                tell(&Event::Failed(step, error.clone()));
                match on_failure {
                    OnFailure::Keep => work.machine.pause().await,
                    OnFailure::TakeAway => {
                        take(&plan.api, &mut work.made, work.machine, tell, Why::Failed).await;
                    }
                }
                return Err(error);
            }
        }
    }
    Ok((work.made, proof))
}

/// Nothing is made yet.
fn begun(plan: &Plan) -> Made {
    let Wish { hostname, port, session, certificates, tunnel, replaces_record, .. } = plan.wish.clone();
    let (steps, done) = (plan.steps.clone(), Vec::new());
    Made {
        hostname,
        account: plan.zone.account.id.clone(),
        zone: plan.zone.id.clone(),
        port,
        people: plan.wish.people(),
        allow: plan.wish.allow.iter().map(ToString::to_string).collect(),
        unfinished: Some(Unfinished { steps, done, session, certificates, tunnel, replaces_record }),
        ..Made::default()
    }
}

impl<M: Machine> Work<'_, M> {
    /// Notes what is in place by now; after the last step nothing is left to do.
    fn finished(&mut self, step: Step) -> Result<(), ShareError> {
        self.made.settle(step, true);
        if self.plan.steps.last() == Some(&step) {
            self.made.unfinished = None;
        }
        self.machine.note(&self.made)
    }

    async fn step(&mut self, step: Step, proof: &mut Proof) -> Result<String, ShareError> {
        if self.cancel.is_cancelled() {
            return Err(ShareError::CalledOff);
        }
        match step {
            Step::Way => self.way().await?,
            Step::Policy => self.policy().await?,
            Step::App => self.app().await?,
            Step::Authority => self.authority().await?,
            Step::Tunnel => self.tunnel().await?,
            Step::Rules => self.rules().await?,
            Step::Connector => return self.connector().await,
            Step::Record => self.record().await?,
            Step::Gate => self.gate().await?,
            Step::Proof => {
                *proof = self.machine.prove(&self.plan.wish, self.cancel).await?;
                return Ok(match proof {
                    Proof::Greeting(line) => line.clone(),
                    Proof::NotYou { email } => {
                        format!("{email} may not enter, and was refused; let one of those who may try")
                    }
                    Proof::Skipped => "not tried".to_owned(),
                });
            }
        }
        Ok(self.plan.says(step))
    }

    fn api(&self) -> &Api {
        &self.plan.api
    }

    async fn way(&mut self) -> Result<(), ShareError> {
        let made = self.api().create_one_time_pin().await;
        let way = settled(made, async |api: &Api| Ok(api.ways().await?.pop()), self.api()).await;
        self.made.way = Some(way.map_err(ShareError::of_call(Permission::OrganizationEdit))?.id);
        Ok(())
    }

    async fn policy(&mut self) -> Result<(), ShareError> {
        let wish = &self.plan.wish;
        let made = self.api().create_policy(&wish.name(), &wish.allow, &wish.session).await;
        let is_new = |policy: &Policy| policy.name == wish.name() && !self.plan.policies.contains(&policy.id);
        let found = async |api: &Api| Ok(api.policies().await?.into_iter().find(is_new));
        let policy = settled(made, found, self.api()).await;
        self.made.policy = Some(policy.map_err(ShareError::of_call(Permission::AppsEdit))?.id);
        Ok(())
    }

    async fn app(&mut self) -> Result<(), ShareError> {
        let wish = &self.plan.wish;
        let new = NewApp {
            name: wish.name(),
            hostname: wish.hostname.clone(),
            session: wish.session.clone(),
            policy: self.made.policy.clone().unwrap_or_default(),
        };
        let mut pauses = AGAIN.into_iter();
        let made = loop {
            match (self.api().create_app(&new).await, pauses.next()) {
                (Err(ApiError::Refused { code: INVALID, said }), Some(pause)) => {
                    tracing::debug!(said, "once more in {pause:?}");
                    self.unless_called_off(sleep(pause)).await?;
                }
                (made, _) => break made,
            }
        };
        let is_new = |app: &AccessApp| app.name == wish.name();
        let found = async |api: &Api| Ok(api.apps(&wish.hostname).await?.into_iter().find(is_new));
        let app =
            settled(made, found, self.api()).await.map_err(ShareError::of_call(Permission::AppsEdit))?;
        self.made.app = Some(MadeApp { id: app.id, aud: app.aud });
        Ok(())
    }

    async fn authority(&mut self) -> Result<(), ShareError> {
        let app = self.made.app.as_ref().map(|app| app.id.clone()).unwrap_or_default();
        let made = self.api().create_authority(&app).await;
        let line = settled(made, async |api: &Api| api.authority(&app).await, self.api()).await;
        self.made.authority = Some(line.map_err(ShareError::of_call(Permission::AppsEdit))?);
        Ok(())
    }

    async fn tunnel(&mut self) -> Result<(), ShareError> {
        let name = &self.plan.wish.tunnel;
        let made = self.api().create_managed_tunnel(name).await;
        let token = made.as_ref().ok().and_then(|made| made.token.clone());
        let filter = Filter { name: Some(name.clone()), ..Filter::default() };
        let found = async |api: &Api| {
            Ok(api.list_tunnels(&filter).await?.into_iter().find(|tunnel| tunnel.name == *name))
        };
        let tunnel = settled(made.map(|made| made.tunnel), found, self.api()).await;
        let tunnel = tunnel.map_err(ShareError::of_call(Permission::TunnelEdit))?;
        self.made.tunnel = Some(MadeTunnel { id: tunnel.id.clone(), name: tunnel.name });
        self.token = Some(match token {
            Some(token) => token,
            None => {
                let token = self.api().tunnel_token(&tunnel.id).await;
                token.map_err(ShareError::of_call(Permission::TunnelEdit))?
            }
        });
        Ok(())
    }

    /// The rules let nobody through whom Access has not let in: whatever becomes of the application, the machine itself
    /// asks.
    async fn rules(&mut self) -> Result<(), ShareError> {
        let aud = self.made.app.as_ref().map(|app| app.aud.clone()).unwrap_or_default();
        let access = json!({ "required": true, "teamName": self.plan.team, "audTag": [aud] });
        let rules = json!({ "ingress": [
            {
                "hostname": self.plan.wish.hostname, "service": format!("ssh://{}", self.plan.wish.server()),
                "originRequest": { "access": access },
            },
            { "service": "http_status:404" },
        ] });
        let set = self.api().configure(&self.tunnel_id(), &rules).await;
        set.map_err(ShareError::of_call(Permission::TunnelEdit))?;
        Ok(())
    }

    async fn connector(&mut self) -> Result<String, ShareError> {
        let tunnel = self.tunnel_id();
        let token = match self.token.take() {
            Some(token) => token,
            // It was made before this program started.
            None => {
                let token = self.api().tunnel_token(&tunnel).await;
                token.map_err(ShareError::of_call(Permission::TunnelEdit))?
            }
        };
        self.machine.start(&self.plan.wish, &tunnel, token).await?;
        let late = Instant::now() + REGISTERING;
        loop {
            let connectors = self.api().connections(&tunnel).await?;
            let links: Vec<&str> = connectors
                .iter()
                .flat_map(|connector| &connector.conns)
                .map(|link| link.colo_name.as_str())
                .collect();
            if let Some(first) = links.first() {
                return Ok(format!("connected to {first}, on port 7844 outwards; no port is opened"));
            }
            let said = self.machine.ended();
            if said.is_some() || Instant::now() > late {
                let said = said.unwrap_or_default();
                return Err(ShareError::NotServing { seconds: REGISTERING.as_secs(), said });
            }
            self.unless_called_off(sleep(LOOK)).await?;
        }
    }

    async fn record(&mut self) -> Result<(), ShareError> {
        let (hostname, tunnel) = (&self.plan.wish.hostname, self.tunnel_id());
        let note = comment(&tunnel);
        let made = match &self.plan.replaced {
            Some(before) => {
                // What it was is known whatever happens next.
                self.made.record = Some(before.id.clone());
                self.made.replaced = Some(before.clone());
                self.machine.note(&self.made)?;
                self.api().point_record(before, &tunnel, &note).await
            }
            None => self.api().create_record(hostname, &tunnel, &note).await,
        };
        let is_new = |record: &Record| record.comment.as_deref() == Some(&note);
        let found = async |api: &Api| Ok(api.records(hostname).await?.into_iter().find(is_new));
        let record = match made {
            // It is ours if it leads to a tunnel that nobody else knows.
            Err(error) if error.is_identical_record() => {
                found(self.api()).await.and_then(|record| record.ok_or(error))
            }
            made => settled(made, found, self.api()).await,
        };
        self.made.record = Some(record.map_err(ShareError::of_call(Permission::DnsEdit))?.id);
        Ok(())
    }

    async fn gate(&mut self) -> Result<(), ShareError> {
        let (hostname, late) = (&self.plan.wish.hostname, Instant::now() + SPREADING);
        let aud = self.made.app.as_ref().map(|app| app.aud.clone()).unwrap_or_default();
        loop {
            let seen = self.machine.gate(hostname).await;
            match seen {
                Ok(seen) if seen == aud => return Ok(()),
                other if Instant::now() > late => {
                    return Err(other.err().unwrap_or(ShareError::NotGuarded { host: hostname.clone() }));
                }
                other => tracing::debug!(?other, "not guarded yet"),
            }
            self.unless_called_off(sleep(LOOK)).await?;
        }
    }

    fn tunnel_id(&self) -> String {
        self.made.tunnel.as_ref().map(|tunnel| tunnel.id.clone()).unwrap_or_default()
    }

    async fn unless_called_off(&self, wait: impl Future<Output = ()>) -> Result<(), ShareError> {
        tokio::select! {
            () = self.cancel.cancelled() => Err(ShareError::CalledOff),
            () = wait => Ok(()),
        }
    }
}

/// What was made; where the answer of the call says nothing about that, it is looked for.
async fn settled<T, F>(made: Result<T, ApiError>, find: F, api: &Api) -> Result<T, ApiError>
where
    F: AsyncFnOnce(&Api) -> Result<Option<T>, ApiError>,
{
    match made {
        Err(error) if error.may_be_done() => {
            tracing::debug!(%error, "looking whether it is done");
            match find(api).await {
                Ok(Some(found)) => Ok(found),
                Ok(None) | Err(_) => Err(error),
            }
        }
        made => made,
    }
}
