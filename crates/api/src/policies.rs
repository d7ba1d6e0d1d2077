//! Who may enter: policies that applications share, and the groups of the account that they name (`cloudflare-api.md` 5.4,
//! 5.5).

use std::fmt;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Api, ApiError};

/// What stands before the name of a group where people write one: no address and no domain begins so.
pub const GROUP: &str = "group:";

/// Whom a policy lets in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whom {
    /// Everybody whose e-mail address is in this domain; written `@acme.dev`.
    Domain(String),
    /// Everybody who is in this group of the account's.
    Group(Group),
    /// One e-mail address.
    Person(String),
}

/// A group of the account's, which says by its own rules who is in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Group {
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// Its id.
    pub id: String,
}

/// A policy that applications share.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Policy {
    /// Its id.
    pub id: String,
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// How many applications use it.
    #[serde(default)]
    pub app_count: u64,
}

impl Whom {
    /// Reads `ada@acme.dev` or `@acme.dev`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let (name, domain) = text.split_once('@')?;
        let is_domain = domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
        let is_plain = !name.contains(|letter: char| letter.is_whitespace() || "@,;<>\"".contains(letter));
        match (is_domain && is_plain, name) {
            (false, _) => None,
            (true, "") => Some(Self::Domain(domain.to_owned())),
            (true, _) => Some(Self::Person(text)),
        }
    }

    /// Whether a person of this address is meant by name; who is in a group only Access knows.
    #[must_use]
    pub fn includes(&self, email: &str) -> bool {
        let email = email.to_lowercase();
        match self {
            Self::Person(person) => *person == email,
            Self::Domain(domain) => email.split_once('@').is_some_and(|(_, of)| of == domain),
            Self::Group(_) => false,
        }
    }

    /// Whom a rule means; nothing where it is one that is not written here.
    fn of_rule(rule: &Value) -> Option<Self> {
        let text = |kind: &str, name: &str| rule.get(kind)?.get(name)?.as_str().map(str::to_owned);
        let person = text("email", "email").map(Self::Person);
        let domain = || text("email_domain", "domain").map(Self::Domain);
        // Its name stands elsewhere.
        let group = || text("group", "id").map(|id| Self::Group(Group { name: id.clone(), id }));
        person.or_else(domain).or_else(group)
    }

    fn rule(&self) -> Value {
        match self {
            Self::Person(email) => json!({ "email": { "email": email } }),
            Self::Domain(domain) => json!({ "email_domain": { "domain": domain } }),
            Self::Group(group) => json!({ "group": { "id": group.id } }),
        }
    }
}

/// What the API adds to a policy, and does not take back.
const ADDED: [&str; 6] = ["id", "uid", "created_at", "updated_at", "app_count", "reusable"];

/// A policy with everything that is in it, so that it can be changed without losing what is not known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRules {
    id: String,
    body: Value,
}

impl PolicyRules {
    /// Those whom it lets in, groups by their ids.
    #[must_use]
    pub fn whom(&self) -> Vec<Whom> {
        self.include().iter().filter_map(Whom::of_rule).collect()
    }

    /// How many of its rules are of other kinds, such as countries.
    #[must_use]
    pub fn others(&self) -> usize {
        self.include().iter().filter(|rule| Whom::of_rule(rule).is_none()).count()
    }

    /// How long a log-in is good by it, where it says so.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.body["session_duration"].as_str()
    }

    /// The same for these; rules of other kinds stay.
    #[must_use]
    pub fn letting_in(&self, whom: &[Whom], session: &str) -> Self {
        let others = self.include().iter().filter(|rule| Whom::of_rule(rule).is_none()).cloned();
        let include: Vec<Value> = whom.iter().map(Whom::rule).chain(others).collect();
        let mut changed = self.clone();
        changed.body["include"] = include.into();
        changed.body["session_duration"] = session.into();
        changed
    }

    fn include(&self) -> &[Value] {
        self.body["include"].as_array().map_or(&[], Vec::as_slice)
    }
}

impl fmt::Display for Whom {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(email) => out.write_str(email),
            Self::Domain(domain) => write!(out, "@{domain}"),
            Self::Group(group) => write!(out, "{GROUP}{}", group.name),
        }
    }
}

impl Api {
    /// The groups of the account.
    ///
    /// # Errors
    /// [`ApiError::TokenRefused`] without the permission to read them.
    pub async fn groups(&self) -> Result<Vec<Group>, ApiError> {
        self.all(&self.of_account("/access/groups"), &[]).await
    }

    /// All policies that applications share.
    ///
    /// # Errors
    /// [`ApiError::TokenRefused`] without the permission to read them.
    pub async fn policies(&self) -> Result<Vec<Policy>, ApiError> {
        self.all(&self.of_account("/access/policies"), &[]).await
    }

    /// Makes a policy that lets these in.
    ///
    /// # Errors
    /// When the API cannot be asked or says no.
    pub async fn create_policy(&self, name: &str, whom: &[Whom], session: &str) -> Result<Policy, ApiError> {
        let include: Vec<Value> = whom.iter().map(Whom::rule).collect();
        let body = json!({
            "name": name, "decision": "allow", "include": include, "require": [], "exclude": [],
            "session_duration": session,
        });
        self.call(Method::POST, &self.of_account("/access/policies"), &[], Some(&body)).await
    }

    /// One policy, nothing where there is none of this id.
    ///
    /// # Errors
    /// When the API cannot be asked or says no.
    pub async fn policy(&self, id: &str) -> Result<Option<Policy>, ApiError> {
        let path = self.of_account(&format!("/access/policies/{id}"));
        match self.call(Method::GET, &path, &[], None).await {
            Err(ApiError::NotFound { .. }) => Ok(None),
            other => other.map(Some),
        }
    }

    /// One policy with all of its rules, nothing where there is none of this id.
    ///
    /// # Errors
    /// When the API cannot be asked or says no.
    pub async fn policy_rules(&self, id: &str) -> Result<Option<PolicyRules>, ApiError> {
        let path = self.of_account(&format!("/access/policies/{id}"));
        match self.call(Method::GET, &path, &[], None).await {
            Ok(body) => Ok(Some(PolicyRules { id: id.to_owned(), body })),
            Err(ApiError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Replaces a policy; what it says counts at once for whoever logs in.
    ///
    /// # Errors
    /// When the API cannot be asked or says no.
    pub async fn set_policy_rules(&self, rules: &PolicyRules) -> Result<(), ApiError> {
        let mut body = rules.body.clone();
        if let Some(fields) = body.as_object_mut() {
            fields.retain(|name, _| !ADDED.contains(&name.as_str()));
        }
        let path = self.of_account(&format!("/access/policies/{}", rules.id));
        self.call::<Value>(Method::PUT, &path, &[], Some(&body)).await.map(drop)
    }

    /// Takes a policy away.
    ///
    /// # Errors
    /// When an application still uses it.
    pub async fn delete_policy(&self, id: &str) -> Result<(), ApiError> {
        self.remove(&self.of_account(&format!("/access/policies/{id}"))).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_domains_are_told_apart() {
        let person = Whom::Person("ada@acme.dev".to_owned());
        assert_eq!(Whom::read(" Ada@acme.dev"), Some(person.clone()));
        assert_eq!(Whom::read("@acme.dev"), Some(Whom::Domain("acme.dev".to_owned())));
        for text in
            ["", "ada", "ada@", "@", "@acme", "a b@c.d", "a@b@c.d", "everyone", "@.dev", "a@b.c,d@e.f"]
        {
            assert_eq!(Whom::read(text), None, "{text}");
        }
        assert!(person.includes("Ada@acme.dev") && !person.includes("bob@acme.dev"));
        let group = Whom::Group(Group { id: "4".to_owned(), name: "Platform".to_owned() });
        assert_eq!((group.to_string().as_str(), group.includes("ada@acme.dev")), ("group:Platform", false));
        let domain = Whom::Domain("acme.dev".to_owned());
        assert!(domain.includes("bob@Acme.dev") && !domain.includes("bob@evilacme.dev"));
    }
}
