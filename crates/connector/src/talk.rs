//! The conversation of one connection: it is registered, tells its rules where they are local, and leaves when asked to.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use wire::tunnel::rpc::Registered;

use crate::connector::{LOCAL, Shared};
use crate::control::Control;
use crate::error::LinkError;
use crate::rpc_stream::RpcStream;
use crate::session::Session;

/// What the conversation with the edge has come to.
pub(crate) enum News {
    Registered(Registered),
    Ended(LinkError),
    /// The edge knows that we leave.
    Left,
}

/// The conversation on one connection.
pub(crate) struct Talk {
    shared: Arc<Shared>,
    index: u8,
    attempts: u8,
    local: Option<IpAddr>,
    stop: CancellationToken,
}

impl Talk {
    /// Of a session whose own address is this.
    pub(crate) fn new(session: &Session<'_>, local: Option<IpAddr>) -> Self {
        Self {
            shared: Arc::clone(session.shared),
            index: session.index,
            attempts: session.attempts,
            local,
            stop: session.stop.clone(),
        }
    }

    /// Speaks until one side ends it.
    pub(crate) async fn hold(self, stream: RpcStream, tell: mpsc::Sender<News>) {
        let ended = self.converse(Control::new(stream), &tell).await;
        // Nobody listens any more once the connection is gone.
        drop(tell.send(ended.map_or_else(News::Ended, |()| News::Left)).await);
    }

    async fn converse(&self, mut control: Control, tell: &mpsc::Sender<News>) -> Result<(), LinkError> {
        let registration = self.shared.registration(self.index, self.attempts, self.local);
        let details = tokio::select! {
            registered = control.register(registration) => registered?,
            // An edge that has not answered yet has nothing to be told.
            () = self.stop.cancelled() => return Ok(()),
        };
        let tells_rules = self.index == 0 && !details.remotely_managed;
        drop(tell.send(News::Registered(details)).await);
        let mut rules = self.shared.watch_rules();
        if tells_rules {
            rules.mark_changed();
        }
        loop {
            tokio::select! {
                error = control.over() => return Err(error),
                Ok(()) = rules.changed(), if tells_rules => {
                    let is_local = rules.borrow_and_update().0 == LOCAL;
                    if is_local {
                        self.tell_rules(&mut control).await;
                    }
                }
                () = self.stop.cancelled() => return control.leave().await,
            }
        }
    }
    async fn tell_rules(&self, control: &mut Control) {
        let counts = &self.shared.board.counts;
        counts.rules_told.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = control.tell(self.shared.rules_as_json()).await {
            counts.rules_not_taken.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(%error, "the edge did not take these rules; they count all the same");
        }
    }
}
