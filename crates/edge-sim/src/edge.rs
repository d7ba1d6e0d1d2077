//! What all parts of one simulated edge share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::error::SimError;
use crate::faults::{Cut, Faults};
use crate::line::Line;
use crate::mint::{Identity, Mint};
use crate::plan::{AppPlan, Plan};
use crate::random;
use crate::rest::Account;
use crate::seen::Log;
use crate::ssh_authority::SshAuthority;
use crate::transfer::{Letter, Mailboxes};
use crate::tunnel::Links;

/// One edge: its plan, its keys, and what has happened so far.
pub(crate) struct Edge {
    pub(crate) plan: Plan,
    pub(crate) faults: Faults,
    pub(crate) mint: Mint,
    pub(crate) ssh: SshAuthority,
    pub(crate) log: Log,
    pub(crate) mailboxes: Mailboxes<Letter>,
    /// What the dashboard hands out, not sealed.
    pub(crate) certs: Mailboxes<String>,
    /// Tunnels and where hostnames lead.
    pub(crate) account: Account,
    /// Connectors that have dialled.
    pub(crate) links: Links,
    /// How they dial it.
    pub(crate) line: Arc<Line>,
    /// Streams that outlive their request.
    pub(crate) streams: TaskTracker,
    /// Ends every stream that listens.
    pub(crate) cut: watch::Sender<Option<Cut>>,
    apps: Mutex<Vec<AppPlan>>,
    sessions: Mutex<BTreeMap<String, Session>>,
}

/// A log-in under way in one browser, known by its `CF_AppSession` cookie.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) host: String,
    pub(crate) who: Option<Identity>,
}

impl Edge {
    pub(crate) fn new(plan: Plan) -> Result<Self, SimError> {
        plan.check()?;
        let faults = Faults::default();
        Ok(Self {
            mint: Mint::new(&plan, faults.clone())?,
            ssh: SshAuthority::generate()?,
            log: Log::new(),
            mailboxes: Mailboxes::default(),
            certs: Mailboxes::default(),
            account: Account::new(&plan),
            links: Links::default(),
            line: Arc::new(Line::new(&faults)),
            streams: TaskTracker::new(),
            cut: watch::Sender::new(None),
            apps: Mutex::new(plan.apps.clone()),
            sessions: Mutex::default(),
            faults,
            plan,
        })
    }

    /// The application that answers for `host` and `path`: exact names before wildcards, long paths before short ones.
    /// A hostname that leads to a tunnel does so behind its application; without one nothing stands before it. What a
    /// call has made is reached by a DNS record only.
    pub(crate) fn app(&self, host: &str, path: &str) -> Option<AppPlan> {
        let fitting = self.all_apps().into_iter().filter(|app| app.serves(host, path));
        let app = fitting.max_by_key(|app| (app.hostname == host, app.path.len()));
        match (app, self.account.route(host)) {
            (Some(app), Some(tunnel)) => Some(AppPlan { tunnel: Some(tunnel), ..app }),
            (None, Some(tunnel)) => Some(AppPlan::through("", host, tunnel).not_behind_access()),
            (app, None) => app.filter(|app| app.audience.is_none()),
        }
    }

    pub(crate) fn app_of_audience(&self, audience: &str) -> Option<AppPlan> {
        self.all_apps().into_iter().find(|app| app.audience() == audience)
    }

    /// The team of the account, once Zero Trust is switched on.
    pub(crate) fn team(&self) -> Option<&str> {
        let team = self.plan.teams.first().filter(|_| !self.plan.account.has_no_team);
        team.map(|team| team.name.as_str())
    }

    fn all_apps(&self) -> Vec<AppPlan> {
        let made = self.account.apps(self.team());
        self.apps().iter().cloned().chain(made).collect()
    }

    pub(crate) fn apps(&self) -> MutexGuard<'_, Vec<AppPlan>> {
        self.apps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn begin_session(&self, host: &str) -> String {
        let nonce = random::name();
        let session = Session { host: host.to_owned(), who: None };
        self.sessions().insert(nonce.clone(), session);
        nonce
    }

    pub(crate) fn session(&self, nonce: &str) -> Option<Session> {
        self.sessions().get(nonce).cloned()
    }

    pub(crate) fn grant_session(&self, nonce: &str, who: &Identity) {
        if let Some(session) = self.sessions().get_mut(nonce) {
            session.who = Some(who.clone());
        }
    }

    pub(crate) fn end_session(&self, nonce: &str) -> Option<Session> {
        self.sessions().remove(nonce)
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<String, Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
