//! `share list`: what this machine shares, as it is noted here.

use command_line::Parsed;
use serde_json::{Value, json};
use service::State;
use share::Made;

use crate::as_service;
use crate::commands::Failure;
use crate::opened::Opened;
use crate::output::Output;
use crate::published::in_place;

/// Lists what was made.
pub(crate) fn list(given: &Parsed, output: &Output) -> Result<(), Failure> {
    given.none()?;
    let all = Opened::open(given)?.shares.all()?;
    let (mut shares, mut lines) = (json!({}), String::new());
    for (hostname, made) in all {
        let status = made.service.as_ref().map(|service| as_service::status(service).unwrap_or_default());
        let state = status.as_ref().map(|status| status.as_ref().map(|status| status.state));
        lines.push_str(&format!("{hostname}\tport {}\t{}\n", made.port, told(&made, state)));
        let mut noted = json!(made);
        if let Some(state) = state {
            noted["service"]["state"] = Value::from(name(state));
            let streams = status.flatten().and_then(|status| status.streams());
            noted["service"]["streams"] = streams.map_or(Value::Null, Value::from);
        }
        shares[hostname] = noted;
    }
    output.state(&json!({ "state": "list", "shares": shares }), &lines);
    Ok(())
}

/// `state` is that of its service: nothing within where that is gone or cannot be asked.
fn told(made: &Made, state: Option<Option<State>>) -> String {
    if let Some(place) = in_place(Some(made)) {
        return format!("unfinished, {place}; share continue goes on");
    }
    match (&made.record, &made.service, state.flatten()) {
        (None, _, _) => "left over; unshare it".to_owned(),
        (Some(_), None, _) => "shared".to_owned(),
        (Some(_), Some(service), Some(state)) => format!("shared; the service {} {state}", service.name),
        (Some(_), Some(service), None) => format!("shared; the service {} is gone", service.name),
    }
}

/// What a program reads.
fn name(state: Option<State>) -> &'static str {
    match state {
        None => "gone",
        Some(State::Failed) => "failed",
        Some(State::Running) => "running",
        Some(State::Starting) => "starting",
        Some(State::Stopped) => "stopped",
        Some(State::Stopping) => "stopping",
    }
}
