//! Small HTTP requests over our own connections: HEAD, GET and POST, HTTP/1.1, no redirects followed, bodies bounded.

use std::pin::Pin;
use std::task::Poll;

use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use url::Url;

use crate::clock::http_date;
use crate::reach::{Dialler, Link};
use crate::{AccessError, USER_AGENT, limit};

/// What the other side answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// One connection that may carry several requests, one after the other.
pub(crate) struct Line<S: AsyncRead + AsyncWrite + Unpin = Link> {
    host: String,
    sender: SendRequest<Full<Bytes>>,
    connection: Pin<Box<Connection<TokioIo<S>, Full<Bytes>>>>,
    ended: bool,
}

/// How much of a body is wanted.
#[derive(Clone, Copy)]
enum Wanted {
    /// All of it, which may have this many bytes.
    Whole(usize),
    /// What it says first.
    Beginning,
}

/// Sends one request on a connection of its own.
pub(crate) async fn ask(
    dialler: &Dialler,
    method: Method,
    url: &Url,
    headers: &[(&str, &str)],
    limit: usize,
) -> Result<Answer, AccessError> {
    Line::open(dialler, url).await?.ask(method, url, headers, limit).await
}

/// Sends one request on a connection that was opened for it.
pub(crate) async fn ask_on(
    link: Link,
    method: Method,
    url: &Url,
    headers: &[(&str, &str)],
    limit: usize,
) -> Result<Answer, AccessError> {
    let host = url.host_str().unwrap_or_default().to_owned();
    Line::on(host, link).await?.ask(method, url, headers, limit).await
}

/// The same, of whose body only the beginning is read.
pub(crate) async fn ask_for_beginning(
    dialler: &Dialler,
    url: &Url,
    headers: &[(&str, &str)],
) -> Result<Answer, AccessError> {
    let mut line = Line::open(dialler, url).await?;
    let request =
        request(Method::GET, url, headers, Vec::new()).map_err(|error| broken(&line.host, &error))?;
    line.send(request, Wanted::Beginning).await
}

/// Asks a socket that is not secured what stands at `url`. For what anybody may read: nothing secret goes along.
pub(crate) async fn ask_in_the_clear(socket: TcpStream, url: &Url) -> Result<Answer, AccessError> {
    let host = url.host_str().unwrap_or_default().to_owned();
    let request = request(Method::GET, url, &[], Vec::new()).map_err(|error| broken(&host, &error))?;
    Line::on(host, socket).await?.send(request, Wanted::Beginning).await
}

/// Posts JSON on a connection of its own.
pub(crate) async fn post(
    dialler: &Dialler,
    url: &Url,
    json: Vec<u8>,
    limit: usize,
) -> Result<Answer, AccessError> {
    let mut line = Line::open(dialler, url).await?;
    let headers = [(http::header::CONTENT_TYPE.as_str(), "application/json")];
    let request = request(Method::POST, url, &headers, json).map_err(|error| broken(&line.host, &error))?;
    line.send(request, Wanted::Whole(limit)).await
}

impl Line {
    /// Connects to the host of `url`.
    pub(crate) async fn open(dialler: &Dialler, url: &Url) -> Result<Self, AccessError> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let link = dialler.link(&host, url.port().unwrap_or(443)).await?;
        Self::on(host, link).await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Line<S> {
    async fn on(host: String, stream: S) -> Result<Self, AccessError> {
        let (sender, connection) = Builder::new()
            .title_case_headers(true)
            .max_buf_size(limit::HEAD)
            .max_headers(limit::HEADERS)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| broken(&host, &error))?;
        Ok(Self { host, sender, connection: Box::pin(connection), ended: false })
    }

    /// Sends one request and reads the whole answer, whose body may have `limit` bytes.
    pub(crate) async fn ask(
        &mut self,
        method: Method,
        url: &Url,
        headers: &[(&str, &str)],
        limit: usize,
    ) -> Result<Answer, AccessError> {
        let request =
            request(method, url, headers, Vec::new()).map_err(|error| broken(&self.host, &error))?;
        self.send(request, Wanted::Whole(limit)).await
    }

    async fn send(&mut self, request: Request<Full<Bytes>>, wanted: Wanted) -> Result<Answer, AccessError> {
        let Self { host, sender, connection, ended } = self;
        let mut exchange = Box::pin(async {
            let response = sender.send_request(request).await.map_err(|error| broken(host, &error))?;
            let (head, body) = response.into_parts();
            let body = match wanted {
                Wanted::Whole(limit) => whole(host, body, limit).await?,
                Wanted::Beginning => beginning(body).await,
            };
            Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
        });
        // Whoever asks also drives the connection, so that no task outlives the question.
        std::future::poll_fn(|context| {
            if !*ended && let Poll::Ready(_end) = connection.as_mut().poll(context) {
                *ended = true;
            }
            exchange.as_mut().poll(context)
        })
        .await
    }

    /// Whether another request can be sent.
    pub(crate) fn is_open(&self) -> bool {
        !self.ended && !self.sender.is_closed()
    }
}

impl Answer {
    /// The value of a header as text; `None` when it is missing, empty or not text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().filter(|value| !value.is_empty())
    }

    /// The edge's identifier of this request.
    pub(crate) fn ray(&self) -> Option<String> {
        self.header(wire::header::RAY_ID).map(str::to_owned)
    }

    /// Every cookie that this answer sets, as written.
    pub(crate) fn cookies(&self) -> impl Iterator<Item = &str> {
        self.headers.get_all(http::header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok())
    }

    /// Where a redirect leads, resolved against the URL that was asked.
    pub(crate) fn redirect(&self, asked: &Url) -> Option<Url> {
        matches!(self.status, 301 | 302 | 303 | 307 | 308)
            .then(|| self.header("location").and_then(|location| asked.join(location).ok()))
            .flatten()
    }

    /// Whether this sends a person to the log-in page (`access.md` 5.5).
    pub(crate) fn is_access_redirect(&self, asked: &Url) -> bool {
        self.status == 302 && self.redirect(asked).is_some_and(|to| to.path().starts_with(wire::path::LOGIN))
    }

    /// How many seconds a clock that shows `now` is ahead of the other side's; `None` when it does not tell.
    pub(crate) fn clock_ahead(&self, now: i64) -> Option<i64> {
        self.header("date").and_then(http_date).map(|theirs| now - theirs)
    }
}

async fn whole(host: &str, body: Incoming, limit: usize) -> Result<Vec<u8>, AccessError> {
    let body = Limited::new(body, limit).collect().await.map_err(|error| broken_body(host, &*error))?;
    Ok(body.to_bytes().to_vec())
}

/// What a body says first. That it breaks off takes nothing from what has come.
async fn beginning(mut body: Incoming) -> Vec<u8> {
    let mut said = Vec::new();
    while said.len() < limit::PAGE {
        match body.frame().await {
            Some(Ok(frame)) => said.extend(frame.into_data().unwrap_or_default()),
            Some(Err(_)) | None => break,
        }
    }
    said.truncate(limit::PAGE);
    said
}

fn request(
    method: Method,
    url: &Url,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let host = url.host_str().unwrap_or_default();
    let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let mut request = Request::builder()
        .method(method)
        .uri(target)
        .header(http::header::HOST, authority)
        .header(http::header::USER_AGENT, USER_AGENT);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::from(body))
}

fn broken(host: &str, error: &(dyn std::error::Error + 'static)) -> AccessError {
    let host = host.to_owned();
    let detail = match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    match error.downcast_ref::<hyper::Error>() {
        Some(error) if error.is_parse_too_large() => AccessError::Strange { host, what: too_long() },
        Some(error) if error.is_parse() => AccessError::Strange { host, what: "it is not HTTP".to_owned() },
        _ => AccessError::Broken { host, detail },
    }
}

fn broken_body(host: &str, error: &(dyn std::error::Error + Send + Sync + 'static)) -> AccessError {
    if error.is::<LengthLimitError>() {
        return AccessError::Strange { host: host.to_owned(), what: too_long() };
    }
    broken(host, error)
}

fn too_long() -> String {
    "it is too long".to_owned()
}
