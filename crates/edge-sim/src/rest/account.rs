//! What the account owns now: the tunnels of the plan, those that were made since, DNS records, and what stands before
//! hostnames.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use wire::tunnel::TunnelId;

use super::access::Guards;
use super::records::{Record, TUNNELS};
use crate::plan::{AppPlan, Plan};
use crate::tunnel::TunnelPlan;

/// Everything that calls change.
pub(crate) struct Account(Mutex<Owned>);

pub(super) struct Owned {
    pub(super) tunnels: Vec<OwnedTunnel>,
    pub(super) records: Vec<Record>,
    pub(super) guards: Guards,
    /// Rules that connectors get from the edge, by tunnel: their version and what they are.
    pub(super) rules: BTreeMap<[u8; 16], (u64, Value)>,
}

#[derive(Clone)]
pub(super) struct OwnedTunnel {
    pub(super) plan: TunnelPlan,
    pub(super) created: Timestamp,
    pub(super) deleted: Option<Timestamp>,
}

impl Account {
    pub(crate) fn new(plan: &Plan) -> Self {
        let created = Timestamp::now();
        let owned = |plan: &TunnelPlan| OwnedTunnel { plan: plan.clone(), created, deleted: None };
        let elsewhere = |hostname: &String| Record::elsewhere(hostname);
        Self(Mutex::new(Owned {
            tunnels: plan.tunnels.iter().map(owned).collect(),
            records: plan.account.records.iter().map(elsewhere).collect(),
            guards: Guards::new(&plan.account),
            rules: BTreeMap::new(),
        }))
    }

    /// The tunnel of this id, unless it was deleted.
    pub(crate) fn tunnel(&self, id: TunnelId) -> Option<TunnelPlan> {
        self.lock().live(id).map(|tunnel| tunnel.plan.clone())
    }

    /// The tunnel to which a hostname leads.
    pub(crate) fn route(&self, hostname: &str) -> Option<TunnelId> {
        self.lock().records.iter().find(|record| record.name == hostname).and_then(Record::tunnel)
    }

    /// The applications that were made by calls, as they stand now, whether their hostname leads anywhere or not.
    pub(crate) fn apps(&self, team: Option<&str>) -> Vec<AppPlan> {
        team.map(|team| self.lock().guards.plans(team)).unwrap_or_default()
    }

    /// The rules that the edge has for a tunnel, as its connectors are to get them.
    pub(crate) fn rules(&self, id: TunnelId) -> Option<Value> {
        let (version, config) = self.lock().rules.get(&id.0).cloned()?;
        Some(serde_json::json!({ "version": version, "config": config }))
    }

    /// Everything that is there, one line a thing, in the order of making.
    pub(crate) fn listed(&self) -> Vec<String> {
        let owned = self.lock();
        let live = owned.tunnels.iter().filter(|tunnel| tunnel.deleted.is_none());
        let tunnels = live.map(|tunnel| format!("tunnel {}", tunnel.plan.name));
        let records = owned.records.iter().map(|record| match record.content.strip_suffix(TUNNELS) {
            Some(_) => format!("record {} to a tunnel", record.name),
            None => format!("record {} to {}", record.name, record.content),
        });
        tunnels.chain(records).chain(owned.guards.listed()).collect()
    }

    /// Lets the record of a hostname lead to an address; false where there is none.
    pub(crate) fn lead_elsewhere(&self, hostname: &str, address: &str) -> bool {
        let mut owned = self.lock();
        let record = owned.records.iter_mut().find(|record| record.name == hostname);
        record.is_some_and(|record| {
            "A".clone_into(&mut record.kind);
            address.clone_into(&mut record.content);
            true
        })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Owned> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Owned {
    pub(super) fn live(&self, id: TunnelId) -> Option<&OwnedTunnel> {
        self.tunnels.iter().find(|tunnel| tunnel.plan.id == id && tunnel.deleted.is_none())
    }
}
