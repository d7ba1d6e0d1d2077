//! Grants or refuses WebSocket upgrades, and finds the origin behind them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::BytesMut;
use http::{Method, StatusCode};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::answer::{Answer, Question};
use crate::carry::{Client, Stream};
use crate::edge::Edge;
use crate::faults::UpgradeFault;
use crate::plan::AppPlan;
use crate::spoil::Spoilable;
use crate::{front, pages};

/// What every server appends to the client's key (RFC 6455 1.3).
const SALT: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// How long an origin may take to accept.
const DIAL: Duration = Duration::from_secs(10);

/// Answers an upgrade that policy has let through.
pub(crate) async fn answer(edge: &Arc<Edge>, app: &AppPlan, mut question: Question) -> Answer {
    let mut accept = match question.header("sec-websocket-key") {
        Some(key) if question.method == Method::GET => accept_key(key),
        _ => return Answer::text(StatusCode::BAD_REQUEST, "not a WebSocket handshake"),
    };
    if question.header("sec-websocket-version") != Some("13") {
        return Answer::text(StatusCode::UPGRADE_REQUIRED, "version 13")
            .header("sec-websocket-version", "13");
    }
    match edge.faults.look(|faulty| faulty.upgrade.take()) {
        None => {}
        Some(UpgradeFault::WrongAccept) => accept = accept_key("another key"),
        Some(UpgradeFault::Silence) => return std::future::pending().await,
        Some(fault) => return refusal(fault, app, &question),
    }
    let Some(upgrade) = question.upgrade.take() else {
        return Answer::text(StatusCode::BAD_REQUEST, "this connection cannot be upgraded");
    };
    let origin = match dial(app, &question).await {
        Ok(origin) => origin,
        Err(error) => {
            tracing::info!(app = app.hostname, %error, "the origin does not answer");
            return origin_down(&question.ray);
        }
    };
    edge.log.change_connection(question.connection, |seen| seen.upgraded = true);
    edge.streams.spawn(carry(Arc::clone(edge), question.connection, upgrade, origin));
    Answer::new(StatusCode::SWITCHING_PROTOCOLS)
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-accept", &accept)
}

async fn carry(edge: Arc<Edge>, connection: u64, upgrade: OnUpgrade, origin: TcpStream) {
    match upgrade.await.ok().and_then(inner) {
        Some((client, early)) => {
            Stream { edge: Arc::clone(&edge), connection, client, early, origin }.carry().await;
        }
        None => tracing::debug!(connection, "the client left while it was upgraded"),
    }
    edge.log.change_connection(connection, |seen| seen.closed = true);
}

pub(crate) fn inner(upgraded: Upgraded) -> Option<(Client, BytesMut)> {
    let parts = upgraded.downcast::<TokioIo<Spoilable<Client>>>().ok()?;
    Some((parts.io.into_inner().into_inner(), BytesMut::from(parts.read_buf)))
}

async fn dial(app: &AppPlan, question: &Question) -> io::Result<TcpStream> {
    let address = origin(app, question.header(wire::header::JUMP_DESTINATION))?;
    let tcp = tokio::time::timeout(DIAL, TcpStream::connect(address)).await??;
    tcp.set_nodelay(true)?;
    Ok(tcp)
}

/// The address behind an app, or behind the destination that a bastion was asked for (`access.md` 5.9).
fn origin(app: &AppPlan, destination: Option<&str>) -> io::Result<SocketAddr> {
    if app.jumps.is_empty() {
        return Ok(app.origin);
    }
    let unknown = || io::Error::new(io::ErrorKind::NotFound, "no such destination");
    let named = destination.map(host_and_port).ok_or_else(unknown)?;
    app.jumps.iter().find(|(name, _)| name == named).map(|(_, to)| *to).ok_or_else(unknown)
}

/// Connectors strip a scheme and a path from the destination.
fn host_and_port(destination: &str) -> &str {
    let rest = destination.split_once("://").map_or(destination, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

fn refusal(fault: UpgradeFault, app: &AppPlan, question: &Question) -> Answer {
    match fault {
        UpgradeFault::Status(status, body) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Answer::text(status, &body)
        }
        UpgradeFault::Redirect(location) => Answer::redirect(&location),
        UpgradeFault::Denied => pages::denied(app, None, &question.ray),
        UpgradeFault::TunnelDown => front::tunnel_down(&question.ray),
        UpgradeFault::WebsocketsOff => Answer::new(StatusCode::OK),
        UpgradeFault::OriginDown | UpgradeFault::Silence | UpgradeFault::WrongAccept => {
            origin_down(&question.ray)
        }
    }
}

pub(crate) fn origin_down(ray: &str) -> Answer {
    let text = "Unable to reach the origin service. The service may be down or it may not be responding.";
    pages::message(StatusCode::BAD_GATEWAY, "Bad gateway", text, ray)
}

fn accept_key(key: &str) -> String {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{SALT}").as_bytes());
    STANDARD.encode(digest.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_is_accepted() {
        // RFC 6455 1.3.
        assert_eq!(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn a_bastion_strips_scheme_and_path() {
        assert_eq!(host_and_port("ssh://db-01:22/x"), "db-01:22");
        assert_eq!(host_and_port("db-01:22"), "db-01:22");
    }
}
