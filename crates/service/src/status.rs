//! How a service is, by what its system says.

use std::fmt;
use std::process::Command;

use crate::{Init, Layout, Place, ServiceError, is_installed, launchd, openrc, systemd};

/// What a service does at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It ended, and is not started again by itself.
    Failed,
    /// It runs.
    Running,
    /// It is being started, or will be again in a moment.
    Starting,
    /// Nobody has started it.
    Stopped,
    /// It is about to end.
    Stopping,
}

/// How a service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// What it does.
    pub state: State,
    /// Since when, as its system writes it; nothing where that is not known.
    pub since: Option<String>,
    /// Its process.
    pub pid: Option<u32>,
    /// Whether it starts at boot, or when its person logs in; nothing where that is not known.
    pub at_boot: Option<bool>,
    /// How often it had to be started again.
    pub restarts: u32,
    /// What it says of itself, where its system passes that on.
    pub says: Option<String>,
}

impl Status {
    /// Nothing but a state is known.
    pub(crate) fn of(state: State) -> Self {
        Self { state, since: None, pid: None, at_boot: None, restarts: 0, says: None }
    }

    /// Asks the system. A service below a root folder is one of a system that does not run.
    ///
    /// # Errors
    /// When there is no such service, or the system's own command cannot be run.
    pub fn ask(place: &Place, layout: &Layout) -> Result<Self, ServiceError> {
        if !is_installed(place, layout)? {
            return Err(ServiceError::NotThere(layout.name.clone()));
        }
        if place.root.is_some() {
            return Ok(Self::of(State::Stopped));
        }
        if layout.init == Init::Windows {
            return crate::scm::status(&layout.name);
        }
        let (program, words) = layout.status.split_first().ok_or(ServiceError::NoUserServices)?;
        let said = Command::new(program).args(words).output();
        let said = said.map_err(|error| ServiceError::command(&layout.status, error.to_string()))?;
        let text = String::from_utf8_lossy(&said.stdout);
        Ok(match layout.init {
            Init::Launchd => launchd::status(&text),
            Init::OpenRc => Self {
                at_boot: Some(openrc::starts_at_boot(place, &layout.name)),
                ..Self::of(openrc::state(said.status.code()))
            },
            Init::Systemd if said.status.success() => systemd::status(&text),
            Init::Systemd | Init::Windows => {
                let why = String::from_utf8_lossy(&said.stderr).trim().to_owned();
                return Err(ServiceError::command(&layout.status, why));
            }
        })
    }
}

/// What stands between the two things that a connector says of itself.
const AND: &str = "; ";

/// What a connector says of itself to its system: by how many connections, and how many streams run.
#[must_use]
pub fn says(connections: u64, streams: usize) -> String {
    let connected = match connections {
        0 => "Not connected to the edge".to_owned(),
        1 => "Connected to the edge by 1 connection".to_owned(),
        more => format!("Connected to the edge by {more} connections"),
    };
    match streams {
        0 => connected,
        1 => format!("{connected}{AND}1 stream runs"),
        more => format!("{connected}{AND}{more} streams run"),
    }
}

impl Status {
    /// How many streams run, as it says; nothing where its system does not pass on what it says.
    #[must_use]
    pub fn streams(&self) -> Option<u64> {
        let said = self.says.as_deref()?;
        let Some((_, streams)) = said.split_once(AND) else { return Some(0) };
        streams.split(' ').next()?.parse().ok()
    }
}

/// For a person, after the name of the service.
impl fmt::Display for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Failed => "has failed",
            Self::Running => "runs",
            Self::Starting => "is being started",
            Self::Stopped => "does not run",
            Self::Stopping => "is being stopped",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_systemd_says_is_understood() {
        let said = "MainPID=4711\nNRestarts=2\nStatusText=Connected to the edge by 4 connections\nActiveState=active\n\
                    UnitFileState=enabled\nActiveEnterTimestamp=Fri 2026-11-20 16:01:20 UTC\n";
        let status = systemd::status(said);
        assert_eq!(status.since.as_deref(), Some("Fri 2026-11-20 16:01:20 UTC"));
        assert_eq!((status.state, status.pid, status.restarts), (State::Running, Some(4711), 2));
        assert_eq!(status.says.as_deref(), Some("Connected to the edge by 4 connections"));
        let said = "MainPID=0\nNRestarts=0\nStatusText=gone\nActiveState=failed\nUnitFileState=disabled\n\
                    ActiveEnterTimestamp=Fri 2026-11-20 16:01:20 UTC\n";
        assert_eq!(systemd::status(said), Status { at_boot: Some(false), ..Status::of(State::Failed) });
    }

    #[test]
    fn what_a_connector_says_of_its_streams_is_understood() {
        let of = |says: Option<String>| Status { says, ..Status::of(State::Running) }.streams();
        for streams in [0, 1, 12] {
            assert_eq!(of(Some(says(4, streams))), Some(streams as u64));
        }
        assert_eq!(of(None), None);
        assert_eq!(says(1, 0), "Connected to the edge by 1 connection");
        assert_eq!(says(0, 2), "Not connected to the edge; 2 streams run");
    }

    #[test]
    fn what_launchd_says_is_understood() {
        let said = "system/dev.sallyport.sallyport = {\n\tactive count = 1\n\tpath = /Library/x.plist\n\tstate = running\n\n\
                    \tprogram = /usr/local/bin/sallyport-connector\n\tpid = 411\n\tlast exit code = (never exited)\n}\n";
        let status = launchd::status(said);
        assert_eq!((status.state, status.pid, status.at_boot), (State::Running, Some(411), Some(true)));
        let said = "system/x = {\n\tstate = not running\n\tlast exit code = 7\n}\n";
        assert_eq!(launchd::status(said).state, State::Failed);
        assert_eq!(launchd::status("Could not find service\n").state, State::Stopped);
    }
}
