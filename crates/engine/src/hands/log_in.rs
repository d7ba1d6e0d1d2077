//! One log-in: the link, the browser, the wait, and the login that comes of it.

use std::time::{SystemTime, UNIX_EPOCH};

use access::LogInEvent;
use model::{Event, LogInFrom, LogInStep, LoginFact};
use tokio_util::sync::CancellationToken;
use wire::{AppUrl, Cause, limit};

use crate::code;
use crate::hands::{Hands, logins};

/// Obtains a token for `app`, telling the brain of each step. Beside the login stands why it could not be saved, if so.
pub(crate) async fn run(
    hands: &Hands,
    attempt: u64,
    app: &str,
    from: LogInFrom,
    cancel: CancellationToken,
) -> Result<(LoginFact, Option<Cause>), Cause> {
    let url: AppUrl =
        app.parse().map_err(|error: wire::InvalidAppUrl| Cause::InvalidHost { what: error.to_string() })?;
    let reach = hands.reach();
    let reporter = hands.clone();
    let target = url.clone();
    let tell = move |event| reporter.report_step(attempt, &target, event);
    let obtained = match from {
        LogInFrom::AtHand => reach.access.obtain(&url, tell, cancel).await,
        LogInFrom::Team => reach.access.obtain_anew(&url, true, tell, cancel).await,
        LogInFrom::Browser => reach.access.obtain_anew(&url, false, tell, cancel).await,
    };
    let held = obtained.map_err(|error| error.cause())?;
    let fact = LoginFact {
        hostname: url.host().to_owned(),
        app: Some(logins::fact_of(&held.app)),
        login: Some(logins::saved(&held.claims)),
        renews_until: held.org_until,
    };
    Ok((fact, held.unkept))
}

impl Hands {
    /// Opens a link in the browser that the person has chosen, for this team or for all; by the settings as they are now.
    pub(crate) async fn open_browser(&self, team: Option<&str>, link: String) -> bool {
        let profile = self.profile.reread().unwrap_or_else(|_| self.profile.clone());
        access::open_browser(profile.settings().browser_of(team).map(str::to_owned), link).await
    }

    /// How long a link works, in seconds: as long as we wait, and no longer than the transfer service holds it.
    fn link_life(&self) -> i64 {
        let held = limit::POLL.as_secs() * u64::from(limit::POLLS);
        i64::try_from(self.profile.settings().log_in_wait_s.min(held)).unwrap_or(i64::MAX)
    }

    fn report_step(&self, attempt: u64, app: &AppUrl, event: LogInEvent) {
        let team = self.access().known_app(app).map(|app| app.team.team().to_owned());
        match event {
            LogInEvent::OpenBrowser { link } => {
                let works_until = seconds_now().saturating_add(self.link_life());
                let code = code::svg_of(&link);
                self.tell(Event::LogIn { attempt, step: LogInStep::Link { team, link, works_until, code } });
            }
            LogInEvent::Waiting { owner } => {
                tracing::debug!(?owner, "another program logs in; waiting for it")
            }
        }
    }
}

fn seconds_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
