//! The part of Cloudflare's REST API that publishes a tunnel (`cloudflare-api.md` 1.1 to 3.5, `tunnel.md` 6.3).
//!
//! ```text
//! api.cloudflare.com/client/v4/… ─► who asks (token, rights) ─► tunnels · routes · zones ─► the account
//! ```

mod account;
mod envelope;
mod plan;
mod tunnels;

use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::json;

use crate::answer::{Answer, Question};
use crate::edge::Edge;
use crate::faults::ApiFault;
use envelope::{Refused, done, listed};

pub(crate) use account::Account;
pub use plan::{AccountPlan, ApiTokenPlan, Right};

/// Hosts of the API, the second one for FedRAMP.
pub(crate) const API: [&str; 2] = ["api.cloudflare.com", "api.fed.cloudflare.com"];
const BASE: &str = "/client/v4/";

/// Answers one call.
pub(crate) fn answer(edge: &Arc<Edge>, question: &Question) -> Answer {
    match edge.faults.look(|faulty| faulty.api.take()) {
        None => call(edge, question).unwrap_or_else(Refused::answer),
        Some(ApiFault::Throttled { seconds }) => {
            let refused = Refused::new(
                StatusCode::TOO_MANY_REQUESTS,
                971,
                "Please wait and consider throttling your request speed",
            );
            refused.answer().header("retry-after", &seconds.to_string())
        }
        Some(ApiFault::Page(status)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            Answer::html(status, "<html><body>error</body></html>".to_owned())
        }
        Some(ApiFault::Garbage) => Answer::text(StatusCode::OK, "{\"success\": true, \"result\""),
    }
}

fn call(edge: &Arc<Edge>, question: &Question) -> Result<Answer, Refused> {
    let token = who(edge, question)?;
    let may = |right: Right| if token.may(right) { Ok(()) } else { Err(Refused::no_right()) };
    let path = question.path.strip_prefix(BASE).ok_or_else(Refused::no_route)?;
    let parts: Vec<&str> = path.split('/').collect();
    let in_account = |id: &str| if id == edge.plan.account.id { Ok(()) } else { Err(Refused::no_route()) };
    match (&question.method, parts.as_slice()) {
        (&Method::GET, ["user", "tokens", "verify"]) => {
            Ok(done(&json!({ "id": token.id(), "status": "active" })))
        }
        (&Method::GET, ["zones"]) => {
            may(Right::ReadZones)?;
            Ok(listed(&edge.plan.account.zones_as_json(), question))
        }
        (&Method::PUT, ["zones", zone, "tunnels", id, "routes"]) => {
            may(Right::WriteTunnels)?;
            tunnels::route(edge, zone, id, question)
        }
        (method, ["accounts", account, "cfd_tunnel", rest @ ..]) => {
            in_account(account)?;
            may(if *method == Method::GET { Right::ReadTunnels } else { Right::WriteTunnels })?;
            match (method, rest) {
                (&Method::GET, []) => Ok(tunnels::list(edge, question)),
                (&Method::POST, []) => tunnels::create(edge, question),
                (&Method::GET, [id]) => tunnels::get(edge, id),
                (&Method::DELETE, [id]) => tunnels::delete(edge, id, question),
                (&Method::GET, [id, "connections"]) => tunnels::connections(edge, id),
                (&Method::DELETE, [id, "connections"]) => tunnels::clean(edge, id, question),
                (&Method::GET, [id, "token"]) => {
                    // Reading a token is the right to run the tunnel.
                    may(Right::WriteTunnels)?;
                    tunnels::token(edge, id)
                }
                _ => Err(Refused::no_route()),
            }
        }
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
