//! `warm`: keeps one connection to a host ready, and becomes the carrier of the next ssh to it.
//!
//! The desktop starts one of these for each host that was used in the last minutes. ssh's helper hands over its stdin and
//! stdout, so that no byte takes a detour, and the session lives on when the desktop ends: it is carried by a process of
//! its own, as it is without a desktop.

use std::os::fd::OwnedFd;
use std::time::Duration;

use access::{Access, Carrier, DialOptions, ServiceToken, Warm};
use ipc::{Door, Taker};
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;
use wire::{AppToken, AppUrl, Cause};

use crate::args::{Misuse, Parsed};
use crate::commands::Failure;
use crate::context::{Context, app_url};
use crate::say;
use crate::stdio;

/// The longest that a connection is kept for nobody, whatever becomes of who started this.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// What whoever started this reads on our stdout.
const READY: &str = "ready\n";
const TAKEN: &str = "taken\n";

/// Keeps a connection until it is taken, spoiled, or stdin ends.
pub(crate) async fn warm(context: &Context, given: &Parsed) -> Result<(), Failure> {
    let [host] = given.rest.as_slice() else {
        return Err(Misuse::Missing("name one host").into());
    };
    let app = app_url(host)?;
    let access = context.access()?;
    let Some(address) = context.profile.warm_address(app.host(), app.port()) else { return Ok(()) };
    let mut warm = access.warm(&app).await.map_err(|error| error.cause())?;
    let Some(door) = Door::open(&address).map_err(|error| error.cause())? else { return Ok(()) };
    say::data(READY);
    let taker = tokio::select! {
        taker = Taker::next(&door) => taker,
        () = warm.spoiled() => return Ok(()),
        () = stdin_ended() => return Ok(()),
        () = tokio::time::sleep(LONGEST) => return Ok(()),
    };
    // Whoever comes next finds nobody, and makes a connection of its own.
    drop(door);
    say::data(TAKEN);
    match taker {
        Ok(taker) => carry(&access, warm, taker).await,
        Err(error) => tracing::debug!(%error, "nobody who wants the warm connection"),
    }
    Ok(())
}

/// Whoever started this is gone, or does not want it any more.
async fn stdin_ended() {
    let mut stdin = stdio::input();
    while stdin.read(&mut [0; 16]).await.is_ok_and(|count| count > 0) {}
}

async fn carry(access: &Access, warm: Warm, mut taker: Taker) {
    let Some((carrier, host)) = opened(access, warm, &mut taker).await else {
        let _ = taker.refuse().await;
        return;
    };
    let Ok((mut helper, stdin, stdout)) = taker.opened().await else { return };
    let cause = tokio::select! {
        cause = carried(carrier, &host, stdin, stdout) => cause,
        // It was ended, as ssh does: so the stream is.
        () = helper.gone() => return,
    };
    let _ = helper.end(cause.as_ref()).await;
}

/// The stream that the helper wants, if it can be had here at once and both of its ends can be read as they are.
async fn opened(access: &Access, warm: Warm, taker: &mut Taker) -> Option<(Carrier, String)> {
    let take = &mut taker.take;
    let app: AppUrl = take.app.clone();
    if !is_pipe(&taker.stdin) || !is_pipe(&taker.stdout) || access.way_to(&app) != take.way {
        return None;
    }
    let options = DialOptions {
        destination: take.destination.take(),
        service_token: take.machine.take().map(|it| ServiceToken { id: it.id, secret: it.secret }),
        headers: std::mem::take(&mut take.headers),
        ..DialOptions::default()
    };
    let token = take.token.take().map(AppToken);
    let carrier = warm.open(&app, token.as_ref(), &options).await?;
    Some((carrier, app.host().to_owned()))
}

fn is_pipe(file: &OwnedFd) -> bool {
    use rustix::fs::{FileType, fstat};
    fstat(file).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo)
}

/// Carries to the end; what it came to, if that needs telling.
async fn carried(carrier: Carrier, host: &str, stdin: OwnedFd, stdout: OwnedFd) -> Option<Cause> {
    let local = |error: std::io::Error| Some(Cause::Unexpected { what: error.to_string() });
    let (input, output) = match (pipe::Receiver::from_owned_fd(stdin), pipe::Sender::from_owned_fd(stdout)) {
        (Ok(input), Ok(output)) => (input, output),
        (Err(error), _) | (_, Err(error)) => return local(error),
    };
    match carrier.carry(input, output).await {
        Ok(carried) => carried.cause_in_session(host),
        Err(error) => Some(error.cause()),
    }
}
