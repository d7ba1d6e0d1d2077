//! Which hosts an agent answers for: one address each, so that ssh says by it which app is meant.

use std::collections::HashMap;
use std::sync::Arc;

use ipc::{Door, LocalStream};
use profile::DesktopAddress;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use wire::{AppUrl, Cause};

use super::{CertificateAgent, TokenSource};
use crate::{Access, Certificate};

/// How many programs one host's agent talks to at once; others wait until one has gone.
const AT_ONCE: usize = 128;
/// How long to wait when the system has nothing to spare for another connection.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

/// The agents of one program, each at its address. Dropping this ends them and forgets their keys.
pub struct Agents<T> {
    access: Access,
    tokens: Arc<T>,
    running: HashMap<DesktopAddress, Running<T>>,
    tasks: JoinSet<()>,
    changed: watch::Sender<()>,
}

struct Running<T> {
    url: AppUrl,
    agent: Arc<CertificateAgent<T>>,
    task: AbortHandle,
}

/// Who answers at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Served {
    /// This program.
    Here,
    /// Another program of this person's.
    Elsewhere,
    /// Nobody can.
    Nobody(Cause),
}

impl<T: TokenSource> Agents<T> {
    /// None yet.
    #[must_use]
    pub fn new(access: Access, tokens: T) -> Self {
        let (changed, _) = watch::channel(());
        Self { access, tokens: Arc::new(tokens), running: HashMap::new(), tasks: JoinSet::new(), changed }
    }

    /// Tells of every certificate that comes or fails to come.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Answers for exactly these apps from now on; those that stay keep their keys. An address that another program has
    /// is left to it, and taken in a later call when it is free. Must be called inside a runtime.
    pub fn answer_for(&mut self, wanted: &[(AppUrl, DesktopAddress)]) -> Vec<Served> {
        self.running.retain(|address, running| {
            let stays = wanted.iter().any(|(url, place)| place == address && *url == running.url);
            if !stays {
                running.task.abort();
            }
            stays
        });
        while self.tasks.try_join_next().is_some() {}
        wanted.iter().map(|(url, address)| self.answer_at(url, address)).collect()
    }

    /// The certificate at hand for each app that this program answers for.
    #[must_use]
    pub fn certificates(&self) -> Vec<(AppUrl, Certificate)> {
        let at_hand = |it: &Running<T>| Some((it.url.clone(), it.agent.current()?));
        self.running.values().filter_map(at_hand).collect()
    }

    fn answer_at(&mut self, url: &AppUrl, address: &DesktopAddress) -> Served {
        if self.running.get(address).is_some_and(|running| !running.task.is_finished()) {
            return Served::Here;
        }
        let door = match Door::open(address) {
            Ok(Some(door)) => door,
            Ok(None) => return Served::Elsewhere,
            Err(error) => {
                let detail = error.to_string();
                return Served::Nobody(Cause::CannotListen { address: place(address), detail });
            }
        };
        let made = CertificateAgent::new(
            self.access.clone(),
            url.clone(),
            Arc::clone(&self.tokens),
            self.changed.clone(),
        );
        let agent = match made {
            Ok(agent) => Arc::new(agent),
            Err(error) => return Served::Nobody(error.cause()),
        };
        let task = self.tasks.spawn(answer(door, Arc::clone(&agent)));
        self.running.insert(address.clone(), Running { url: url.clone(), agent, task });
        Served::Here
    }
}

fn place(address: &DesktopAddress) -> String {
    match address {
        DesktopAddress::Socket(path) => path.display().to_string(),
        DesktopAddress::Pipe(name) => name.clone(),
    }
}

/// Answers until the task is ended.
async fn answer<T: TokenSource>(door: Door, agent: Arc<CertificateAgent<T>>) {
    let mut clients = JoinSet::new();
    loop {
        tokio::select! {
            next = door.next(), if clients.len() < AT_ONCE => match next {
                Ok(stream) => drop(clients.spawn(converse(stream, Arc::clone(&agent)))),
                Err(error) => {
                    tracing::debug!(%error, "a client of the agent could not be let in");
                    tokio::time::sleep(PAUSE).await;
                }
            },
            Some(_) = clients.join_next() => {}
        }
    }
}

async fn converse<T: TokenSource>(stream: LocalStream, agent: Arc<CertificateAgent<T>>) {
    if let Err(error) = ssh_agent::serve(stream, &*agent).await {
        tracing::debug!(%error, "a client of the agent spoke out of turn");
    }
}
