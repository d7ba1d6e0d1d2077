//! Calls and their answers: bounded in bytes and time, and tried again where that can do no harm.

use std::time::Duration;

use reqwest::{Certificate, Client, ClientBuilder, Method, Response, redirect};
use serde::de::DeserializeOwned;
use serde_json::Value;
use wire::Realm;

use crate::envelope::{self, Answer};
use crate::{ApiError, ApiToken, OriginCert};

/// Longest answer, in bytes: a thousand tunnels to a page, with room.
const LONGEST: usize = 8 << 20;
/// How long one call may take.
const LIMIT: Duration = Duration::from_secs(15);
/// How often a call is made before its failure is believed.
const ATTEMPTS: u32 = 3;
/// The first pause before another attempt; each later one is twice as long.
const PAUSE: Duration = Duration::from_millis(250);
/// A pause that the API asks for is kept up to this length.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Items to a page, and the most pages that are read.
const PAGE: usize = 100;
const PAGES: usize = 100;

/// The API of one realm for the holder of one token.
#[derive(Clone, Debug)]
pub struct Api {
    client: Client,
    host: String,
    base: String,
    token: ApiToken,
    pub(crate) account: String,
    pub(crate) zone: String,
}

impl Api {
    /// For the holder of this file, in this realm. Nothing is asked yet. `base` replaces the realm's address of the API.
    ///
    /// # Errors
    /// When the client cannot be built: the realm's trust roots or the address cannot be used.
    pub fn new(realm: &Realm, cert: &OriginCert, base: Option<&str>) -> Result<Self, ApiError> {
        let fed = cert.endpoint.as_deref() == Some("fed");
        let host = if fed { Realm::fedramp().api } else { realm.api.clone() };
        let api = Self::at(realm, &host, &cert.token, base)?;
        Ok(api.within(&cert.account, &cert.zone))
    }

    /// For the holder of an API token, in this realm; what belongs to an account or a zone waits for [`Self::within`].
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn of_token(realm: &Realm, token: &ApiToken, base: Option<&str>) -> Result<Self, ApiError> {
        Self::at(realm, &realm.api, token, base)
    }

    /// The same for one account and one of its zones.
    #[must_use]
    pub fn within(self, account: &str, zone: &str) -> Self {
        Self { account: account.to_owned(), zone: zone.to_owned(), ..self }
    }

    fn at(realm: &Realm, host: &str, token: &ApiToken, base: Option<&str>) -> Result<Self, ApiError> {
        let setup = |error: &dyn std::fmt::Display| ApiError::Setup { what: error.to_string() };
        let base = match base.filter(|base| !base.is_empty()) {
            Some(base) => base.trim_end_matches('/').to_owned(),
            None => format!("https://{host}/client/v4"),
        };
        let url = reqwest::Url::parse(&base).map_err(|error| setup(&error))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let client = builder(realm, &host)?.timeout(LIMIT).build().map_err(|error| setup(&error))?;
        let (account, zone) = (String::new(), String::new());
        Ok(Self { client, host, base, token: token.clone(), account, zone })
    }

    /// One call for a result.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> Result<T, ApiError> {
        envelope::result(self.answer(method, path, query, body).await?)
    }

    /// Takes something away; what is not there any more is away as well.
    pub(crate) async fn remove(&self, path: &str) -> Result<(), ApiError> {
        match self.call::<Value>(Method::DELETE, path, &[], None).await {
            Ok(_) | Err(ApiError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Something of the account.
    pub(crate) fn of_account(&self, rest: &str) -> String {
        format!("/accounts/{}{rest}", self.account)
    }

    /// All items of a list, page by page.
    pub(crate) async fn all<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<Vec<T>, ApiError> {
        self.paged(path, query, PAGE).await
    }

    /// The same for a list that has `length` items to a page at most.
    pub(crate) async fn paged<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
        length: usize,
    ) -> Result<Vec<T>, ApiError> {
        let mut all = Vec::new();
        for page in 1..=PAGES {
            let mut query = query.to_vec();
            query.extend([("page", page.to_string()), ("per_page", length.to_string())]);
            let answer = self.answer(Method::GET, path, &query, None).await?;
            let total = answer.total;
            let items: Vec<T> = envelope::result(answer)?;
            let count = items.len();
            all.extend(items);
            let is_last = count < length || total.is_some_and(|total| all.len() as u64 >= total);
            if is_last {
                break;
            }
        }
        Ok(all)
    }

    async fn answer(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> Result<Answer, ApiError> {
        // What a POST has done is not known when its answer is lost.
        let attempts = if method == Method::POST { 1 } else { ATTEMPTS };
        let mut pause = PAUSE;
        let mut attempt = 1;
        loop {
            let answer = self.attempt(method.clone(), path, query, body).await;
            let Err(error) = answer else { return answer };
            let wait = error.asks_to_wait().unwrap_or(pause);
            if attempt == attempts || !error.is_transient() || wait > LONGEST_PAUSE {
                return Err(error);
            }
            tracing::debug!(%error, path, "once more in {wait:?}");
            tokio::time::sleep(wait).await;
            (pause, attempt) = (pause * 2, attempt + 1);
        }
    }

    async fn attempt(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> Result<Answer, ApiError> {
        let url = self.url(path, query)?;
        let mut request = self.client.request(method, url).bearer_auth(self.token.expose());
        request = request.header("accept", "application/json;version=1");
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().await.map_err(|error| self.failed(&error))?;
        let status = response.status().as_u16();
        let after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let body = self.body_of(response).await?;
        envelope::read(&self.host, status, after, &body)
    }

    fn url(&self, path: &str, query: &[(&str, String)]) -> Result<reqwest::Url, ApiError> {
        let url = format!("{}{path}", self.base);
        let mut url =
            reqwest::Url::parse(&url).map_err(|error| ApiError::Setup { what: error.to_string() })?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    async fn body_of(&self, mut response: Response) -> Result<Vec<u8>, ApiError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST {
                return Err(ApiError::Unreadable { what: format!("it is longer than {LONGEST} bytes") });
            }
        }
        Ok(body)
    }

    fn failed(&self, error: &reqwest::Error) -> ApiError {
        if error.is_timeout() {
            return ApiError::TimedOut { host: self.host.clone(), seconds: LIMIT.as_secs() };
        }
        ApiError::Unreachable { host: self.host.clone(), what: innermost(error) }
    }
}

/// A client that believes whom the realm believes, and goes where the realm says `host` is.
pub(crate) fn builder(realm: &Realm, host: &str) -> Result<ClientBuilder, ApiError> {
    // Whoever links this may have chosen one already, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut client = Client::builder()
        .user_agent(concat!("sallyport/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none());
    if !realm.roots.is_empty() {
        let roots = Certificate::from_pem_bundle(realm.roots.as_bytes());
        let roots = roots.map_err(|error| ApiError::Setup { what: error.to_string() })?;
        client = client.tls_certs_merge(roots);
    }
    if let Some(address) = realm.route(host) {
        client = client.resolve(host, address).no_proxy();
    }
    Ok(client)
}

/// What happened; the errors around it say only that something did.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
