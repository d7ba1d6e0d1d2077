//! Answering helpers: one task for each that is connected.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ipc::{Answer, Ask, Listener, Peer, cause_in};
use model::{HelperAsk, Input, Request};
use tokio::sync::mpsc;

use crate::tasks::Tasks;

/// The helpers that are connected now, by ticket. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Helpers {
    next: Arc<AtomicU64>,
    connected: Arc<Mutex<BTreeMap<u64, mpsc::UnboundedSender<Answer>>>>,
}

impl Helpers {
    /// Accepts helpers until the engine ends.
    pub(crate) fn serve(&self, listener: Listener, inputs: mpsc::UnboundedSender<Input>, tasks: &Tasks) {
        let (helpers, owner) = (self.clone(), tasks.clone());
        tasks.own("helpers", async move {
            loop {
                match listener.accept().await {
                    Ok(peer) => helpers.welcome(peer, inputs.clone(), &owner),
                    Err(error) => tracing::debug!(%error, "a helper could not be welcomed"),
                }
            }
        });
    }

    /// Sends an answer to the helper with this ticket, if it is still there.
    pub(crate) fn answer(&self, ticket: u64, answer: Answer) {
        let connected = self.connected.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answers) = connected.get(&ticket) {
            let _ = answers.send(answer);
        }
    }

    fn welcome(&self, peer: Peer, inputs: mpsc::UnboundedSender<Input>, tasks: &Tasks) {
        let ticket = self.next.fetch_add(1, Ordering::Relaxed);
        let (answers, received) = mpsc::unbounded_channel();
        self.connected.lock().unwrap_or_else(PoisonError::into_inner).insert(ticket, answers);
        let connected = self.connected.clone();
        tasks.own("helper", async move {
            converse(peer, ticket, &inputs, received).await;
            connected.lock().unwrap_or_else(PoisonError::into_inner).remove(&ticket);
            let _ = inputs.send(Input::HelperGone { ticket });
        });
    }
}

async fn converse(
    mut peer: Peer,
    ticket: u64,
    inputs: &mpsc::UnboundedSender<Input>,
    mut answers: mpsc::UnboundedReceiver<Answer>,
) {
    loop {
        let told = tokio::select! {
            ask = peer.next() => match ask {
                Ok(Some(ask)) => hear(&mut peer, ticket, ask, inputs).await,
                Ok(None) => false,
                Err(error) => {
                    tracing::debug!(%error, "a helper spoke out of turn");
                    false
                }
            },
            Some(answer) = answers.recv() => peer.answer(&answer).await.is_ok(),
        };
        if !told {
            return;
        }
    }
}

/// Passes an ask on; what needs no thought is acknowledged at once.
async fn hear(peer: &mut Peer, ticket: u64, ask: Ask, inputs: &mpsc::UnboundedSender<Input>) -> bool {
    let plain = matches!(ask, Ask::Show | Ask::Quit | Ask::Unknown);
    let passed = heard(ticket, ask).is_none_or(|input| inputs.send(input).is_ok());
    passed && (!plain || peer.answer(&Answer::Done).await.is_ok())
}

/// What an ask is to the brain; nothing when it comes from a newer helper.
fn heard(ticket: u64, ask: Ask) -> Option<Input> {
    let ask = match ask {
        Ask::Token { app } => HelperAsk::Token { hostname: app.host().to_owned() },
        Ask::LogIn { app, program } => HelperAsk::LogIn { app: app.to_string(), terminal: program.terminal },
        Ask::SessionOpened { host, .. } => HelperAsk::SessionOpened { hostname: host },
        Ask::Failed { host, cause } => HelperAsk::Failed { hostname: host, cause: cause_in(&cause) },
        Ask::TokensChanged => HelperAsk::TokensChanged,
        Ask::HostsChanged => HelperAsk::HostsChanged,
        Ask::Status => HelperAsk::Status,
        Ask::Show => return Some(Input::Request(Request::ShowWindow)),
        Ask::Quit => return Some(Input::Request(Request::Quit)),
        Ask::Unknown => return None,
    };
    Some(Input::Asked { ticket, ask })
}
