//! Requests as the edge's pages see them, and the answers they give.

use std::io;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, DATE, HeaderName, HeaderValue, LOCATION, SET_COOKIE};
use http::{HeaderMap, Method, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Body;
use hyper::upgrade::OnUpgrade;
use url::form_urlencoded;

use crate::clock;

/// A request whose body has been read.
pub(crate) struct Question {
    pub(crate) method: Method,
    /// Lower case, without port.
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) connection: u64,
    pub(crate) upgrade: Option<OnUpgrade>,
    /// It came by TLS, and not through the gateway for browsers.
    pub(crate) is_of_program: bool,
    /// The edge's identifier for this request.
    pub(crate) ray: String,
}

/// What goes back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// A body that goes on arriving, in place of `body`.
    pub(crate) stream: Option<Streamed>,
}

/// A body that goes on arriving.
pub(crate) type Streamed = UnsyncBoxBody<Bytes, io::Error>;

impl Question {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let cookies = self.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|value| value.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn query(&self, name: &str) -> Option<String> {
        field(self.query.as_bytes(), name)
    }

    /// A field of the submitted form.
    pub(crate) fn form(&self, name: &str) -> Option<String> {
        field(&self.body, name)
    }

    pub(crate) fn path_and_query(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    pub(crate) fn is_upgrade(&self) -> bool {
        self.header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
    }
}

impl Answer {
    pub(crate) fn new(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: Bytes::new(), stream: None }
    }

    pub(crate) fn text(status: StatusCode, text: &str) -> Self {
        Self::new(status).header(CONTENT_TYPE.as_str(), "text/plain; charset=utf-8").body(text.to_owned())
    }

    pub(crate) fn html(status: StatusCode, page: String) -> Self {
        Self::new(status)
            .header(CONTENT_TYPE.as_str(), "text/html; charset=utf-8")
            .header("cache-control", "no-store")
            .body(page)
    }

    pub(crate) fn json(status: StatusCode, value: &serde_json::Value) -> Self {
        Self::new(status).header(CONTENT_TYPE.as_str(), "application/json").body(value.to_string())
    }

    pub(crate) fn redirect(location: &str) -> Self {
        Self::new(StatusCode::FOUND)
            .header(LOCATION.as_str(), location)
            .header("cache-control", "private, max-age=0, no-store")
    }

    /// Adds a header; a value that no header can carry is left out.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            self.headers.append(name, value);
        }
        self
    }

    /// Sets a cookie until `expires`, as Access does: for the whole host, secure, out of reach for scripts.
    pub(crate) fn cookie(self, name: &str, value: &str, expires: i64) -> Self {
        let expires = clock::http_date(expires);
        let cookie = format!("{name}={value}; Expires={expires}; Path=/; Secure; HttpOnly");
        self.header(SET_COOKIE.as_str(), &cookie)
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn streamed(
        mut self,
        body: impl Body<Data = Bytes, Error = io::Error> + Send + 'static,
    ) -> Self {
        self.stream = Some(body.boxed_unsync());
        self
    }

    /// The answer as every edge answer looks: dated and numbered.
    pub(crate) fn stamped(self, ray: &str, now: i64) -> Self {
        let mut answer = self.header(wire::header::RAY_ID, ray).header("server", "cloudflare");
        if let Ok(date) = HeaderValue::try_from(clock::http_date(now)) {
            answer.headers.insert(DATE, date);
        }
        answer
    }

    pub(crate) fn into_response(self) -> Response<Streamed> {
        let whole = || Full::new(self.body).map_err(|never| match never {}).boxed_unsync();
        let mut response = Response::new(self.stream.unwrap_or_else(whole));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

fn field(form: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(form).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}
