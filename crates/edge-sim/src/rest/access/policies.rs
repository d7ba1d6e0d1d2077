//! Policies that applications share.

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::envelope::{Refused, created, done, json_body, listed};
use super::apps::App;
use super::groups::{self, Group};
use super::{PAGE, invalid, missing, removed, uuid};
use crate::answer::{Answer, Question};
use crate::edge::Edge;

/// What a policy may decide.
const DECISIONS: [&str; 4] = ["allow", "bypass", "deny", "non_identity"];

/// One policy.
#[derive(Clone)]
pub(in super::super) struct Policy {
    id: String,
    made: Timestamp,
    body: Value,
}

impl Policy {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn name(&self) -> &str {
        self.body["name"].as_str().unwrap_or_default()
    }

    /// Whom it lets in, those in its groups one by one.
    pub(super) fn allows(&self, all: &[Group]) -> Vec<String> {
        if self.body["decision"] != "allow" {
            return Vec::new();
        }
        let named = groups::named(&self.body).into_iter();
        let members =
            named.filter_map(|id| all.iter().find(|group| group.id() == id)).flat_map(Group::members);
        groups::whom(&self.body).into_iter().chain(members).collect()
    }

    /// Whether it names this group.
    pub(super) fn names(&self, group: &str) -> bool {
        groups::named(&self.body).contains(&group)
    }

    pub(super) fn as_json(&self, apps: &[App]) -> Value {
        let mut shown = self.body.clone();
        shown["id"] = json!(self.id);
        shown["reusable"] = json!(true);
        shown["app_count"] = json!(apps.iter().filter(|app| app.uses(&self.id)).count());
        shown["created_at"] = json!(self.made.to_string());
        shown["updated_at"] = json!(self.made.to_string());
        shown
    }
}

/// Answers what comes behind `/access/policies`.
pub(super) fn answer(edge: &Edge, rest: &[&str], question: &Question) -> Result<Answer, Refused> {
    match (&question.method, rest) {
        (&Method::GET, []) => {
            let owned = edge.account.lock();
            let shown = |policy: &Policy| policy.as_json(&owned.guards.apps);
            let all: Vec<Value> = owned.guards.policies.iter().map(shown).collect();
            Ok(listed(&all, question, PAGE))
        }
        (&Method::POST, []) => create(edge, json_body(question)?),
        (&Method::GET, [id]) => {
            let owned = edge.account.lock();
            let policy = owned.guards.policies.iter().find(|policy| policy.id == *id).ok_or_else(missing)?;
            Ok(done(&policy.as_json(&owned.guards.apps)))
        }
        (&Method::PUT, [id]) => replace(edge, id, json_body(question)?),
        (&Method::DELETE, [id]) => delete(edge, id),
        _ => Err(Refused::no_route()),
    }
}

fn create(edge: &Edge, body: Value) -> Result<Answer, Refused> {
    let mut owned = edge.account.lock();
    checked(&body, &owned.guards.groups)?;
    let policy = Policy { id: uuid(), made: Timestamp::now(), body };
    let result = policy.as_json(&[]);
    owned.guards.policies.push(policy);
    Ok(created(&result))
}

/// Everything is replaced: what is not sent is gone.
fn replace(edge: &Edge, id: &str, body: Value) -> Result<Answer, Refused> {
    let mut owned = edge.account.lock();
    let guards = &mut owned.guards;
    checked(&body, &guards.groups)?;
    let policy = guards.policies.iter_mut().find(|policy| policy.id == id).ok_or_else(missing)?;
    policy.body = body;
    Ok(done(&policy.as_json(&guards.apps)))
}

fn checked(body: &Value, all: &[Group]) -> Result<(), Refused> {
    let decides = body["decision"].as_str().is_some_and(|decision| DECISIONS.contains(&decision));
    let includes = body["include"].as_array().is_some_and(|rules| !rules.is_empty());
    if !decides || !includes || body["name"].as_str().is_none_or(str::is_empty) {
        return Err(invalid("access.api.error.invalid_request: name, decision and include are needed"));
    }
    groups::known(body, all)
}

fn delete(edge: &Edge, id: &str) -> Result<Answer, Refused> {
    let mut owned = edge.account.lock();
    if owned.guards.apps.iter().any(|app| app.uses(id)) {
        return Err(Refused::new(
            StatusCode::CONFLICT,
            12_132,
            "access.api.error.policy_in_use: the policy is attached to applications",
        ));
    }
    removed(&mut owned.guards.policies, id, Policy::id)
}
