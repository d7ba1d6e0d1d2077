//! The desktop as an agent of certificates: it answers ssh for every host of the block that logs in by one.

use std::time::Duration;

use access::{Agents, App, Renewal, Served, TokenSource};
use ipc::{Answer, Ask, Desktop, Program};
use model::{CertificateFact, Event};
use wire::{AppToken, AppUrl, Cause};

use crate::hands::Hands;

/// How often to look whether an address that another program has is free again.
const AGAIN: Duration = Duration::from_secs(2);

/// Answers until the engine ends. The keys end with it.
pub(crate) async fn serve(hands: Hands) {
    let mut hosts = hands.certified();
    let mut agents = Agents::new(hands.access(), Tokens(hands.clone()));
    let mut changes = agents.changes();
    loop {
        let wanted = hosts.borrow_and_update().clone();
        let served = agents.answer_for(&wanted);
        for ((app, _), served) in wanted.iter().zip(&served).filter(|(_, served)| **served != Served::Here) {
            tracing::debug!(host = app.host(), ?served, "not the agent of this host");
        }
        let is_whole = served.iter().all(|served| *served == Served::Here);
        tokio::select! {
            changed = hosts.changed() => if changed.is_err() { return },
            Ok(()) = changes.changed() => {}
            () = tokio::time::sleep(AGAIN), if !is_whole => continue,
        }
        hands.tell(Event::Certificates(facts(&agents)));
    }
}

fn facts(agents: &Agents<Tokens>) -> Vec<CertificateFact> {
    let fact = |(url, certificate): (AppUrl, access::Certificate)| CertificateFact {
        hostname: url.host().to_owned(),
        principals: certificate.principals,
        until: certificate.until,
    };
    agents.certificates().into_iter().map(fact).collect()
}

/// The vault, then the log-in that everybody else waits for too.
struct Tokens(Hands);

impl TokenSource for Tokens {
    async fn token(&self, url: &AppUrl, rejected: Option<Renewal>) -> Result<(App, AppToken), Cause> {
        let access = self.0.access();
        if let Some(Renewal { app, rejected: Some(token) }) = &rejected {
            access.forget(app, token).await.map_err(|error| error.cause())?;
        }
        if let Some(held) = access.token_at_hand(url).await.map_err(|error| error.cause())? {
            return Ok((held.app, held.token));
        }
        let token = log_in(&self.0, url).await?;
        let app = match access.known_app(url) {
            Some(app) => app,
            None => access.discover(url).await.map_err(|error| error.cause())?,
        };
        Ok((app, token))
    }
}

/// Asks at our own door, as a helper would: the brain sees one more that waits, and one log-in serves all.
async fn log_in(hands: &Hands, url: &AppUrl) -> Result<AppToken, Cause> {
    let needed = || Cause::LogInNeeded { host: url.host().to_owned() };
    let door = Desktop::connect(&hands.address()).await.map_err(|error| error.cause())?;
    let mut door = door.ok_or_else(needed)?;
    let program = Program { pid: std::process::id(), terminal: false };
    let mut answer = door.ask(&Ask::LogIn { app: url.clone(), program }).await;
    loop {
        match answer.map_err(|error| error.cause())? {
            Answer::Token { token, .. } => return Ok(AppToken(token)),
            Answer::Waiting { .. } => answer = door.next().await,
            failed @ Answer::Failed { .. } => return Err(failed.cause().unwrap_or_else(needed)),
            Answer::NoToken | Answer::Status { .. } | Answer::Done => return Err(needed()),
        }
    }
}
