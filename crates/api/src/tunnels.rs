//! Tunnels: made, listed, looked at, ended, and given hostnames (`tunnel.md` 6.3).

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{Api, ApiError};

/// The named thing at Cloudflare, in the form in which the API and `cloudflared --output json` write it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tunnel {
    /// A UUID.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// When it was made, RFC 3339.
    #[serde(default = "never")]
    pub created_at: String,
    /// When it was deleted, RFC 3339; the year 1 for one that lives.
    #[serde(default = "never", deserialize_with = "or_never")]
    pub deleted_at: String,
    /// Its connections. The API leaves them out of lists since October 2026; [`Api::connections`] asks for them.
    #[serde(default, deserialize_with = "or_default")]
    pub connections: Vec<Connection>,
    /// `inactive`, `down`, `degraded` or `healthy`, where the API says so.
    #[serde(default, skip_serializing)]
    pub status: Option<String>,
}

/// One of a connector's links to the edge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Connection {
    /// The data centre, such as `ams01`.
    pub colo_name: String,
    /// A UUID.
    pub id: String,
    /// Whether it is gone, and expected back.
    pub is_pending_reconnect: bool,
    /// The connector's address as the edge sees it.
    pub origin_ip: String,
    /// Since when, RFC 3339.
    pub opened_at: String,
}

/// A running end of a tunnel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Connector {
    /// A UUID.
    pub id: String,
    /// What it can do.
    #[serde(deserialize_with = "or_default")]
    pub features: Vec<String>,
    /// Its version.
    pub version: String,
    /// The version of the rules that it serves by, where it has them from the edge.
    #[serde(skip_serializing)]
    pub config_version: Option<u64>,
    /// Its system and processor.
    pub arch: String,
    /// Since when, RFC 3339.
    pub run_at: String,
    /// Its links.
    #[serde(deserialize_with = "or_default")]
    pub conns: Vec<Connection>,
}

/// A tunnel that has just been made, and the token that runs it.
#[derive(Clone, Debug)]
pub struct Made {
    /// The tunnel.
    pub tunnel: Tunnel,
    /// The right to run it, where the API hands it out with it.
    pub token: Option<Zeroizing<String>>,
}

/// Which tunnels are meant; empty for all that live.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Exactly this name.
    pub name: Option<String>,
    /// Names that begin so.
    pub prefix: Option<String>,
    /// Names that do not begin so.
    pub not_prefix: Option<String>,
    /// Exactly this id.
    pub id: Option<String>,
    /// Those that existed then, RFC 3339.
    pub existed_at: Option<String>,
    /// Deleted ones as well.
    pub with_deleted: bool,
}

/// Where a hostname leads now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The whole hostname.
    pub hostname: String,
    /// What became of its DNS record.
    pub change: RouteChange,
}

/// What became of a DNS record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RouteChange {
    /// There was none.
    New,
    /// It led elsewhere.
    Updated,
    /// It was so already.
    Unchanged,
}

impl Api {
    /// Makes a tunnel whose rules stand in a file of its machine. `secret` is base64 of 32 bytes or more.
    ///
    /// # Errors
    /// [`ApiError::NameTaken`] where one has that name.
    pub async fn create_tunnel(&self, name: &str, secret: &str) -> Result<Made, ApiError> {
        self.make_tunnel(&json!({ "name": name, "tunnel_secret": secret })).await
    }

    /// Makes a tunnel whose rules stand at Cloudflare.
    ///
    /// # Errors
    /// [`ApiError::NameTaken`] where one has that name.
    pub async fn create_managed_tunnel(&self, name: &str) -> Result<Made, ApiError> {
        self.make_tunnel(&json!({ "name": name, "config_src": "cloudflare" })).await
    }

    async fn make_tunnel(&self, body: &Value) -> Result<Made, ApiError> {
        let result: Value = self.call(Method::POST, &self.tunnels(""), &[], Some(body)).await?;
        let token = result.get("token").and_then(Value::as_str).map(|token| Zeroizing::new(token.to_owned()));
        let unreadable = |error: serde_json::Error| ApiError::Unreadable { what: error.to_string() };
        Ok(Made { tunnel: serde_json::from_value(result).map_err(unreadable)?, token })
    }

    /// The tunnels that fit.
    ///
    /// # Errors
    /// When the API cannot be asked or says no.
    pub async fn list_tunnels(&self, filter: &Filter) -> Result<Vec<Tunnel>, ApiError> {
        let mut query = Vec::new();
        for (name, value) in [
            ("name", &filter.name),
            ("name_prefix", &filter.prefix),
            ("exclude_prefix", &filter.not_prefix),
            ("uuid", &filter.id),
            ("existed_at", &filter.existed_at),
        ] {
            query.extend(value.iter().map(|value| (name, value.clone())));
        }
        if !filter.with_deleted {
            query.push(("is_deleted", "false".to_owned()));
        }
        self.all(&self.tunnels(""), &query).await
    }

    /// One tunnel, which may be deleted.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where there is none of this id.
    pub async fn tunnel(&self, id: &str) -> Result<Tunnel, ApiError> {
        self.call(Method::GET, &self.tunnels(&format!("/{id}")), &[], None).await
    }

    /// Ends a tunnel; with `cascade` its connections as well, which keep it alive otherwise.
    ///
    /// # Errors
    /// [`ApiError::Refused`] while connections stand.
    pub async fn delete_tunnel(&self, id: &str, cascade: bool) -> Result<(), ApiError> {
        let query = if cascade { vec![("cascade", "true".to_owned())] } else { Vec::new() };
        let done: Value = self.call(Method::DELETE, &self.tunnels(&format!("/{id}")), &query, None).await?;
        tracing::trace!(?done, "deleted");
        Ok(())
    }

    /// The connectors that run a tunnel now.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where there is no such tunnel.
    pub async fn connections(&self, id: &str) -> Result<Vec<Connector>, ApiError> {
        let path = self.tunnels(&format!("/{id}/connections"));
        let connectors: Option<Vec<Connector>> = self.call(Method::GET, &path, &[], None).await?;
        Ok(connectors.unwrap_or_default())
    }

    /// Lets go of a tunnel's connections, of one connector or of all.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where there is no such tunnel.
    pub async fn clean_connections(&self, id: &str, connector: Option<&str>) -> Result<(), ApiError> {
        let query: Vec<_> = connector.map(|id| ("client_id", id.to_owned())).into_iter().collect();
        let path = self.tunnels(&format!("/{id}/connections"));
        let _: Value = self.call(Method::DELETE, &path, &query, None).await?;
        Ok(())
    }

    /// The token that runs a tunnel.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where there is no such tunnel.
    pub async fn tunnel_token(&self, id: &str) -> Result<Zeroizing<String>, ApiError> {
        let token: String = self.call(Method::GET, &self.tunnels(&format!("/{id}/token")), &[], None).await?;
        Ok(Zeroizing::new(token))
    }

    /// Lets a hostname of the zone lead to a tunnel.
    ///
    /// # Errors
    /// [`ApiError::Refused`] where it leads elsewhere and `overwrite` is not said.
    pub async fn route_dns(&self, id: &str, hostname: &str, overwrite: bool) -> Result<Route, ApiError> {
        #[derive(Deserialize)]
        struct Written {
            cname: RouteChange,
            name: String,
        }
        let body = json!({ "type": "dns", "user_hostname": hostname, "overwrite_existing": overwrite });
        let path = format!("/zones/{}/tunnels/{id}/routes", self.zone);
        let Written { cname, name } = self.call(Method::PUT, &path, &[], Some(&body)).await?;
        Ok(Route { hostname: name, change: cname })
    }

    fn tunnels(&self, rest: &str) -> String {
        self.of_account(&format!("/cfd_tunnel{rest}"))
    }
}

/// How Go writes a time that is none; readers of cloudflared's JSON look for it.
fn never() -> String {
    "0001-01-01T00:00:00Z".to_owned()
}

fn or_never<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_else(never))
}

fn or_default<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(from)?.unwrap_or_default())
}
