//! A scripted person: opens a link through the gateway as a browser would, and fills in the form.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::error::PersonError;

/// How many redirects a person's browser follows.
const HOPS: u32 = 20;

/// Somebody with a browser and its cookies.
#[derive(Clone, Debug)]
pub struct Person {
    gateway: String,
    /// Cookies by path and name.
    cookies: BTreeMap<(String, String), String>,
}

/// The page where a person ended up.
#[derive(Clone, Debug)]
pub struct PageOutcome {
    /// Its status.
    pub status: u16,
    /// Its address at the gateway.
    pub url: String,
    /// Its title.
    pub title: String,
    /// Its HTML.
    pub body: String,
}

impl PageOutcome {
    /// Whether it says that the log-in is done.
    #[must_use]
    pub fn is_logged_in(&self) -> bool {
        self.status == 200 && self.title == "You are logged in"
    }

    /// Whether it says that policy does not let this person in.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.status == 403
    }

    /// Whether it asks who this is.
    #[must_use]
    pub fn asks_to_log_in(&self) -> bool {
        self.body.contains("<form ")
    }
}

impl Person {
    /// Somebody whose browser reaches the edge through `gateway`, such as `http://127.0.0.1:8123/b/`.
    #[must_use]
    pub fn new(gateway: &str) -> Self {
        Self { gateway: gateway.to_owned(), cookies: BTreeMap::new() }
    }

    /// Opens `link`, logs in as `email` if a page asks, and says where that led.
    ///
    /// # Errors
    /// When the gateway does not answer, or the link leads elsewhere.
    pub async fn submit(&mut self, link: &str, email: &str) -> Result<PageOutcome, PersonError> {
        let page = self.open(link).await?;
        if !page.asks_to_log_in() {
            return Ok(page);
        }
        let action = attribute(&page.body, "<form ", "action").ok_or(nothing(&page, "form"))?;
        let form = Serializer::new(String::new()).append_pair("email", email).finish();
        self.walk(self.absolute(&page.url, &action)?, Method::POST, form).await
    }

    /// Opens `link` and clicks "Cancel".
    ///
    /// # Errors
    /// As [`Self::submit`], and when there is nothing to cancel.
    pub async fn cancel(&mut self, link: &str) -> Result<PageOutcome, PersonError> {
        let page = self.open(link).await?;
        let cancel = attribute(&page.body, "<a ", "href").ok_or(nothing(&page, "link"))?;
        self.walk(self.absolute(&page.url, &cancel)?, Method::GET, String::new()).await
    }

    /// Opens `link` and does nothing more.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub async fn open(&mut self, link: &str) -> Result<PageOutcome, PersonError> {
        let foreign = || PersonError::ForeignLink { link: link.to_owned() };
        let link = match link.strip_prefix("https://") {
            Some(rest) => format!("{}{rest}", self.gateway),
            None => link.to_owned(),
        };
        let url = Url::parse(&link).map_err(|_| foreign())?;
        self.walk(url, Method::GET, String::new()).await
    }

    async fn walk(
        &mut self,
        mut url: Url,
        mut method: Method,
        mut form: String,
    ) -> Result<PageOutcome, PersonError> {
        for _ in 0..HOPS {
            let (status, headers, body) = self.request(&url, &method, &form).await?;
            self.keep_cookies(&headers);
            let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
            match location {
                Some(location) if status.is_redirection() => {
                    url = self.absolute(url.as_str(), location)?;
                    (method, form) = (Method::GET, String::new());
                }
                _ => return Ok(outcome(&url, status, &body)),
            }
        }
        Err(PersonError::Endless { hops: HOPS })
    }

    /// One request on a connection of its own.
    async fn request(
        &self,
        url: &Url,
        method: &Method,
        form: &str,
    ) -> Result<(StatusCode, HeaderMap, Bytes), PersonError> {
        let foreign = || PersonError::ForeignLink { link: url.to_string() };
        if url.scheme() != "http" {
            return Err(foreign());
        }
        let host = url.host_str().ok_or_else(foreign)?;
        let port = url.port_or_known_default().ok_or_else(foreign)?;
        let tcp = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(tcp)).await?;
        let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let mut request = Request::builder()
            .method(method)
            .uri(target)
            .header(HOST, format!("{host}:{port}"))
            .header("accept", "text/html")
            .header("connection", "close");
        if let Some(cookies) = self.cookies_for(url.path()) {
            request = request.header(COOKIE, cookies);
        }
        if *method == Method::POST {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(Full::new(Bytes::from(form.to_owned())))?;
        let exchange = async {
            let answer = sender.send_request(request).await?;
            let (parts, body) = answer.into_parts();
            Ok((parts.status, parts.headers, body.collect().await?.to_bytes()))
        };
        // The connection has to be driven for the exchange to get on; its own error says why when that fails.
        let (exchanged, driven) = tokio::join!(exchange, connection);
        driven?;
        exchanged
    }

    fn absolute(&self, base: &str, reference: &str) -> Result<Url, PersonError> {
        let joined = Url::parse(base).and_then(|base| base.join(reference));
        let foreign = || PersonError::ForeignLink { link: reference.to_owned() };
        let url = joined.map_err(|_| foreign())?;
        if url.as_str().starts_with(&self.gateway) { Ok(url) } else { Err(foreign()) }
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let mut parts = cookie.split("; ");
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            let path = parts.find_map(|part| part.strip_prefix("Path=")).unwrap_or("/");
            self.cookies.insert((path.to_owned(), name.to_owned()), value.to_owned());
        }
    }

    fn cookies_for(&self, path: &str) -> Option<String> {
        let fitting = self.cookies.iter().filter(|((below, _), _)| path.starts_with(below.as_str()));
        let pairs: Vec<String> = fitting.map(|((_, name), value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

fn nothing(page: &PageOutcome, what: &'static str) -> PersonError {
    PersonError::NothingThere { url: page.url.clone(), what }
}

fn outcome(url: &Url, status: StatusCode, body: &[u8]) -> PageOutcome {
    let body = String::from_utf8_lossy(body).into_owned();
    let title = body.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    let title = title.map(|(title, _)| unescaped(title)).unwrap_or_default();
    PageOutcome { status: status.as_u16(), url: url.to_string(), title, body }
}

/// The value of an attribute in the first tag that begins with `tag`.
fn attribute(page: &str, tag: &str, name: &str) -> Option<String> {
    let (_, rest) = page.split_once(tag)?;
    let (tag, _) = rest.split_once('>')?;
    let (_, value) = tag.split_once(&format!("{name}=\""))?;
    value.split_once('"').map(|(value, _)| unescaped(value))
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}
