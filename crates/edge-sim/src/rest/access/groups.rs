//! Groups, by which policies let in several at once.

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::envelope::{Refused, created, done, json_body, listed};
use super::{PAGE, invalid, missing, removed, uuid};
use crate::answer::{Answer, Question};
use crate::edge::Edge;

/// One group.
#[derive(Clone)]
pub(in super::super) struct Group {
    id: String,
    made: Timestamp,
    body: Value,
}

impl Group {
    /// A group that was there before any call.
    pub(super) fn planned(name: &str, members: &[String]) -> Self {
        let rule = |member: &String| match member.strip_prefix('@') {
            Some(domain) => json!({ "email_domain": { "domain": domain } }),
            None => json!({ "email": { "email": member } }),
        };
        let include: Vec<Value> = members.iter().map(rule).collect();
        let body = json!({ "name": name, "include": include, "require": [], "exclude": [] });
        Self { id: uuid(), made: Timestamp::now(), body }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn name(&self) -> &str {
        self.body["name"].as_str().unwrap_or_default()
    }

    /// Addresses and `@domain`s of those who are in it.
    pub(super) fn members(&self) -> Vec<String> {
        whom(&self.body)
    }

    fn as_json(&self) -> Value {
        let mut shown = self.body.clone();
        shown["id"] = json!(self.id);
        shown["uid"] = json!(self.id);
        shown["created_at"] = json!(self.made.to_string());
        shown["updated_at"] = json!(self.made.to_string());
        shown
    }
}

/// Answers what comes behind `/access/groups`.
pub(super) fn answer(edge: &Edge, rest: &[&str], question: &Question) -> Result<Answer, Refused> {
    match (&question.method, rest) {
        (&Method::GET, []) => {
            let owned = edge.account.lock();
            let is_named = |group: &&Group| question.query("name").is_none_or(|name| group.name() == name);
            let all: Vec<Value> = owned.guards.groups.iter().filter(is_named).map(Group::as_json).collect();
            Ok(listed(&all, question, PAGE))
        }
        (&Method::POST, []) => {
            let group = Group { id: uuid(), made: Timestamp::now(), body: checked(json_body(question)?)? };
            let result = group.as_json();
            edge.account.lock().guards.groups.push(group);
            Ok(created(&result))
        }
        (&Method::GET, [id]) => {
            let owned = edge.account.lock();
            let group = owned.guards.groups.iter().find(|group| group.id == *id).ok_or_else(missing)?;
            Ok(done(&group.as_json()))
        }
        (&Method::PUT, [id]) => {
            let body = checked(json_body(question)?)?;
            let mut owned = edge.account.lock();
            let group = owned.guards.groups.iter_mut().find(|group| group.id == *id).ok_or_else(missing)?;
            group.body = body;
            Ok(done(&group.as_json()))
        }
        (&Method::DELETE, [id]) => delete(edge, id),
        _ => Err(Refused::no_route()),
    }
}

/// Addresses and `@domain`s that the rules of a policy or a group name. Other rules are not acted by here, and mean nobody.
pub(super) fn whom(body: &Value) -> Vec<String> {
    let whom = |rule: &Value| {
        let email = rule["email"]["email"].as_str().map(str::to_owned);
        email.or_else(|| rule["email_domain"]["domain"].as_str().map(|domain| format!("@{domain}")))
    };
    included(body).iter().filter_map(whom).collect()
}

/// Ids of the groups that they name.
pub(super) fn named(body: &Value) -> Vec<&str> {
    included(body).iter().filter_map(|rule| rule["group"]["id"].as_str()).collect()
}

/// Whether all groups that they name are there.
pub(super) fn known(body: &Value, all: &[Group]) -> Result<(), Refused> {
    if named(body).into_iter().all(|id| all.iter().any(|group| group.id == id)) {
        return Ok(());
    }
    Err(Refused::bad(11_020, "access.api.error.failed_to_load_group"))
}

fn included(body: &Value) -> &[Value] {
    body["include"].as_array().map_or(&[], Vec::as_slice)
}

fn checked(body: Value) -> Result<Value, Refused> {
    if included(&body).is_empty() || body["name"].as_str().is_none_or(str::is_empty) {
        return Err(invalid("access.api.error.invalid_request: name and include are needed"));
    }
    Ok(body)
}

fn delete(edge: &Edge, id: &str) -> Result<Answer, Refused> {
    let mut owned = edge.account.lock();
    if owned.guards.policies.iter().any(|policy| policy.names(id)) {
        return Err(Refused::new(
            StatusCode::CONFLICT,
            12_132,
            "access.api.error.group_in_use: the group is named by policies",
        ));
    }
    removed(&mut owned.guards.groups, id, Group::id)
}
