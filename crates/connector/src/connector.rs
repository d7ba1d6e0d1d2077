//! A tunnel's running end: keeps its connections to the edge, each with its own back-off, until it is asked to leave.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::ClientConfig;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use wire::Realm;
use wire::tunnel::rpc::{Registering, Registration};
use wire::tunnel::{Credentials, TunnelId};

use crate::backoff::{Backoff, Setback, random};
use crate::board::{Board, LinkState};
use crate::destinations::Destinations;
use crate::edge::{Edge, Versions};
use crate::error::ConnectorError;
use crate::ingress::Rules;
use crate::keeper::Keeper;
use crate::names::Names;
use crate::pool::Pool;
use crate::protocol::{Choice, Wanted};
use crate::quic::{self, QuicSettings};
use crate::reconnect::{Reconnect, Reconnects};
use crate::tls::{self, Roots};
use crate::visitors::Visitors;

/// What a connector can do, as the edge calls it.
const FEATURES: [&str; 3] = ["allow_remote_config", "serialized_headers", "support_quic_eof"];
/// The version of rules that no edge has sent.
pub(crate) const LOCAL: i32 = -1;
/// The same of one that takes no other key exchange.
const POST_QUANTUM: &str = "postquantum";

/// What a connector is to do.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The right to run the tunnel.
    pub credentials: Credentials,
    /// The tunnel, where the credentials do not name it.
    pub tunnel: Option<TunnelId>,
    /// Where the edge is.
    pub edge: Edge,
    /// By which versions of IP.
    pub versions: Versions,
    /// From which of this machine's addresses; the system chooses where none is named.
    pub from: Option<IpAddr>,
    /// Whether to agree on keys by the post-quantum exchange only.
    pub post_quantum: bool,
    /// Whom to believe that it is the edge.
    pub roots: Roots,
    /// Where teams are, for rules that ask who has been let in.
    pub realm: Realm,
    /// What the edge is spoken to by.
    pub protocol: Wanted,
    /// What was chosen of QUIC.
    pub quic: QuicSettings,
    /// How many connections to keep.
    pub connections: u8,
    /// How long streams may go on once it is asked to leave.
    pub grace: Duration,
    /// What is served, unless the edge says otherwise.
    pub rules: Rules,
    /// Told to services as `Cf-Warp-Tag-NAME`.
    pub tags: Vec<(String, String)>,
    /// What may be reached, whatever the rules say.
    pub destinations: Destinations,
    /// The hostname of a tunnel that belongs to nobody.
    pub quick_hostname: Option<String>,
    /// How many streams to private addresses may run at once, over what the edge says of that; 0 sets no limit.
    pub most_flows: Option<u64>,
}

/// A tunnel's end on this machine.
#[derive(Debug)]
pub struct Connector {
    shared: Arc<Shared>,
    edge: Edge,
    versions: Versions,
    stop: CancellationToken,
}

/// The rules of this machine, as long as the edge has sent none.
#[derive(Clone, Debug)]
pub struct LocalRules(Arc<Shared>);

impl LocalRules {
    /// Takes new ones; streams under way go on as they are. False when those of the edge count.
    #[must_use]
    pub fn replace(&self, new: Rules) -> bool {
        self.0.rules.send_if_modified(|rules| {
            let counts = rules.0 == LOCAL;
            if counts {
                rules.1 = Arc::new(new);
            }
            counts
        })
    }
}

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    credentials: Credentials,
    tunnel: TunnelId,
    client: [u8; 16],
    connections: u8,
    post_quantum: bool,
    pub(crate) from: Option<IpAddr>,
    pub(crate) grace: Duration,
    pub(crate) tls: Arc<ClientConfig>,
    pub(crate) quic: quinn::ClientConfig,
    pub(crate) choice: Choice,
    pub(crate) board: Board,
    pub(crate) visitors: Visitors,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) destinations: Destinations,
    pub(crate) quick_hostname: Option<String>,
    most_flows: Option<u64>,
    flows: AtomicU64,
    rules: watch::Sender<(i32, Arc<Rules>)>,
    pool: Mutex<Pool>,
    pub(crate) reconnects: Reconnects,
}

/// A stream to a private address that runs.
#[derive(Debug)]
pub(crate) struct Flow<'a>(&'a AtomicU64);

impl Drop for Flow<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Connector {
    /// Prepares everything that can be prepared without the network.
    ///
    /// # Errors
    /// [`ConnectorError::Setup`]: no tunnel is named, or certificates cannot be used.
    pub fn new(setup: Setup) -> Result<Self, ConnectorError> {
        let wrong = |what: &str| ConnectorError::Setup { what: what.to_owned() };
        let tunnel = setup.credentials.tunnel.or(setup.tunnel);
        let tunnel = tunnel.ok_or_else(|| wrong("neither the credentials nor the command name a tunnel"))?;
        let mut client = [0; 16];
        getrandom::fill(&mut client).map_err(|error| wrong(&error.to_string()))?;
        let shared = Shared {
            credentials: setup.credentials,
            tunnel,
            client,
            connections: setup.connections.max(1),
            post_quantum: setup.post_quantum,
            from: setup.from,
            grace: setup.grace,
            tls: tls::client_config(&setup.roots, setup.post_quantum)?,
            quic: quic::client_config(&setup.roots, setup.post_quantum, setup.quic)?,
            choice: Choice::new(setup.protocol),
            visitors: visitors(setup.realm)?,
            board: Board::new(setup.connections.max(1)),
            tags: setup.tags,
            destinations: setup.destinations,
            quick_hostname: setup.quick_hostname,
            most_flows: setup.most_flows,
            flows: AtomicU64::new(0),
            rules: watch::Sender::new((LOCAL, Arc::new(setup.rules))),
            pool: Mutex::new(Pool::named(&[])),
            reconnects: Reconnects::default(),
        };
        let (edge, versions) = (setup.edge, setup.versions);
        Ok(Self { shared: Arc::new(shared), edge, versions, stop: CancellationToken::new() })
    }

    /// Names this running connector.
    #[must_use]
    pub fn id(&self) -> TunnelId {
        TunnelId(self.shared.client)
    }

    /// The tunnel that it serves.
    #[must_use]
    pub fn tunnel(&self) -> TunnelId {
        self.shared.tunnel
    }

    /// Follows the state of its connections.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Vec<LinkState>> {
        self.shared.board.watch()
    }

    /// How many streams run, whenever that changes.
    #[must_use]
    pub fn streams(&self) -> watch::Receiver<usize> {
        self.shared.board.guests.watch()
    }

    /// Cancelling this asks it to leave in due form.
    #[must_use]
    pub fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Replaces the rules of this machine while it runs.
    #[must_use]
    pub fn local_rules(&self) -> LocalRules {
        LocalRules(Arc::clone(&self.shared))
    }

    /// Lets connections go and come back while it runs.
    #[must_use]
    pub fn reconnect(&self) -> Reconnect {
        Reconnect(Arc::clone(&self.shared))
    }

    /// Answers for monitoring: `/ready`, `/metrics`, `/healthcheck`.
    #[must_use]
    pub fn monitor(&self) -> crate::Monitor {
        crate::Monitor::new(Arc::clone(&self.shared))
    }

    /// Tells how it stands, whenever that changes.
    #[must_use]
    pub fn reporter(&self) -> crate::Reporter {
        crate::Reporter::new(Arc::clone(&self.shared))
    }

    /// Serves until it is asked to leave and has left, or until there is no sense in trying.
    ///
    /// # Errors
    /// [`ConnectorError::Refused`] where the edge has never let it serve, and will not; [`ConnectorError::NoEdge`] where no
    /// address was given, and [`ConnectorError::Setup`] where one is none.
    pub async fn run(self) -> Result<(), ConnectorError> {
        let Some(pool) = self.pool().await? else { return Ok(()) };
        let most = u8::try_from(pool.len()).unwrap_or(u8::MAX);
        if most == 0 {
            return Err(ConnectorError::NoEdge { detail: "none is given".to_owned() });
        }
        let wanted = self.shared.connections;
        if most < wanted {
            tracing::warn!("You requested {wanted} HA connections but I can give you at most {most}.");
        }
        *self.shared.pool() = pool;
        let mut keepers = JoinSet::new();
        let (tell_first, first) = oneshot::channel();
        let keeper = |index| Keeper { shared: Arc::clone(&self.shared), index, stop: self.stop.clone() };
        keepers.spawn(keeper(0).keep(Some(tell_first)));
        // A tunnel that cannot be registered at all is tried once at a time.
        if first.await.is_ok() {
            for index in 1..wanted.min(most) {
                keepers.spawn(keeper(index).keep(None));
            }
        }
        while let Some(kept) = keepers.join_next().await {
            kept.map_err(|error| ConnectorError::Setup { what: error.to_string() })??;
        }
        Ok(())
    }
}

impl Connector {
    /// The addresses of the edge, once anybody tells them; nothing when it is asked to leave before.
    async fn pool(&self) -> Result<Option<Pool>, ConnectorError> {
        // Whoever answers for names is believed by the public authorities, whatever the edge is believed by.
        let names = Names::of_system(tls::client_config(&Roots::default(), false)?);
        let mut backoff = Backoff::default();
        loop {
            let error = tokio::select! {
                looked_up = self.edge.pool(self.versions, &names) => match looked_up {
                    Ok(pool) => return Ok(Some(pool)),
                    Err(error @ ConnectorError::NoEdge { .. }) => error,
                    Err(error) => return Err(error),
                },
                () = self.stop.cancelled() => return Ok(None),
            };
            let pause = backoff.pause(Setback::Unreachable, random());
            tracing::warn!(%error, "Looking for the edge again in up to {pause:.1?}");
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stop.cancelled() => return Ok(None),
            }
        }
    }
}

impl Shared {
    pub(crate) fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.borrow().1)
    }

    pub(crate) fn rules_version(&self) -> i32 {
        self.rules.borrow().0
    }

    /// Hears of new rules.
    pub(crate) fn watch_rules(&self) -> watch::Receiver<(i32, Arc<Rules>)> {
        self.rules.subscribe()
    }

    pub(crate) fn rules_as_json(&self) -> Vec<u8> {
        self.rules().to_json().to_string().into_bytes()
    }

    /// Room for one more stream to a private address, for as long as it is held; nothing where there is none.
    pub(crate) fn flow(&self) -> Option<Flow<'_>> {
        let most = self.most_flows.unwrap_or_else(|| self.rules().most_flows);
        let flow = Flow(&self.flows);
        let running = self.flows.fetch_add(1, Ordering::Relaxed);
        (most == 0 || running < most).then_some(flow)
    }

    /// Takes rules of a version that is newer; streams under way go on as they are.
    pub(crate) fn replace_rules(
        &self,
        version: i32,
        read: impl FnOnce() -> Result<Rules, String>,
    ) -> Result<(), String> {
        let mut outcome = Ok(());
        self.rules.send_if_modified(|rules| {
            if version <= rules.0 {
                return false;
            }
            match read() {
                Ok(new) => {
                    tracing::info!(version, config = %new.to_json(), "Updated to new configuration");
                    *rules = (version, Arc::new(new));
                    true
                }
                Err(error) => {
                    outcome = Err(error);
                    false
                }
            }
        });
        outcome
    }

    pub(crate) fn client(&self) -> TunnelId {
        TunnelId(self.client)
    }

    pub(crate) fn registration(&self, index: u8, attempts: u8, local: Option<IpAddr>) -> Registration {
        Registration {
            account: self.credentials.account.clone(),
            secret: self.credentials.secret.clone(),
            tunnel: self.tunnel,
            index,
            options: Registering {
                client: self.client,
                features: self.features(),
                version: format!("sallyport {}", env!("CARGO_PKG_VERSION")),
                arch: format!("{}_{}", std::env::consts::OS, arch()),
                local,
                attempts,
            },
        }
    }

    fn features(&self) -> Vec<String> {
        let strict = self.post_quantum.then_some(POST_QUANTUM);
        FEATURES.into_iter().chain(strict).map(str::to_owned).collect()
    }

    pub(crate) fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Teams are believed by the public authorities and those of the realm, whatever the edge is believed by.
fn visitors(realm: Realm) -> Result<Visitors, ConnectorError> {
    let roots = Roots { realm: realm.roots.clone(), only: None };
    Ok(Visitors::new(realm, tls::client_config(&roots, false)?))
}

/// The processor as Go calls it, which is what administrators see of other connectors.
fn arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
}
