//! The visit to the dashboard that ends in a `cert.pem` (`tunnel.md` 6.2).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use reqwest::{Client, Url};
use tokio::time::{Instant, sleep};
use wire::Realm;
use zeroize::Zeroizing;

use crate::client::{self, innermost};
use crate::{ApiError, OriginCert};

/// How long a person may take.
const WAIT: Duration = Duration::from_secs(600);
/// The mailbox holds each question for up to a minute.
const POLL: Duration = Duration::from_secs(65);
/// A question that was answered sooner was not held.
const HELD: Duration = Duration::from_secs(1);
/// Before the next question where one was not held; each later pause is twice as long.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// So many failures one after the other are believed.
const FAILURES: u32 = 5;
/// No such file is longer, in bytes.
const LONGEST: usize = 64 * 1024;

/// A log-in that waits for a person.
#[derive(Debug)]
pub struct LogIn {
    client: Client,
    host: String,
    mailbox: Url,
    /// Where the person chooses a zone.
    pub link: String,
}

impl LogIn {
    /// Prepares one. `page` and `callback` replace the realm's own addresses. Nothing is asked yet.
    ///
    /// # Errors
    /// When an address or the realm's trust roots cannot be used.
    pub fn new(realm: &Realm, page: Option<&str>, callback: Option<&str>) -> Result<Self, ApiError> {
        let setup = |error: &dyn std::fmt::Display| ApiError::Setup { what: error.to_string() };
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| setup(&error))?;
        let name = URL_SAFE.encode(key);
        let page = page.map_or_else(|| format!("https://{}/argotunnel", realm.dashboard), str::to_owned);
        let callback = callback.map_or_else(|| format!("https://{}", realm.transfer), str::to_owned);
        let mut link = Url::parse(&page).map_err(|error| setup(&error))?;
        let callback = format!("{}/{name}", callback.trim_end_matches('/'));
        link.query_pairs_mut().append_pair("aud", "").append_pair("callback", &callback);
        let mailbox = format!("https://{}/{name}", realm.transfer);
        let mailbox = Url::parse(&mailbox).map_err(|error| setup(&error))?;
        let client = client::builder(realm, &realm.transfer)?.timeout(POLL).build();
        let link = realm.browser_link(link.as_str());
        Ok(Self {
            client: client.map_err(|error| setup(&error))?,
            host: realm.transfer.clone(),
            mailbox,
            link,
        })
    }

    /// Waits until the person has chosen, for ten minutes at most. Beside the file's meaning stands its text.
    ///
    /// # Errors
    /// When nobody chooses in time, the mailbox cannot be asked, or what comes is no such file.
    pub async fn wait(&self) -> Result<(OriginCert, Zeroizing<String>), ApiError> {
        let end = Instant::now() + WAIT;
        let (mut pause, mut failures) = (SHORTEST_PAUSE, 0);
        while Instant::now() < end {
            let began = Instant::now();
            match self.poll().await {
                Ok(Some(body)) => return read(&body),
                Ok(None) => failures = 0,
                Err(error) => {
                    failures += 1;
                    if failures >= FAILURES || !error.is_transient() {
                        return Err(error);
                    }
                    tracing::debug!(%error, failures, "the mailbox failed; asking again");
                }
            }
            // A service that does not hold the question is not asked all the time.
            if failures > 0 || began.elapsed() < HELD {
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            } else {
                pause = SHORTEST_PAUSE;
            }
        }
        Err(ApiError::TimedOut { host: self.host.clone(), seconds: WAIT.as_secs() })
    }

    /// One question; nothing when nobody has chosen yet.
    async fn poll(&self) -> Result<Option<Zeroizing<Vec<u8>>>, ApiError> {
        let asked = self.client.get(self.mailbox.clone()).send().await;
        let mut response = match asked {
            Ok(response) => response,
            Err(error) if error.is_timeout() => return Ok(None),
            Err(error) => {
                return Err(ApiError::Unreachable { host: self.host.clone(), what: innermost(&error) });
            }
        };
        let status = response.status().as_u16();
        if status >= 500 {
            return Err(ApiError::Trouble { host: self.host.clone(), status });
        }
        let mut body = Zeroizing::new(Vec::new());
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                // What lay in the mailbox has left it: asking again would bring nothing.
                Err(error) => {
                    let what = format!("it was cut short after {} bytes ({})", body.len(), innermost(&error));
                    return Err(ApiError::Unreadable { what });
                }
            }
            if body.len() > LONGEST {
                return Err(ApiError::Unreadable { what: format!("it is longer than {LONGEST} bytes") });
            }
        }
        Ok((status == 200 && !body.is_empty()).then_some(body))
    }
}

fn read(body: &[u8]) -> Result<(OriginCert, Zeroizing<String>), ApiError> {
    let unreadable = |what: String| ApiError::Unreadable { what };
    let text = str::from_utf8(body).map_err(|error| unreadable(error.to_string()))?;
    let cert = OriginCert::from_pem(text).map_err(|error| unreadable(error.to_string()))?;
    Ok((cert, Zeroizing::new(text.to_owned())))
}
