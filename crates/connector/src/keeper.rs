//! One of a connector's connections, from its first attempt to its farewell.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use wire::tunnel::TunnelId;
use wire::tunnel::rpc::Registered;

use crate::backoff::{Backoff, random};
use crate::board::{Failed, LinkState};
use crate::connector::Shared;
use crate::error::{ConnectorError, LinkError};
use crate::protocol::Protocol;
use crate::reconnect::MyTurn;
use crate::session::Session;

/// Keeps one connection.
pub(crate) struct Keeper {
    pub(crate) shared: Arc<Shared>,
    pub(crate) index: u8,
    pub(crate) stop: CancellationToken,
}

impl Keeper {
    /// Until it is asked to leave; an error when the edge will not have it before it ever stood.
    pub(crate) async fn keep(
        self,
        mut tell_first: Option<oneshot::Sender<()>>,
    ) -> Result<(), ConnectorError> {
        let (mut backoff, mut has_stood, mut failed) = (Backoff::default(), false, None);
        let (port, turn) = (AtomicU16::new(0), MyTurn::default());
        let Some(mut address) = self.shared.pool().take(self.index, random()) else { return Ok(()) };
        while !self.stop.is_cancelled() {
            let connecting = LinkState::Connecting { to: address, failed: failed.take() };
            self.shared.board.put(self.index, connecting);
            let (tell, told) = oneshot::channel();
            let round = self.stop.child_token();
            let session = Session {
                shared: &self.shared,
                index: self.index,
                address,
                attempts: backoff.attempts(),
                port: &port,
                stop: &round,
                for_good: &self.stop,
                turn: &turn,
            };
            let held = turn.give();
            let noting = async {
                // Others have their turn once this one is back, or cannot be reached.
                let _held = held;
                let Ok((protocol, details)) = told.await else { return std::future::pending().await };
                self.registered(address, protocol, &details);
                if let Some(tell) = tell_first.take() {
                    let _ = tell.send(());
                }
            };
            let Round { ended, stood, goes } = run(session.run(tell), noting, &self.shared, &round).await;
            has_stood |= stood;
            if stood {
                backoff.reset();
            }
            let Err(error) = ended else {
                // Without a wish of that kind it was asked to leave for good.
                let renews = turn.is_held().then_some(Duration::ZERO);
                let Some(pause) = goes.or(renews) else { break };
                self.pause(pause).await;
                continue;
            };
            if let Some(said) = error.is_final() {
                self.shared.board.counts.refusals.fetch_add(1, Ordering::Relaxed);
                if !has_stood && self.index == 0 {
                    return Err(ConnectorError::Refused { said });
                }
            }
            let pause = backoff.pause(error.setback(stood), random());
            failed = Some(self.wait(&error, pause).await);
            if error.is_about_the_address() {
                address = self.shared.pool().change(self.index, random()).unwrap_or(address);
            }
        }
        self.shared.board.put(self.index, LinkState::Left);
        tracing::info!(connIndex = self.index, "Unregistered tunnel connection");
        Ok(())
    }

    fn registered(&self, address: SocketAddr, protocol: Protocol, details: &Registered) {
        self.shared.board.counts.registrations.fetch_add(1, Ordering::Relaxed);
        let location = details.location.clone();
        tracing::info!(
            connIndex = self.index,
            connection = %TunnelId(details.connection),
            ip = %address.ip(),
            location,
            %protocol,
            "Registered tunnel connection"
        );
        let (connection, since) = (details.connection, Instant::now());
        let state = LinkState::Registered { protocol, to: address, location, connection, since };
        self.shared.board.put(self.index, state);
    }

    async fn wait(&self, error: &LinkError, pause: Duration) -> Failed {
        tracing::warn!(connIndex = self.index, %error, "Retrying connection in up to {pause:.1?}");
        let failed = Failed { fault: error.kind(), why: error.to_string() };
        let waiting = LinkState::Waiting { failed: failed.clone(), until: Instant::now() + pause };
        self.shared.board.put(self.index, waiting);
        self.pause(pause).await;
        failed
    }

    async fn pause(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.stop.cancelled() => {}
        }
    }
}

/// How one session has gone.
struct Round<T> {
    ended: T,
    /// Whether the edge has ever sent requests on it.
    stood: bool,
    /// It went as somebody wished, to come back after this time.
    goes: Option<Duration>,
}

/// Runs a session beside what is to be noted once. Once it stands, it may be wished away.
async fn run<T>(
    session: impl Future<Output = T>,
    noting: impl Future<Output = ()>,
    shared: &Shared,
    round: &CancellationToken,
) -> Round<T> {
    let (mut session, mut noting) = (pin!(session), pin!(noting));
    let mut wished = pin!(shared.reconnects.wished());
    let (mut stood, mut goes) = (false, None);
    loop {
        tokio::select! {
            // What has stood for a moment only has stood: both may be there at once.
            biased;
            () = &mut noting, if !stood => stood = true,
            ended = &mut session => return Round { ended, stood, goes },
            after = &mut wished, if stood && goes.is_none() => {
                goes = Some(after);
                round.cancel();
            }
        }
    }
}
