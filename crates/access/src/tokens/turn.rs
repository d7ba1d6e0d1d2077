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
    /// This team's turn if nobody has it. One per team, not per app: the log-in of one app brings the team's token,
    /// which buys the others' without a browser.
    pub(super) fn try_turn(&self, app: &App) -> Result<Option<Turn>, AccessError> {
        Ok(Turn::try_take(self.profile(), &name(app))?)
    }

    /// Waits for this team's turn, whatever others get meanwhile.
    pub(super) async fn turn(
        &self,
        app: &App,
        events: &(impl Fn(LogInEvent) + Send),
        cancel: &CancellationToken,
    ) -> Result<Turn, AccessError> {
        if let Some(turn) = self.try_turn(app)? {
            return Ok(turn);
        }
        events(LogInEvent::Waiting { owner: self.turn_owner(app) });
        let name = name(app);
        tokio::select! {
            () = cancel.cancelled() => Err(AccessError::LogInCancelled { host: app.url.host().to_owned() }),
            taken = Turn::take(self.profile(), &name) => Ok(taken?),
        }
    }

    /// The process that has this team's turn.
    pub(super) fn turn_owner(&self, app: &App) -> Option<u32> {
        Turn::owner(self.profile(), &name(app))
    }

    /// Waits for this team's turn, or for a token that makes it needless.
    pub(super) async fn wait_for_turn(
        &self,
        app: &App,
        cancel: &CancellationToken,
    ) -> Result<Waited, AccessError> {
        let name = name(app);
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

fn name(app: &App) -> String {
    format!("log-in {}", app.team)
}
