//! What is asked of the page that shares this machine.

use serde::{Deserialize, Serialize};

/// The fields of the form, as typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShareForm {
    /// The hostname under which people reach this machine.
    pub hostname: String,
    /// Who may connect: e-mail addresses, domains with an `@` before them, and groups with `group:` before them.
    pub allow: Vec<String>,
    /// How long a log-in is good: `8h`.
    pub session: String,
    /// Port of the SSH server.
    pub port: String,
    /// Whether people may come with short-lived certificates.
    pub certificates: bool,
}

impl Default for ShareForm {
    fn default() -> Self {
        Self {
            hostname: String::new(),
            allow: Vec::new(),
            session: "8h".to_owned(),
            port: "22".to_owned(),
            certificates: false,
        }
    }
}

/// One rule while it is being changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct RuleDraft {
    /// Which rule it was, from 0; nothing where it is a new one.
    pub from: Option<u32>,
    /// For which hostname; empty for all.
    pub hostname: String,
    /// For which paths; empty for all.
    pub path: String,
    /// Where it leads.
    pub service: String,
}
