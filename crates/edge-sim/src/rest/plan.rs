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
    /// Those of them that are not in use yet: their name servers still are somebody else's.
    pub pending: Vec<String>,
    /// Hostnames that lead somewhere else already.
    pub records: Vec<String>,
    /// Ways to log in that its team has, such as `onetimepin`.
    pub identity_providers: Vec<String>,
    /// Groups that it has, each with the addresses and `@domain`s of those who are in it.
    pub groups: Vec<(String, Vec<String>)>,
    /// Whether nobody has switched on Zero Trust yet.
    pub has_no_team: bool,
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
    /// `Access: Apps and Policies Read`.
    ReadApps,
    /// `Access: Apps and Policies Write`, which reads as well.
    WriteApps,
    /// `Access: Apps and Policies Revoke`.
    RevokeApps,
    /// `DNS Read`.
    ReadDns,
    /// `DNS Write`, which reads as well.
    WriteDns,
    /// `Access: Organizations, Identity Providers, and Groups Read`.
    ReadOrganization,
    /// The same with `Write`, which reads as well.
    WriteOrganization,
    /// `Zone Read`.
    ReadZones,
    /// `Cloudflare Tunnel Read`.
    ReadTunnels,
    /// `Cloudflare Tunnel Write`, which reads as well.
    WriteTunnels,
}

impl Default for AccountPlan {
    fn default() -> Self {
        Self {
            id: id_of("account", ""),
            zones: Vec::new(),
            pending: Vec::new(),
            records: Vec::new(),
            identity_providers: vec!["onetimepin".to_owned()],
            groups: Vec::new(),
            has_no_team: false,
            tokens: Vec::new(),
        }
    }
}

impl AccountPlan {
    /// Adds a domain.
    #[must_use]
    pub fn zone(mut self, name: &str) -> Self {
        self.zones.push(name.to_owned());
        self
    }

    /// Adds a domain that is not in use yet.
    #[must_use]
    pub fn pending_zone(mut self, name: &str) -> Self {
        self.pending.push(name.to_owned());
        self.zone(name)
    }

    /// Takes away every way to log in.
    #[must_use]
    pub fn without_identity_providers(mut self) -> Self {
        self.identity_providers.clear();
        self
    }

    /// Adds a group of these addresses and `@domain`s.
    #[must_use]
    pub fn group(mut self, name: &str, members: &[&str]) -> Self {
        let members = members.iter().map(|&member| member.to_owned()).collect();
        self.groups.push((name.to_owned(), members));
        self
    }

    /// Zero Trust was never switched on.
    #[must_use]
    pub fn without_team(mut self) -> Self {
        self.has_no_team = true;
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

    /// Whether a hostname belongs to a domain that is in use.
    pub(super) fn is_active(&self, hostname: &str) -> bool {
        let holds = |zone: &&String| hostname == **zone || hostname.ends_with(&format!(".{zone}"));
        let zone = self.zones.iter().filter(holds).max_by_key(|zone| zone.len());
        zone.is_some_and(|zone| !self.pending.contains(zone))
    }

    /// The domains that these words of a query choose.
    pub(super) fn zones_as_json(&self, fits: impl Fn(&str, &str) -> bool) -> Vec<Value> {
        let account = json!({ "id": self.id, "name": "Simulated account" });
        let status = |name: &String| if self.pending.contains(name) { "pending" } else { "active" };
        let zone = |name: &String| {
            json!({
                "id": zone_id(name), "name": name, "status": status(name), "type": "full", "paused": false,
                "account": account, "name_servers": ["ns1.sim.test", "ns2.sim.test"],
            })
        };
        self.zones
            .iter()
            .filter(|name| fits("name", name) && fits("status", status(name)))
            .map(zone)
            .collect()
    }
}

impl Right {
    /// What it takes to publish a machine: the least that `cloudflare-api.md` 1.3 names.
    pub const SHARE: [Self; 5] =
        [Self::ReadZones, Self::WriteTunnels, Self::WriteDns, Self::WriteApps, Self::ReadOrganization];
}

impl ApiTokenPlan {
    pub(crate) fn may(&self, right: Right) -> bool {
        let writes = match right {
            Right::ReadApps => Right::WriteApps,
            Right::ReadDns => Right::WriteDns,
            Right::ReadOrganization => Right::WriteOrganization,
            Right::ReadTunnels => Right::WriteTunnels,
            Right::ReadZones
            | Right::RevokeApps
            | Right::WriteApps
            | Right::WriteDns
            | Right::WriteOrganization
            | Right::WriteTunnels => right,
        };
        self.rights.contains(&right) || self.rights.contains(&writes)
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
