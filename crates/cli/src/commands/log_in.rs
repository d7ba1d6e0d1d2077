//! Logging in and out from a terminal, and the two token commands that scripts know from `cloudflared`.

use std::fmt::Write as _;

use access::{Access, Renewal};
use ipc::Ask;
use wire::{AppToken, AppUrl};

use crate::args::{Flag, Misuse, Parsed, Takes};
use crate::called::Called;
use crate::commands::{Failure, tell_desktop};
use crate::context::{Context, app_url};
use crate::log;
use crate::say;
use crate::tokens::{self, Announce};

pub(crate) static LOG_OUT: &[Flag] =
    &[Flag { name: "all", aliases: &[], env: &[], takes: Takes::Nothing, help: "Log out of every host" }];

pub(crate) static ACCESS_LOG_IN: &[Flag] = &[
    Flag { name: "quiet", aliases: &["q"], env: &[], takes: Takes::Nothing, help: "Print nothing" },
    Flag { name: "no-verbose", aliases: &[], env: &[], takes: Takes::Nothing, help: "Print the token alone" },
    Flag {
        name: "auto-close",
        aliases: &[],
        env: &[],
        takes: Takes::Nothing,
        help: "Close the browser window after",
    },
    Flag {
        name: "app",
        aliases: &[],
        env: &[],
        takes: Takes::Value,
        help: "The app's URL; prints the token alone",
    },
    log::OF_COMMAND[0],
    log::OF_COMMAND[1],
    log::OF_COMMAND[2],
];

pub(crate) static ACCESS_TOKEN: &[Flag] = &[
    Flag { name: "app", aliases: &[], env: &[], takes: Takes::Value, help: "The app's URL" },
    log::OF_COMMAND[0],
    log::OF_COMMAND[1],
    log::OF_COMMAND[2],
];

const MACHINE: &str = "this app is reached by a service token, so there is no login to it";
const NO_APP: &str = "name the app, such as https://build-01.acme.dev";

/// `sallyport login HOST`.
pub(crate) async fn log_in(context: &Context, given: &Parsed) -> Result<(), Failure> {
    let context = &context.asking();
    let app = context.app(given.one("name the host to log in to")?)?;
    if context.is_machine(&app) {
        say::note(&format!("{} is reached by a service token; there is no login to it", app.host()));
        return Ok(());
    }
    let access = context.access()?;
    let held = access.token_at_hand(&app).await.map_err(|error| error.cause())?;
    let present = held.as_ref().map(|held| held.token.clone());
    let token = accepted(context, &access, &app, present, Announce::Always).await?;
    if let Some(held) = held.filter(|held| held.token == token) {
        say::note(&format!("already {}", tokens::logged_in(&held.claims)));
    }
    tell_desktop(context, Ask::TokensChanged).await;
    Ok(())
}

/// `sallyport logout HOST` or `--all`.
pub(crate) async fn log_out(context: &Context, given: &Parsed) -> Result<(), Failure> {
    let access = context.access()?;
    let apps: Vec<AppUrl> = if given.on("all") {
        given.none()?;
        context.hosts()?.iter().map(|host| app_url(&host.hostname)).collect::<Result<_, _>>()?
    } else {
        vec![context.app(given.one("name the host to log out of, or give --all")?)?]
    };
    for app in &apps {
        access.log_out(app).await.map_err(|error| error.cause())?;
        say::note(&format!("logged out of {}", app.host()));
    }
    tell_desktop(context, Ask::TokensChanged).await;
    Ok(())
}

/// `access login URL`: logs in if need be and prints the token.
pub(crate) async fn access_log_in(context: &Context, given: &Parsed) -> Result<(), Failure> {
    let app = app_of(context, given)?;
    if context.is_machine(&app) {
        return Err(Misuse::Missing(MACHINE).into());
    }
    let access = context.access()?;
    let access = if given.on("auto-close") { access.closing_the_tab() } else { access };
    let present = tokens::at_hand(context, &access, &app).await.map_err(|error| error.cause())?;
    let token = accepted(context, &access, &app, present, Announce::Always).await?;
    tell_desktop(context, Ask::TokensChanged).await;
    let bare = given.on("no-verbose") || given.value("app").is_some();
    if !given.on("quiet") {
        let mut text = String::new();
        let _ = match bare {
            true => write!(text, "{}", token.0.reveal()),
            false => write!(text, "Successfully fetched your token:\n\n{}\n\n", token.0.reveal()),
        };
        say::data(&text);
    }
    Ok(())
}

/// `access token URL`: prints the token at hand, never logs in.
pub(crate) async fn access_token(context: &Context, given: &Parsed) -> Result<(), Failure> {
    let app = app_of(context, given)?;
    let present = tokens::at_hand(context, &context.access()?, &app).await;
    match present.map_err(|error| error.cause())? {
        Some(token) => {
            say::data(token.0.reveal());
            Ok(())
        }
        None => {
            say::note(&format!(
                "Unable to find token for provided application. Log in first: {} access login {app}",
                Called::now().name()
            ));
            Err(Failure::Quiet)
        }
    }
}

/// The token at hand where the edge still accepts it, else a new one: from the team's token, or from the browser.
///
/// A login may have been withdrawn before its end; a script that logs in first must not be handed a dead token.
pub(crate) async fn accepted(
    context: &Context,
    access: &Access,
    app: &AppUrl,
    present: Option<AppToken>,
    announce: Announce,
) -> Result<AppToken, Failure> {
    if let Some(token) = &present
        && access.accepts(app, token).await.map_err(|error| error.cause())?
    {
        return Ok(token.clone());
    }
    let app = access.discover(app).await.map_err(|error| error.cause())?;
    let wanted = Renewal { app, rejected: present };
    Ok(tokens::obtain(context, access, &wanted, announce).await?)
}

/// The app by its URL as an argument, else by the flag.
fn app_of(context: &Context, given: &Parsed) -> Result<AppUrl, Failure> {
    let named = match given.rest.as_slice() {
        [] => given.value("app").unwrap_or_default(),
        _ => given.one(NO_APP)?,
    };
    if named.is_empty() {
        return Err(Misuse::Missing(NO_APP).into());
    }
    Ok(context.app(named)?)
}
