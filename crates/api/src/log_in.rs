//! The visit to the dashboard that ends in a `cert.pem` (`tunnel.md` 6.2).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use reqwest::{Client, Url};
use wire::Realm;
use zeroize::Zeroizing;

use crate::client::{self, innermost};
use crate::{ApiError, OriginCert};

/// How often the mailbox is asked; it holds each question for up to a minute.
const POLLS: u32 = 10;
const POLL: Duration = Duration::from_secs(65);
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
        for _ in 0..POLLS {
            let asked = self.client.get(self.mailbox.clone()).send().await;
            let mut response = match asked {
                Ok(response) => response,
                Err(error) if error.is_timeout() => continue,
                Err(error) => {
                    return Err(ApiError::Unreachable { host: self.host.clone(), what: innermost(&error) });
                }
            };
            let status = response.status().as_u16();
            if status >= 500 {
                return Err(ApiError::Trouble { host: self.host.clone(), status });
            }
            let mut body = Zeroizing::new(Vec::new());
            while let Ok(Some(chunk)) = response.chunk().await {
                body.extend_from_slice(&chunk);
                if body.len() > LONGEST {
                    return Err(ApiError::Unreadable { what: format!("it is longer than {LONGEST} bytes") });
                }
            }
            if status == 200 && !body.is_empty() {
                return read(&body);
            }
        }
        let seconds = u64::from(POLLS) * 60;
        Err(ApiError::TimedOut { host: self.host.clone(), seconds })
    }
}

fn read(body: &[u8]) -> Result<(OriginCert, Zeroizing<String>), ApiError> {
    let unreadable = |what: String| ApiError::Unreadable { what };
    let text = str::from_utf8(body).map_err(|error| unreadable(error.to_string()))?;
    let cert = OriginCert::from_pem(text).map_err(|error| unreadable(error.to_string()))?;
    Ok((cert, Zeroizing::new(text.to_owned())))
}
