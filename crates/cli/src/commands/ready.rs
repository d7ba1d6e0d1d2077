//! `sallyport wait-ready`: until a stream to a host brings the greeting of its SSH server, with no person asked.

use std::cell::RefCell;
use std::time::Duration;

use access::{Access, AccessError, Carrier, DialOptions};
use tokio::io::{AsyncRead, AsyncReadExt as _, DuplexStream};
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
/// What a server may say before its greeting (RFC 4253, 4.2), in bytes; more is something else than an SSH server.
const PREFACE: usize = 8 * 1024;

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
    let heard = timeout(GREETING, greeting(carrier, app.host())).await;
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

/// The first line of an SSH server on this stream.
///
/// # Errors
/// When the stream ends, or something else answers, before there is one.
async fn greeting(carrier: Carrier, host: &str) -> Result<String, Cause> {
    let (near, far): (DuplexStream, DuplexStream) = tokio::io::duplex(1024);
    let (reader, writer) = tokio::io::split(far);
    tokio::select! {
        biased;
        found = first_line_of_ssh(near, host) => found,
        carried = carrier.carry(reader, writer) => {
            let detail = match carried {
                Ok(carried) => match carried.cause(host) {
                    Some(cause) => return Err(cause),
                    None => "it ended before the SSH server said anything".to_owned(),
                },
                Err(error) => error.to_string(),
            };
            Err(Cause::Cut { host: host.to_owned(), detail })
        }
    }
}

async fn first_line_of_ssh(mut from: impl AsyncRead + Unpin, host: &str) -> Result<String, Cause> {
    let mut heard = Vec::new();
    let mut piece = [0; 512];
    while heard.len() < PREFACE {
        match from.read(&mut piece).await {
            Ok(count) if count > 0 => heard.extend_from_slice(&piece[..count]),
            Ok(_) | Err(_) => break,
        }
        if let Some(line) = ssh_line(&heard) {
            return Ok(line);
        }
    }
    let detail = "what answers is not an SSH server".to_owned();
    Err(Cause::Cut { host: host.to_owned(), detail })
}

/// The whole line that begins with `SSH-`, shown without anything that a terminal would act on.
fn ssh_line(heard: &[u8]) -> Option<String> {
    let whole = heard.iter().rposition(|byte| *byte == b'\n')?;
    let line = heard[..whole].split(|byte| *byte == b'\n').find(|line| line.starts_with(b"SSH-"))?;
    let text = String::from_utf8_lossy(line);
    Some(text.chars().filter(|it| !it.is_control()).take(255).collect())
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
    fn the_greeting_may_follow_other_lines_and_must_be_whole() {
        for (heard, line) in [
            ("SSH-2.0-x\r\n", Some("SSH-2.0-x")),
            ("welcome\r\nSSH-2.0-x\n", Some("SSH-2.0-x")),
            ("SSH-2.0-\u{1b}[31mx\r\n", Some("SSH-2.0-[31mx")),
            ("SSH-2.0-x", None),
            ("welcome SSH-2.0-x\n", None),
            ("HTTP/1.1 400 Bad Request\r\n\r\n", None),
        ] {
            assert_eq!(ssh_line(heard.as_bytes()).as_deref(), line, "{heard:?}");
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
