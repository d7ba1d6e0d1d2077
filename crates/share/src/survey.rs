//! The look before anything is changed: whose zone it is, what is allowed, what is in the way.

use std::collections::BTreeSet;

use api::{Api, ApiError, Filter, Record, Zone};

use crate::wish::{Named, comment};
use crate::{Made, Permission, ShareError, Step, Unfinished, Wish, groups, people};

/// Types of records of which a hostname has one at most, so that one can stand in the place of another.
const ALONE: [&str; 3] = ["A", "AAAA", "CNAME"];

/// What is going to be done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What is to be published.
    pub wish: Wish,
    /// The API, for the account and the zone that the hostname belongs to.
    pub api: Api,
    /// The zone.
    pub zone: Zone,
    /// The team that people log in to.
    pub team: String,
    /// The steps in their order.
    pub steps: Vec<Step>,
    /// What is in place, where it was stopped on the way.
    pub(crate) begun: Option<Made>,
    /// The DNS record whose place is taken.
    pub(crate) replaced: Option<Record>,
    /// Policies that have our name already, and are not ours.
    pub(crate) policies: BTreeSet<String>,
}

impl Plan {
    /// What a step is going to do, for a person.
    #[must_use]
    pub fn says(&self, step: Step) -> String {
        let Wish { hostname, tunnel, session, .. } = &self.wish;
        match step {
            Step::Way => "a code that is sent by e-mail, as the team has no other".to_owned(),
            Step::Policy => format!("{} may enter", self.wish.people()),
            Step::App => {
                format!("{hostname} asks for a log-in to {}, which is good for {session}", self.team)
            }
            Step::Authority => "signs short-lived SSH certificates".to_owned(),
            Step::Tunnel => format!("{tunnel}, in the account {}", self.zone.account.name),
            Step::Rules => format!("{hostname} leads to ssh://{}, all else to nothing", self.wish.server()),
            Step::Connector => {
                let by = self.wish.service.as_ref().map(|service| format!(", run by {service}"));
                format!("this machine's end of the tunnel{}", by.unwrap_or_default())
            }
            Step::Record => match &self.replaced {
                Some(Record { kind, content, .. }) => {
                    format!("{hostname} leads to the tunnel, and no longer by {kind} to {content}")
                }
                None => format!("{hostname} leads to the tunnel"),
            },
            Step::Gate => format!("from outside, {hostname} asks for that log-in"),
            Step::Proof => "after a log-in, the SSH server answers".to_owned(),
        }
    }

    /// What may keep it from working although all of it is done; nothing for most.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let below = self.wish.hostname.strip_suffix(&self.zone.name)?.trim_end_matches('.');
        below.contains('.').then(|| {
            format!(
                "Cloudflare's usual certificate covers *.{} only; {} needs an Advanced Certificate",
                self.zone.name, self.wish.hostname
            )
        })
    }
}

/// Looks, and changes nothing.
///
/// # Errors
/// When the token is not valid or may not do all of it, when no zone holds the hostname, or when something is in the
/// way.
pub async fn survey(api: Api, wish: Wish, proves: bool) -> Result<Plan, ShareError> {
    let api = verified(api).await?;
    let zones = api.zones().await.map_err(ShareError::of_call(Permission::ZoneRead))?;
    let zone = zone_of(&wish.hostname, zones)?;
    let api = api.within(&zone.account.id, &zone.id);
    let (team, way) = look(&api, &wish).await?;
    let named = Named { whom: wish.allow, groups: wish.groups };
    let wish = Wish { allow: groups::resolved(&api, named).await?, groups: Vec::new(), ..wish };
    let (replaced, policies) = obstacles(&api, &wish).await?;
    let steps = [
        (Step::Way, way),
        (Step::Policy, true),
        (Step::App, true),
        (Step::Authority, wish.certificates),
        (Step::Tunnel, true),
        (Step::Rules, true),
        (Step::Connector, true),
        (Step::Record, true),
        (Step::Gate, true),
        (Step::Proof, proves),
    ];
    let steps = steps.into_iter().filter(|(_, is_meant)| *is_meant).map(|(step, _)| step).collect();
    Ok(Plan { wish, api, zone, team, steps, begun: None, replaced, policies })
}

/// Looks what is still to be done of something that was stopped on the way, and changes nothing.
///
/// # Errors
/// When the token is not valid or may not do all of it, or when a group that is to be let in is gone.
pub async fn resume(api: Api, made: &Made, unfinished: &Unfinished) -> Result<Plan, ShareError> {
    let api = verified(api).await?;
    let zones = api.zones().await.map_err(ShareError::of_call(Permission::ZoneRead))?;
    let zone = zone_of(&made.hostname, zones)?;
    let api = api.within(&made.account, &made.zone);
    let is_done = |step: Step| unfinished.done.contains(&step);
    let mut wish = Wish {
        hostname: made.hostname.clone(),
        allow: Vec::new(),
        groups: Vec::new(),
        port: made.port,
        certificates: unfinished.certificates,
        session: unfinished.session.clone(),
        tunnel: unfinished.tunnel.clone(),
        replaces_record: unfinished.replaces_record,
        service: made.service.as_ref().map(|service| format!("the service {}", service.name)),
    };
    let (team, _) = look(&api, &wish).await?;
    wish.allow = if is_done(Step::Policy) {
        people(&api, made).await?.allow
    } else {
        groups::resolved(&api, Named::noted(&made.allow)).await?
    };
    let mut replaced = made.replaced.clone();
    if replaced.is_none() && !is_done(Step::Record) {
        replaced = api.records(&wish.hostname).await?.pop_if(|only| may_be_replaced(&wish, only));
    }
    let (steps, begun) = (unfinished.steps.clone(), Some(made.clone()));
    Ok(Plan { wish, api, zone, team, steps, begun, replaced, policies: BTreeSet::new() })
}

/// Whether the tunnel may take the place of this record.
fn may_be_replaced(wish: &Wish, only: &Record) -> bool {
    wish.replaces_record && ALONE.contains(&only.kind.as_str())
}

/// The API, once it has been told that the token is good.
async fn verified(api: Api) -> Result<Api, ShareError> {
    match api.verify_token().await {
        Ok(found) if found.status == "active" => Ok(api),
        Ok(found) => Err(ShareError::Token { said: format!("it is {}", found.status) }),
        Err(ApiError::TokenRefused { said } | ApiError::Refused { said, .. }) => {
            Err(ShareError::Token { said })
        }
        Err(error) => Err(error.into()),
    }
}

/// The zone that holds a hostname: of several the longest.
pub(crate) fn zone_of(hostname: &str, zones: Vec<Zone>) -> Result<Zone, ShareError> {
    let holds = |zone: &Zone| hostname == zone.name || hostname.ends_with(&format!(".{}", zone.name));
    let names = zones.iter().map(|zone| zone.name.clone()).collect();
    let found = zones.into_iter().filter(holds).max_by_key(|zone| zone.name.len());
    let zone = found.ok_or_else(|| ShareError::NoZone { host: hostname.to_owned(), zones: names })?;
    match zone.status.as_str() {
        "active" => Ok(zone),
        status => Err(ShareError::ZoneInactive { zone: zone.name.clone(), status: status.to_owned() }),
    }
}

/// Everything that has to be read, so that all that is not allowed is told at once: the team, and whether it has no way
/// to log in.
async fn look(api: &Api, wish: &Wish) -> Result<(String, bool), ShareError> {
    let named = Filter { name: Some(wish.tunnel.clone()), ..Filter::default() };
    let (team, ways) = (api.team().await, api.ways().await);
    let asked = [
        (Permission::TunnelEdit, api.list_tunnels(&named).await.err()),
        (Permission::DnsEdit, api.records(&wish.hostname).await.err()),
        (Permission::AppsEdit, api.apps(&wish.hostname).await.err()),
        (Permission::OrganizationRead, team.as_ref().err().cloned()),
        (Permission::OrganizationRead, ways.as_ref().err().cloned()),
    ];
    let mut lacks = Vec::new();
    for (permission, error) in asked {
        match error {
            Some(ApiError::TokenRefused { .. }) if lacks.contains(&permission) => {}
            Some(ApiError::TokenRefused { .. }) => lacks.push(permission),
            Some(ApiError::NoTeam) => return Err(ShareError::NoTeam),
            Some(error) => return Err(error.into()),
            None => {}
        }
    }
    match (team, ways) {
        (Ok(team), Ok(ways)) if lacks.is_empty() => Ok((team, ways.is_empty())),
        _ => Err(ShareError::Lacks(lacks)),
    }
}

/// What is there already under the names that are wanted; else the record whose place may be taken, and the policies that
/// only look like ours.
async fn obstacles(api: &Api, wish: &Wish) -> Result<(Option<Record>, BTreeSet<String>), ShareError> {
    let mut what = Vec::new();
    let mut records = api.records(&wish.hostname).await?;
    let replaced = records.pop_if(|only| may_be_replaced(wish, only));
    for record in records {
        let ours = record.content.strip_suffix(".cfargotunnel.com").map(comment);
        let by_us = if ours.is_some() && ours == record.comment {
            ", made by sallyport share: sallyport unshare takes it away"
        } else {
            ""
        };
        what.push(format!("a DNS record, {} to {}{by_us}", record.kind, record.content));
    }
    for app in api.apps(&wish.hostname).await? {
        what.push(format!("an application, {}", app.name));
    }
    let named = Filter { name: Some(wish.tunnel.clone()), ..Filter::default() };
    let found = api.list_tunnels(&named).await?;
    // Some filters of the API match parts of names as well.
    for tunnel in found.iter().filter(|tunnel| tunnel.name == wish.tunnel) {
        what.push(format!("a tunnel, {} ({})", tunnel.name, tunnel.id));
    }
    if !what.is_empty() {
        return Err(ShareError::InTheWay { host: wish.hostname.clone(), what });
    }
    let policies = api.policies().await?;
    let alike = policies.into_iter().filter(|policy| policy.name == wish.name()).map(|policy| policy.id);
    Ok((replaced, alike.collect()))
}
