//! Sharing that was stopped on the way.

use serde_json::Value;

use super::{ShareFact, text, texts};
use crate::ShareForm;

/// How far it is, and what it is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnfinishedFact {
    /// The stable names of all steps, in their order.
    pub steps: Vec<String>,
    /// Those that are in place.
    pub done: Vec<String>,
    /// How long a log-in is to be good.
    pub session: String,
    /// Whether people may come with short-lived certificates.
    pub certificates: bool,
}

impl UnfinishedFact {
    /// Reads `"unfinished"` of what was made; nothing where all is done.
    pub(super) fn read(made: &Value) -> Option<Self> {
        let value = made.get("unfinished").filter(|value| value.is_object())?;
        Some(Self {
            steps: texts(value, "steps"),
            done: texts(value, "done"),
            session: text(value, "session"),
            certificates: value.get("certificates").and_then(Value::as_bool).unwrap_or_default(),
        })
    }

    /// Whether one of its steps is in place.
    #[must_use]
    pub fn is_done(&self, step: &str) -> bool {
        self.done.iter().any(|done| done == step)
    }
}

impl ShareFact {
    /// What the form said of it.
    pub(crate) fn form(&self, unfinished: &UnfinishedFact) -> ShareForm {
        ShareForm {
            hostname: self.hostname.clone(),
            allow: self.allow.clone(),
            session: unfinished.session.clone(),
            port: self.port.to_string(),
            certificates: unfinished.certificates,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::ShareTold;

    #[test]
    fn how_far_it_is_is_read() {
        let line = r#"{"state":"list","shares":{"a.b":{"hostname":"a.b","record":"r",
            "unfinished":{"steps":["policy","proof"],"done":["policy"],"session":"8h","certificates":true}}}}"#;
        let Some(ShareTold::List(shares)) = ShareTold::read(line) else { panic!("no list") };
        assert!(!shares[0].is_whole, "a record alone is not all of it");
        let unfinished = shares[0].unfinished.clone().unwrap();
        assert!(unfinished.is_done("policy") && !unfinished.is_done("proof") && unfinished.certificates);
        assert_eq!((unfinished.steps.len(), unfinished.session.as_str()), (2, "8h"));
    }
}
