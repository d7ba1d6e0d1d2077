//! Who may connect to something that is shared, as Cloudflare has it.

use serde_json::Value;

use super::{text, texts};

/// Who may connect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeopleFact {
    /// Addresses, domains and groups, as in a wish.
    pub allow: Vec<String>,
    /// How many rules of other kinds let somebody in besides.
    pub others: u64,
    /// How long a log-in is good, such as `8h`.
    pub session: String,
    /// What became of the log-ins that there were.
    pub log_ins: LogInsNow,
}

/// What became of log-ins when others were let in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogInsNow {
    /// They are good until they end, of those who were taken out as well.
    LastOn,
    /// They are void.
    Revoked,
    /// They are as they were.
    #[default]
    Stay,
}

impl PeopleFact {
    /// Reads `{"state":"people",…}`.
    pub(super) fn read(value: &Value) -> Self {
        Self {
            allow: texts(value, "allow"),
            others: value.get("others").and_then(Value::as_u64).unwrap_or_default(),
            session: text(value, "session"),
            log_ins: match text(value, "logIns").as_str() {
                "last-on" => LogInsNow::LastOn,
                "revoked" => LogInsNow::Revoked,
                _ => LogInsNow::Stay,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ShareTold;

    #[test]
    fn people_are_read() {
        let line = r#"{"state":"people","hostname":"a.b","allow":["@a.b","group:Ops"],"others":1,"session":"8h","logIns":"last-on"}"#;
        let allow = vec!["@a.b".to_owned(), "group:Ops".to_owned()];
        let told = PeopleFact { allow, others: 1, session: "8h".to_owned(), log_ins: LogInsNow::LastOn };
        assert_eq!(ShareTold::read(line), Some(ShareTold::People(told)));
    }
}
