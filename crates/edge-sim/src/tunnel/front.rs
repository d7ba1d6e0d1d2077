//! From a client's request to the connector of its host, and from the connector's answer back.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use http::header::{HeaderName, HeaderValue};
use http::{Request, StatusCode};
use http_body_util::StreamBody;
use hyper::body::Frame;
use hyper::upgrade::OnUpgrade;
use wire::tunnel::TunnelId;

use super::link::{Head, Kind, Link, Told};
use super::splice::Splice;
use super::stream::{FromConnector, ToConnector};
use crate::answer::{Answer, Question};
use crate::edge::Edge;
use crate::upgrade;

/// Headers that are about one connection and do not travel.
const HOP: [&str; 9] = [
    "connection",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Lets the connector of `tunnel` answer.
pub(crate) async fn answer(edge: &Arc<Edge>, tunnel: TunnelId, mut question: Question) -> Answer {
    let Some(link) = edge.links.pick(tunnel) else { return crate::front::tunnel_down(&question.ray) };
    let asked = match question.upgrade.take() {
        Some(client) if question.is_upgrade() => carry(edge, &link, &question, client).await,
        Some(_) | None => plain(&link, &question).await,
    };
    asked.unwrap_or_else(|error| {
        tracing::info!(host = question.host, %error, "the connector does not answer");
        crate::front::tunnel_down(&question.ray)
    })
}

async fn plain(link: &Link, question: &Question) -> io::Result<Answer> {
    let (told, body) = link.ask(request(question)?, question.body.clone()).await?;
    Ok(match told {
        Told::Failed => upgrade::origin_down(&question.ray),
        Told::Head(head) => streamed(head, body),
    })
}

async fn carry(edge: &Arc<Edge>, link: &Link, question: &Question, client: OnUpgrade) -> io::Result<Answer> {
    let (told, from, to) = link.begin(Kind::WebSocket, request(question)?).await?;
    let head = match told {
        Told::Failed => return Ok(upgrade::origin_down(&question.ray)),
        Told::Head(head) => head,
    };
    if !head.switches {
        return Ok(streamed(head, from));
    }
    let connection = question.connection;
    edge.log.change_connection(connection, |seen| seen.upgraded = true);
    edge.streams.spawn(splice(Arc::clone(edge), connection, client, to, from));
    Ok(Answer { headers: head.headers, ..Answer::new(StatusCode::SWITCHING_PROTOCOLS) })
}

fn streamed(head: Head, body: FromConnector) -> Answer {
    let Head { status, headers, switches: _ } = head;
    Answer { headers, ..Answer::new(status) }.streamed(StreamBody::new(frames(body)))
}

async fn splice(edge: Arc<Edge>, connection: u64, client: OnUpgrade, to: ToConnector, from: FromConnector) {
    match client.await.ok().and_then(upgrade::inner) {
        Some((client, early)) => Splice { edge, connection, client, early, to, from }.carry().await,
        None => tracing::debug!(connection, "the client left while it was upgraded"),
    }
}

/// The request as the connector gets it.
fn request(question: &Question) -> io::Result<Request<()>> {
    let uri = format!("https://{}{}", question.host, question.path_and_query());
    let mut request =
        Request::builder().method(question.method.clone()).uri(uri).body(()).map_err(io::Error::other)?;
    let headers = request.headers_mut();
    for (name, value) in &question.headers {
        if !HOP.contains(&name.as_str()) {
            headers.append(name, value.clone());
        }
    }
    let added = [
        ("cf-connecting-ip", "127.0.0.1"),
        ("cf-ray", &question.ray),
        ("cf-visitor", r#"{"scheme":"https"}"#),
        ("cdn-loop", "cloudflare; loops=1"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-proto", "https"),
    ];
    for (name, value) in added.into_iter().filter(|(_, value)| !value.is_empty()) {
        headers
            .insert(HeaderName::from_static(name), HeaderValue::try_from(value).map_err(io::Error::other)?);
    }
    Ok(request)
}

/// The origin's body as it arrives, then its trailers.
fn frames(body: FromConnector) -> impl stream::Stream<Item = io::Result<Frame<Bytes>>> + Send {
    stream::unfold(Some(body), |body| async {
        let mut body = body?;
        match body.next().await {
            Ok(Some(bytes)) => Some((Ok(Frame::data(bytes)), Some(body))),
            Err(error) => Some((Err(error), None)),
            Ok(None) => match body.trailers().await {
                Ok(Some(trailers)) => Some((Ok(Frame::trailers(trailers)), None)),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            },
        }
    })
}
