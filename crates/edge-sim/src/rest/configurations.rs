//! Calls about the rules that a tunnel gets from the edge (`cloudflare-api.md` 3.6).

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};
use wire::tunnel::TunnelId;

use super::envelope::{Refused, done, json_body};
use super::tunnels::{id_of, missing};
use crate::answer::{Answer, Question};
use crate::edge::Edge;
use crate::tunnel::Link;

/// Answers what comes behind `/cfd_tunnel/ID/configurations`.
pub(super) fn answer(edge: &Arc<Edge>, id: &str, question: &Question) -> Result<Answer, Refused> {
    let id = id_of(id)?;
    edge.account.tunnel(id).ok_or_else(missing)?;
    match question.method {
        Method::GET => Ok(done(&as_json(edge, id))),
        Method::PUT => put(edge, id, &json_body(question)?),
        _ => Err(Refused::no_route()),
    }
}

fn put(edge: &Arc<Edge>, id: TunnelId, body: &Value) -> Result<Answer, Refused> {
    let config = body.get("config").filter(|config| config.is_object());
    let config = config.ok_or_else(|| Refused::bad(1056, "Bad Configuration: config is missing"))?;
    check(config)?;
    let mut owned = edge.account.lock();
    let version = owned.rules.get(&id.0).map_or(0, |(version, _)| version + 1);
    owned.rules.insert(id.0, (version, config.clone()));
    if let Some(tunnel) = owned.tunnels.iter_mut().find(|tunnel| tunnel.plan.id == id) {
        tunnel.plan.remotely_managed = true;
    }
    drop(owned);
    push(edge, id);
    Ok(done(&as_json(edge, id)))
}

/// What the edge itself refuses: rules of which none answers for everything.
fn check(config: &Value) -> Result<(), Refused> {
    let rules = config.get("ingress").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let catches_all =
        |rule: &Value| rule.get("hostname").and_then(Value::as_str).unwrap_or_default().is_empty();
    match rules.split_last() {
        Some((last, others)) if !catches_all(last) || others.iter().any(catches_all) => {
            Err(Refused::bad(1056, "Bad Configuration: The last ingress rule must match all URLs"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Sends a tunnel's rules to its connectors.
fn push(edge: &Arc<Edge>, id: TunnelId) {
    for link in edge.links.serving(id) {
        send(edge, id, link);
    }
}

/// Sends the rules of its tunnel to a connection that has just registered, where there are any.
pub(crate) fn push_rules(edge: &Arc<Edge>, number: u64) {
    if let Some((id, link)) = edge.links.served_by(number) {
        send(edge, id, link);
    }
}

fn send(edge: &Arc<Edge>, id: TunnelId, link: Link) {
    let Some(rules) = edge.account.rules(id) else { return };
    edge.streams.spawn(async move {
        if let Err(error) = link.configure(rules.to_string().into()).await {
            tracing::debug!(%error, "a connector does not take its rules");
        }
    });
}

fn as_json(edge: &Edge, id: TunnelId) -> Value {
    let rules = edge.account.rules(id).unwrap_or_else(|| json!({ "version": 0, "config": null }));
    json!({
        "account_id": edge.plan.account.id, "tunnel_id": id.to_string(), "source": "cloudflare",
        "version": rules["version"], "config": rules["config"], "created_at": jiff::Timestamp::now().to_string(),
    })
}
