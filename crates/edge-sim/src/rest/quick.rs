//! Tunnels that belong to nobody (`tunnel.md` 6.4).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use jiff::Timestamp;
use serde_json::json;
use wire::tunnel::{Secret, TunnelId};

use super::account::OwnedTunnel;
use super::envelope::{Refused, done};
use super::records::Record;
use crate::answer::{Answer, Question};
use crate::edge::Edge;
use crate::random;
use crate::tunnel::TunnelPlan;

/// Who makes them, and what their hostnames end in.
pub(crate) const HOST: &str = "api.trycloudflare.com";
pub(crate) const DOMAIN: &str = "trycloudflare.com";

/// Makes one for whoever asks.
pub(crate) fn answer(edge: &Edge, question: &Question) -> Answer {
    if (&question.method, question.path.as_str()) != (&Method::POST, "/tunnel") {
        return Refused::no_route().answer();
    }
    let (id, secret) = (TunnelId(random::uuid()), random::bytes::<32>().to_vec());
    let name = format!("quick-{}", random::name());
    let hostname = format!("{}.{DOMAIN}", &name[..14]);
    edge.mint.list_secret(&STANDARD.encode(&secret));
    let result = json!({
        "id": id.to_string(), "name": name, "hostname": hostname, "account_tag": edge.plan.account.id,
        "secret": STANDARD.encode(&secret),
    });
    let plan = TunnelPlan {
        id,
        account: edge.plan.account.id.clone(),
        name,
        secret: Secret::new(secret),
        remotely_managed: false,
    };
    let mut owned = edge.account.lock();
    owned.tunnels.push(OwnedTunnel { plan, created: Timestamp::now(), deleted: None });
    owned.records.push(Record::to_tunnel(&hostname, id));
    done(&result)
}
