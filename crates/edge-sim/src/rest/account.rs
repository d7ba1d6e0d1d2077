//! What the account owns now: the tunnels of the plan, those that were made since, and where hostnames lead.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use wire::tunnel::TunnelId;

use crate::plan::Plan;
use crate::tunnel::TunnelPlan;

/// Everything that calls change.
pub(crate) struct Account(Mutex<Owned>);

#[derive(Default)]
pub(super) struct Owned {
    pub(super) tunnels: Vec<OwnedTunnel>,
    /// Hostnames that lead to a tunnel.
    pub(super) routes: BTreeMap<String, TunnelId>,
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
        Self(Mutex::new(Owned { tunnels: plan.tunnels.iter().map(owned).collect(), ..Owned::default() }))
    }

    /// The tunnel of this id, unless it was deleted.
    pub(crate) fn tunnel(&self, id: TunnelId) -> Option<TunnelPlan> {
        self.lock().live(id).map(|tunnel| tunnel.plan.clone())
    }

    /// The tunnel to which a hostname leads.
    pub(crate) fn route(&self, hostname: &str) -> Option<TunnelId> {
        self.lock().routes.get(hostname).copied()
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
