//! What `sallyport share` says of its work, and of the connector that it runs.

mod people;
mod report;
mod service;
mod unfinished;

use serde_json::Value;

pub use people::{LogInsNow, PeopleFact};
pub use report::{
    Failing, Level, LinkFailed, LinkFault, LinkNow, LinkState, LogLine, Outage, RuleNow, TunnelStatus,
    VisitorNow,
};
pub use service::{ServiceFact, ServiceState, Whose};
pub use unfinished::UnfinishedFact;

use crate::Problem;

/// What stands before the name of a group among those who may connect: no address and no domain begins so.
pub(crate) const GROUP: &str = "group:";

/// What is to be shared, as the program is told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareWish {
    /// The hostname.
    pub hostname: String,
    /// Who may connect: e-mail addresses, domains with an `@` before them, and groups with `group:` before them.
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
    /// The same one by one.
    pub allow: Vec<String>,
    /// Whether the hostname leads here; else something is left of an attempt.
    pub is_whole: bool,
    /// The service that runs it, if one does.
    pub service: Option<ServiceFact>,
    /// How far it is, where it was stopped on the way.
    pub unfinished: Option<UnfinishedFact>,
}

/// A group of the account's, by which several people are let in at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupFact {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// A tunnel that was set up for cloudflared on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TunnelFact {
    /// Its id.
    pub id: String,
    /// What its file calls it; empty where that is its id.
    pub name: String,
    /// The file that says what it serves, as a person writes it.
    pub file: String,
    /// The same file in full.
    pub path: String,
    /// What it serves.
    pub rules: Vec<RuleNow>,
    /// Why it cannot be run here.
    pub obstacle: Option<String>,
    /// Whether a person has chosen to run it here.
    pub is_taken: bool,
}

impl TunnelFact {
    /// What to call it.
    #[must_use]
    pub fn title(&self) -> &str {
        let first =
            self.rules.iter().map(|rule| rule.hostname.as_str()).find(|hostname| !hostname.is_empty());
        if self.name.is_empty() { first.unwrap_or(&self.id) } else { &self.name }
    }
}

/// Where the name of something that is shared leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShareNameNow {
    /// To this machine.
    Here,
    /// To something else: what stands in the record.
    Elsewhere(String),
    /// There is no record.
    Nowhere,
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
    /// The tunnels that were set up for cloudflared.
    Found(Vec<TunnelFact>),
    /// The groups of the account.
    Groups(Vec<GroupFact>),
    /// Who may connect.
    People(PeopleFact),
    /// Where the name leads.
    Name(ShareNameNow),
    /// The rules were set; they lead to these.
    Rules(Vec<String>),
    /// A service runs it from now on, or none does.
    Service(Option<ServiceFact>),
    /// All of it was taken away.
    Unshared,
    /// A word for the person.
    Note {
        /// The word.
        text: String,
        /// A link that it speaks of.
        link: Option<String>,
    },
    /// How its connector stands.
    Tunnel(TunnelStatus),
    /// A line of the connector's log.
    Log(LogLine),
    /// It ended badly.
    Failed(Problem),
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
            "found" => Self::Found(value.get("tunnels")?.as_array()?.iter().map(tunnel).collect()),
            "groups" => Self::Groups(value.get("groups")?.as_array()?.iter().map(group).collect()),
            "people" => Self::People(PeopleFact::read(&value)),
            "name" => Self::Name(match text(&value, "leads").as_str() {
                "here" => ShareNameNow::Here,
                "elsewhere" => ShareNameNow::Elsewhere(text(&value, "to")),
                _ => ShareNameNow::Nowhere,
            }),
            "rules" => Self::Rules(texts(&value, "destinations")),
            "service" => Self::Service(ServiceFact::read(&value)),
            "unshared" => Self::Unshared,
            "note" => {
                let link = value.get("link").and_then(Value::as_str).map(str::to_owned);
                Self::Note { text: text(&value, "message"), link }
            }
            "tunnel" => Self::Tunnel(TunnelStatus::read(&value)),
            "log" => Self::Log(LogLine::read(&value)?),
            "failed" => Self::Failed(problem(&value)),
            _ => return None,
        })
    }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn texts(value: &Value, name: &str) -> Vec<String> {
    let all = value.get(name).and_then(Value::as_array).into_iter().flatten();
    all.filter_map(Value::as_str).map(str::to_owned).collect()
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

fn tunnel(found: &Value) -> TunnelFact {
    let rules = found.get("rules").and_then(Value::as_array).into_iter().flatten();
    TunnelFact {
        id: text(found, "id"),
        name: text(found, "name"),
        file: text(found, "file"),
        path: text(found, "path"),
        rules: rules.map(report::rule).collect(),
        obstacle: found.get("obstacle").and_then(Value::as_str).map(str::to_owned),
        is_taken: false,
    }
}

fn group(found: &Value) -> GroupFact {
    GroupFact { id: text(found, "id"), name: text(found, "name") }
}

fn share(made: &Value) -> ShareFact {
    let unfinished = UnfinishedFact::read(made);
    ShareFact {
        hostname: text(made, "hostname"),
        port: made.get("port").and_then(Value::as_u64).and_then(|port| port.try_into().ok()).unwrap_or(22),
        people: text(made, "people"),
        allow: texts(made, "allow"),
        is_whole: made.get("record").is_some_and(Value::is_string) && unfinished.is_none(),
        service: ServiceFact::read(made),
        unfinished,
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
}
