//! Logging, off unless asked for: to stderr, which ssh shows to the person, or to a file.

mod lines;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::args::{Flag, Parsed, Takes};
use crate::say;

use lines::Lines;
pub(crate) use lines::object;

/// The flags for it, known before a command and after one that carries.
pub(crate) const LEVEL: Flag = Flag {
    name: "loglevel",
    aliases: &["log-level"],
    env: &["SALLYPORT_LOG"],
    takes: Takes::Value,
    help: "Log to stderr: debug, info, warn or error",
};
pub(crate) const FILE: Flag =
    Flag { name: "logfile", aliases: &[], env: &[], takes: Takes::Value, help: "Log to this file instead" };
pub(crate) const FOLDER: Flag = Flag {
    name: "log-directory",
    aliases: &[],
    env: &[],
    takes: Takes::Value,
    help: "Log to a file in this folder instead",
};

/// The same for the commands that `cloudflared` logs by variables of its own.
pub(crate) const OF_COMMAND: [Flag; 3] = [
    Flag { env: &["TUNNEL_LOGLEVEL"], ..LEVEL },
    Flag { env: &["TUNNEL_LOGFILE"], ..FILE },
    Flag { env: &["TUNNEL_LOGDIRECTORY"], ..FOLDER },
];
/// The form of every line on stderr, for all commands.
pub(crate) const OUTPUT: Flag = Flag {
    name: "output",
    aliases: &[],
    env: &["TUNNEL_MANAGEMENT_OUTPUT", "TUNNEL_LOG_OUTPUT"],
    takes: Takes::Value,
    help: "Whether lines on stderr are json, or default",
};

/// The file in a folder of logs, under the name that scripts look for.
const NAME: &str = "cloudflared.log";
/// What the file becomes when it has grown too long.
const OLD: &str = "cloudflared.old.log";
/// When it has, in bytes.
const LONG: u64 = 1 << 20;

/// Makes every line on stderr an object where the flags before a command, or the environment, ask for that.
pub(crate) fn choose_form(global: &Parsed) {
    if global.value(OUTPUT.name) == Some("json") {
        say::in_json();
    }
}

/// Starts what the flags of a command ask for, else the flags before it, else the environment.
pub(crate) fn start(command: &Parsed, global: &Parsed) {
    let asked = |flag: &Flag| {
        let given = command.given(flag.name).or_else(|| global.given(flag.name));
        given.or_else(|| command.value(flag.name)).or_else(|| global.value(flag.name))
    };
    let file = asked(&FILE).map(PathBuf::from);
    let file = file.or_else(|| asked(&FOLDER).map(|folder| Path::new(folder).join(NAME)));
    let Some(level) = asked(&LEVEL).or(file.as_ref().map(|_| "info")) else { return };
    let level = level_of(level);
    let Some(path) = file else { return begin(level, Lines { json: say::is_json(), file: None }) };
    match open(&path, asked(&FILE).is_none()) {
        Ok(file) => begin(level, Lines { json: true, file: Some(Mutex::new(file)) }),
        // Whoever carries goes on: a connection is worth more than its log.
        Err(error) => say::note(&format!("cannot log to {}: {error}", path.display())),
    }
}

/// An unknown level means `info`.
fn level_of(text: &str) -> LevelFilter {
    match text.to_ascii_lowercase().as_str() {
        "trace" => LevelFilter::TRACE,
        "debug" => LevelFilter::DEBUG,
        "warn" => LevelFilter::WARN,
        "error" | "fatal" | "panic" => LevelFilter::ERROR,
        "disabled" => LevelFilter::OFF,
        _ => LevelFilter::INFO,
    }
}

/// Only our own crates: tokens have no form that we could log, but what a library writes about headers is not ours to
/// vouch for.
fn begin(level: LevelFilter, lines: Lines) {
    let ours = ["access", "ipc", "profile", "sallyport", "ssh_config", "vault"];
    let targets: Targets = ours.into_iter().map(|target| (target, level)).collect();
    // There is nobody to tell when it is on already.
    let _ = tracing_subscriber::registry().with(targets).with(lines).try_init();
}

/// Opens a file to append to, for its owner alone. One in a folder of logs makes room when it has grown too long.
fn open(path: &Path, makes_room: bool) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        profile::create_private_folder(folder)?;
    }
    if makes_room && std::fs::metadata(path).is_ok_and(|known| known.len() > LONG) {
        std::fs::rename(path, path.with_file_name(OLD))?;
    }
    let mut options = File::options();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn unknown_levels_mean_info() {
        assert_eq!(level_of("debug"), LevelFilter::DEBUG);
        assert_eq!(level_of("Fatal"), LevelFilter::ERROR);
        assert_eq!(level_of("disabled"), LevelFilter::OFF);
        assert_eq!(level_of("chatty"), LevelFilter::INFO);
        assert_eq!(level_of(""), LevelFilter::INFO);
    }

    #[test]
    fn a_file_is_appended_to_and_makes_room_when_it_is_long() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs").join(NAME);
        let size = || std::fs::metadata(&path).unwrap().len();
        open(&path, true).unwrap().write_all(b"one\n").unwrap();
        open(&path, true).unwrap().write_all(b"two\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        open(&path, true).unwrap().write_all(&vec![b'x'; 1 << 20]).unwrap();
        drop(open(&path, false).unwrap());
        assert!(size() > LONG, "a file of one's own choice is left alone");
        drop(open(&path, true).unwrap());
        assert_eq!((size(), path.with_file_name(OLD).exists()), (0, true));
    }
}
