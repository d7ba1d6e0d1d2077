//! Rules that the edge sends, by either protocol.

use serde_json::{Value, json};
use wire::tunnel::rpc::Configured;

use crate::connector::Shared;
use crate::ingress::Rules;

/// Takes new rules where they are newer; says which ones count now, and what is wrong with these.
pub(crate) fn offered(shared: &Shared, version: i32, config: &[u8]) -> Configured {
    let read = || Rules::from_remote(config).map_err(|error| error.to_string());
    told(shared, shared.replace_rules(version, read))
}

/// The same of version and rules in one piece of JSON, with an answer in JSON (`tunnel.md` 3.6).
pub(crate) fn in_one(shared: &Shared, json: &[u8]) -> Value {
    let pushed: Value = serde_json::from_slice(json).unwrap_or_default();
    let version = pushed["version"].as_i64().and_then(|version| i32::try_from(version).ok());
    let Configured { version, error } = match version {
        Some(version) => offered(shared, version, pushed["config"].to_string().as_bytes()),
        None => told(shared, Err("the configuration has no version".to_owned())),
    };
    json!({"lastAppliedVersion": version, "err": Some(error).filter(|error| !error.is_empty())})
}

fn told(shared: &Shared, outcome: Result<(), String>) -> Configured {
    if let Err(error) = &outcome {
        tracing::warn!(error, "a configuration of the edge cannot be used");
    }
    Configured { version: shared.rules_version(), error: outcome.err().unwrap_or_default() }
}
