//! Owned tasks: each hangs off one token and one tracker, and none starts after the end began.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The tasks of one engine. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    root: CancellationToken,
}

impl Tasks {
    pub(crate) fn new(root: CancellationToken) -> Self {
        Self { tracker: TaskTracker::new(), root }
    }

    /// Runs `work` until it ends or the engine does. `name` is for the log.
    pub(crate) fn own(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        if self.root.is_cancelled() {
            return;
        }
        let root = self.root.clone();
        self.tracker.spawn(async move {
            tokio::select! {
                () = root.cancelled() => tracing::trace!(name, "task ended with the engine"),
                () = work => {}
            }
        });
    }

    /// A token that ends with the engine or on its own.
    pub(crate) fn branch(&self) -> CancellationToken {
        self.root.child_token()
    }

    /// Ends all of them, waiting at most `limit`.
    pub(crate) async fn end(&self, limit: Duration) {
        self.root.cancel();
        self.tracker.close();
        if tokio::time::timeout(limit, self.tracker.wait()).await.is_err() {
            tracing::warn!("tasks did not end in time");
        }
    }
}
