//! The page of the dashboard on which a person lets a program manage tunnels (`tunnel.md` 6.2): they choose a zone, and
//! what the program gets for it goes to its mailbox, not sealed.

use std::sync::Arc;

use http::StatusCode;

use crate::answer::{Answer, Question};
use crate::edge::Edge;
use crate::pages;
use crate::rest::Right;

/// Hosts of the dashboard, the second one for FedRAMP.
pub(crate) const DASHBOARDS: [&str; 2] = ["dash.cloudflare.com", "dash.fed.cloudflare.com"];
const PATH: &str = "/argotunnel";

/// Shows the zones, and hands out what the chosen one needs.
pub(crate) fn answer(edge: &Arc<Edge>, question: &Question) -> Answer {
    let mailbox = question.query("callback").and_then(|callback| {
        let url = url::Url::parse(&callback).ok()?;
        Some(url.path().trim_start_matches('/').to_owned()).filter(|mailbox| !mailbox.is_empty())
    });
    let Some(mailbox) = mailbox.filter(|_| question.path == PATH) else {
        let text = "The dashboard of the simulated edge has one page, to which a program leads.";
        return pages::message(StatusCode::NOT_FOUND, "Nothing here", text, "");
    };
    let account = &edge.plan.account;
    let Some(zone) = question.query("zone") else {
        let choice = |zone: &String| (format!("?{}&zone={zone}", question.query), zone.clone());
        let choices: Vec<_> = account.zones.iter().map(choice).collect();
        let text = "Choose a domain. The program may then make tunnels for it.";
        return pages::choice("Authorize a tunnel", text, &choices);
    };
    let manager = account.tokens.iter().find(|token| token.may(Right::WriteTunnels));
    match manager.filter(|_| account.zones.contains(&zone)) {
        Some(manager) => {
            edge.certs.post(&mailbox, account.origin_cert(&zone, &manager.token));
            let text = "You may close this window; the program goes on by itself.";
            pages::choice("Success", text, &[])
        }
        None => {
            let text = "This account has no such domain, or nobody in it may make tunnels.";
            pages::message(StatusCode::FORBIDDEN, "Not possible", text, "")
        }
    }
}
