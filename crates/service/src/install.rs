//! Writing a service to the system, and taking it away without a trace.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use crate::{Layout, Place, ServiceError, Written};

/// Writes the files and lets the service start. What came about before a failure is taken away again.
///
/// # Errors
/// When one of that name is there, or the system does not take it.
pub fn install(place: &Place, layout: &Layout) -> Result<(), ServiceError> {
    if let Some(there) = layout.files.iter().map(|file| place.real(&file.path)).find(|path| path.exists()) {
        return Err(ServiceError::AlreadyThere(there));
    }
    let written = layout.files.iter().try_for_each(|file| write(place, file));
    let started = written.and_then(|()| match &place.root {
        None => layout.start.iter().try_for_each(|words| run(words)),
        Some(root) => layout.offline.iter().try_for_each(|words| run(&offline(words, root, layout))),
    });
    started.inspect_err(|_| {
        // Why it failed is what counts; a file that cannot be removed could not be written either.
        let _ = take_away(place, layout);
    })
}

/// Ends the service and takes its files away.
///
/// # Errors
/// When there is none, or a file of it cannot be removed.
pub fn uninstall(place: &Place, layout: &Layout) -> Result<(), ServiceError> {
    take_away(place, layout)
}

/// Whether it is there.
#[must_use]
pub fn is_installed(place: &Place, layout: &Layout) -> bool {
    layout.files.first().is_some_and(|file| place.real(&file.path).exists())
}

/// Lets the system say how the service is, on our own standard output.
///
/// # Errors
/// When the system's own command is not there.
pub fn status(layout: &Layout) -> Result<ExitStatus, ServiceError> {
    let (program, words) = layout.status.split_first().ok_or(ServiceError::NoUserServices)?;
    Command::new(program).args(words).status().map_err(|error| failed(&layout.status, error.to_string()))
}

fn take_away(place: &Place, layout: &Layout) -> Result<(), ServiceError> {
    if place.root.is_none() {
        // One that does not run, or that the system does not know, is ended.
        for words in &layout.stop {
            let _ = run(words);
        }
    }
    if let Some(root) = place.root.as_deref()
        && let Some(words) = &layout.offline
    {
        let words: Vec<&str> =
            words.iter().map(|word| if *word == "enable" { "disable" } else { word }).collect();
        let _ = run(&offline(&words, root, layout));
    }
    for file in &layout.files {
        remove(&place.real(&file.path))?;
    }
    for folder in &layout.folders {
        // One in which others have put something stays.
        let _ = std::fs::remove_dir(place.real(folder));
    }
    if place.root.is_none() {
        for words in &layout.forget {
            let _ = run(words);
        }
    }
    Ok(())
}

fn offline(words: &[&str], root: &Path, layout: &Layout) -> Vec<String> {
    let unit = layout.files.first().and_then(|file| file.path.file_name()).unwrap_or_default();
    let words = words.iter().map(|word| match *word {
        "ROOT" => root.display().to_string(),
        other => other.to_owned(),
    });
    words.chain([unit.to_string_lossy().into_owned()]).collect()
}

fn write(place: &Place, file: &Written) -> Result<(), ServiceError> {
    let path = place.real(&file.path);
    let wrong = |source| ServiceError::File { path: path.clone(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(wrong)?;
    }
    let mut options = std::fs::OpenOptions::new();
    // Born with its mode: nobody may have it open before it is narrowed.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, file.mode);
    let mut open = options.open(&path).map_err(wrong)?;
    #[cfg(unix)]
    open.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(file.mode)).map_err(wrong)?;
    open.write_all(&file.text).and_then(|()| open.sync_all()).map_err(wrong)
}

fn remove(path: &PathBuf) -> Result<(), ServiceError> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(ServiceError::File { path: path.clone(), source })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn run(words: &[String]) -> Result<(), ServiceError> {
    let Some((program, arguments)) = words.split_first() else { return Ok(()) };
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|error| failed(words, error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim().lines().last().unwrap_or_default();
    Err(failed(words, if said.is_empty() { output.status.to_string() } else { said.to_owned() }))
}

fn failed(words: &[String], said: String) -> ServiceError {
    ServiceError::Command { command: words.join(" "), said }
}
