//! `sallyport wait-ready`: until a stream to a host brings the greeting of its SSH server, with no person asked.

use std::cell::RefCell;
use std::time::Duration;

use access::{Access, AccessError, Carrier, DialOptions};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use wire::{AppToken, AppUrl, Cause};

use crate::args::{Flag, Misuse, Parsed, Takes};
use crate::commands::Failure;
use crate::commands::exit::{LOG_IN_NEEDED, MACHINE_REFUSED, REFUSED, TIMED_OUT};
use crate::context::Context;
use crate::{machine, say, tokens};

pub(crate) static FLAGS: &[Flag] = &[Flag {
    name: "timeout",
    aliases: &["t"],
    env: &[],
    takes: Takes::Value,
    help: "How long to wait, such as 500ms, 90s or 5m; 30s if not given",
}];

const WAIT: Duration = Duration::from_secs(30);
/// The longest wait that can be asked for, in seconds: a day.
const LONGEST: f64 = 86_400.0;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long one stream may take to bring the greeting. A machine that is starting up accepts before it answers.
const GREETING: Duration = Duration::from_secs(10);

/// Why there is no greeting yet.
pub(super) struct NotReady {
    pub(super) cause: Cause,
    is_transient: bool,
}

/// Waits until the host is ready.
pub(crate) async fn wait_ready(context: &Context, given: &Parsed) -> Result<(), Failure> {
    let named = given.one("name the host to wait for")?;
    let wait = match given.value("timeout") {
        Some(text) => duration(text).ok_or_else(|| Misuse::NotDuration(text.to_owned()))?,
        None => WAIT,
    };
    let app = context.app(named)?;
    let access = context.access()?;
    let last = RefCell::new(None);
    let end = Instant::now() + wait;
    match timeout_at(end, until_ready(context, &access, &app, &last)).await {
        Ok(Ok(greeting)) => {
            say::note(&format!("{named} is ready ({greeting})"));
            Ok(())
        }
        Ok(Err(cause)) => Err(Failure::Coded(code(&cause), cause)),
        Err(_) => {
            let late = || Cause::TimedOut {
                host: app.host().to_owned(),
                step: "the greeting of the SSH server".to_owned(),
                seconds: wait.as_secs(),
            };
            Err(Failure::Coded(TIMED_OUT, last.take().unwrap_or_else(late)))
        }
    }
}

/// Tries again and again, with longer pauses; what went wrong last is left in `last` for whoever runs out of time.
async fn until_ready(
    context: &Context,
    access: &Access,
    app: &AppUrl,
    last: &RefCell<Option<Cause>>,
) -> Result<String, Cause> {
    let mut pause = FIRST_PAUSE;
    loop {
        match attempt(context, access, app).await {
            Ok(greeting) => return Ok(greeting),
            Err(NotReady { cause, is_transient: false }) => return Err(cause),
            Err(NotReady { cause, is_transient: true }) => {
                tracing::debug!(cause = cause.kind(), ?pause, "not ready yet");
                last.replace(Some(cause));
            }
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Opens a stream and hears the server's greeting, once.
pub(super) async fn attempt(context: &Context, access: &Access, app: &AppUrl) -> Result<String, NotReady> {
    let carrier = open_unattended(context, access, app).await?;
    let heard = timeout(GREETING, carrier.greeting()).await;
    let late = || Cause::TimedOut {
        host: app.host().to_owned(),
        step: "the greeting of the SSH server".to_owned(),
        seconds: GREETING.as_secs(),
    };
    heard.unwrap_or_else(|_| Err(late())).map_err(|cause| NotReady { cause, is_transient: true })
}

/// Opens a stream with the token at hand, or with one that the team's token buys: never with a browser.
async fn open_unattended(context: &Context, access: &Access, app: &AppUrl) -> Result<Carrier, NotReady> {
    if let Some(service) = machine::token_of(context, access, app).await? {
        let options = DialOptions { service_token: Some(service), ..DialOptions::default() };
        return match access.dial(app, None, &options).await {
            Err(AccessError::LogInNeeded { host }) => Err(Cause::ServiceTokenRefused { host }.into()),
            settled => Ok(settled?),
        };
    }
    let token = tokens::at_hand(context, access, app).await?;
    match dial(access, app, token.as_ref()).await {
        Err(error) if error.needs_log_in() => {
            tracing::debug!("asked for a log-in; trying the team's token");
            let described = access.discover(app).await?;
            let held =
                access.exchange(&described).await.map_err(|exchange| match exchange.needs_log_in() {
                    true => error,
                    false => exchange,
                })?;
            Ok(dial(access, app, Some(&held.token)).await?)
        }
        settled => Ok(settled?),
    }
}

async fn dial(access: &Access, app: &AppUrl, token: Option<&AppToken>) -> Result<Carrier, AccessError> {
    access.dial(app, token, &DialOptions::default()).await
}

/// What the end means to a script.
fn code(cause: &Cause) -> u8 {
    if let Cause::LogInNeeded { .. } | Cause::TokenRejected { .. } = cause {
        return LOG_IN_NEEDED;
    }
    if let Cause::ServiceTokenRefused { .. } | Cause::ServiceTokenMissing { .. } = cause {
        return MACHINE_REFUSED;
    }
    if let Cause::Blocked { .. } | Cause::UpgradeRefused { status: 401, .. } = cause {
        return REFUSED;
    }
    super::FAILED
}

/// `500ms`, `30s`, `1.5m`, `2h`, or a bare number of seconds; up to a day.
fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let seconds = number.parse::<f64>().ok()? * factor;
    (seconds > 0.0 && seconds <= LONGEST).then(|| Duration::from_secs_f64(seconds))
}

impl From<Cause> for NotReady {
    fn from(cause: Cause) -> Self {
        Self { cause, is_transient: false }
    }
}

impl From<AccessError> for NotReady {
    fn from(error: AccessError) -> Self {
        Self { is_transient: error.is_transient(), cause: error.cause() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, milliseconds) in
            [("30s", 30_000), ("30", 30_000), ("500ms", 500), ("1.5m", 90_000), ("24h", 86_400_000)]
        {
            assert_eq!(duration(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in [
            "",
            "s",
            "0",
            "0s",
            "-1s",
            "1d",
            "25h",
            "1..5s",
            "1 s",
            "inf",
            "nan",
            "1e3s",
            "9999999999999999h",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn causes_have_the_codes_that_are_written_down() {
        let host = || "h".to_owned();
        assert_eq!(code(&Cause::LogInNeeded { host: host() }), 3);
        assert_eq!(code(&Cause::TokenRejected { host: host() }), 3);
        assert_eq!(code(&Cause::Blocked { host: host(), email: None, ray: None }), 4);
        assert_eq!(code(&Cause::UpgradeRefused { host: host(), status: 401, ray: None }), 4);
        assert_eq!(code(&Cause::UpgradeRefused { host: host(), status: 200, ray: None }), 1);
        assert_eq!(code(&Cause::NoSuchName { host: host() }), 1);
    }
}
