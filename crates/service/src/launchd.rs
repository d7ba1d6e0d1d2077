//! Property lists of launchd: a daemon of the machine's, or an agent of a person's.

use std::path::PathBuf;

use crate::layout::{Call, words};
use crate::{Init, Job, Layout, Logs, Place, Scope, ServiceError, State, Status, Written};

pub(crate) fn layout(place: &Place, job: &Job) -> Result<Layout, ServiceError> {
    let label = format!("dev.sallyport.{}", job.name);
    let (lists, library) = match place.scope {
        Scope::System => (PathBuf::from("/Library/LaunchDaemons"), PathBuf::from("/Library")),
        Scope::User => (place.home()?.join("Library/LaunchAgents"), place.home()?.join("Library")),
    };
    let own = library.join("Application Support/Sallyport services").join(&job.name);
    let logs = library.join("Logs").join(&label);
    let call = Call::of(job, |file| own.join(file), |path| path.display().to_string());
    let (call, log) = call.logging_to(&logs, |file| logs.join(file));
    let program = [job.program.display().to_string()];
    let command = [&program[..], &call.words, &["run".to_owned()]].concat();
    let list = Written::open(lists.join(format!("{label}.plist")), &list(&label, &command));
    // A person's domain is named by their number, which launchctl does not say by name.
    let (domain, path) = (domain(place.scope), list.path.display().to_string());
    let command = |verb: &str, last: String| vec!["launchctl".to_owned(), verb.to_owned(), last];
    Ok(Layout {
        init: Init::Launchd,
        registered: None,
        narrow: Vec::new(),
        wishes: Vec::new(),
        start: vec![vec!["launchctl".to_owned(), "bootstrap".to_owned(), domain.clone(), path]],
        stop: vec![command("bootout", format!("{domain}/{label}"))],
        forget: Vec::new(),
        status: words(&format!("launchctl print {domain}/{label}")),
        files: [vec![list], call.files()].concat(),
        leaves: log.leaves(),
        folders: vec![own, logs],
        offline: None,
        logs: Logs::File(log.file),
        monitoring: Some(log.monitoring),
        name: label,
    })
}

#[cfg(unix)]
fn domain(scope: Scope) -> String {
    use std::os::unix::fs::MetadataExt as _;
    let uid = || std::fs::metadata("/dev/fd/0").map(|found| found.uid()).unwrap_or_default();
    match scope {
        Scope::System => "system".to_owned(),
        Scope::User => format!("gui/{}", std::env::var("UID").unwrap_or_else(|_| uid().to_string())),
    }
}

#[cfg(not(unix))]
fn domain(_: Scope) -> String {
    "system".to_owned()
}

fn list(label: &str, words: &[String]) -> String {
    let words: String =
        words.iter().map(|word| format!("    <string>{}</string>\n", escaped(word))).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <!-- Written by sallyport service install; sallyport service uninstall takes it away. -->\n\
         <plist version=\"1.0\">\n<dict>\n  <key>Label</key>\n  <string>{label}</string>\n\
         \x20 <key>ProgramArguments</key>\n  <array>\n{words}  </array>\n\
         \x20 <key>RunAtLoad</key>\n  <true/>\n\
         \x20 <key>KeepAlive</key>\n  <dict>\n    <key>SuccessfulExit</key>\n    <false/>\n  </dict>\n\
         \x20 <key>ThrottleInterval</key>\n  <integer>5</integer>\n\
         \x20 <key>ExitTimeOut</key>\n  <integer>40</integer>\n\
         \x20 <key>Umask</key>\n  <integer>63</integer>\n</dict>\n</plist>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// How it is, by what `launchctl print` says; nothing where launchd does not know it.
pub(crate) fn status(said: &str) -> Status {
    let value = |name: &str| {
        said.lines().find_map(|line| line.trim().strip_prefix(name)?.trim_start().strip_prefix("= "))
    };
    let failed = value("last exit code").is_some_and(|code| code != "0" && !code.starts_with('('));
    let state = match value("state") {
        Some("running") => State::Running,
        Some("spawn scheduled" | "waiting") if failed => State::Starting,
        Some(_) | None if failed => State::Failed,
        Some(_) | None => State::Stopped,
    };
    let pid = value("pid").and_then(|pid| pid.parse().ok());
    Status { pid, at_boot: value("state").map(|_| true), ..Status::of(state) }
}
