//! From a request of the edge to the service of its rule.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use http::{HeaderMap, StatusCode};
use percent_encoding::percent_decode_str;
use tokio::net::TcpStream;

use crate::board::Running;
use crate::connector::Shared;
use crate::dial::{at, dial};
use crate::down::Watched;
use crate::exchange::{Answerer, Asked, Kind, has_left};
use crate::ingress::{Origin, OriginRequest, Rule};
use crate::visitors::NotLetIn;
use crate::{raw, socks, web, websocket};

/// How long a private address may take to accept.
const PRIVATE_DIAL: Duration = Duration::from_secs(5);

/// Answers one request.
pub(crate) async fn answer(shared: Arc<Shared>, asked: Box<Asked>, answer: Answerer) {
    let counts = &shared.board.counts;
    let _running = Running::new(&counts.requests, &counts.running);
    counts.most_running.fetch_max(counts.running.load(Ordering::Relaxed), Ordering::Relaxed);
    let (host, path) = (asked.host().to_owned(), asked.path().to_owned());
    match dispatch(&shared, asked, answer).await {
        Ok(()) => {}
        Err(error) if has_left(&error) => tracing::debug!(host, path, %error, "a request was given up"),
        Err(error) => {
            counts.failures.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(host, path, %error, "a request could not be served");
        }
    }
}

async fn dispatch(shared: &Shared, asked: Box<Asked>, answer: Answerer) -> io::Result<()> {
    if asked.kind == Kind::Tcp {
        let Some(_flow) = shared.flow() else {
            answer.limited().await?;
            return Err(io::Error::other("too many active flows"));
        };
        let address = asked.authority.clone();
        let dialled = match shared.destinations.admit_address(&address) {
            Ok(()) => noted(shared, dial(&address, PRIVATE_DIAL, &OriginRequest::default())).await,
            Err(refused) => Err(refused),
        };
        return stream(shared, asked, answer, dialled, None).await;
    }
    let rules = shared.rules();
    let path = percent_decode_str(asked.path()).decode_utf8_lossy();
    let Some((place, rule)) = rules.find(asked.host(), &path) else { return answer.failed().await };
    tracing::debug!(host = asked.host(), rule = place, service = %rule.service, "a request");
    if let Some(check) = &rule.origin.access
        && let Err(why) = Box::pin(shared.visitors.check(check, asked.header(wire::header::ASSERTION))).await
    {
        return refuse(&why, answer).await;
    }
    if let Err(error) = shared.destinations.admit(&rule.service) {
        answer.failed().await?;
        return Err(error);
    }
    match &rule.service {
        Origin::Status(code) => {
            let status = StatusCode::from_u16(*code).map_err(io::Error::other)?;
            shared.board.counts.answered(status);
            answer.origin(status, &HeaderMap::new(), true).await.map(drop)
        }
        Origin::Tcp { host, port, .. } if rule.origin.socks => {
            let only = Some(at(host, *port));
            Box::pin(by_socks(shared, &rule.origin, only, asked, answer)).await
        }
        Origin::Socks => Box::pin(by_socks(shared, &rule.origin, None, asked, answer)).await,
        Origin::Tcp { host, port, .. } => {
            let address = at(host, *port);
            let dialled = noted(shared, dial(&address, rule.origin.connect_timeout, &rule.origin)).await;
            let (board, greets) = (&shared.board, rule.service.greets());
            let mut watched = Watched::new(&board.down, &board.changed, address, greets);
            watched.dialled(&dialled);
            stream(shared, asked, answer, dialled, Some(Box::new(watched))).await
        }
        Origin::Bastion => {
            let dialled = noted(shared, jump(shared, &asked, rule)).await;
            stream(shared, asked, answer, dialled, None).await
        }
        Origin::Http { .. } | Origin::Unix { .. } | Origin::HelloWorld => {
            // In a box: streams, of which many stand still at once, would be as large as this otherwise.
            Box::pin(web::answer(shared, rule, asked, answer)).await
        }
    }
}

/// Dials a service, and notes how long that took.
async fn noted(
    shared: &Shared,
    dialling: impl Future<Output = io::Result<TcpStream>>,
) -> io::Result<TcpStream> {
    let since = Instant::now();
    let dialled = dialling.await;
    shared.board.counts.dials.note(since.elapsed(), dialled.is_ok());
    dialled
}

/// Lets the client say by SOCKS where it wants to go.
async fn by_socks(
    shared: &Shared,
    settings: &OriginRequest,
    only: Option<String>,
    asked: Box<Asked>,
    answer: Answerer,
) -> io::Result<()> {
    let (near, far) = match socks::pair().await {
        Ok(ends) => ends,
        Err(error) => return stream(shared, asked, answer, Err(error), None).await,
    };
    let allowed = socks::Allowed { settings, destinations: &shared.destinations, only };
    let (carried, served) =
        tokio::join!(stream(shared, asked, answer, Ok(near), None), socks::serve(far, &allowed));
    carried.and(served)
}

/// Nobody passes who cannot be told to have been let in.
async fn refuse(why: &NotLetIn, answer: Answerer) -> io::Result<()> {
    match why {
        NotLetIn::Refused(_) => drop(answer.origin(StatusCode::FORBIDDEN, &HeaderMap::new(), true).await?),
        NotLetIn::Unknown { .. } => answer.failed().await?,
    }
    Err(io::Error::other(why.to_string()))
}

/// Carries a stream to a service that has been dialled, or says that it does not answer.
async fn stream(
    shared: &Shared,
    asked: Box<Asked>,
    answer: Answerer,
    dialled: io::Result<TcpStream>,
    watched: Option<Box<Watched<'_>>>,
) -> io::Result<()> {
    let origin = match dialled {
        Ok(origin) => origin,
        Err(error) => {
            answer.failed().await?;
            return Err(error);
        }
    };
    let counts = &shared.board.counts;
    let _running = Running::new(&counts.streams, &counts.running_streams);
    let guest = shared.board.guests.come(&email(&asked), &shared.board.changed);
    let carried = carry(asked, answer, origin, watched);
    tokio::select! {
        carried = carried => carried,
        () = guest.is_cut() => {
            tracing::info!("A stream was cut off, as was asked for here");
            Ok(())
        }
    }
}

/// Who it is that asks, as Access tells the edge: a rule that asks for it has checked the token, and else nobody but the
/// edge can have set it.
fn email(asked: &Asked) -> String {
    let token = asked.header(wire::header::ASSERTION).map(wire::Jwt::new);
    token.and_then(|token| token.claims().ok()).map(|claims| claims.email).unwrap_or_default()
}

async fn carry(
    asked: Box<Asked>,
    answer: Answerer,
    origin: TcpStream,
    watched: Option<Box<Watched<'_>>>,
) -> io::Result<()> {
    match asked.kind {
        Kind::Tcp => {
            let to = answer.origin(StatusCode::OK, &HeaderMap::new(), false).await?;
            raw::carry(asked.into_body(), to, origin).await
        }
        Kind::WebSocket => {
            let granted = websocket::granted(asked.header("sec-websocket-key"));
            let to = answer.origin(StatusCode::SWITCHING_PROTOCOLS, &granted, false).await?;
            websocket::carry(asked.into_body(), to, origin, watched).await
        }
        // A browser that comes to the address of a stream gets what stock connectors give it: an empty page.
        Kind::Http => answer.origin(StatusCode::OK, &HeaderMap::new(), true).await.map(drop),
    }
}

/// Where the client of a bastion wants to go.
async fn jump(shared: &Shared, asked: &Asked, rule: &Rule) -> io::Result<TcpStream> {
    let named = asked.header(wire::header::JUMP_DESTINATION).filter(|named| !named.is_empty());
    let named = named.ok_or_else(|| {
        io::Error::other(
            "Did not receive final destination from client. The --destination flag is likely not set on the client side",
        )
    })?;
    let destination = host_and_port(named);
    shared.destinations.admit_address(destination)?;
    dial(destination, rule.origin.connect_timeout, &rule.origin).await
}

/// A scheme and a path of the destination count for nothing.
fn host_and_port(destination: &str) -> &str {
    let rest = destination.split_once("://").map_or(destination, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bastion_strips_scheme_and_path() {
        assert_eq!(host_and_port("ssh://db-01:22/x"), "db-01:22");
        assert_eq!(host_and_port("db-01:22"), "db-01:22");
    }
}
