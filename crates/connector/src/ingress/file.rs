//! A configuration file: which tunnel, what is served, and flags that stand in it.

use serde_json::Value;

use super::{InvalidRules, OriginRequest, Rules, UnknownKey, keys, origin_request, yaml};

/// A `config.yml` that has been read.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    config: Value,
    /// Keys that nobody knows, and that are near to none that are known.
    pub unknown: Vec<UnknownKey>,
}

impl ConfigFile {
    /// Reads YAML, of which JSON is a part.
    ///
    /// # Errors
    /// When it is neither, when a key is written wrong, or the file is no list of keys.
    pub fn read(text: &str) -> Result<Self, InvalidRules> {
        let config = yaml::read(text)?;
        if !config.is_object() && !config.is_null() {
            return Err(InvalidRules::Syntax("the file is not a list of keys and values".to_owned()));
        }
        let unknown = keys::check(&config)?;
        Ok(Self { config, unknown })
    }

    /// The tunnel, by its id or its name.
    #[must_use]
    pub fn tunnel(&self) -> Option<&str> {
        self.config["tunnel"].as_str()
    }

    /// A flag that stands in the file, as it would be written on a command line.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<Vec<String>> {
        let written = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        match &self.config[name] {
            Value::Null => None,
            Value::Array(values) => Some(values.iter().filter_map(written).collect()),
            value @ (Value::String(_) | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => {
                written(value).map(|value| vec![value])
            }
        }
    }

    /// Whether it says something of private networks.
    #[must_use]
    pub fn names_private_networks(&self) -> bool {
        !self.config["warp-routing"].is_null()
    }

    /// Whether it says what is served.
    #[must_use]
    pub fn has_rules(&self) -> bool {
        self.config["ingress"].as_array().is_some_and(|rules| !rules.is_empty())
    }

    /// What is served.
    ///
    /// # Errors
    /// Which rule cannot be used, and why.
    pub fn rules(&self) -> Result<Rules, InvalidRules> {
        let times = origin_request::Times::Written;
        let defaults = OriginRequest::default().over(&self.config["originRequest"], times)?;
        match &self.config["ingress"] {
            Value::Null => Err(InvalidRules::None),
            Value::Array(rules) => Ok(Rules::read(rules, &defaults, times)?.limited_by(&self.config)),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                Err(InvalidRules::Syntax("`ingress` is not a list of rules".to_owned()))
            }
        }
    }
}
