//! The wish that a connection goes and comes back: of whoever tries how a tunnel takes that, or its own.

use std::sync::{Arc, Mutex as Lock, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc};

use crate::board::Board;
use crate::connector::Shared;

/// Asks connections of a running connector to go and come back.
#[derive(Clone, Debug)]
pub struct Reconnect(pub(crate) Arc<Shared>);

/// Wishes on their way to whichever connection stands.
#[derive(Debug)]
pub(crate) struct Reconnects {
    wish: mpsc::Sender<Duration>,
    wished: Mutex<mpsc::Receiver<Duration>>,
    turns: Arc<Semaphore>,
}

/// The right of one connection to go and come back, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn(#[expect(dead_code, reason = "held for its end")] OwnedSemaphorePermit);

/// The same, where one connection keeps it.
#[derive(Debug, Default)]
pub(crate) struct MyTurn(Lock<Option<Turn>>);

impl MyTurn {
    /// Begins to leave, if it is its turn.
    pub(crate) fn take(&self, turn: Option<Turn>) {
        *self.lock() = turn;
    }

    /// Whether it leaves only to come back.
    pub(crate) fn is_held(&self) -> bool {
        self.lock().is_some()
    }

    /// No more.
    pub(crate) fn give(&self) -> Option<Turn> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Turn>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reconnect {
    /// One connection leaves in due form, with time for what runs on it, and comes back after this pause. Waits until one
    /// takes notice of the wish before.
    pub async fn one(&self, after: Duration) {
        // The other end is there for as long as we are.
        let _ = self.0.reconnects.wish.send(after).await;
    }
}

impl Default for Reconnects {
    fn default() -> Self {
        let (wish, wished) = mpsc::channel(1);
        Self { wish, wished: Mutex::new(wished), turns: Arc::new(Semaphore::new(1)) }
    }
}

impl Reconnects {
    /// For a connection that wants to be replaced: only one at a time, and only while another takes requests.
    pub(crate) fn turn(&self, board: &Board) -> Option<Turn> {
        let turn = Arc::clone(&self.turns).try_acquire_owned().ok()?;
        (board.registered() > 1).then_some(Turn(turn))
    }

    /// The next wish, for one of all that wait.
    pub(crate) async fn wished(&self) -> Duration {
        let next = self.wished.lock().await.recv().await;
        match next {
            Some(after) => after,
            None => std::future::pending().await,
        }
    }
}
