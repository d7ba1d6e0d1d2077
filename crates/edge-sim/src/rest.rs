//! The part of Cloudflare's REST API that publishes a machine (`cloudflare-api.md` 1.1 to 6.1, `tunnel.md` 6.3).
//!
//! ```text
//! api.cloudflare.com/client/v4/… ─► who asks (token, rights) ─► zones · records · tunnels · rules · access ─► the account
//! ```

mod access;
mod account;
mod configurations;
mod envelope;
mod plan;
pub(crate) mod quick;
mod records;
mod tunnels;

use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::json;

use crate::answer::{Answer, Question};
use crate::edge::Edge;
use crate::faults::ApiFault;
use envelope::{Refused, done, listed};

pub(crate) use account::Account;
pub(crate) use configurations::push_rules;
pub use plan::{AccountPlan, ApiTokenPlan, Right};

/// Hosts of the API, the second one for FedRAMP.
pub(crate) const API: [&str; 2] = ["api.cloudflare.com", "api.fed.cloudflare.com"];
const BASE: &str = "/client/v4/";
/// Zones to a page unless another number is asked for.
const PAGE: usize = 20;

/// Answers one call.
pub(crate) fn answer(edge: &Arc<Edge>, question: &Question) -> Answer {
    let fault = edge.faults.look(|faulty| faulty.api_fault(question.method.as_str(), &question.path));
    let answer = match fault {
        None => call(edge, question).unwrap_or_else(Refused::answer),
        Some(ApiFault::Throttled { seconds }) => {
            let refused = Refused::new(
                StatusCode::TOO_MANY_REQUESTS,
                971,
                "Please wait and consider throttling your request speed",
            );
            refused.answer().header("retry-after", &seconds.to_string())
        }
        Some(ApiFault::Page(status)) => page(status),
        Some(ApiFault::Garbage) => Answer::text(StatusCode::OK, "{\"success\": true, \"result\""),
        Some(ApiFault::Refused { status, code, message }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            Refused::new(status, code, message).answer()
        }
        Some(ApiFault::Lost(status)) => {
            // Whoever asked is not told what became of it.
            let _ = call(edge, question);
            page(status)
        }
    };
    answer
        .header("ratelimit", "\"default\";r=1199;t=300")
        .header("ratelimit-policy", "\"default\";q=1200;w=300")
}

fn page(status: u16) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    Answer::html(status, "<html><body>error</body></html>".to_owned())
}

fn call(edge: &Arc<Edge>, question: &Question) -> Result<Answer, Refused> {
    let token = who(edge, question)?;
    let may = |right: Right| if token.may(right) { Ok(()) } else { Err(Refused::no_right()) };
    let path = question.path.strip_prefix(BASE).ok_or_else(Refused::no_route)?;
    let parts: Vec<&str> = path.split('/').collect();
    let in_account = |id: &str| if id == edge.plan.account.id { Ok(()) } else { Err(Refused::no_route()) };
    let reads = question.method == Method::GET;
    match (&question.method, parts.as_slice()) {
        (&Method::GET, ["user", "tokens", "verify"]) => {
            Ok(done(&json!({ "id": token.id(), "status": "active" })))
        }
        (&Method::GET, ["zones"]) => {
            may(Right::ReadZones)?;
            let fits = |name: &str, value: &str| question.query(name).is_none_or(|wanted| wanted == value);
            Ok(listed(&edge.plan.account.zones_as_json(fits), question, PAGE))
        }
        (_, ["zones", zone, "dns_records", rest @ ..]) => {
            may(if reads { Right::ReadDns } else { Right::WriteDns })?;
            records::answer(edge, zone, rest, question)
        }
        (&Method::PUT, ["zones", zone, "tunnels", id, "routes"]) => {
            may(Right::WriteTunnels)?;
            tunnels::route(edge, zone, id, question)
        }
        (_, ["accounts", account, "access", rest @ ..]) => {
            in_account(account)?;
            access::answer(edge, token, rest, question)
        }
        (_, ["accounts", account, "cfd_tunnel", rest @ ..]) => {
            in_account(account)?;
            // Reading a token is the right to run the tunnel.
            let only_reads = reads && rest.last() != Some(&"token");
            may(if only_reads { Right::ReadTunnels } else { Right::WriteTunnels })?;
            of_tunnels(edge, rest, question)
        }
        _ => Err(Refused::no_route()),
    }
}

fn of_tunnels(edge: &Arc<Edge>, rest: &[&str], question: &Question) -> Result<Answer, Refused> {
    match (&question.method, rest) {
        (&Method::GET, []) => Ok(tunnels::list(edge, question)),
        (&Method::POST, []) => tunnels::create(edge, question),
        (&Method::GET, [id]) => tunnels::get(edge, id),
        (&Method::DELETE, [id]) => tunnels::delete(edge, id, question),
        (&Method::GET, [id, "connections"]) => tunnels::connections(edge, id),
        (&Method::DELETE, [id, "connections"]) => tunnels::clean(edge, id, question),
        (&Method::GET, [id, "token"]) => tunnels::token(edge, id),
        (_, [id, "configurations"]) => configurations::answer(edge, id, question),
        _ => Err(Refused::no_route()),
    }
}

fn who<'a>(edge: &'a Edge, question: &Question) -> Result<&'a ApiTokenPlan, Refused> {
    let bearer = question.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let bearer =
        bearer.ok_or_else(|| Refused::new(StatusCode::BAD_REQUEST, 6003, "Invalid request headers"))?;
    let known = edge.plan.account.tokens.iter().find(|known| known.token == bearer);
    known.ok_or_else(|| Refused::new(StatusCode::UNAUTHORIZED, 9109, "Invalid access token"))
}
