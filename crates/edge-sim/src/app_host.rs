//! The edge in front of an application: who may pass, and the pages below `/cdn-cgi/access/` (`access.md` 9.2).

use std::sync::Arc;

use http::{HeaderValue, Method, StatusCode};
use serde_json::json;
use url::form_urlencoded::Serializer;

use crate::answer::{Answer, Question};
use crate::clock;
use crate::edge::Edge;
use crate::front;
use crate::mint::Identity;
use crate::pages;
use crate::plan::{AppPlan, is_allowed};
use crate::transfer::Letter;
use crate::{tunnel, upgrade};

/// How long the cookie of a log-in under way lives, in seconds.
const SESSION: i64 = 3600;

/// Who stands before the door.
enum Visitor {
    Person(Identity),
    Service,
    Stranger,
}

/// Answers for an application's host.
pub(crate) async fn answer(edge: &Arc<Edge>, app: AppPlan, mut question: Question) -> Answer {
    // Nobody but the edge itself says who somebody is.
    question.headers.remove(wire::header::ASSERTION);
    // Rules of the zone are meant for programs here; a person's browser passes them.
    if question.is_of_program
        && let Some(fault) = edge.faults.look(|faulty| faulty.front.take())
    {
        return front::answer(fault, &question.ray);
    }
    if app.not_behind_access {
        return pass(edge, &app, question).await;
    }
    if asks_for_metadata(&question) {
        return metadata(edge, &app, &question);
    }
    if question.path == wire::path::AUTHORIZED {
        return authorized(edge, &app, &question);
    }
    match visitor(edge, &app, &question) {
        Visitor::Stranger => to_log_in(edge, &app, &question),
        Visitor::Person(who) if !is_allowed(&app.allow, &who.email) => {
            described(&app, pages::denied(&app, Some(&who.email), &question.ray))
        }
        Visitor::Person(who) if question.path == wire::path::CLI => hand_over(edge, &app, &who, &question),
        Visitor::Person(_) => {
            let question = asserted(edge, &app, question);
            pass(edge, &app, question).await
        }
        Visitor::Service => pass(edge, &app, question).await,
    }
}

/// The request with what Access asserts about the person who makes it.
fn asserted(edge: &Edge, app: &AppPlan, mut question: Question) -> Question {
    let token = presented(app, &question).find(|token| edge.mint.app_identity(token, app).is_some());
    let value = token.and_then(|token| HeaderValue::try_from(token).ok());
    if let Some(value) = value {
        question.headers.insert(wire::header::ASSERTION, value);
    }
    question
}

/// Tokens that come with a request.
fn presented<'a>(app: &AppPlan, question: &'a Question) -> impl Iterator<Item = &'a str> {
    // A token that belongs to one browser is of no use without that browser's other cookie.
    let by_program = question.header(wire::header::ACCESS_TOKEN).filter(|_| !app.binding_cookie);
    [by_program, question.cookie(wire::header::AUTHORIZATION_COOKIE)].into_iter().flatten()
}

fn asks_for_metadata(question: &Question) -> bool {
    question.method == Method::HEAD && question.header(wire::header::METADATA_REQUEST) == Some("true")
}

fn metadata(edge: &Edge, app: &AppPlan, question: &Question) -> Answer {
    let answer = described(app, Answer::new(StatusCode::OK));
    match edge.mint.metadata(app, &question.host) {
        Some(description) => answer.header(wire::header::METADATA, &description),
        None => answer,
    }
}

fn visitor(edge: &Edge, app: &AppPlan, question: &Question) -> Visitor {
    if let Some(who) = presented(app, question).find_map(|token| edge.mint.app_identity(token, app)) {
        return Visitor::Person(who);
    }
    let id = question.header(wire::header::CLIENT_ID);
    let secret = question.header(wire::header::CLIENT_SECRET);
    let known = app.service_tokens.iter().any(|(known_id, known_secret)| {
        id == Some(known_id.as_str()) && secret == Some(known_secret.as_str())
    });
    if known { Visitor::Service } else { Visitor::Stranger }
}

/// The access redirect: to the team's login page, with a cookie that ties the answer to this browser.
fn to_log_in(edge: &Edge, app: &AppPlan, question: &Question) -> Answer {
    let nonce = edge.begin_session(&question.host);
    let query = Serializer::new(String::new())
        .append_pair("kid", &app.audience())
        .append_pair("nonce", &nonce)
        .append_pair("redirect_url", &question.path_and_query())
        .finish();
    let location = format!("https://{}{}/{}?{query}", app.team_domain(), wire::path::LOGIN, question.host);
    let expires = clock::now(&edge.faults) + SESSION;
    described(app, Answer::redirect(&location)).cookie(wire::header::APP_SESSION_COOKIE, &nonce, expires)
}

/// Turns an accepted login into an app token, for the browser that began it.
fn authorized(edge: &Edge, app: &AppPlan, question: &Question) -> Answer {
    let nonce = question.query("nonce").unwrap_or_default();
    let same_browser = question.cookie(wire::header::APP_SESSION_COOKIE) == Some(nonce.as_str());
    let session = if same_browser { edge.end_session(&nonce) } else { None };
    let granted = session.filter(|session| session.host == question.host).and_then(|session| session.who);
    let Some(who) = granted else {
        let text =
            "This log-in was not begun here, or it is over. Go back to the application and begin again.";
        return pages::message(StatusCode::BAD_REQUEST, "Log-in not found", text, &question.ray);
    };
    let target = local_target(question.query("redirect_url"));
    // Scripted faults are meant for programs; a browser on its way to the hand-over would only walk in circles.
    let fault = if target.starts_with(wire::path::CLI) { None } else { edge.mint.fault() };
    let (token, expires) = edge.mint.app_token(app, &who, fault);
    Answer::redirect(&target).cookie(wire::header::AUTHORIZATION_COOKIE, &token, expires)
}

/// A redirect target on this host, whatever the query claims.
fn local_target(claimed: Option<String>) -> String {
    claimed.filter(|path| path.starts_with('/') && !path.starts_with("//")).unwrap_or_else(|| "/".to_owned())
}

/// Seals both tokens for the program that sent the browser here (`access.md` 2.2, 2.5).
fn hand_over(edge: &Edge, app: &AppPlan, who: &Identity, question: &Question) -> Answer {
    let mailbox = question.query("token").unwrap_or_default();
    let fault = edge.mint.fault();
    let (app_token, _) = edge.mint.app_token(app, who, fault);
    let (org_token, _) = edge.mint.org_token(&app.team_domain(), who, fault);
    let mut tokens = json!({"app_token": app_token});
    if question.query("send_org_token").as_deref() == Some("true") {
        tokens["org_token"] = json!(org_token);
    }
    let Some(letter) = Letter::seal(&mailbox, tokens.to_string().as_bytes()) else {
        let text = "The link does not name a mailbox. Start the log-in again from the program.";
        return pages::message(StatusCode::BAD_REQUEST, "This link is broken", text, &question.ray);
    };
    edge.mailboxes.post(&mailbox, letter);
    pages::logged_in(app, &who.email, question.query("close_interstitial").as_deref() == Some("true"))
}

/// Lets the request through to what is behind: a connector, or one that is played here.
async fn pass(edge: &Arc<Edge>, app: &AppPlan, question: Question) -> Answer {
    match app.tunnel {
        Some(id) => tunnel::answer(edge, id, question).await,
        None if question.is_upgrade() => upgrade::answer(edge, app, question).await,
        None => pages::reached(app),
    }
}

/// The headers by which releases before 2026.8 recognise an application (`access.md` 1.6).
fn described(app: &AppPlan, answer: Answer) -> Answer {
    answer.header("cf-access-domain", &app.app_hostname()).header("cf-access-aud", &app.audience())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_on_the_host() {
        let target = |claimed: &str| local_target(Some(claimed.to_owned()));
        assert_eq!(target("/a?b=c"), "/a?b=c");
        assert_eq!(target("//evil.test/"), "/");
        assert_eq!(target("https://evil.test/"), "/");
        assert_eq!(local_target(None), "/");
    }
}
