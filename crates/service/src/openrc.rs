//! A script of OpenRC, watched by its supervisor.

use std::path::{Path, PathBuf};

use crate::layout::{Call, words};
use crate::{Init, Job, Layout, Logs, Place, Scope, ServiceError, Written};

pub(crate) fn layout(place: &Place, job: &Job) -> Result<Layout, ServiceError> {
    if place.scope == Scope::User {
        return Err(ServiceError::NoUserServices);
    }
    let name = &job.name;
    let (own, logs) = (Path::new("/etc").join(name), Path::new("/var/log").join(name));
    let call = Call::of(job, |file| own.join(file), |path| path.display().to_string());
    let (call, log) = call.logging_to(&logs, |file| logs.join(file));
    let script = Written::program(Path::new("/etc/init.d").join(name), &script(job, &call));
    Ok(Layout {
        init: Init::OpenRc,
        name: name.clone(),
        registered: None,
        narrow: Vec::new(),
        files: [vec![script], call.files()].concat(),
        leaves: log.leaves(),
        folders: vec![own, logs],
        offline: None,
        wishes: Vec::new(),
        start: vec![
            words(&format!("rc-update add {name} default")),
            words(&format!("rc-service {name} start")),
        ],
        stop: vec![
            words(&format!("rc-service {name} stop")),
            words(&format!("rc-update del {name} default")),
        ],
        forget: Vec::new(),
        status: words(&format!("rc-service {name} status")),
        logs: Logs::File(log.file),
        monitoring: Some(log.monitoring),
    })
}

fn script(job: &Job, call: &Call) -> String {
    let program = job.program.display();
    // The shell reads the line once more; no word of it holds a quote.
    let arguments: Vec<String> = call.words.iter().map(|word| format!("'{word}'")).collect();
    let arguments = arguments.join(" ");
    // The file with the right to run the tunnel is root's; a connector that runs as somebody else could not read it.
    format!(
        "#!/sbin/openrc-run\n\
         # Written by sallyport service install; sallyport service uninstall takes it away.\n\
         description=\"Sallyport tunnel\"\n\
         supervisor=\"supervise-daemon\"\n\
         command=\"{program}\"\n\
         command_args=\"{arguments} run\"\n\
         supervise_daemon_args=\"--no-new-privs\"\n\
         umask=\"077\"\n\
         respawn_delay=5\n\
         respawn_max=0\n\
         retry=\"TERM/40/KILL/5\"\n\n\
         depend() {{\n\tneed net\n\tuse dns logger\n\tafter firewall\n}}\n"
    )
}

/// How it is, by the code that `rc-service NAME status` ends with (`openrc-run.sh`, `_status`).
pub(crate) fn state(code: Option<i32>) -> crate::State {
    match code {
        Some(0) => crate::State::Running,
        Some(8) => crate::State::Starting,
        Some(4) => crate::State::Stopping,
        Some(32) => crate::State::Failed,
        Some(_) | None => crate::State::Stopped,
    }
}

/// Whether any runlevel has it.
pub(crate) fn starts_at_boot(place: &Place, name: &str) -> bool {
    let levels = std::fs::read_dir(place.real(&PathBuf::from("/etc/runlevels")));
    levels
        .is_ok_and(|levels| levels.flatten().any(|level| level.path().join(name).symlink_metadata().is_ok()))
}
