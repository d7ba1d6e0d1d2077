//! The ways to a token: from the desktop if one runs, from the vault, or by logging in.

use std::pin::pin;

use access::{Access, AccessError, App, LogInEvent, Renewal};
use ipc::{Answer, Ask, Desktop, Program};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use wire::{AppToken, AppUrl, Cause, Claims};

use crate::commands::status::local_time;
use crate::commands::tell_desktop;
use crate::context::Context;
use crate::{qr, say};

/// How long a person gets to see a browser before the link is shown too.
const LINK_AFTER: std::time::Duration = std::time::Duration::from_secs(3);

/// When a person is told who is logged in. What went on without them is no news to someone who typed `ssh`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Announce {
    /// When they had to do something, or to wait for it.
    AfterBrowser,
    /// In any case: they asked for a log-in.
    Always,
}

/// The token that works now, without asking anybody: the desktop holds it in memory, so it is asked first.
pub(crate) async fn at_hand(
    context: &Context,
    access: &Access,
    app: &AppUrl,
) -> Result<Option<AppToken>, AccessError> {
    if let Some(mut desktop) = connect(context).await
        && let Ok(Answer::Token { token, .. }) = desktop.ask(&Ask::Token { app: app.clone() }).await
    {
        return Ok(Some(AppToken(token)));
    }
    Ok(access.token_at_hand(app).await?.map(|held| held.token))
}

/// A token other than the one that was rejected, by log-in if need be and allowed. With a desktop running it owns the
/// one browser; without, the helpers agree by turns.
pub(crate) async fn obtain(
    context: &Context,
    access: &Access,
    wanted: &Renewal,
    announce: Announce,
) -> Result<AppToken, Cause> {
    if let Some(rejected) = &wanted.rejected {
        access.forget(&wanted.app, rejected).await.map_err(|error| error.cause())?;
        tell_desktop(context, Ask::TokensChanged).await;
    }
    if !context.may_ask {
        return bought(access, &wanted.app).await;
    }
    if let Some(desktop) = connect(context).await
        && let Some(token) = through_desktop(desktop, &wanted.app.url, announce).await?
    {
        return Ok(token);
    }
    alone(context, access, &wanted.app, announce).await
}

/// Lets the team's token buy the next login of an app shortly before the present one ends, so that the next connection
/// need not wait for it. A desktop that runs does so by itself.
pub(crate) async fn renew_ahead(access: &Access, app: &AppUrl) {
    let Ok(Some(held)) = access.token_at_hand(app).await else { return };
    let ends = held.claims.exp;
    let due = ends.saturating_sub(model::renewal::lead(held.claims.iat, ends));
    if jiff::Timestamp::now().as_second() < due {
        return;
    }
    match access.renew_ahead(app, ends).await {
        Ok(held) => tracing::debug!(until = held.claims.exp, "renewed ahead of its end"),
        Err(error) => tracing::debug!(%error, "not renewed ahead of its end"),
    }
}

/// What the team's token buys. Nobody is asked, and no log-in of others is waited for.
async fn bought(access: &Access, app: &App) -> Result<AppToken, Cause> {
    match access.exchange(app).await {
        Ok(held) => Ok(held.token),
        Err(error) if error.needs_log_in() => {
            tracing::debug!(%error, "a log-in is needed, and nobody may be asked");
            Err(Cause::LogInNeeded { host: app.url.host().to_owned() })
        }
        Err(error) => Err(error.cause()),
    }
}

/// The running desktop, if there is one that answers.
pub(crate) async fn connect(context: &Context) -> Option<Desktop> {
    if context.government {
        return None;
    }
    match Desktop::connect(&context.profile.desktop_address()).await {
        Ok(desktop) => desktop,
        Err(error) => {
            tracing::debug!(%error, "the desktop cannot be reached; going on alone");
            None
        }
    }
}

/// Lets the desktop log in. `None` when it went away before it had an answer: then we go on alone.
async fn through_desktop(
    mut desktop: Desktop,
    app: &AppUrl,
    announce: Announce,
) -> Result<Option<AppToken>, Cause> {
    // Who asks for a log-in by name is there, wherever the words go.
    let terminal = say::has_reader() || announce == Announce::Always;
    let program = Program { pid: std::process::id(), terminal };
    let mut asked = announce == Announce::Always;
    let mut answer = desktop.ask(&Ask::LogIn { app: app.clone(), program }).await;
    loop {
        match answer {
            Ok(Answer::Token { token, until }) => {
                if asked {
                    let email = token.claims().map(|claims| claims.email).unwrap_or_default();
                    note_log_in(&email, until);
                }
                return Ok(Some(AppToken(token)));
            }
            Ok(Answer::Waiting { link, asks_first: true, .. }) => {
                asked = true;
                let host = app.host();
                say::note(&format!(
                    "waiting for you to log in; Sallyport asks on the screen ({host}), or open {link}"
                ));
            }
            Ok(Answer::Waiting { link, browser_opened, .. }) => {
                asked = true;
                invite(app, &link, browser_opened);
            }
            Ok(answer @ Answer::Failed { .. }) => {
                let unknown = || Cause::Unexpected { what: "the desktop failed without a cause".to_owned() };
                return Err(answer.cause().unwrap_or_else(unknown));
            }
            Ok(Answer::NoToken | Answer::Status { .. } | Answer::Done) => return Ok(None),
            Err(error) => {
                tracing::debug!(%error, "the desktop went away during a log-in");
                return Ok(None);
            }
        }
        answer = desktop.next().await;
    }
}

async fn alone(context: &Context, access: &Access, app: &App, announce: Announce) -> Result<AppToken, Cause> {
    let (events, mut heard) = mpsc::unbounded_channel();
    let tell = move |event| {
        let _ = events.send(event);
    };
    let cancel = CancellationToken::new();
    let _cancelled_with_this = cancel.clone().drop_guard();
    let mut work = pin!(access.renew(app, None, tell, cancel));
    let mut unshown: Option<String> = None;
    let mut asked = announce == Announce::Always;
    let held = loop {
        tokio::select! {
            held = &mut work => break held.map_err(|error| error.cause())?,
            Some(event) = heard.recv() => {
                asked = true;
                unshown = react(context, app, event).await.or(unshown);
            }
            () = tokio::time::sleep(LINK_AFTER), if unshown.is_some() => {
                if let Some(link) = unshown.take() {
                    say::note(&format!("no browser? open {link}"));
                }
            }
        }
    };
    if asked {
        note_log_in(&held.claims.email, held.claims.exp);
    }
    if let Some(cause) = &held.unkept {
        say::problem(cause);
    }
    Ok(held.token)
}

/// Shows a step of the log-in; returns a link that a person may still need to see.
async fn react(context: &Context, app: &App, event: LogInEvent) -> Option<String> {
    match event {
        LogInEvent::Waiting { owner } => {
            let by = owner.map(|pid| format!(" (process {pid})")).unwrap_or_default();
            say::note(&format!("another program is logging in to {}{by}; waiting for it", app.team.team()));
            None
        }
        LogInEvent::OpenBrowser { link } => {
            let chosen = context.profile.settings().browser_of(Some(app.team.team())).map(str::to_owned);
            let opened = access::open_browser(chosen, link.clone()).await;
            invite(&app.url, &link, opened);
            opened.then_some(link)
        }
    }
}

fn invite(app: &AppUrl, link: &str, browser_opened: bool) {
    if browser_opened {
        say::note(&format!("log in in your browser to continue ({})", app.host()));
    } else {
        say::problem(&Cause::NoBrowser { host: app.host().to_owned(), link: link.to_owned() });
        if let Some(code) = qr::for_stderr(link) {
            say::drawing(&code);
        }
    }
}

fn note_log_in(email: &str, until: i64) {
    let claims = Claims { email: email.to_owned(), exp: until, ..Claims::default() };
    say::note(&logged_in(&claims));
}

/// Who is logged in, and until when.
pub(crate) fn logged_in(claims: &Claims) -> String {
    let now = jiff::Timestamp::now().as_second();
    let who = if claims.email.is_empty() { String::new() } else { format!(" as {}", claims.email) };
    format!("logged in{who} until {}", local_time(claims.exp, now))
}
