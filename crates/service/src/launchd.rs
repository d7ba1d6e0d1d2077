//! Property lists of launchd: a daemon of the machine's, or an agent of a person's.

use std::path::PathBuf;

use crate::layout::words;
use crate::{Job, Layout, Place, RunsBy, Scope, ServiceError, Written};

pub(crate) fn layout(place: &Place, job: &Job) -> Result<Layout, ServiceError> {
    let name = &job.name;
    let label = format!("dev.sallyport.{name}");
    let (lists, library) = match place.scope {
        Scope::System => (PathBuf::from("/Library/LaunchDaemons"), PathBuf::from("/Library")),
        Scope::User => (place.home()?.join("Library/LaunchAgents"), place.home()?.join("Library")),
    };
    let own = library.join("Application Support/Sallyport services").join(name);
    let log = library.join(format!("Logs/{label}.log"));
    let (arguments, files) = match &job.runs_by {
        RunsBy::Token(token) => {
            let file = Written::secret(own.join("token"), token.as_bytes());
            (vec!["--token-file".to_owned(), file.path.display().to_string()], vec![file])
        }
        RunsBy::Config { config, credentials } => {
            let secret = Written::secret(own.join("credentials.json"), credentials);
            let rules = Written::open(own.join("config.yml"), config);
            let paths = [&rules, &secret].map(|file| file.path.display().to_string());
            let [config, credentials] = paths;
            (
                vec!["--config".to_owned(), config, "--credentials-file".to_owned(), credentials],
                vec![secret, rules],
            )
        }
    };
    let program = [job.program.display().to_string()];
    let words_of = [&program[..], &arguments, &["run".to_owned()]].concat();
    let list = Written::open(
        lists.join(format!("{label}.plist")),
        &list(&label, &words_of, &log.display().to_string()),
    );
    // A person's domain is named by their number, which launchctl does not say by name.
    let (domain, path) = (domain(place.scope), list.path.display().to_string());
    let command = |verb: &str, last: String| vec!["launchctl".to_owned(), verb.to_owned(), last];
    Ok(Layout {
        start: vec![vec!["launchctl".to_owned(), "bootstrap".to_owned(), domain.clone(), path]],
        stop: vec![command("bootout", format!("{domain}/{label}"))],
        forget: Vec::new(),
        status: words(&format!("launchctl print {domain}/{label}")),
        files: [vec![list], files].concat(),
        folders: vec![own],
        offline: None,
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

fn list(label: &str, words: &[String], log: &str) -> String {
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
         \x20 <key>Umask</key>\n  <integer>63</integer>\n\
         \x20 <key>StandardOutPath</key>\n  <string>{log}</string>\n\
         \x20 <key>StandardErrorPath</key>\n  <string>{log}</string>\n</dict>\n</plist>\n",
        log = escaped(log)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
