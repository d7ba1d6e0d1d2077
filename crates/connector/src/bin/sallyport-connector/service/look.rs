//! `service status` and `service logs`: how a service is, in words, and what it has noted.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use command_line::Parsed;
use jiff::Timestamp;
use service::{Layout, Place, Scope, State, Status};

use crate::failure::Failure;
use crate::service::failed;
use crate::{ready, say};

/// The code of a service that is there and does not run, as of other programs that look after services.
const NOT_RUNNING: u8 = 3;
/// How many lines of a log are shown unless it is said otherwise.
const LINES: usize = 50;

/// Says how it is.
pub(super) fn status(place: &Place, given: &Parsed, name: &str) -> Result<ExitCode, Failure> {
    given.none()?;
    let layout = service::find(place, name).map_err(failed)?;
    if place.root.is_some() {
        say::data("installed\n");
        return Ok(ExitCode::SUCCESS);
    }
    let now = Status::ask(place, &layout).map_err(failed)?;
    say::data(&told(place, name, &now, connected(place, &layout, &now)));
    Ok(match now.state {
        State::Running | State::Starting => ExitCode::SUCCESS,
        State::Failed | State::Stopped | State::Stopping => ExitCode::from(NOT_RUNNING),
    })
}

/// Shows its log.
pub(super) fn logs(place: &Place, given: &Parsed, name: &str) -> Result<(), Failure> {
    given.none()?;
    let lines = match given.value("lines") {
        None => LINES,
        Some(text) => text
            .parse()
            .map_err(|_| Failure::Misuse(format!("`--lines {text}`: it wants a number of lines")))?,
    };
    let layout = service::find(place, name).map_err(failed)?;
    service::show_log(place, &layout, lines, given.on("follow"), &mut std::io::stdout().lock())
        .map_err(failed)
}

/// What is known of its connections: since when it runs, and how many stand.
struct Connected {
    since: Option<String>,
    says: Option<String>,
}

/// Asks the connector itself where its system does not know.
fn connected(place: &Place, layout: &Layout, now: &Status) -> Connected {
    let Some(file) = layout.monitoring.as_deref().filter(|_| now.state == State::Running) else {
        return Connected { since: now.since.clone(), says: now.says.clone() };
    };
    let file = place.real(file);
    let address = std::fs::read_to_string(&file).ok();
    let says = address
        .and_then(|address| ready::connections(address.trim()))
        .map(|connections| service::says(connections, 0));
    Connected { since: written(&file), says }
}

/// A connector writes that file as it starts.
fn written(file: &Path) -> Option<String> {
    let time = Timestamp::try_from(file.metadata().ok()?.modified().ok()?).ok()?;
    Some(time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

fn told(place: &Place, name: &str, now: &Status, connected: Connected) -> String {
    let mut line = format!("{name} {}", now.state);
    let mut add = |what: &str| {
        let _ = write!(line, ", {what}");
    };
    if let Some(since) = &connected.since {
        add(&format!("since {since}"));
    }
    if let Some(pid) = now.pid {
        add(&format!("as process {pid}"));
    }
    match now.restarts {
        0 => {}
        1 => add("was started again once after a failure"),
        more => add(&format!("was started again {more} times after a failure")),
    }
    let when = match place.scope {
        Scope::System => "starts at boot",
        Scope::User => "starts when you log in",
    };
    match now.at_boot {
        Some(true) => add(when),
        Some(false) => add(&format!("no longer {when}")),
        None => {}
    }
    match connected.says {
        Some(says) => format!("{line}.\n{says}.\n"),
        None => format!("{line}.\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_told_of_in_sentences() {
        let place = Place { init: service::Init::Systemd, scope: Scope::System, root: None, home: None };
        let now = Status {
            state: State::Running,
            since: None,
            pid: Some(7),
            at_boot: Some(true),
            restarts: 2,
            says: None,
        };
        let connected = Connected { since: Some("noon".to_owned()), says: Some(service::says(1, 0)) };
        assert_eq!(
            told(&place, "sallyport", &now, connected),
            "sallyport runs, since noon, as process 7, was started again 2 times after a failure, starts at boot.\n\
             Connected to the edge by 1 connection.\n"
        );
        let now = Status { state: State::Failed, pid: None, at_boot: Some(false), restarts: 0, ..now };
        let nothing = Connected { since: None, says: None };
        assert_eq!(told(&place, "office", &now, nothing), "office has failed, no longer starts at boot.\n");
    }
}
