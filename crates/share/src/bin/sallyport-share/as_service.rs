//! A connector that the operating system runs: it outlives the terminal, and starts with the machine.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use profile::Profile;
use service::{Job, Layout, Logs, Place, RunsBy, Scope, ServiceError, State, Status};
use share::{RunBy, Whose};
use wire::Cause;
use zeroize::Zeroizing;

use crate::connector;

/// How long its first connection may take.
const REGISTERING: Duration = Duration::from_secs(60);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(300);

/// The service that whoever calls would get for a hostname: one of the machine's as root, else one of their own.
pub(crate) fn wanted(hostname: &str) -> RunBy {
    #[cfg(unix)]
    let is_person = !rustix::process::geteuid().is_root();
    // Windows knows no others.
    #[cfg(not(unix))]
    let is_person = false;
    let whose = if is_person { Whose::Person } else { Whose::Machine };
    RunBy { name: format!("sallyport-{hostname}"), whose }
}

/// The same for a person who reads a plan.
pub(crate) fn in_words(service: &RunBy) -> String {
    let when = match service.whose {
        Whose::Machine => "of the machine's, which starts at boot",
        Whose::Person => "of your own, which starts when you log in",
    };
    format!("the service {} {when}", service.name)
}

/// Whether it could be installed, as far as can be known before it is.
pub(crate) fn could(profile: &Profile, service: &RunBy, server: &str) -> Result<(), ServiceError> {
    let place = place(service)?;
    let layout = layout(&place, profile, service, server, &Zeroizing::default())?;
    if service::is_installed(&place, &layout)? {
        return Err(ServiceError::AlreadyThere(PathBuf::from(&service.name)));
    }
    Ok(())
}

/// Installs it with the right to run the tunnel, which nobody else reads from now on; it starts at once.
pub(crate) fn install(
    profile: &Profile,
    service: &RunBy,
    server: &str,
    token: &Zeroizing<String>,
) -> Result<(), ServiceError> {
    let place = place(service)?;
    let layout = layout(&place, profile, service, server, token)?;
    for lacks in service::install(&place, &layout)? {
        tracing::warn!(%lacks, "the service goes without this");
    }
    Ok(())
}

/// Takes it away with all of its files; one that is gone already is no mistake, and what others have left of it goes too.
pub(crate) fn uninstall(service: &RunBy) -> Result<(), ServiceError> {
    let place = place(service)?;
    match service::find_left(&place, &service.name) {
        Ok(layout) => service::uninstall(&place, &layout),
        Err(ServiceError::NotThere(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// What it does; nothing where there is none.
pub(crate) fn state(service: &RunBy) -> Result<Option<State>, ServiceError> {
    Ok(status(service)?.map(|status| status.state))
}

/// How it is; nothing where there is none.
pub(crate) fn status(service: &RunBy) -> Result<Option<Status>, ServiceError> {
    let place = place(service)?;
    let asked = service::find(&place, &service.name).and_then(|layout| Status::ask(&place, &layout));
    match asked {
        Ok(status) => Ok(Some(status)),
        Err(ServiceError::NotThere(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Waits until it runs.
pub(crate) async fn until_running(service: &RunBy) -> Result<(), ServiceError> {
    let runs = async {
        loop {
            match state(service)? {
                Some(State::Running) => return Ok(true),
                Some(State::Failed) | None => return Ok(false),
                Some(State::Starting | State::Stopped | State::Stopping) => tokio::time::sleep(LOOK).await,
            }
        }
    };
    match tokio::time::timeout(REGISTERING, runs).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Err(error)) => Err(error),
        Ok(Ok(false)) | Err(_) => Err(ServiceError::NotRunning(service.name.clone())),
    }
}

/// The right to run the tunnel, from where the service has it; nothing where it went with the service.
pub(crate) fn token(service: &RunBy) -> Result<Option<Zeroizing<String>>, ServiceError> {
    let place = place(service)?;
    let layout = match service::find_left(&place, &service.name) {
        Ok(layout) => layout,
        Err(ServiceError::NotThere(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let file = layout.files.iter().find(|file| file.path.ends_with("token"));
    let path = file.map(|file| place.real(&file.path)).unwrap_or_default();
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ServiceError::File { path, source }),
    }
}

/// The last that it has noted, before it goes.
pub(crate) fn last_line(service: &RunBy) -> Option<String> {
    let place = place(service).ok()?;
    let layout = service::find(&place, &service.name).ok()?;
    let log = match &layout.logs {
        Logs::Journal(words) => {
            let (program, words) = words.split_first()?;
            let asked = Command::new(program).args(words).args(["--lines=1", "--output=cat"]).output();
            asked.ok()?.stdout
        }
        Logs::File(path) => std::fs::read(place.real(path)).ok()?,
    };
    let text = String::from_utf8_lossy(&log).into_owned();
    text.lines().rev().find(|line| !line.trim().is_empty()).map(str::to_owned)
}

/// For a person: what they lack comes with it.
pub(crate) fn sentence(error: &ServiceError) -> String {
    if matches!(error, ServiceError::NoUserServices) {
        return "this system knows services of the machine's only; do it as root".to_owned();
    }
    if matches!(error, ServiceError::NoInit) {
        return "neither systemd, nor OpenRC, nor launchd runs here; let what starts programs on this machine run: \
                sallyport share run"
            .to_owned();
    }
    let hint = if error.needs_root() { "; do it as root" } else { "" };
    format!("{error}{hint}")
}

/// The same as a cause.
#[expect(clippy::needless_pass_by_value, reason = "it stands where errors are mapped")]
pub(crate) fn cause(error: ServiceError) -> Cause {
    Cause::Unexpected { what: sentence(&error) }
}

fn place(service: &RunBy) -> Result<Place, ServiceError> {
    Place::here(match service.whose {
        Whose::Machine => Scope::System,
        Whose::Person => Scope::User,
    })
}

fn layout(
    place: &Place,
    profile: &Profile,
    service: &RunBy,
    server: &str,
    token: &Zeroizing<String>,
) -> Result<Layout, ServiceError> {
    let only = [server.to_owned()];
    let flags = connector::flags(profile, &only).map(|flag| flag.to_string_lossy().into_owned()).collect();
    let runs_by = RunsBy::Token(token.clone());
    let job = Job { name: service.name.clone(), program: connector::path(), runs_by, flags };
    place.init.layout(place, &job)
}
