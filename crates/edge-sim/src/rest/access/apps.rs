//! Applications, and their authorities for SSH certificates.

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::envelope::{Refused, created, done, json_body, listed};
use super::policies::Policy;
use super::{Guards, PAGE, invalid, missing, removed, uuid};
use crate::answer::{Answer, Question};
use crate::edge::Edge;
use crate::plan::{AppPlan, hex};
use crate::random;

/// Kinds of applications that the calls here know.
const KINDS: [&str; 4] = ["self_hosted", "ssh", "vnc", "bookmark"];
/// Most letters of host and path.
const LONGEST: usize = 63;

/// One application.
#[derive(Clone)]
pub(in super::super) struct App {
    id: String,
    audience: String,
    made: Timestamp,
    /// As it was sent; what it says of policies is resolved when it is shown.
    body: Value,
    /// Whether it has an authority that signs SSH certificates.
    pub(in super::super) has_authority: bool,
}

impl App {
    pub(in super::super) fn domain(&self) -> &str {
        self.body["domain"].as_str().unwrap_or_default()
    }

    /// Ids of its policies, in their order.
    fn policy_ids(&self) -> Vec<&str> {
        let named = |policy: &'_ Value| policy.as_str().map(str::len).is_some();
        let all = self.body["policies"].as_array().map_or(&[][..], Vec::as_slice);
        let mut ids: Vec<(u64, &str)> = all
            .iter()
            .enumerate()
            .filter_map(|(at, policy)| {
                let id = if named(policy) { policy.as_str() } else { policy["id"].as_str() };
                Some((policy["precedence"].as_u64().unwrap_or(at as u64 + 1), id?))
            })
            .collect();
        ids.sort_by_key(|(precedence, _)| *precedence);
        ids.into_iter().map(|(_, id)| id).collect()
    }

    pub(super) fn uses(&self, policy: &str) -> bool {
        self.policy_ids().contains(&policy)
    }

    /// The application as the edge acts by it.
    pub(super) fn plan(&self, team: &str, guards: &Guards) -> AppPlan {
        let (host, path) = self.domain().split_once('/').unwrap_or((self.domain(), ""));
        let nowhere = ([127, 0, 0, 1], 9).into();
        let ids = self.policy_ids();
        let policies = guards.policies.iter().filter(|policy| ids.contains(&policy.id()));
        let allow: Vec<String> = policies.flat_map(|policy| policy.allows(&guards.groups)).collect();
        AppPlan {
            path: if path.is_empty() { String::new() } else { format!("/{path}") },
            name: self.body["name"].as_str().unwrap_or_default().to_owned(),
            certificates: self.has_authority,
            binding_cookie: self.body["enable_binding_cookie"].as_bool().unwrap_or_default(),
            // A list without anybody in it stands for everybody; one with somebody who cannot be, for nobody.
            allow: if allow.is_empty() { vec!["nobody".to_owned()] } else { allow },
            audience: Some(self.audience.clone()),
            ..AppPlan::new(team, host, nowhere)
        }
    }

    fn as_json(&self, policies: &[Policy]) -> Value {
        let mut shown = self.body.clone();
        let resolved: Vec<Value> = self
            .policy_ids()
            .iter()
            .zip(1..)
            .filter_map(|(id, precedence)| {
                let mut policy = policies.iter().find(|policy| policy.id() == *id)?.as_json(&[]);
                policy["precedence"] = json!(precedence);
                Some(policy)
            })
            .collect();
        shown["id"] = json!(self.id);
        shown["uid"] = json!(self.id);
        shown["aud"] = json!(self.audience);
        shown["created_at"] = json!(self.made.to_string());
        shown["updated_at"] = json!(self.made.to_string());
        shown["policies"] = json!(resolved);
        shown
    }
}

/// Answers what comes behind `/access/apps`.
pub(super) fn answer(edge: &Edge, rest: &[&str], question: &Question) -> Result<Answer, Refused> {
    match (&question.method, rest) {
        (&Method::GET, []) => Ok(list(edge, question)),
        (&Method::POST, []) => create(edge, json_body(question)?),
        (&Method::GET, [id]) => {
            let owned = edge.account.lock();
            let app = owned.guards.apps.iter().find(|app| app.id == *id).ok_or_else(missing)?;
            Ok(done(&app.as_json(&owned.guards.policies)))
        }
        (&Method::PUT, [id]) => replace(edge, id, json_body(question)?),
        (&Method::POST, [id, "revoke_tokens"]) => {
            let owned = edge.account.lock();
            let app = owned.guards.apps.iter().find(|app| app.id == *id).ok_or_else(missing)?;
            edge.mint.revoke_of(&app.audience);
            let mut answer = done(&json!({}));
            answer.status = StatusCode::ACCEPTED;
            Ok(answer)
        }
        (&Method::DELETE, [id]) => removed(&mut edge.account.lock().guards.apps, id, |app| app.id.as_str()),
        (&Method::GET | &Method::POST | &Method::DELETE, [id, "ca"]) => authority(edge, id, &question.method),
        _ => Err(Refused::no_route()),
    }
}

fn list(edge: &Edge, question: &Question) -> Answer {
    let owned = edge.account.lock();
    let is_exact = question.query("exact").as_deref() == Some("true");
    let is = |name: &str, value: &str| {
        question
            .query(name)
            .is_none_or(|wanted| if is_exact { wanted == value } else { value.contains(&wanted) })
    };
    let fits = |app: &&App| {
        is("domain", app.domain())
            && is("name", app.body["name"].as_str().unwrap_or_default())
            && is("aud", &app.audience)
    };
    let all: Vec<Value> =
        owned.guards.apps.iter().filter(fits).map(|app| app.as_json(&owned.guards.policies)).collect();
    listed(&all, question, PAGE)
}

fn create(edge: &Edge, body: Value) -> Result<Answer, Refused> {
    let domain = checked(edge, &body)?;
    let app = App {
        id: uuid(),
        audience: hex(&random::bytes::<32>()),
        made: Timestamp::now(),
        body,
        has_authority: false,
    };
    let mut owned = edge.account.lock();
    if owned.guards.apps.iter().any(|known| known.domain() == domain) {
        return Err(Refused::new(
            StatusCode::CONFLICT,
            11_010,
            "access.api.error.application_already_exists",
        ));
    }
    known(&app, &owned.guards.policies)?;
    let result = app.as_json(&owned.guards.policies);
    owned.guards.apps.push(app);
    Ok(created(&result))
}

/// Everything is replaced: what is not sent is gone.
fn replace(edge: &Edge, id: &str, body: Value) -> Result<Answer, Refused> {
    checked(edge, &body)?;
    let mut owned = edge.account.lock();
    let guards = &mut owned.guards;
    let app = guards.apps.iter_mut().find(|app| app.id == id).ok_or_else(missing)?;
    let changed = App { body, ..app.clone() };
    known(&changed, &guards.policies)?;
    *app = changed;
    Ok(done(&app.as_json(&guards.policies)))
}

/// Whether the policies that it names are there.
fn known(app: &App, policies: &[Policy]) -> Result<(), Refused> {
    let known = |id: &str| policies.iter().any(|policy| policy.id() == id);
    if app.policy_ids().into_iter().all(known) {
        return Ok(());
    }
    Err(invalid("access.api.error.invalid_request: policy not found"))
}

/// The domain of an application that may be made as it is written.
fn checked(edge: &Edge, body: &Value) -> Result<String, Refused> {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let domain = text("domain").to_owned();
    let host = domain.split('/').next().unwrap_or_default();
    if !KINDS.contains(&text("type")) || text("name").is_empty() || domain.len() > LONGEST {
        return Err(invalid("access.api.error.invalid_request: type, name and domain are needed"));
    }
    if !edge.plan.account.is_active(host) {
        return Err(invalid("access.api.error.invalid_request: domain does not belong to zone"));
    }
    if let Some(destinations) = body["destinations"].as_array()
        && !destinations.iter().any(|destination| destination["uri"] == domain.as_str())
    {
        return Err(invalid("access.api.error.invalid_request: domain not included in destinations"));
    }
    let ways = body["allowed_idps"].as_array().map_or(0, Vec::len);
    if body["auto_redirect_to_identity"] == true && ways != 1 {
        return Err(invalid(
            "access.api.error.invalid_request: auto_redirect_to_identity wants one identity provider",
        ));
    }
    Ok(domain)
}

fn authority(edge: &Edge, id: &str, method: &Method) -> Result<Answer, Refused> {
    let mut owned = edge.account.lock();
    let app = owned.guards.apps.iter_mut().find(|app| app.id == id).ok_or_else(missing)?;
    let none = || Refused::new(StatusCode::NOT_FOUND, 12_021, "access.api.error.ca_not_found");
    if *method != Method::POST && !app.has_authority {
        return Err(none());
    }
    app.has_authority = *method != Method::DELETE;
    if *method == Method::DELETE {
        let mut answer = done(&json!({ "id": id }));
        answer.status = StatusCode::ACCEPTED;
        return Ok(answer);
    }
    let line = format!("{} open-ssh-ca@cloudflareaccess.org", edge.ssh.public_line().trim());
    Ok(done(&json!({ "id": id, "aud": app.audience, "public_key": line })))
}
