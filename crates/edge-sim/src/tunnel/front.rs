//! From a client's request to the connector of its host, and from the connector's answer back.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use h2::{RecvStream, SendStream};
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::StreamBody;
use hyper::body::Frame;
use hyper::upgrade::OnUpgrade;
use serde_json::Value;
use wire::tunnel::{TunnelId, unfold};

use super::link::{Link, UPGRADE};
use super::splice::Splice;
use crate::answer::{Answer, Question};
use crate::edge::Edge;
use crate::upgrade;

/// All headers of the origin in one.
const HEADERS: &str = "cf-cloudflared-response-headers";
/// Who answered: the origin or the connector.
const META: &str = "cf-cloudflared-response-meta";
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
    let body = question.body.clone();
    let answer = link.ask(request(question, None)?, body).await?;
    Ok(match told(&answer, question)? {
        Told::Failed(answer) => answer,
        Told::Headers(status, headers) => {
            let body = answer.into_body();
            Answer { status, headers, ..Answer::new(status) }.streamed(StreamBody::new(frames(body)))
        }
    })
}

async fn carry(edge: &Arc<Edge>, link: &Link, question: &Question, client: OnUpgrade) -> io::Result<Answer> {
    let (answer, to) = link.begin(request(question, Some("websocket"))?).await?;
    let (status, headers) = match told(&answer, question)? {
        Told::Failed(answer) => return Ok(answer),
        Told::Headers(status, headers) => (status, headers),
    };
    let switches = headers.get("upgrade").is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"));
    if status != StatusCode::OK || !switches {
        let body = StreamBody::new(frames(answer.into_body()));
        return Ok(Answer { headers, ..Answer::new(status) }.streamed(body));
    }
    let connection = question.connection;
    edge.log.change_connection(connection, |seen| seen.upgraded = true);
    edge.streams.spawn(splice(Arc::clone(edge), connection, client, to, answer.into_body()));
    Ok(Answer { headers, ..Answer::new(StatusCode::SWITCHING_PROTOCOLS) })
}

async fn splice(
    edge: Arc<Edge>,
    connection: u64,
    client: OnUpgrade,
    to: SendStream<Bytes>,
    from: RecvStream,
) {
    match client.await.ok().and_then(upgrade::inner) {
        Some((client, early)) => Splice { edge, connection, client, early, to, from }.carry().await,
        None => tracing::debug!(connection, "the client left while it was upgraded"),
    }
}

/// The request as the connector gets it.
fn request(question: &Question, kind: Option<&str>) -> io::Result<Request<()>> {
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
        (UPGRADE, kind.unwrap_or_default()),
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

/// What a connector's answer comes to.
enum Told {
    /// The connector could not ask the origin.
    Failed(Answer),
    /// The origin's own status and headers.
    Headers(StatusCode, HeaderMap),
}

fn told(answer: &Response<RecvStream>, question: &Question) -> io::Result<Told> {
    let value = |name| answer.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let meta: Value = serde_json::from_str(value(META).unwrap_or("null"))?;
    if answer.status() == StatusCode::BAD_GATEWAY && meta["src"] == "cloudflared" {
        return Ok(Told::Failed(upgrade::origin_down(&question.ray)));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in unfold(value(HEADERS).unwrap_or_default()).map_err(io::Error::other)? {
        let name = HeaderName::try_from(name).map_err(io::Error::other)?;
        headers.append(name, HeaderValue::try_from(value).map_err(io::Error::other)?);
    }
    Ok(Told::Headers(answer.status(), headers))
}

/// The origin's body as it arrives, then its trailers.
fn frames(body: RecvStream) -> impl stream::Stream<Item = io::Result<Frame<Bytes>>> + Send {
    stream::unfold(Some(body), |body| async {
        let mut body = body?;
        match body.data().await {
            Some(Ok(bytes)) => {
                let released = body.flow_control().release_capacity(bytes.len());
                Some((released.map(|()| Frame::data(bytes)).map_err(io::Error::other), Some(body)))
            }
            Some(Err(error)) => Some((Err(io::Error::other(error)), None)),
            None => match body.trailers().await {
                Ok(Some(trailers)) => Some((Ok(Frame::trailers(trailers)), None)),
                Ok(None) => None,
                Err(error) => Some((Err(io::Error::other(error)), None)),
            },
        }
    })
}
