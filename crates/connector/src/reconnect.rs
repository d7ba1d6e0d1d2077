//! The wish that a connection goes and comes back, for whoever tries how a tunnel takes that.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};

use crate::connector::Shared;

/// Asks connections of a running connector to go and come back.
#[derive(Clone, Debug)]
pub struct Reconnect(pub(crate) Arc<Shared>);

/// Wishes on their way to whichever connection stands.
#[derive(Debug)]
pub(crate) struct Reconnects {
    wish: mpsc::Sender<Duration>,
    wished: Mutex<mpsc::Receiver<Duration>>,
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
        Self { wish, wished: Mutex::new(wished) }
    }
}

impl Reconnects {
    /// The next wish, for one of all that wait.
    pub(crate) async fn wished(&self) -> Duration {
        let next = self.wished.lock().await.recv().await;
        match next {
            Some(after) => after,
            None => std::future::pending().await,
        }
    }
}
