//! Waiting for the right to log in to a team, with an eye on what others get meanwhile.
//!
//! What a log-in comes to is everybody's who waits for it: a token is looked for, and a refusal is left as a word for
//! those who began to wait before it. Otherwise forty programs would ask the same person forty times. An owner that
//! dies leaves none, and the next one asks.

use std::pin::pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use vault::Turn;
use wire::Cause;

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

/// Why a log-in ended without a login, for those who waited for it: in their words, where these name the host.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Refusal {
    Cancelled,
    TimedOut { seconds: u64 },
    Other(Cause),
}

/// What was known of a team's log-ins before one waited for the turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before(u64);

impl Access {
    /// What is known now of this team's log-ins. To be asked before the turn is.
    pub(super) fn before(&self, app: &App) -> Before {
        Before(Turn::last_word(self.profile(), &name(app)).number)
    }

    /// The browser visit of whoever has the turn, unless one that was waited for came to nothing.
    pub(super) async fn visit(
        &self,
        app: &App,
        turn: &Turn,
        before: Before,
        events: impl Fn(LogInEvent) + Send,
        cancel: CancellationToken,
    ) -> Result<Held, AccessError> {
        if let Some(refusal) = self.refusal_since(app, before) {
            return Err(refusal);
        }
        let held = self.log_in(app, events, cancel).await;
        if let Err(error) = &held
            && let Ok(word) = serde_json::to_string(&Refusal::of(error))
        {
            turn.leave_word(&word);
        }
        held
    }

    fn refusal_since(&self, app: &App, Before(number): Before) -> Option<AccessError> {
        let word = Turn::last_word(self.profile(), &name(app));
        let refusal: Refusal =
            (word.number != number).then(|| serde_json::from_str(&word.text).ok()).flatten()?;
        Some(refusal.to(app.url.host()))
    }

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

impl Refusal {
    fn of(error: &AccessError) -> Self {
        if let AccessError::LogInCancelled { .. } = error {
            return Self::Cancelled;
        }
        if let AccessError::LogInTimedOut { after, .. } = error {
            return Self::TimedOut { seconds: after.as_secs() };
        }
        Self::Other(error.cause())
    }

    fn to(self, host: &str) -> AccessError {
        let host = host.to_owned();
        match self {
            Self::Cancelled => AccessError::LogInCancelled { host },
            Self::TimedOut { seconds } => {
                AccessError::LogInTimedOut { host, after: Duration::from_secs(seconds) }
            }
            Self::Other(cause) => AccessError::OtherRefused { host, cause },
        }
    }
}

fn name(app: &App) -> String {
    format!("log-in {}", app.team)
}
