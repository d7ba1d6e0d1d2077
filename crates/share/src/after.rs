//! What is done with a machine that is published already: where its hostname leads, and by which rules.

use api::{Api, tunnel_host};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::wish::comment;
use crate::{Made, Permission, ShareError};

/// Where a hostname leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leads {
    /// To this machine's tunnel.
    Here,
    /// To something else.
    Elsewhere {
        /// What stands in the record.
        to: String,
    },
    /// There is no record.
    Nowhere,
}

/// A rule as a person wants it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RuleWish {
    /// Which of the present rules this is, from 0; nothing where it is a new one.
    #[serde(default)]
    pub from: Option<usize>,
    /// For which hostname; empty for all.
    #[serde(default)]
    pub hostname: String,
    /// For which paths; empty for all.
    #[serde(default)]
    pub path: String,
    /// Where it leads.
    pub service: String,
}

/// Asks where the hostname leads now.
///
/// # Errors
/// When the API does not tell.
pub async fn leads(api: &Api, made: &Made) -> Result<Leads, ShareError> {
    let records = api.records(&made.hostname).await.map_err(ShareError::of_call(Permission::DnsEdit))?;
    let own = tunnel_of(made).map(tunnel_host);
    Ok(match records.into_iter().next() {
        Some(record) if Some(&record.content) == own.as_ref() => Leads::Here,
        Some(record) => Leads::Elsewhere { to: record.content },
        None => Leads::Nowhere,
    })
}

/// Lets the hostname lead here again; what it led to is noted, and comes back when it is unshared.
///
/// # Errors
/// When the API does not do it.
pub async fn point(api: &Api, made: &mut Made) -> Result<(), ShareError> {
    let dns = ShareError::of_call(Permission::DnsEdit);
    let Some(tunnel) = tunnel_of(made).map(str::to_owned) else { return Ok(()) };
    let records = api.records(&made.hostname).await.map_err(&dns)?;
    let note = comment(&tunnel);
    let record = match records.into_iter().next() {
        Some(record) if record.content == tunnel_host(&tunnel) => record,
        Some(record) => {
            let ours = api.point_record(&record, &tunnel, &note).await.map_err(&dns)?;
            made.replaced = Some(record);
            ours
        }
        None => api.create_record(&made.hostname, &tunnel, &note).await.map_err(&dns)?,
    };
    made.record = Some(record.id);
    Ok(())
}

/// Sets the rules of the tunnel, which count at once. A rule that was there keeps how its service is asked; a new one asks
/// who has been let in, as the first does.
///
/// # Errors
/// When the API does not take them.
pub async fn set_rules(api: &Api, made: &Made, wanted: &[RuleWish]) -> Result<(), ShareError> {
    let call = ShareError::of_call(Permission::TunnelEdit);
    let Some(tunnel) = tunnel_of(made) else { return Ok(()) };
    let mut config = api.configuration(tunnel).await.map_err(&call)?.config;
    let before = config.get("ingress").and_then(Value::as_array).cloned().unwrap_or_default();
    let rules: Vec<Value> = wanted.iter().map(|wish| rule(&before, wish)).collect();
    if !config.is_object() {
        config = json!({});
    }
    config["ingress"] = rules.into();
    api.configure(tunnel, &config).await.map_err(&call)?;
    Ok(())
}

fn rule(before: &[Value], wish: &RuleWish) -> Value {
    let known = wish.from.and_then(|from| before.get(from));
    let mut rule =
        known.cloned().unwrap_or_else(|| match before.first().and_then(|first| first.get("originRequest")) {
            Some(origin) if !wish.hostname.is_empty() => json!({ "originRequest": origin }),
            Some(_) | None => json!({}),
        });
    for (name, text) in [("hostname", &wish.hostname), ("path", &wish.path)] {
        if text.is_empty() {
            if let Some(all) = rule.as_object_mut() {
                all.remove(name);
            }
        } else {
            rule[name] = text.as_str().into();
        }
    }
    rule["service"] = wish.service.as_str().into();
    rule
}

/// Host and port of each service that rules lead to over TCP, as a connector allows destinations.
#[must_use]
pub fn destinations(wanted: &[RuleWish]) -> Vec<String> {
    wanted.iter().filter_map(|wish| destination(&wish.service)).collect()
}

fn destination(service: &str) -> Option<String> {
    let (scheme, rest) = service.split_once("://")?;
    let port = match scheme {
        "ssh" => 22,
        "http" | "ws" => 80,
        "https" | "wss" => 443,
        "smb" => 445,
        "rdp" => 3389,
        "tcp" => 7864,
        _ => return None,
    };
    let authority = rest.split('/').next().unwrap_or(rest);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Some(if has_port { authority.to_owned() } else { format!("{authority}:{port}") })
}

fn tunnel_of(made: &Made) -> Option<&str> {
    made.tunnel.as_ref().map(|tunnel| tunnel.id.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(from: Option<usize>, hostname: &str, service: &str) -> RuleWish {
        RuleWish { from, hostname: hostname.to_owned(), path: String::new(), service: service.to_owned() }
    }

    #[test]
    fn a_rule_keeps_how_its_service_is_asked_and_a_new_one_has_a_gate() {
        let access = json!({ "access": { "required": true } });
        let before = [
            json!({ "hostname": "a.b", "path": "/x", "service": "ssh://h:22", "originRequest": access }),
            json!({ "service": "http_status:404" }),
        ];
        let changed = rule(&before, &wish(Some(0), "c.d", "ssh://h:2222"));
        assert_eq!(changed, json!({ "hostname": "c.d", "service": "ssh://h:2222", "originRequest": access }));
        let new = rule(&before, &wish(None, "e.f", "http://h:80"));
        assert_eq!(new, json!({ "hostname": "e.f", "service": "http://h:80", "originRequest": access }));
        assert_eq!(
            rule(&before, &wish(Some(1), "", "http_status:410")),
            json!({ "service": "http_status:410" })
        );
    }

    #[test]
    fn services_over_tcp_are_destinations() {
        let of = |service: &str| destination(service);
        assert_eq!(of("ssh://127.0.0.1").as_deref(), Some("127.0.0.1:22"));
        assert_eq!(of("https://u:p@[::1]:8443/x").as_deref(), Some("[::1]:8443"));
        assert_eq!((of("http_status:404"), of("unix:/run/x"), of("bastion")), (None, None, None));
    }
}
