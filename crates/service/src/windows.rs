//! A service of Windows: in the system's own list, under an account that exists for it alone.

use std::path::{Path, PathBuf};

use crate::layout::{Call, words};
use crate::{Init, Job, Layout, Logs, Narrow, Place, Registration, Scope, ServiceError};

/// Where programs keep what belongs to the machine, unless the system says otherwise.
const PROGRAM_DATA: &str = r"C:\ProgramData";
/// The system and administrators, by numbers that are the same in every language.
const FULL: [&str; 2] = ["*S-1-5-18:(OI)(CI)F", "*S-1-5-32-544:(OI)(CI)F"];

pub(crate) fn layout(place: &Place, job: &Job) -> Result<Layout, ServiceError> {
    if place.scope == Scope::User {
        return Err(ServiceError::NoUserServices);
    }
    let name = &job.name;
    // A folder of its own right below that of all programs, as only there nobody else can own what is above it.
    let data = std::env::var("ProgramData").ok().filter(|path| path.contains(":\\"));
    let own = format!(r"{}\Sallyport service {name}", data.as_deref().unwrap_or(PROGRAM_DATA));
    let logs = format!(r"{own}\logs");
    let call = Call::of(job, |file| below(&own, file), |path| path.display().to_string());
    let (call, log) = call.logging_to(Path::new(&logs), |file| below(&logs, file));
    let account = format!(r"NT SERVICE\{name}");
    let before = [job.program.display().to_string(), "service".to_owned(), "entry".to_owned(), name.clone()];
    let command = [&before[..], &call.words, &["run".to_owned()]].concat();
    let narrow = |folder: &str, words: &[&str]| Narrow {
        folder: PathBuf::from(folder),
        command: ["icacls", folder].iter().chain(words).map(|word| (*word).to_owned()).collect(),
    };
    let (reads, writes) = (format!("{account}:(OI)(CI)RX"), format!("{account}:(OI)(CI)M"));
    Ok(Layout {
        init: Init::Windows,
        name: name.clone(),
        registered: Some(Registration {
            name: name.clone(),
            title: format!("Sallyport tunnel ({name})"),
            about: "Publishes services of this machine through Cloudflare.".to_owned(),
            command,
            account,
        }),
        narrow: vec![
            narrow(&own, &["/inheritance:r", "/grant:r", FULL[0], FULL[1], &reads, "/q"]),
            narrow(&logs, &["/grant", &writes, "/q"]),
        ],
        files: call.files(),
        leaves: log.leaves(),
        folders: vec![PathBuf::from(&logs), PathBuf::from(&own)],
        offline: None,
        // Of all that an account for services may do it needs none but to walk through folders.
        wishes: vec![words(&format!("sc.exe privs {name} SeChangeNotifyPrivilege"))],
        start: Vec::new(),
        stop: Vec::new(),
        forget: Vec::new(),
        status: Vec::new(),
        logs: Logs::File(log.file),
        monitoring: Some(log.monitoring),
    })
}

/// Written as Windows does, wherever this runs.
fn below(folder: &str, file: &str) -> PathBuf {
    PathBuf::from(format!(r"{folder}\{file}"))
}
