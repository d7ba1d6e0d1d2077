//! One connection to the edge from its dialling to its end, by whichever protocol passes.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU16;
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;
use wire::tunnel::rpc::Registered;

use crate::board::LinkState;
use crate::connector::Shared;
use crate::error::LinkError;
use crate::http2::{self, Http2Link};
use crate::protocol::Protocol;
use crate::quic::{self, QuicLink};
use crate::reconnect::MyTurn;

/// How long what is tried first goes alone. An edge that is there answers within this time, and a firewall that drops
/// UDP costs a person no more than it.
const HEAD_START: Duration = Duration::from_millis(1500);

/// One connection from its dialling to its end.
pub(crate) struct Session<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    pub(crate) index: u8,
    pub(crate) address: SocketAddr,
    pub(crate) attempts: u8,
    /// The port of this machine that was used last by UDP, 0 before: networks keep what they know of it.
    pub(crate) port: &'a AtomicU16,
    /// Asks to leave in due form.
    pub(crate) stop: &'a CancellationToken,
    /// Asks to leave for good.
    pub(crate) for_good: &'a CancellationToken,
    /// What it leaves by where it is to come back as a new one.
    pub(crate) turn: &'a MyTurn,
}

/// Hears once, by which protocol and as what the edge has taken the connection.
pub(crate) type Taken = Option<oneshot::Sender<(Protocol, Registered)>>;

/// A connection on which nothing was said yet.
enum Link {
    Http2(Box<Http2Link>),
    Quic(QuicLink),
}

impl Session<'_> {
    /// Runs until the connection ends. No error after a proper leave.
    pub(crate) async fn run(
        self,
        registered: oneshot::Sender<(Protocol, Registered)>,
    ) -> Result<(), LinkError> {
        let link = tokio::select! {
            dialled = self.dial() => dialled?,
            () = self.stop.cancelled() => return Ok(()),
        };
        let mut taken = Some(registered);
        let (protocol, ended) = match link {
            Link::Http2(link) => (Protocol::Http2, http2::serve(&self, *link, &mut taken).await),
            Link::Quic(link) => (Protocol::Quic, quic::serve(&self, link, &mut taken).await),
        };
        match &ended {
            Err(error) if taken.is_some() && !matches!(error, LinkError::Refused(_)) => {
                self.shared.choice.failed(protocol);
            }
            Ok(()) | Err(_) => {}
        }
        ended
    }

    /// The edge has taken the connection.
    pub(crate) fn taken(&self, taken: &mut Taken, protocol: Protocol, details: Registered) {
        self.shared.choice.served(protocol);
        // Nobody waits for it any more once the connector is dropped.
        drop(taken.take().map(|tell| tell.send((protocol, details))));
    }

    /// Leaves in due form, to come back as a new connection at once. False where it is not its turn.
    pub(crate) fn renew(&self) -> bool {
        let turn = self.shared.reconnects.turn(&self.shared.board);
        let is_its = turn.is_some();
        if is_its {
            tracing::info!(connIndex = self.index, "Renewing connection, to give back what a rush took");
            self.turn.take(turn);
            // It takes no more requests, however long the last of its streams goes on.
            self.shared.board.put(self.index, LinkState::Connecting { to: self.address, failed: None });
            self.stop.cancel();
        }
        is_its
    }

    /// By what comes first in order; where that takes long, by the other one beside it.
    async fn dial(&self) -> Result<Link, LinkError> {
        let (first, second) = self.shared.choice.order();
        let Some(second) = second else { return self.dial_by(first).await };
        let hurry = Notify::new();
        let mut one = pin!(self.dial_by(first));
        let mut two = pin!(async {
            tokio::select! {
                () = tokio::time::sleep(HEAD_START) => {}
                () = hurry.notified() => {}
            }
            self.dial_by(second).await
        });
        let (won, error) = tokio::select! {
            link = &mut one => match link {
                Ok(link) => return Ok(link),
                Err(error) => {
                    hurry.notify_one();
                    (two.await, error)
                }
            },
            link = &mut two => match link {
                Ok(link) => {
                    self.switched(first, second);
                    return Ok(link);
                }
                Err(error) => (one.await, error),
            },
        };
        if won.is_err() {
            tracing::debug!(%error, "neither protocol reaches the edge");
        }
        won
    }

    async fn dial_by(&self, protocol: Protocol) -> Result<Link, LinkError> {
        match protocol {
            Protocol::Http2 => http2::connect(self).await.map(|link| Link::Http2(Box::new(link))),
            Protocol::Quic => quic::connect(self).await.map(Link::Quic),
        }
    }

    fn switched(&self, from: Protocol, to: Protocol) {
        tracing::info!(connIndex = self.index, "Switching to fallback protocol {to}");
        if from == Protocol::Quic {
            let address = self.address;
            tracing::warn!("nothing comes back by UDP from {address}: a firewall drops it, most likely");
        }
    }
}

/// Within this time, or it counts as silence.
pub(crate) async fn within<T>(
    step: &'static str,
    after: Duration,
    work: impl Future<Output = T>,
) -> Result<T, LinkError> {
    tokio::time::timeout(after, work).await.map_err(|_| LinkError::Silent { step, after })
}

/// Never, where there is no such time.
pub(crate) async fn until(time: Option<tokio::time::Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
