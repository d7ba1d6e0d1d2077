//! Calls about tunnels.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};
use wire::tunnel::{Secret, TunnelId};

use super::account::OwnedTunnel;
use super::envelope::{Refused, done, json_body, listed};
use super::records::Record;
use crate::answer::{Answer, Question};
use crate::edge::Edge;
use crate::random;
use crate::tunnel::{LinkSeen, LinkState, TunnelPlan};

/// Least length of a tunnel's secret, in bytes.
const SECRET: usize = 32;
/// Tunnels to a page unless another number is asked for.
const PAGE: usize = 20;
/// A tunnel that has so many connections is healthy.
const ALL: usize = 4;

pub(super) fn list(edge: &Edge, question: &Question) -> Answer {
    let is = |name: &str, fits: &dyn Fn(&str) -> bool| question.query(name).is_none_or(|value| fits(&value));
    let fits = |tunnel: &&OwnedTunnel| {
        let (name, id) = (tunnel.plan.name.as_str(), tunnel.plan.id.to_string());
        is("name", &|value| value == name)
            && is("name_prefix", &|value| name.starts_with(value))
            && is("exclude_prefix", &|value| !name.starts_with(value))
            && is("uuid", &|value| value == id)
            && is("is_deleted", &|value| (value == "true") == tunnel.deleted.is_some())
    };
    let owned = edge.account.lock();
    let all: Vec<Value> = owned.tunnels.iter().filter(fits).map(|tunnel| as_json(edge, tunnel)).collect();
    listed(&all, question, PAGE)
}

pub(super) fn create(edge: &Edge, question: &Question) -> Result<Answer, Refused> {
    let body = json_body(question)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let name = text("name").filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Refused::bad(1000, "A tunnel needs a name"))?;
    let mut owned = edge.account.lock();
    if owned.tunnels.iter().any(|tunnel| tunnel.deleted.is_none() && tunnel.plan.name == name) {
        return Err(Refused::new(StatusCode::CONFLICT, 1013, "You already have a tunnel with this name."));
    }
    let secret = match text("tunnel_secret") {
        Some(secret) => STANDARD.decode(secret).ok().filter(|secret| secret.len() >= SECRET),
        None => Some(random::bytes::<SECRET>().to_vec()),
    };
    let secret =
        secret.ok_or_else(|| Refused::bad(1003, "tunnel_secret wants 32 bytes or more in base64"))?;
    let plan = TunnelPlan {
        id: TunnelId(random::uuid()),
        account: edge.plan.account.id.clone(),
        name: name.to_owned(),
        secret: Secret::new(secret),
        remotely_managed: text("config_src") == Some("cloudflare"),
    };
    let tunnel = OwnedTunnel { plan, created: Timestamp::now(), deleted: None };
    let mut result = as_json(edge, &tunnel);
    edge.mint.list_secret(&tunnel.plan.token());
    result["token"] = json!(tunnel.plan.token());
    owned.tunnels.push(tunnel);
    Ok(done(&result))
}

pub(super) fn get(edge: &Edge, id: &str) -> Result<Answer, Refused> {
    let id = id_of(id)?;
    let owned = edge.account.lock();
    let tunnel = owned.tunnels.iter().find(|tunnel| tunnel.plan.id == id).ok_or_else(missing)?;
    Ok(done(&as_json(edge, tunnel)))
}

pub(super) fn delete(edge: &Edge, id: &str, question: &Question) -> Result<Answer, Refused> {
    let id = id_of(id)?;
    let cascade = question.query("cascade").as_deref() == Some("true");
    if !cascade && !serving(edge, id).is_empty() {
        return Err(Refused::bad(1022, "Cannot delete tunnel because it has active connections"));
    }
    let mut owned = edge.account.lock();
    let tunnel = owned.tunnels.iter_mut().find(|tunnel| tunnel.plan.id == id && tunnel.deleted.is_none());
    let tunnel = tunnel.ok_or_else(missing)?;
    tunnel.deleted = Some(Timestamp::now());
    let result = as_json(edge, tunnel);
    drop(owned);
    edge.links.kill(|link| link.tunnel == Some(id));
    Ok(done(&result))
}

pub(super) fn token(edge: &Edge, id: &str) -> Result<Answer, Refused> {
    let tunnel = edge.account.tunnel(id_of(id)?).ok_or_else(missing)?;
    Ok(done(&json!(tunnel.token())))
}

pub(super) fn connections(edge: &Edge, id: &str) -> Result<Answer, Refused> {
    let id = id_of(id)?;
    edge.account.tunnel(id).ok_or_else(missing)?;
    let mut clients: Vec<(String, Vec<LinkSeen>)> = Vec::new();
    for link in serving(edge, id) {
        let client = TunnelId(link.client).to_string();
        match clients.iter_mut().find(|(known, _)| *known == client) {
            Some((_, links)) => links.push(link),
            None => clients.push((client, vec![link])),
        }
    }
    let version = edge.account.rules(id).map_or(json!(0), |rules| rules["version"].clone());
    let clients: Vec<Value> =
        clients.iter().map(|(client, links)| connector(client, links, &version)).collect();
    Ok(done(&json!(clients)))
}

pub(super) fn clean(edge: &Edge, id: &str, question: &Question) -> Result<Answer, Refused> {
    let id = id_of(id)?;
    edge.account.tunnel(id).ok_or_else(missing)?;
    let client = question.query("client_id");
    edge.links.kill(|link| {
        let is_meant = client.as_ref().is_none_or(|client| TunnelId(link.client).to_string() == *client);
        link.tunnel == Some(id) && is_meant
    });
    Ok(done(&Value::Null))
}

pub(super) fn route(edge: &Arc<Edge>, zone: &str, id: &str, question: &Question) -> Result<Answer, Refused> {
    let zone = edge.plan.account.zone_name(zone).ok_or_else(Refused::no_route)?;
    let id = id_of(id)?;
    edge.account.tunnel(id).ok_or_else(missing)?;
    let body = json_body(question)?;
    let hostname = body.get("user_hostname").and_then(Value::as_str).unwrap_or_default();
    // A name of another domain is taken for a label below this one.
    let is_inside = hostname == zone || hostname.ends_with(&format!(".{zone}"));
    let hostname = if is_inside { hostname.to_owned() } else { format!("{hostname}.{zone}") };
    let overwrite = body.get("overwrite_existing").and_then(Value::as_bool).unwrap_or_default();
    let mut owned = edge.account.lock();
    let before = owned.records.iter().find(|record| record.name == hostname).cloned();
    let leads_here = before.as_ref().is_some_and(|record| record.tunnel() == Some(id));
    if before.is_some() && !leads_here && !overwrite {
        return Err(Refused::bad(1003, "An A, AAAA, or CNAME record with that host already exists."));
    }
    owned.records.retain(|record| record.name != hostname);
    owned.records.push(Record::to_tunnel(&hostname, id));
    let change = match before {
        Some(_) if leads_here => "unchanged",
        Some(_) => "updated",
        None => "new",
    };
    Ok(done(&json!({ "cname": change, "name": hostname })))
}

pub(super) fn id_of(text: &str) -> Result<TunnelId, Refused> {
    text.parse().map_err(|_| Refused::bad(1002, "Invalid tunnel ID"))
}

pub(super) fn missing() -> Refused {
    Refused::new(StatusCode::NOT_FOUND, 1003, "Tunnel not found")
}

/// The connections that take requests of a tunnel.
fn serving(edge: &Edge, id: TunnelId) -> Vec<LinkSeen> {
    let links = edge.links.seen().into_iter();
    links.filter(|link| link.tunnel == Some(id) && link.state == LinkState::Registered).collect()
}

fn as_json(edge: &Edge, tunnel: &OwnedTunnel) -> Value {
    let plan = &tunnel.plan;
    let status = match serving(edge, plan.id).len() {
        0 if edge.links.seen().iter().any(|link| link.tunnel == Some(plan.id)) => "down",
        0 => "inactive",
        ALL.. => "healthy",
        _ => "degraded",
    };
    json!({
        "id": plan.id.to_string(), "account_tag": plan.account, "name": plan.name, "tun_type": "cfd_tunnel",
        "config_src": if plan.remotely_managed { "cloudflare" } else { "local" },
        "created_at": tunnel.created.to_string(), "deleted_at": tunnel.deleted.map(|at| at.to_string()),
        "status": status, "metadata": {},
    })
}

fn connector(client: &str, links: &[LinkSeen], version: &Value) -> Value {
    let first = links.first();
    let conns: Vec<Value> = links
        .iter()
        .map(|link| {
            json!({
                "id": TunnelId(link.connection).to_string(), "uuid": TunnelId(link.connection).to_string(),
                "client_id": client, "client_version": link.version, "colo_name": link.location,
                "is_pending_reconnect": false, "opened_at": link.at.to_string(), "origin_ip": "127.0.0.1",
            })
        })
        .collect();
    json!({
        "id": client, "version": first.map(|link| &link.version), "arch": first.map(|link| &link.arch),
        "features": first.map(|link| &link.features), "run_at": first.map(|link| link.at.to_string()),
        "config_version": version, "conns": conns,
    })
}
