//! Waiting for the right to log in to a team, with an eye on what others get meanwhile.

use std::pin::pin;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use vault::Turn;

use super::{Held, LogInEvent};
use crate::{Access, AccessError, App};

/// How often a waiter looks whether a token has appeared.
const LOOK: Duration = Duration::from_secs(1);

/// What waiting led to.
pub(super) enum Waited {
    /// It is our turn, until this is dropped.
    Turn(Turn),
    /// Somebody else's log-in brought a token.
    Appeared(Box<Held>),
}

impl Access {
    /// Waits for this team's turn. One per team, not per app: the log-in of one app brings the team's token, which buys
    /// the others' without a browser.
    pub(super) async fn wait_for_turn(
        &self,
        app: &App,
        events: &(impl Fn(LogInEvent) + Send),
        cancel: &CancellationToken,
    ) -> Result<Waited, AccessError> {
        let name = format!("log-in {}", app.team);
        if let Some(turn) = Turn::try_take(self.profile(), &name)? {
            return Ok(Waited::Turn(turn));
        }
        events(LogInEvent::Waiting { owner: Turn::owner(self.profile(), &name) });
        let mut turn = pin!(Turn::take(self.profile(), &name));
        loop {
            tokio::select! {
                () = cancel.cancelled() => {
                    return Err(AccessError::LogInCancelled { host: app.url.host().to_owned() });
                }
                taken = &mut turn => return Ok(Waited::Turn(taken?)),
                () = sleep(LOOK) => {
                    // The owner may keep its turn for other reasons; its token is what we wait for.
                    if let Some(held) = self.token_for(app).await? {
                        return Ok(Waited::Appeared(Box::new(held)));
                    }
                }
            }
        }
    }
}
