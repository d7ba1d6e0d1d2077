//! What a connector reports of itself: how it stands, and the lines of its log.

use std::collections::BTreeMap;

use serde_json::Value;

use super::text;

/// How a connector stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TunnelStatus {
    /// Its connections to the edge, by their index.
    pub links: Vec<LinkNow>,
    /// Whose streams run through it.
    pub visitors: Vec<VisitorNow>,
    /// The rules that count.
    pub rules: Vec<RuleNow>,
    /// Their version; below 0 those of this machine.
    pub version: i64,
    /// Services that did not take a stream, and have not done so since.
    pub down: Vec<Outage>,
}

/// One connection to the edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkNow {
    /// How far it is.
    pub state: LinkState,
    /// The round trip to the edge in microseconds, once it is known.
    pub round_trip: Option<u64>,
    /// Why it does not stand, once an attempt has failed.
    pub failed: Option<LinkFailed>,
}

/// Why a connection does not stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkFailed {
    /// Of which kind it is.
    pub fault: LinkFault,
    /// In the connector's words.
    pub why: String,
}

/// How far a connection is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LinkState {
    /// Not begun, or left.
    #[default]
    Idle,
    /// It is being made.
    Connecting,
    /// The edge takes it.
    Up {
        /// The data centre, by Cloudflare's short name.
        location: String,
        /// By what it goes there: `quic` or `http2`.
        protocol: String,
        /// Since when, seconds since the Unix epoch.
        since: i64,
    },
    /// It will be tried again.
    Waiting {
        /// When, seconds since the Unix epoch.
        again: i64,
    },
}

/// Which kind of thing keeps a connection from standing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkFault {
    /// Nobody tells where the edge is.
    NoAddress,
    /// Nothing answers, or nothing more.
    Silence,
    /// What answers is not the edge.
    Untrusted,
    /// The edge does not have this tunnel.
    Refused,
    /// The edge ended it.
    #[default]
    Ended,
}

/// Somebody whose stream runs through a connector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitorNow {
    /// Names the stream.
    pub id: u64,
    /// Who it is, as Access says; empty where it says nothing.
    pub email: String,
    /// Since when, seconds since the Unix epoch.
    pub since: i64,
}

/// One rule that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleNow {
    /// For which hostname; empty for all.
    pub hostname: String,
    /// For which paths; empty for all.
    pub path: String,
    /// Where it leads.
    pub service: String,
}

/// How a service fails those who come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Failing {
    /// It takes no connections.
    #[default]
    Away,
    /// It takes long to say anything, or says nothing.
    Silent,
    /// It breaks connections off.
    Breaking,
}

/// A service that does not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Where it should.
    pub address: String,
    /// Since when, seconds since the Unix epoch.
    pub since: i64,
    /// How it fails.
    pub failing: Failing,
    /// What came of the last attempt.
    pub why: String,
}

/// How much a line of a log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing is wrong.
    Info,
    /// Something is.
    Warn,
    /// Something is, and does not pass by itself.
    Error,
}

/// One line of a connector's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When, seconds since the Unix epoch.
    pub at: i64,
    /// How much it matters.
    pub level: Level,
    /// Its words.
    pub message: String,
    /// What they speak of, by name.
    pub fields: BTreeMap<String, String>,
}

impl TunnelStatus {
    /// How many connections the edge takes.
    #[must_use]
    pub fn up(&self) -> usize {
        self.links.iter().filter(|link| matches!(link.state, LinkState::Up { .. })).count()
    }

    /// Reads `{"state":"tunnel",…}`; what is not understood counts as nothing.
    pub(super) fn read(value: &Value) -> Self {
        let each = |name: &str| value.get(name).and_then(Value::as_array).into_iter().flatten();
        Self {
            links: each("links").map(LinkNow::read).collect(),
            visitors: each("visitors").map(visitor).collect(),
            rules: each("rules").map(rule).collect(),
            version: number(value, "version"),
            down: each("down").map(down).collect(),
        }
    }
}

impl LinkNow {
    fn read(value: &Value) -> Self {
        let state = match text(value, "link").as_str() {
            "up" => LinkState::Up {
                location: text(value, "location"),
                protocol: text(value, "protocol"),
                since: number(value, "since"),
            },
            "waiting" => LinkState::Waiting { again: number(value, "again") },
            "connecting" => LinkState::Connecting,
            _ => LinkState::Idle,
        };
        let fault = value.get("fault").and_then(Value::as_str);
        let failed = fault.map(|name| LinkFailed { fault: LinkFault::read(name), why: text(value, "why") });
        Self { state, round_trip: value.get("roundTrip").and_then(Value::as_u64), failed }
    }
}

impl LinkFault {
    fn read(name: &str) -> Self {
        match name {
            "silence" => Self::Silence,
            "untrusted" => Self::Untrusted,
            "refused" => Self::Refused,
            _ => Self::Ended,
        }
    }
}

impl LogLine {
    /// Reads `{"state":"log",…}`; nothing where it says nothing.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let at = text(value, "time").parse::<jiff::Timestamp>().ok()?.as_second();
        let level = match value.get("level")?.as_str()? {
            "info" => Level::Info,
            "warn" => Level::Warn,
            "error" => Level::Error,
            _ => return None,
        };
        let own = ["state", "time", "level", "message"];
        let fields = value.as_object()?.iter().filter(|(name, _)| !own.contains(&name.as_str()));
        let fields = fields.map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name.clone(), text)
        });
        Some(Self { at, level, message: text(value, "message"), fields: fields.collect() })
    }
}

/// A rule as it is told.
pub(super) fn rule(value: &Value) -> RuleNow {
    RuleNow { hostname: text(value, "hostname"), path: text(value, "path"), service: text(value, "service") }
}

fn visitor(value: &Value) -> VisitorNow {
    let id = value.get("id").and_then(Value::as_u64).unwrap_or_default();
    VisitorNow { id, email: text(value, "email"), since: number(value, "since") }
}

fn down(value: &Value) -> Outage {
    let failing = match text(value, "failing").as_str() {
        "silent" => Failing::Silent,
        "breaking" => Failing::Breaking,
        _ => Failing::Away,
    };
    Outage {
        address: text(value, "address"),
        since: number(value, "since"),
        failing,
        why: text(value, "why"),
    }
}

fn number(value: &Value, name: &str) -> i64 {
    value.get(name).and_then(Value::as_i64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::{Failing, LinkFailed, LinkFault, LinkState, ShareTold};

    #[test]
    fn how_a_connector_stands_is_read() {
        let line = r#"{"state":"tunnel","version":2,"links":[{"link":"up","location":"lhr01","protocol":"quic",
            "since":9,"roundTrip":9250},{"link":"waiting","why":"no answer","fault":"silence","again":12},{"link":"of tomorrow"}],
            "visitors":[{"id":7,"email":"jo@corp.test","since":5}],"rules":[{"service":"http_status:404"}],
            "down":[{"address":"127.0.0.1:22","since":3,"failing":"silent","why":"slow"}]}"#;
        let Some(ShareTold::Tunnel(status)) = ShareTold::read(line) else { panic!("no status") };
        assert_eq!((status.up(), status.version, status.links.len()), (1, 2, 3));
        assert_eq!(status.links[0].round_trip, Some(9250));
        let failed = Some(LinkFailed { fault: LinkFault::Silence, why: "no answer".to_owned() });
        assert_eq!(
            (&status.links[1].state, &status.links[1].failed),
            (&LinkState::Waiting { again: 12 }, &failed)
        );
        assert_eq!((status.visitors[0].id, status.visitors[0].email.as_str()), (7, "jo@corp.test"));
        assert_eq!(status.rules[0].hostname, "");
        assert_eq!((status.down[0].failing, status.down[0].why.as_str()), (Failing::Silent, "slow"));
    }

    #[test]
    fn a_line_of_the_log_is_read() {
        let line = r#"{"state":"log","time":"2026-11-20T16:01:20Z","level":"warn","message":"Retrying","connIndex":3,"error":"no"}"#;
        let Some(ShareTold::Log(log)) = ShareTold::read(line) else { panic!("no line") };
        assert_eq!((log.at, log.message.as_str()), (1_795_190_480, "Retrying"));
        assert_eq!((log.fields["connIndex"].as_str(), log.fields["error"].as_str()), ("3", "no"));
        assert_eq!(ShareTold::read(r#"{"state":"log","time":"soon","level":"warn"}"#), None);
    }
}
