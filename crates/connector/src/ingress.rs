//! Which service answers which request: the rules of a configuration, read as cloudflared reads them.

mod error;
mod file;
mod host;
mod keys;
mod origin_request;
mod service;
mod yaml;

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};

use regex_lite::Regex;
use serde_json::{Value, json};

pub use error::{InvalidRules, UnknownKey};
pub use file::ConfigFile;
pub(crate) use host::Host;
pub use origin_request::{AccessCheck, IpRule, OriginRequest, duration};
pub use service::Origin;

use crate::web;

/// The rules in their order; the last one matches whatever no other does.
#[derive(Clone, Debug)]
pub struct Rules {
    rules: Vec<Rule>,
    /// How many streams to private addresses may run at once; 0 sets no limit.
    pub(crate) most_flows: u64,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    host: Host,
    path: Option<Regex>,
    /// What answers.
    pub service: Origin,
    /// How it is asked.
    pub origin: OriginRequest,
    /// Connections to a web server, once it has been asked.
    client: Arc<OnceLock<web::Client>>,
}

impl Rules {
    /// Reads rules, each of them over these defaults.
    pub(crate) fn read(
        rules: &[Value],
        defaults: &OriginRequest,
        times: origin_request::Times,
    ) -> Result<Self, InvalidRules> {
        let last = rules.len().checked_sub(1).ok_or(InvalidRules::None)?;
        let read = |(at, value): (usize, &Value)| -> Result<Rule, InvalidRules> {
            let rule = Rule::read(at, value, defaults, times)?;
            match (at == last, rule.is_catch_all()) {
                (true, true) | (false, false) => Ok(rule),
                (true, false) => Err(InvalidRules::NoCatchAll),
                (false, true) => Err(InvalidRules::Shadows { rule: at + 1, host: rule.host.to_string() }),
            }
        };
        Ok(Self { rules: rules.iter().enumerate().map(read).collect::<Result<_, _>>()?, most_flows: 0 })
    }

    /// Reads what the edge sends: rules and defaults in JSON, with times in seconds. No rules at all answer 503.
    ///
    /// # Errors
    /// Which key or rule cannot be used, and why.
    pub fn from_remote(json: &[u8]) -> Result<Self, InvalidRules> {
        let config: Value =
            serde_json::from_slice(json).map_err(|error| InvalidRules::Syntax(error.to_string()))?;
        let times = origin_request::Times::Seconds;
        let defaults = OriginRequest::default().over(&config["originRequest"], times)?;
        match config["ingress"].as_array().map(Vec::as_slice) {
            None | Some([]) => Ok(Self::unavailable().limited_by(&config)),
            Some(rules) => Ok(Self::read(rules, &defaults, times)?.limited_by(&config)),
        }
    }

    /// The same with what a configuration says of private networks.
    pub(crate) fn limited_by(self, config: &Value) -> Self {
        let most_flows = config["warp-routing"]["maxActiveFlows"].as_u64().unwrap_or_default();
        Self { most_flows, ..self }
    }

    /// Everything goes to one service.
    #[must_use]
    pub fn single(service: Origin, origin: OriginRequest) -> Self {
        let rules = vec![Rule { host: Host::any(), path: None, service, origin, client: Arc::default() }];
        Self { rules, most_flows: 0 }
    }

    /// Nothing is served: 503.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::single(Origin::Status(503), OriginRequest::default())
    }

    /// The rule for a request, and its place.
    #[must_use]
    pub fn find(&self, host: &str, path: &str) -> Option<(usize, &Rule)> {
        self.rules.iter().enumerate().find(|(_, rule)| rule.matches(host, path)).or_else(|| {
            // Rules end with one that matches everything; this is for a host that no header can hold.
            self.rules.len().checked_sub(1).and_then(|last| self.rules.get(last).map(|rule| (last, rule)))
        })
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter()
    }

    /// The rules as the edge shows them to an administrator.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let rules: Vec<Value> = self.rules.iter().map(Rule::to_json).collect();
        json!({"__configuration_flags": {}, "ingress": rules, "warp-routing": {}})
    }
}

impl Rule {
    fn read(
        at: usize,
        value: &Value,
        defaults: &OriginRequest,
        times: origin_request::Times,
    ) -> Result<Self, InvalidRules> {
        let text = |name: &str| match &value[name] {
            Value::Null => Ok(""),
            Value::String(text) => Ok(text.as_str()),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Err(InvalidRules::Type { rule: at + 1, key: name.to_owned() })
            }
        };
        let path = text("path")?;
        let path = if path.is_empty() { None } else { Some(Regex::new(path)) };
        let path = path
            .transpose()
            .map_err(|error| InvalidRules::Regex { rule: at + 1, what: error.to_string() })?;
        let origin = defaults.clone().over(&value["originRequest"], times)?;
        let service = Origin::read(text("service")?, origin.bastion)?;
        Ok(Self { host: Host::read(text("hostname")?)?, path, service, origin, client: Arc::default() })
    }

    /// Connections to the web server that this rule names.
    pub(crate) fn client(&self) -> io::Result<&web::Client> {
        match self.client.get() {
            Some(client) => Ok(client),
            None => {
                let client = web::client(&self.service, &self.origin)?;
                Ok(self.client.get_or_init(|| client))
            }
        }
    }

    fn is_catch_all(&self) -> bool {
        self.host.is_any() && self.path.is_none()
    }

    fn matches(&self, host: &str, path: &str) -> bool {
        self.host.matches(host) && self.path.as_ref().is_none_or(|pattern| pattern.is_match(path))
    }

    /// The rule as the edge shows it to an administrator.
    pub(crate) fn to_json(&self) -> Value {
        let mut rule = json!({"service": self.service.to_string(), "originRequest": self.origin.to_json()});
        if !self.host.is_any() {
            rule["hostname"] = json!(self.host.to_string());
        }
        if let Some(path) = &self.path {
            rule["path"] = json!(path.as_str());
        }
        rule
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.host.is_any() {
            writeln!(out, "\thostname: {}", self.host)?;
        }
        if let Some(path) = &self.path {
            writeln!(out, "\tpath: {}", path.as_str())?;
        }
        write!(out, "\tservice: {}", self.service)
    }
}

#[cfg(test)]
mod tests;
