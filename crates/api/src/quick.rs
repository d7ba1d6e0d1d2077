//! Quick tunnels, which belong to nobody: made without an account, gone with their connector (`tunnel.md` 6.4).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use wire::Realm;
use wire::tunnel::{Credentials, Secret};
use zeroize::Zeroizing;

use crate::client::{self, innermost};
use crate::{ApiError, envelope};

/// Who makes them.
const HOST: &str = "api.trycloudflare.com";
const LIMIT: std::time::Duration = std::time::Duration::from_secs(15);
/// No answer is longer, in bytes.
const LONGEST: usize = 64 * 1024;

/// A quick tunnel that has just been made.
#[derive(Clone, Debug)]
pub struct QuickTunnel {
    /// The hostname by which everybody reaches it.
    pub hostname: String,
    /// The right to run it.
    pub credentials: Credentials,
}

#[derive(Deserialize)]
struct Made {
    id: String,
    hostname: String,
    account_tag: String,
    secret: Zeroizing<String>,
}

/// Has one made. `base` replaces the address of who makes them.
///
/// # Errors
/// When nobody makes one, or what comes back is none.
pub async fn quick_tunnel(realm: &Realm, base: Option<&str>) -> Result<QuickTunnel, ApiError> {
    let base = base.filter(|base| !base.is_empty());
    let base = base.map_or_else(|| format!("https://{HOST}"), |base| base.trim_end_matches('/').to_owned());
    let setup = |error: &dyn std::fmt::Display| ApiError::Setup { what: error.to_string() };
    let url = reqwest::Url::parse(&format!("{base}/tunnel")).map_err(|error| setup(&error))?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let client = client::builder(realm, &host)?.timeout(LIMIT).build().map_err(|error| setup(&error))?;
    let unreachable = |error: &reqwest::Error| {
        if error.is_timeout() {
            return ApiError::TimedOut { host: host.clone(), seconds: LIMIT.as_secs() };
        }
        ApiError::Unreachable { host: host.clone(), what: innermost(error) }
    };
    let asked = client.post(url).header("content-type", "application/json").send().await;
    let mut response = asked.map_err(|error| unreachable(&error))?;
    let status = response.status().as_u16();
    let mut body = Zeroizing::new(Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST {
            return Err(ApiError::Unreadable { what: format!("it is longer than {LONGEST} bytes") });
        }
    }
    let made: Made = envelope::result(envelope::read(&host, status, None, &body)?)?;
    let unreadable = |what: &str| ApiError::Unreadable { what: what.to_owned() };
    let secret = STANDARD.decode(&*made.secret).map_err(|_| unreadable("its secret is not base64"))?;
    let id = made.id.parse().map_err(|_| unreadable("its id is none"))?;
    let credentials = Credentials {
        account: made.account_tag,
        secret: Secret::new(secret),
        tunnel: Some(id),
        endpoint: None,
    };
    Ok(QuickTunnel { hostname: made.hostname, credentials })
}
