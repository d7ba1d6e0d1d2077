//! Writing a service to the system, and taking it away without a trace.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use zeroize::Zeroizing;

use crate::{Init, Job, Layout, Place, RunsBy, ServiceError, Written, scm};

/// Writes the files and lets the service start. What came about before a failure is taken away again. Has what the
/// service is better for and the system would not do.
///
/// # Errors
/// When one of that name is there, or the system does not take it.
pub fn install(place: &Place, layout: &Layout) -> Result<Vec<ServiceError>, ServiceError> {
    let there = layout.files.iter().map(|file| place.real(&file.path)).find(|path| path.exists());
    match there {
        Some(there) => return Err(ServiceError::AlreadyThere(there)),
        None if is_installed(place, layout)? => {
            return Err(ServiceError::AlreadyThere(PathBuf::from(&layout.name)));
        }
        None => {}
    }
    installed(place, layout).inspect_err(|_| {
        // Why it failed is what counts; a file that cannot be removed could not be written either.
        let _ = take_away(place, layout);
    })
}

fn installed(place: &Place, layout: &Layout) -> Result<Vec<ServiceError>, ServiceError> {
    let mut without = Vec::new();
    if let (Some(registered), None) = (&layout.registered, &place.root) {
        without.extend(scm::register(registered)?);
    }
    for narrow in &layout.narrow {
        let folder = place.real(&narrow.folder);
        std::fs::create_dir(&folder)
            .or_else(|error| if place.root.is_some() { std::fs::create_dir_all(&folder) } else { Err(error) })
            .map_err(|source| ServiceError::File { path: folder, source })?;
        if place.root.is_none() {
            run(&narrow.command)?;
        }
    }
    layout.files.iter().try_for_each(|file| write(place, file))?;
    match (&place.root, &layout.registered) {
        (None, registered) => {
            without.extend(layout.wishes.iter().filter_map(|words| run(words).err()));
            layout.start.iter().try_for_each(|words| run(words))?;
            registered.iter().try_for_each(|registered| scm::start(&registered.name))?;
        }
        (Some(root), _) => {
            layout.offline.iter().try_for_each(|words| run(&offline(words, root, layout)))?;
        }
    }
    Ok(without)
}

/// A service that is there, whatever it is run by.
///
/// # Errors
/// When there is none of this name.
pub fn find(place: &Place, name: &str) -> Result<Layout, ServiceError> {
    let kinds = kinds(place, name)?;
    let is_there = is_installed(place, &kinds[0])? || is_installed(place, &kinds[1])?;
    if is_there { Ok(whole(kinds)) } else { Err(ServiceError::NotThere(name.to_owned())) }
}

/// A service as far as it is there: others may have taken it from the system, and have left files of it.
///
/// # Errors
/// When nothing of it is left, or the system has a list of its own, and does not show it.
pub fn find_left(place: &Place, name: &str) -> Result<Layout, ServiceError> {
    let kinds = kinds(place, name)?;
    let is_there = is_installed(place, &kinds[0])? || is_installed(place, &kinds[1])?;
    let whole = whole(kinds);
    let is_left = || whole.files.iter().any(|file| place.real(&file.path).exists());
    if is_there || is_left() { Ok(whole) } else { Err(ServiceError::NotThere(name.to_owned())) }
}

/// What a service of this name has that is run by a token, and one that is run by a file of rules.
fn kinds(place: &Place, name: &str) -> Result<[Layout; 2], ServiceError> {
    let layout = |runs_by| {
        let program = PathBuf::from(if place.init == Init::Windows { r"C:\none" } else { "/none" });
        place.init.layout(place, &Job { name: name.to_owned(), program, runs_by, flags: Vec::new() })
    };
    let by_config = RunsBy::Config { config: String::new(), credentials: Zeroizing::default() };
    Ok([layout(RunsBy::Token(Zeroizing::default()))?, layout(by_config)?])
}

/// Which of the two it is does not show in its name: the files of both are its own.
fn whole([by_token, by_config]: [Layout; 2]) -> Layout {
    let others =
        by_config.files.into_iter().filter(|file| by_token.files.iter().all(|one| one.path != file.path));
    let files = by_token.files.iter().cloned().chain(others).collect();
    Layout { files, ..by_token }
}

/// Ends the service and takes its files away.
///
/// # Errors
/// When there is none, or a file of it cannot be removed.
pub fn uninstall(place: &Place, layout: &Layout) -> Result<(), ServiceError> {
    take_away(place, layout)
}

/// Whether it is there.
///
/// # Errors
/// When the system has a list of its own, and does not show it.
pub fn is_installed(place: &Place, layout: &Layout) -> Result<bool, ServiceError> {
    match (&layout.registered, &place.root) {
        (Some(registered), None) => scm::is_there(&registered.name),
        (Some(_), Some(_)) | (None, _) => {
            Ok(layout.files.first().is_some_and(|file| place.real(&file.path).exists()))
        }
    }
}

fn take_away(place: &Place, layout: &Layout) -> Result<(), ServiceError> {
    if place.root.is_none() {
        // One that does not run, or that the system does not know, is ended.
        for words in &layout.stop {
            let _ = run(words);
        }
        match layout.registered.as_ref().map(|registered| scm::delete(&registered.name)) {
            // It was never put there, or is gone.
            None | Some(Ok(()) | Err(ServiceError::NotThere(_))) => {}
            Some(Err(error)) => return Err(error),
        }
    }
    if let Some(root) = place.root.as_deref()
        && let Some(words) = &layout.offline
    {
        let words: Vec<&str> =
            words.iter().map(|word| if *word == "enable" { "disable" } else { word }).collect();
        let _ = run(&offline(&words, root, layout));
    }
    let files = layout.files.iter().map(|file| &file.path).chain(&layout.leaves);
    // One that stays is no reason to leave the others.
    let failed: Vec<ServiceError> = files.filter_map(|file| remove(&place.real(file)).err()).collect();
    for folder in &layout.folders {
        // One in which others have put something stays.
        let _ = std::fs::remove_dir(place.real(folder));
    }
    if place.root.is_none() {
        for words in &layout.forget {
            let _ = run(words);
        }
    }
    failed.into_iter().next().map_or(Ok(()), Err)
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
    let output = output.map_err(|error| ServiceError::command(words, error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    // Some of Windows' commands say what is wrong where others say what is right.
    let said = [output.stderr, output.stdout].into_iter().find(|said| !said.trim_ascii().is_empty());
    let said = said.map(|said| String::from_utf8_lossy(&said).into_owned()).unwrap_or_default();
    let said = said.trim().lines().last().unwrap_or_default();
    Err(ServiceError::command(
        words,
        if said.is_empty() { output.status.to_string() } else { said.to_owned() },
    ))
}
