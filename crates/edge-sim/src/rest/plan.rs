//! The account that owns the tunnels, and what its API tokens may do.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::plan::hex;

/// One account.
#[derive(Clone, Debug)]
pub struct AccountPlan {
    /// Its tag: 32 hex digits.
    pub id: String,
    /// The domains that it has at Cloudflare.
    pub zones: Vec<String>,
    /// Hostnames that lead somewhere else already.
    pub records: Vec<String>,
    /// Who may call the API.
    pub tokens: Vec<ApiTokenPlan>,
}

/// An API token and its rights.
#[derive(Clone, Debug)]
pub struct ApiTokenPlan {
    /// The secret itself.
    pub token: String,
    /// What it may do.
    pub rights: Vec<Right>,
}

/// A permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// `Zone Read`.
    ReadZones,
    /// `Cloudflare Tunnel Read`.
    ReadTunnels,
    /// `Cloudflare Tunnel Write`, which reads as well.
    WriteTunnels,
}

impl Default for AccountPlan {
    fn default() -> Self {
        Self { id: id_of("account", ""), zones: Vec::new(), records: Vec::new(), tokens: Vec::new() }
    }
}

impl AccountPlan {
    /// Adds a domain.
    #[must_use]
    pub fn zone(mut self, name: &str) -> Self {
        self.zones.push(name.to_owned());
        self
    }

    /// Adds a hostname that leads somewhere else.
    #[must_use]
    pub fn record(mut self, hostname: &str) -> Self {
        self.records.push(hostname.to_owned());
        self
    }

    /// Adds an API token.
    #[must_use]
    pub fn token(mut self, token: &str, rights: &[Right]) -> Self {
        self.tokens.push(ApiTokenPlan { token: token.to_owned(), rights: rights.to_vec() });
        self
    }

    /// What `tunnel login` leaves behind for a domain and a token (`tunnel.md` 6.1): a PEM block.
    #[must_use]
    pub fn origin_cert(&self, zone: &str, token: &str) -> String {
        let json = json!({ "zoneID": zone_id(zone), "accountID": self.id, "apiToken": token }).to_string();
        let body = STANDARD.encode(json);
        let lines = body.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned());
        let lines: Vec<String> = lines.collect();
        format!("-----BEGIN ARGO TUNNEL TOKEN-----\n{}\n-----END ARGO TUNNEL TOKEN-----\n", lines.join("\n"))
    }

    /// The name of a domain by its id.
    pub(crate) fn zone_name(&self, id: &str) -> Option<&str> {
        self.zones.iter().find(|name| zone_id(name) == id).map(String::as_str)
    }

    pub(super) fn zones_as_json(&self) -> Vec<Value> {
        let account = json!({ "id": self.id, "name": "Simulated account" });
        let zone = |name: &String| json!({ "id": zone_id(name), "name": name, "status": "active", "type": "full", "account": account });
        self.zones.iter().map(zone).collect()
    }
}

impl ApiTokenPlan {
    pub(crate) fn may(&self, right: Right) -> bool {
        self.rights.contains(&right)
            || right == Right::ReadTunnels && self.rights.contains(&Right::WriteTunnels)
    }

    pub(super) fn id(&self) -> String {
        id_of("API token", &self.token)
    }
}

fn zone_id(name: &str) -> String {
    id_of("zone", name)
}

/// 32 hex digits that stay the same from start to start.
fn id_of(what: &str, name: &str) -> String {
    let hash = digest::digest(&digest::SHA256, format!("{what} {name}").as_bytes());
    hex(&hash.as_ref()[..16])
}
