//! Opening a terminal that runs `ssh`.

use std::ffi::OsString;
use std::path::Path;
#[cfg(all(unix, not(target_os = "macos")))]
use std::path::PathBuf;
use std::process::{Command, Stdio};

use wire::Cause;

/// Terminal programs of free desktops and what precedes the command for each, most specific choice first.
#[cfg(all(unix, not(target_os = "macos")))]
const TERMINALS: &[(&str, &[&str])] = &[
    ("x-terminal-emulator", &["-e"]),
    ("gnome-terminal", &["--"]),
    ("kgx", &["--"]),
    ("ptyxis", &["--"]),
    ("konsole", &["-e"]),
    ("xfce4-terminal", &["-x"]),
    ("mate-terminal", &["-x"]),
    ("tilix", &["-e"]),
    ("kitty", &[]),
    ("alacritty", &["-e"]),
    ("wezterm", &["start", "--"]),
    ("foot", &[]),
    ("xterm", &["-e"]),
];

/// Opens a terminal that connects to `alias`, reading `config` when it is not the person's own.
///
/// # Errors
/// [`Cause::NoTerminal`] with the command to type by hand.
pub(crate) fn open(config: Option<&Path>, alias: &str) -> Result<(), Cause> {
    let mut words: Vec<OsString> = vec!["ssh".into()];
    if let Some(config) = config {
        words.extend(["-F".into(), config.into()]);
    }
    words.push(alias.into());
    launch(&words).ok_or_else(|| Cause::NoTerminal { command: spelled(&words) })
}

/// A path as a person writes it in a shell.
pub(crate) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-+:\\".contains(c)) {
        text
    } else {
        format!("\"{text}\"")
    }
}

/// A path with the home folder as `~`.
pub(crate) fn home_relative(path: &Path) -> String {
    match std::env::home_dir().and_then(|home| path.strip_prefix(home).ok().map(Path::to_path_buf)) {
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

fn spelled(words: &[OsString]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(Path::new(word))).collect();
    words.join(" ")
}

#[cfg(all(unix, not(target_os = "macos")))]
fn launch(words: &[OsString]) -> Option<()> {
    let preferred = std::env::var_os("TERMINAL").map(|program| (PathBuf::from(program), &["-e"][..]));
    let known = TERMINALS.iter().filter_map(|(name, flags)| Some((on_path(name)?, *flags)));
    preferred.into_iter().chain(known).find_map(|(program, flags)| {
        let mut command = Command::new(program);
        start(command.args(flags).args(words))
    })
}

#[cfg(all(unix, not(target_os = "macos")))]
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|candidate| candidate.is_file())
}

#[cfg(target_os = "macos")]
fn launch(words: &[OsString]) -> Option<()> {
    let script = format!("tell application \"Terminal\" to do script {:?}", spelled(words));
    start(Command::new("osascript").args(["-e", &script, "-e", "tell application \"Terminal\" to activate"]))
}

#[cfg(windows)]
fn launch(words: &[OsString]) -> Option<()> {
    let modern = start(Command::new("wt.exe").arg("--").args(words));
    modern.or_else(|| start(Command::new("cmd.exe").args(["/c", "start", ""]).args(words)))
}

fn start(command: &mut Command) -> Option<()> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_only_where_a_shell_needs_it() {
        assert_eq!(quoted(Path::new("/tmp/demo/config")), "/tmp/demo/config");
        assert_eq!(quoted(Path::new("/tmp/my demo/config")), "\"/tmp/my demo/config\"");
    }

    #[test]
    fn the_command_is_spelled_for_a_person() {
        assert_eq!(spelled(&["ssh".into(), "-F".into(), "/a b".into(), "x".into()]), "ssh -F \"/a b\" x");
    }
}
