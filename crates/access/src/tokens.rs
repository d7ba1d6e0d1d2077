//! Tokens for an app: at hand, exchanged, or logged in for; one browser, however many programs ask.

mod ahead;
mod log_in;
mod turn;

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use vault::Slot;
use wire::{AppToken, AppUrl, Cause, Claims, Jwt, OrgToken, TeamDomain, UnusableToken, limit};

use crate::error::{Step, TransferFault};
use crate::exchange::Walk;
use crate::reach::limited;
use crate::{Access, AccessError, App};
pub use log_in::LogInEvent;
use turn::Waited;

/// Before the second try of an exchange and the third.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(1)];

/// A token that may be presented now.
#[derive(Clone, Debug)]
pub struct Held {
    /// The token.
    pub token: AppToken,
    /// What it says of itself.
    pub claims: Claims,
    /// The app it is for.
    pub app: App,
    /// Until when the team's token can buy another without a browser, seconds since the Unix epoch; `None` when that
    /// was not looked at or there is none.
    pub org_until: Option<i64>,
    /// Why the token could not be put to rest, if so; it is kept in memory then.
    pub unkept: Option<Cause>,
}

impl Access {
    /// The token for the app at `url`, if one is known and good now. Asks the vault, never the network.
    ///
    /// # Errors
    /// When the vault fails.
    pub async fn token_at_hand(&self, url: &AppUrl) -> Result<Option<Held>, AccessError> {
        match self.known_app(url) {
            Some(app) => self.token_for(&app).await,
            None => Ok(None),
        }
    }

    /// The same for a thread that may block, such as one beside a dial.
    ///
    /// # Errors
    /// When the vault fails.
    pub fn token_at_hand_blocking(&self, url: &AppUrl) -> Result<Option<Held>, AccessError> {
        let Some(app) = self.known_app(url) else { return Ok(None) };
        let stored = self.vault().read_blocking(&app_slot(&app))?;
        Ok(stored.and_then(|jwt| self.usable(&app, jwt)))
    }

    /// Until when the team's token can buy app tokens without a browser, seconds since the Unix epoch.
    ///
    /// # Errors
    /// When the vault fails.
    pub async fn org_until(&self, team: &TeamDomain) -> Result<Option<i64>, AccessError> {
        Ok(self.org_token(team).await?.map(|(_, claims)| claims.exp))
    }

    /// A token for the app at `url`: at hand, else from the first of exchange and log-in that works.
    ///
    /// Whoever comes while another program of this person logs in to the same team waits for what that gets, a refusal
    /// included.
    ///
    /// # Errors
    /// Why there is no token: the vault, the network, the policy, or the person.
    pub async fn obtain(
        &self,
        url: &AppUrl,
        events: impl Fn(LogInEvent) + Send,
        cancel: CancellationToken,
    ) -> Result<Held, AccessError> {
        if let Some(held) = self.token_at_hand(url).await? {
            return Ok(held);
        }
        let app = self.discover(url).await?;
        self.renew(&app, None, events, cancel).await
    }

    /// A token for `app` other than `rejected`, which the edge does not accept any more.
    ///
    /// # Errors
    /// As [`obtain`](Self::obtain).
    pub async fn renew(
        &self,
        app: &App,
        rejected: Option<&AppToken>,
        events: impl Fn(LogInEvent) + Send,
        cancel: CancellationToken,
    ) -> Result<Held, AccessError> {
        if let Some(rejected) = rejected {
            self.forget(app, rejected).await?;
        }
        let before = self.before(app);
        let turn = match self.try_turn(app)? {
            Some(turn) => turn,
            None => {
                events(LogInEvent::Waiting { owner: self.turn_owner(app) });
                match self.wait_for_turn(app, &cancel).await? {
                    Waited::Appeared(held) => return Ok(*held),
                    Waited::Turn(turn) => turn,
                }
            }
        };
        if let Some(held) = self.token_for(app).await? {
            return Ok(held);
        }
        match self.exchange_patiently(app, &cancel).await {
            Err(error) if error.needs_log_in() => {
                tracing::debug!(%error, "no exchange; a log-in is needed");
            }
            settled => return settled,
        }
        self.visit(app, &turn, before, events, cancel).await
    }

    /// A new token for the app at `url` although the one at hand may work; that one stays until the new one is there.
    /// With the team's token where `exchange` allows it, else in the browser.
    ///
    /// # Errors
    /// As [`obtain`](Self::obtain).
    pub async fn obtain_anew(
        &self,
        url: &AppUrl,
        exchange: bool,
        events: impl Fn(LogInEvent) + Send,
        cancel: CancellationToken,
    ) -> Result<Held, AccessError> {
        let app = self.discover(url).await?;
        let before = self.before(&app);
        let turn = self.turn(&app, &events, &cancel).await?;
        if exchange {
            match self.exchange_patiently(&app, &cancel).await {
                Err(error) if error.needs_log_in() => {}
                settled => return settled,
            }
        }
        self.visit(&app, &turn, before, events, cancel).await
    }

    /// Buys an app token with the team's token, without a browser.
    ///
    /// # Errors
    /// [`AccessError::LogInNeeded`] when there is no good team token, [`AccessError::TokenRejected`] when the edge does
    /// not accept it, and what can go wrong on the way.
    pub async fn exchange(&self, app: &App) -> Result<Held, AccessError> {
        let host = app.url.host();
        let Some((org, claims)) = self.org_token(&app.team).await? else {
            return Err(AccessError::LogInNeeded { host: host.to_owned() });
        };
        let walk = Walk { dialler: self.dialler(), app, org: &org, now: self.clock().now() };
        let token = limited(host, Step::Exchanging, limit::DISCOVERY, walk.run()).await?;
        let held = self.accept(app, token).await?;
        Ok(Held { org_until: Some(claims.exp), ..held })
    }

    /// The same, again after a pause while it fails for a reason that passes: a network that flaps is nothing that a
    /// browser would mend.
    async fn exchange_patiently(&self, app: &App, cancel: &CancellationToken) -> Result<Held, AccessError> {
        for pause in PAUSES {
            match self.exchange(app).await {
                Err(error) if error.is_transient() => {
                    tracing::debug!(%error, "the exchange is tried again");
                }
                settled => return settled,
            }
            tokio::select! {
                () = cancel.cancelled() => {
                    return Err(AccessError::LogInCancelled { host: app.url.host().to_owned() });
                }
                () = sleep(pause) => {}
            }
        }
        self.exchange(app).await
    }

    /// Forgets the token for the app at `url` and the team's, which would buy another at once; tells whether there was
    /// one. Tokens of the team's other apps stay until they end.
    ///
    /// # Errors
    /// When the vault fails.
    pub async fn log_out(&self, url: &AppUrl) -> Result<bool, AccessError> {
        let Some(app) = self.known_app(url) else { return Ok(false) };
        let bought = self.vault().remove(&Slot::Org { team: app.team.clone() }).await?;
        Ok(self.vault().remove(&app_slot(&app)).await? || bought)
    }

    /// Forgets the team's token and those of all its known apps; tells whether there were any.
    ///
    /// # Errors
    /// When the vault fails.
    pub async fn log_out_of_team(&self, team: &TeamDomain) -> Result<bool, AccessError> {
        let mut audiences: Vec<_> =
            self.apps().all().into_iter().filter(|app| app.team == *team).map(|app| app.audience).collect();
        audiences.sort_unstable();
        audiences.dedup();
        let mut found = self.vault().remove(&Slot::Org { team: team.clone() }).await?;
        for audience in audiences {
            found |= self.vault().remove(&Slot::App { audience }).await?;
        }
        Ok(found)
    }

    async fn token_for(&self, app: &App) -> Result<Option<Held>, AccessError> {
        let stored = self.vault().read(&app_slot(app)).await?;
        Ok(stored.and_then(|jwt| self.usable(app, jwt)))
    }

    fn usable(&self, app: &App, jwt: Jwt) -> Option<Held> {
        let token = AppToken(jwt);
        match token.usable(&app.audience, self.clock().now()) {
            Ok(claims) => Some(Held { token, claims, app: app.clone(), org_until: None, unkept: None }),
            Err(why) => {
                tracing::debug!(host = app.url.host(), %why, "the token at rest is of no use");
                None
            }
        }
    }

    async fn org_token(&self, team: &TeamDomain) -> Result<Option<(OrgToken, Claims)>, AccessError> {
        let stored = self.vault().read(&Slot::Org { team: team.clone() }).await?;
        Ok(stored.map(OrgToken).and_then(|org| Some((org.clone(), org.usable(self.clock().now()).ok()?))))
    }

    /// Removes a rejected token, unless another program has put a better one in its place.
    ///
    /// # Errors
    /// When the vault fails.
    pub async fn forget(&self, app: &App, rejected: &AppToken) -> Result<(), AccessError> {
        let slot = app_slot(app);
        if self.vault().read(&slot).await?.as_ref() == Some(&rejected.0) {
            self.vault().remove(&slot).await?;
        }
        Ok(())
    }

    /// Verifies a token that has just been issued, and keeps it.
    async fn accept(&self, app: &App, token: AppToken) -> Result<Held, AccessError> {
        let unreadable = |what| AccessError::TransferUnreadable { host: app.url.host().to_owned(), what };
        if self.keys().verify(&app.team, token.0.reveal()).await?.is_none() {
            return Err(unreadable(TransferFault::Signature));
        }
        let claims = match token.usable(&app.audience, self.clock().now()) {
            Ok(claims) => claims,
            Err(UnusableToken::Expired) => return Err(self.expired_at_birth(app).await),
            Err(UnusableToken::OtherAudience) => return Err(unreadable(TransferFault::OtherAudience)),
            Err(UnusableToken::Malformed) => return Err(unreadable(TransferFault::NoTokens)),
        };
        let unkept = self.keep(&app_slot(app), &token.0).await;
        Ok(Held { token, claims, app: app.clone(), org_until: None, unkept })
    }

    /// Puts a token to rest, else keeps it in memory; tells why, if so.
    async fn keep(&self, slot: &Slot, token: &Jwt) -> Option<Cause> {
        let error = self.vault().write(slot, token).await.err()?;
        tracing::debug!(%slot, %error, "a token could not be saved");
        self.vault().keep_in_memory(slot, token);
        Some(error.cause())
    }

    /// A token that ends before it arrives is more often the fault of this machine's clock than of the edge.
    async fn expired_at_birth(&self, app: &App) -> AccessError {
        let host = app.url.host().to_owned();
        match self.clock_off(&app.url).await {
            Some(seconds) => AccessError::ClockOff { host, seconds },
            None => AccessError::TransferUnreadable { host, what: TransferFault::Expired },
        }
    }
}

fn app_slot(app: &App) -> Slot {
    Slot::App { audience: app.audience.clone() }
}
