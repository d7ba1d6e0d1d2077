//! The team domain: login pages with a small identity provider, signing keys, SSH certificates.

use http::{Method, StatusCode};
use serde_json::json;
use url::form_urlencoded::Serializer;

use crate::answer::{Answer, Question};
use crate::clock;
use crate::edge::Edge;
use crate::faults::{ExchangeFault, KeySetFault};
use crate::mint::Identity;
use crate::pages::{self, LoginPage};
use crate::plan::{AppPlan, People, is_allowed};
use crate::ssh_authority;

/// Where the link "Cancel" leads.
pub(crate) const CANCEL: &str = "/cdn-cgi/access/cancel";

/// Answers for `<team>.cloudflareaccess.com`.
pub(crate) fn answer(edge: &Edge, question: &Question) -> Answer {
    match question.path.as_str() {
        wire::path::CERTS => key_set(edge),
        wire::path::CERT_SIGN => ssh_authority::answer(edge, question),
        CANCEL => pages::cancelled(),
        path if path.starts_with(wire::path::LOGIN) => log_in(edge, question),
        _ => pages::message(StatusCode::NOT_FOUND, "Not found", "There is nothing here.", &question.ray),
    }
}

fn key_set(edge: &Edge) -> Answer {
    let key = edge.mint.jwk();
    let keys = match edge.faults.look(|faulty| faulty.key_set.take()) {
        None => json!([key]),
        Some(KeySetFault::Empty) => json!([]),
        Some(KeySetFault::UnknownType) => {
            json!([{"kid": "future", "kty": "AKP", "alg": "ML-DSA-44", "use": "sig", "pub": "AAAA"}, key])
        }
        Some(KeySetFault::TooLarge) => json!([key, {"kty": "RSA", "n": "A".repeat(wire::limit::KEY_SET)}]),
        Some(KeySetFault::Garbage) => return Answer::text(StatusCode::OK, "<html>not a key set</html>"),
        Some(KeySetFault::Down) => return Answer::text(StatusCode::SERVICE_UNAVAILABLE, "down"),
    };
    Answer::json(StatusCode::OK, &json!({"keys": keys}))
}

/// A log-in that an application has sent here.
struct Attempt {
    app: AppPlan,
    host: String,
    nonce: String,
    target: String,
}

fn log_in(edge: &Edge, question: &Question) -> Answer {
    if question.method == Method::HEAD
        && let Some(fault) = edge.faults.look(|faulty| faulty.exchange.take())
    {
        return match fault {
            ExchangeFault::Status(status) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                Answer::text(status, "the team domain is having a bad day")
            }
            ExchangeFault::Redirect(to) => Answer::redirect(&to),
            ExchangeFault::Circle => Answer::redirect(&question.path_and_query()),
        };
    }
    let Some(attempt) = Attempt::read(edge, question) else {
        let text = "This page is reached from an application. Start the log-in again from there.";
        return pages::message(StatusCode::BAD_REQUEST, "This link is broken", text, &question.ray);
    };
    if question.method == Method::POST {
        return attempt.submitted(edge, question);
    }
    let org = question.cookie(wire::header::AUTHORIZATION_COOKIE);
    match org.and_then(|token| edge.mint.org_identity(token, &question.host)) {
        Some(who) => attempt.decide(edge, &who, &question.ray),
        None => attempt.page(edge, question, None),
    }
}

impl Attempt {
    fn read(edge: &Edge, question: &Question) -> Option<Self> {
        let app = edge.app_of_audience(&question.query("kid")?)?;
        let nonce = question.query("nonce")?;
        let session = edge.session(&nonce)?;
        let same_host = question.path == format!("{}/{}", wire::path::LOGIN, session.host);
        let same_team = question.host == app.team_domain();
        let target = question.query("redirect_url").unwrap_or_else(|| "/".to_owned());
        (same_host && same_team).then_some(Self { app, host: session.host, nonce, target })
    }

    fn page(&self, edge: &Edge, question: &Question, problem: Option<&str>) -> Answer {
        pages::log_in(&LoginPage {
            team: &self.app.team,
            app: &self.app.name,
            host: &self.host,
            action: &question.path_and_query(),
            cancel: CANCEL,
            problem,
            anyone: edge.plan.people == People::Anyone,
        })
    }

    fn submitted(&self, edge: &Edge, question: &Question) -> Answer {
        let email = question.form("email").unwrap_or_default().trim().to_owned();
        if !is_email(&email) {
            return self.page(edge, question, Some("Type an e-mail address, such as ada@example.com."));
        }
        if let People::Known(people) = &edge.plan.people
            && !people.iter().any(|known| known.eq_ignore_ascii_case(&email))
        {
            return self.page(edge, question, Some("Nobody in this team has that e-mail address."));
        }
        let who = Identity { email };
        if !is_allowed(&self.app.allow, &who.email) {
            return self.decide(edge, &who, &question.ray);
        }
        let (token, expires) = edge.mint.org_token(&question.host, &who, None);
        self.decide(edge, &who, &question.ray).cookie(wire::header::AUTHORIZATION_COOKIE, &token, expires)
    }

    /// Policy speaks: back to the application, or 403.
    fn decide(&self, edge: &Edge, who: &Identity, ray: &str) -> Answer {
        if !is_allowed(&self.app.allow, &who.email) {
            return pages::denied(&self.app, Some(&who.email), ray);
        }
        edge.grant_session(&self.nonce, who);
        let query = Serializer::new(String::new())
            .append_pair("nonce", &self.nonce)
            .append_pair("redirect_url", &self.target)
            .append_pair("time", &clock::now(&edge.faults).to_string())
            .finish();
        Answer::redirect(&format!("https://{}{}?{query}", self.host, wire::path::AUTHORIZED))
    }
}

fn is_email(text: &str) -> bool {
    matches!(text.split_once('@'), Some((name, domain))
        if !name.is_empty() && domain.contains('.') && !domain.contains('@') && !text.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_texts() {
        assert!(is_email("ada@acme.test"));
        for text in ["", "ada", "@acme.test", "ada@acme", "a b@c.d", "a@b@c.d"] {
            assert!(!is_email(text), "{text}");
        }
    }
}
