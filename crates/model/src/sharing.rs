//! What `sallyport share` says of its work, and what the log of its connector says of the connections.

use serde_json::Value;

use crate::Problem;

/// What is to be shared, as the program is told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareWish {
    /// The hostname.
    pub hostname: String,
    /// Who may connect: e-mail addresses, and domains with an `@` before them.
    pub allow: Vec<String>,
    /// How long a log-in is good, such as `8h`.
    pub session: String,
    /// The port of the SSH server.
    pub port: u16,
    /// Whether people may come with short-lived certificates.
    pub certificates: bool,
}

/// What this machine shares, as it is noted here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShareFact {
    /// The hostname.
    pub hostname: String,
    /// The port of the SSH server.
    pub port: u16,
    /// Who may connect, in words; empty where an older program noted it.
    pub people: String,
    /// Whether the hostname leads here; else something is left of an attempt.
    pub is_whole: bool,
}

/// One step that is going to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedStep {
    /// Its stable name, such as `dns-record`.
    pub step: String,
    /// What it is going to do.
    pub what: String,
}

/// What is going to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharePlan {
    /// The team that people log in to.
    pub team: String,
    /// The steps in their order.
    pub steps: Vec<PlannedStep>,
    /// What may keep it from working although all of it is done.
    pub warning: Option<String>,
}

/// What happens to a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepTold {
    /// It is under way.
    Began,
    /// It is done, and this came of it.
    Done(String),
    /// It came to nothing.
    Failed(Problem),
    /// What it had made is away again.
    Undone,
    /// What it had made is still there.
    Left(Problem),
}

/// One line of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShareTold {
    /// What is going to be done.
    Plan(SharePlan),
    /// How far a step is.
    Step {
        /// Its stable name.
        step: String,
        /// How far.
        told: StepTold,
    },
    /// The machine is shared, and answers.
    Shared {
        /// What was noted of it.
        share: ShareFact,
        /// What the SSH server needs so that it takes certificates.
        sshd: Option<String>,
    },
    /// What this machine shares.
    List(Vec<ShareFact>),
    /// All of it was taken away.
    Unshared,
    /// A word for the person.
    Note {
        /// The word.
        text: String,
        /// A link that it speaks of.
        link: Option<String>,
    },
    /// It ended badly.
    Failed(Problem),
}

/// Something that happened to a connection of the connector's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkNews {
    /// When, seconds since the Unix epoch.
    pub at: i64,
    /// Which one, from 0.
    pub index: u8,
    /// What.
    pub told: LinkTold,
}

/// What happened to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkTold {
    /// The edge takes it.
    Up {
        /// The data centre, by Cloudflare's short name.
        location: String,
        /// By what it goes there: `quic` or `http2`.
        protocol: String,
    },
    /// It is gone, and is tried again.
    Lost(String),
    /// It has left as it was asked to.
    Left,
}

impl ShareTold {
    /// Reads a line of `--json`; nothing where it says nothing that is known here.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let state = value.get("state")?.as_str()?;
        if let Some(step) = value.get("step").and_then(Value::as_str) {
            let told = match state {
                "began" => StepTold::Began,
                "done" => StepTold::Done(text(&value, "said")),
                "failed" => StepTold::Failed(problem(&value)),
                "undone" => StepTold::Undone,
                "left" => StepTold::Left(problem(&value)),
                _ => return None,
            };
            return Some(Self::Step { step: step.to_owned(), told });
        }
        Some(match state {
            "plan" => Self::Plan(plan(&value)),
            "shared" => {
                let sshd = value.get("sshd").and_then(Value::as_str).map(str::to_owned);
                Self::Shared { share: share(value.get("made")?), sshd }
            }
            "list" => Self::List(value.get("shares")?.as_object()?.values().map(share).collect()),
            "unshared" => Self::Unshared,
            "note" => {
                let link = value.get("link").and_then(Value::as_str).map(str::to_owned);
                Self::Note { text: text(&value, "message"), link }
            }
            "failed" => Self::Failed(problem(&value)),
            _ => return None,
        })
    }
}

impl LinkNews {
    /// Reads a line of the connector's log; nothing where it is about something else.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let (time, rest) = line.split_once(' ')?;
        let at = time.parse::<jiff::Timestamp>().ok()?.as_second();
        let (_, said) = rest.split_once(' ')?;
        let index = field(said, "connIndex")?.parse().ok()?;
        let told = if said.starts_with("Registered tunnel connection") {
            LinkTold::Up { location: field(said, "location")?, protocol: field(said, "protocol")? }
        } else if said.starts_with("Retrying connection") {
            LinkTold::Lost(field(said, "error").unwrap_or_default())
        } else if said.starts_with("Unregistered tunnel connection") {
            LinkTold::Left
        } else {
            return None;
        };
        Some(Self { at, index, told })
    }
}

/// `name=word`, or `name="words"` as JSON has them.
fn field(said: &str, name: &str) -> Option<String> {
    let (_, value) = said.split_once(&format!(" {name}="))?;
    if value.starts_with('"') {
        let mut values = serde_json::Deserializer::from_str(value).into_iter::<String>();
        return values.next()?.ok();
    }
    value.split(' ').next().map(str::to_owned)
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn problem(value: &Value) -> Problem {
    let told = value.get("problem").unwrap_or(&Value::Null);
    Problem::told(text(told, "cause"), text(told, "title"), text(told, "why"), text(told, "next"))
}

fn plan(value: &Value) -> SharePlan {
    let steps = value.get("steps").and_then(Value::as_array).into_iter().flatten();
    SharePlan {
        team: text(value, "team"),
        steps: steps.map(|step| PlannedStep { step: text(step, "step"), what: text(step, "what") }).collect(),
        warning: value.get("warning").and_then(Value::as_str).map(str::to_owned),
    }
}

fn share(made: &Value) -> ShareFact {
    ShareFact {
        hostname: text(made, "hostname"),
        port: made.get("port").and_then(Value::as_u64).and_then(|port| port.try_into().ok()).unwrap_or(22),
        people: text(made, "people"),
        is_whole: made.get("record").is_some_and(Value::is_string),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_program_are_read() {
        let told = ShareTold::read(r#"{"step":"tunnel","state":"done","said":"studio"}"#);
        let done = StepTold::Done("studio".to_owned());
        assert_eq!(told, Some(ShareTold::Step { step: "tunnel".to_owned(), told: done }));
        let note = r#"{"state":"note","message":"log in","link":"https://a.b"}"#;
        let (text, link) = ("log in".to_owned(), Some("https://a.b".to_owned()));
        assert_eq!(ShareTold::read(note), Some(ShareTold::Note { text, link }));
        let Some(ShareTold::Failed(problem)) = ShareTold::read(
            r#"{"state":"failed","problem":{"cause":"misuse","title":"name the hostname; see: sallyport"}}"#,
        ) else {
            panic!("no problem")
        };
        assert_eq!(problem.title, "name the hostname; see: sallyport");
        let list = r#"{"state":"list","shares":{"a.b":{"hostname":"a.b","port":2222,"record":"r"},"c.d":{"hostname":"c.d"}}}"#;
        let Some(ShareTold::List(shares)) = ShareTold::read(list) else { panic!("no list") };
        assert_eq!(
            shares.iter().map(|share| (share.port, share.is_whole)).collect::<Vec<_>>(),
            [(2222, true), (22, false)]
        );
        assert_eq!(ShareTold::read("not JSON"), None);
        assert_eq!(ShareTold::read(r#"{"state":"of tomorrow"}"#), None);
    }

    #[test]
    fn lines_of_the_log_are_read() {
        let up = "2026-11-20T16:01:20Z INF Registered tunnel connection connIndex=3 connection=1f ip=127.0.0.1 location=sim01 protocol=quic";
        let news = LinkNews::read(up).unwrap();
        assert_eq!((news.at, news.index), (1_795_190_480, 3));
        let (location, protocol) = ("sim01".to_owned(), "quic".to_owned());
        assert_eq!(news.told, LinkTold::Up { location, protocol });
        let lost = r#"2026-11-20T16:01:21Z WRN Retrying connection in up to 2s connIndex=0 error="the edge says \"no\"""#;
        assert_eq!(LinkNews::read(lost).unwrap().told, LinkTold::Lost(r#"the edge says "no""#.to_owned()));
        assert_eq!(LinkNews::read("2026-11-20T16:01:21Z INF Starting tunnel tunnelID=1"), None);
        assert_eq!(LinkNews::read(""), None);
    }
}
