//! From a request on a connection to the part of the edge that answers it.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use jiff::Timestamp;

use crate::answer::{Answer, Question, Streamed};
use crate::dashboard::DASHBOARDS;
use crate::edge::Edge;
use crate::flights::Flights;
use crate::seen::{Seen, TlsSeen, loggable};
use crate::spoil::{Spoiler, Which};
use crate::{app_host, clock, dashboard, front, gateway, pages, random, rest, team_host, transfer};

/// Most bytes of a request's body.
const BODY: usize = 64 * 1024;

/// Hosts of the transfer service, the second one for FedRAMP (`access.md` 2.4).
pub(crate) const TRANSFER: [&str; 2] = ["login.cloudflareaccess.org", "login.fed.cloudflareaccess.org"];
/// What team domains end in.
pub(crate) const TEAMS: &str = ".cloudflareaccess.com";

/// Where a request came in.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) edge: Arc<Edge>,
    pub(crate) connection: u64,
    pub(crate) tls: Option<TlsSeen>,
    pub(crate) flights: Option<Arc<Flights>>,
    pub(crate) spoiler: Spoiler,
}

impl Door {
    /// Answers one request and notes it.
    pub(crate) async fn answer(&self, mut request: Request<Incoming>) -> Response<Streamed> {
        let upgrade = request.headers().contains_key("upgrade").then(|| hyper::upgrade::on(&mut request));
        let (parts, body) = request.into_parts();
        let outer_path = parts.uri.path().to_owned();
        let named = match &self.tls {
            Some(_) => Some((host(&parts.headers, &parts.uri), outer_path)),
            None => gateway::inner(&outer_path),
        };
        let Some((host, path)) = named else {
            let text = "Log-in pages of the simulated edge are below /b/HOST/.";
            return pages::message(StatusCode::NOT_FOUND, "Nothing here", text, "").into_response();
        };
        let mut question = Question {
            method: parts.method,
            host,
            path,
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body: Bytes::new(),
            connection: self.connection,
            upgrade: upgrade.filter(|_| self.tls.is_some()),
            is_of_program: self.tls.is_some(),
            ray: ray(),
        };
        let place = self.edge.log.arrived(self.seen(&question));
        if let Ok(body) = Limited::new(body, BODY).collect().await {
            question.body = body.to_bytes();
        }
        let answer = self.finished(question).await;
        self.edge.log.answered(place, answer.status.as_u16());
        answer.into_response()
    }

    async fn finished(&self, question: Question) -> Answer {
        let delay = self.edge.faults.look(|faulty| faulty.delay);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let (host, ray) = (question.host.clone(), question.ray.clone());
        let spoilt = Which::of(&question).filter(|_| self.tls.is_some());
        let spoilt = spoilt.and_then(|which| self.edge.faults.look(|faulty| faulty.spoilt(which)));
        tracing::debug!(method = %question.method, host, path = question.path, "a request");
        let answer = by_host(&self.edge, question).await.stamped(&ray, clock::now(&self.edge.faults));
        let answer = match spoilt {
            Some(how) => self.spoiler.spoil(how, answer).await,
            None => answer,
        };
        if self.tls.is_some() { answer } else { gateway::moved(answer, &host) }
    }

    fn seen(&self, question: &Question) -> Seen {
        Seen {
            at: Timestamp::now(),
            connection: self.connection,
            tls: self.tls.clone(),
            method: question.method.to_string(),
            host: question.host.clone(),
            path_and_query: question.path_and_query(),
            headers: loggable(&question.headers),
            round_trips: self.flights.as_ref().map_or(0, |flights| flights.count()),
            status: 0,
        }
    }
}

async fn by_host(edge: &Arc<Edge>, question: Question) -> Answer {
    if TRANSFER.contains(&question.host.as_str()) {
        return transfer::answer(edge, &question).await;
    }
    if DASHBOARDS.contains(&question.host.as_str()) {
        return dashboard::answer(edge, &question);
    }
    if question.host == rest::quick::HOST {
        return rest::quick::answer(edge, &question);
    }
    if rest::API.contains(&question.host.as_str()) {
        return rest::answer(edge, &question);
    }
    if let Some(team) = question.host.strip_suffix(TEAMS)
        && edge.plan.teams.iter().any(|known| known.name == team)
    {
        return team_host::answer(edge, &question);
    }
    match edge.app(&question.host, &question.path) {
        Some(app) => app_host::answer(edge, app, question).await,
        None => front::no_origin(&question.ray),
    }
}

fn host(headers: &HeaderMap, uri: &http::Uri) -> String {
    let written = headers.get("host").and_then(|value| value.to_str().ok());
    let authority = written.or_else(|| uri.host()).unwrap_or_default();
    let name = authority.rsplit_once(':').map_or(authority, |(name, _)| name);
    name.to_ascii_lowercase()
}

/// Sixteen hex digits and the name of a data centre.
fn ray() -> String {
    format!("{:016x}-SIM", u64::from_be_bytes(random::bytes()))
}
