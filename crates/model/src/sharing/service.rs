//! Services of the operating system that run what is shared.

use serde_json::Value;

use super::text;

/// The service that runs something that is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceFact {
    /// Whose it is.
    pub whose: Whose,
    /// How it was when it was asked.
    pub state: ServiceState,
    /// How many streams ran then, where that is known.
    pub streams: Option<u64>,
}

/// Whose a service is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// The machine's: it starts at boot.
    Machine,
    /// A person's own: it starts when they log in.
    #[default]
    Person,
}

/// How a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceState {
    /// It answers.
    Running,
    /// It is about to.
    Starting,
    /// It is there, and does not run.
    Stopped,
    /// It ended badly.
    Failed,
    /// Somebody took it away.
    Gone,
}

impl ServiceFact {
    /// Reads `"service"`; nothing where there is none. Only the list says how it is: elsewhere it runs.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let service = value.get("service").filter(|service| service.is_object())?;
        let whose = if text(service, "whose") == "machine" { Whose::Machine } else { Whose::Person };
        let state = match text(service, "state").as_str() {
            "starting" => ServiceState::Starting,
            "stopping" | "stopped" => ServiceState::Stopped,
            "failed" => ServiceState::Failed,
            "gone" => ServiceState::Gone,
            _ => ServiceState::Running,
        };
        let streams = value.get("service").and_then(|service| service.get("streams")?.as_u64());
        Some(Self { whose, state, streams })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ShareTold;

    #[test]
    fn services_are_read() {
        let line =
            r#"{"state":"service","hostname":"a.b","service":{"name":"sallyport-a.b","whose":"machine"}}"#;
        let runs = ServiceFact { whose: Whose::Machine, state: ServiceState::Running, streams: None };
        assert_eq!(ShareTold::read(line), Some(ShareTold::Service(Some(runs))));
        let line = r#"{"state":"service","hostname":"a.b","service":null}"#;
        assert_eq!(ShareTold::read(line), Some(ShareTold::Service(None)));
        let line = r#"{"state":"list","shares":{"a.b":{"service":{"whose":"person","state":"stopping","streams":0}},"c.d":{}}}"#;
        let Some(ShareTold::List(shares)) = ShareTold::read(line) else { panic!("no list") };
        let stopped = ServiceFact { whose: Whose::Person, state: ServiceState::Stopped, streams: Some(0) };
        assert_eq!(shares.iter().map(|share| share.service).collect::<Vec<_>>(), [Some(stopped), None]);
    }
}
