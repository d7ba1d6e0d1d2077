//! What a service is made of.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::{Init, Job, RunsBy};

/// The file in a folder of logs, and what it becomes when it has grown too long (the connector's own names).
const LOGS: [&str; 2] = ["cloudflared.log", "cloudflared.old.log"];
/// Where monitoring is answered, for as long as the connector runs.
const MONITORING: &str = "monitoring";

/// A file, by its path on the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where it goes.
    pub path: PathBuf,
    /// Who may do what with it, as `chmod` has it.
    pub mode: u32,
    /// What is in it.
    pub text: Zeroizing<Vec<u8>>,
}

/// A folder that is narrowed before anything lies in it, so that what is put there is born narrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narrow {
    /// The folder. It must not be there before.
    pub folder: PathBuf,
    /// What narrows it.
    pub command: Vec<String>,
}

/// What Windows keeps of a service in its own list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The name by which the system knows it.
    pub name: String,
    /// What its list shows.
    pub title: String,
    /// One line about it.
    pub about: String,
    /// The program, and its words.
    pub command: Vec<String>,
    /// Whom it runs as; an account that exists for this service only, without a password.
    pub account: String,
}

/// Where a service's log is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Logs {
    /// In the journal of systemd, for which these words stand before any flag.
    Journal(Vec<String>),
    /// In a file that the connector writes.
    File(PathBuf),
}

/// What a service is made of: the first file is the one by which the system knows it, unless it has a list of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// What starts it.
    pub init: Init,
    /// Its name for its system.
    pub name: String,
    /// What the system's own list has of it.
    pub registered: Option<Registration>,
    /// Folders of its own that others may not look into.
    pub narrow: Vec<Narrow>,
    /// Its files.
    pub files: Vec<Written>,
    /// Files that it makes as it runs, and that go with it.
    pub leaves: Vec<PathBuf>,
    /// Folders that are its own, and go with it when nothing else is in them; one in another comes first.
    pub folders: Vec<PathBuf>,
    /// What lets it start at boot, on a system that does not run: the root folder is put in for `ROOT`.
    pub offline: Option<Vec<&'static str>>,
    /// What it is better for, and can do without.
    pub wishes: Vec<Vec<String>>,
    /// What lets it start, now and at boot.
    pub start: Vec<Vec<String>>,
    /// What ends it, before its files go.
    pub stop: Vec<Vec<String>>,
    /// What makes the system forget it, after they are gone.
    pub forget: Vec<Vec<String>>,
    /// What says how it is; nothing where the system is asked in another way.
    pub status: Vec<String>,
    /// Where its log is.
    pub logs: Logs,
    /// The file that says where its monitoring is answered, where the system itself does not know how it is.
    pub monitoring: Option<PathBuf>,
}

impl Written {
    /// A file that everybody may read.
    pub(crate) fn open(path: impl Into<PathBuf>, text: &str) -> Self {
        Self { path: path.into(), mode: 0o644, text: Zeroizing::new(text.as_bytes().to_vec()) }
    }

    /// The same that may be run.
    pub(crate) fn program(path: impl Into<PathBuf>, text: &str) -> Self {
        Self { mode: 0o755, ..Self::open(path, text) }
    }

    /// A file for its owner alone.
    pub(crate) fn secret(path: impl Into<PathBuf>, text: &[u8]) -> Self {
        Self { path: path.into(), mode: 0o600, text: Zeroizing::new(text.to_vec()) }
    }
}

/// How the connector is called, and what it reads.
pub(crate) struct Call {
    /// Its words, without the program.
    pub(crate) words: Vec<String>,
    /// The file with the right to run the tunnel.
    pub(crate) secret: Written,
    /// The file of rules.
    pub(crate) rules: Option<Written>,
}

impl Call {
    /// `own` makes a path of a file of the service's own, `seen` the word by which the connector finds the secret one.
    pub(crate) fn of(job: &Job, own: impl Fn(&str) -> PathBuf, seen: impl Fn(&Path) -> String) -> Self {
        let (mut words, secret, rules) = match &job.runs_by {
            RunsBy::Token(token) => {
                let secret = Written::secret(own("token"), token.as_bytes());
                (vec!["--token-file".to_owned(), seen(&secret.path)], secret, None)
            }
            RunsBy::Config { config, credentials } => {
                let secret = Written::secret(own("credentials.json"), credentials);
                // Not secret, and read again whenever it changes.
                let rules = Written::open(own("config.yml"), config);
                let words = vec![
                    "--config".to_owned(),
                    rules.path.display().to_string(),
                    "--credentials-file".to_owned(),
                    seen(&secret.path),
                ];
                (words, secret, Some(rules))
            }
        };
        words.extend(job.flags.iter().cloned());
        Self { words, secret, rules }
    }

    /// Whose log is in a folder of its own, beside the word on where it answers monitoring.
    pub(crate) fn logging_to(mut self, folder: &Path, join: impl Fn(&str) -> PathBuf) -> (Self, OwnLog) {
        let log = OwnLog { file: join(LOGS[0]), old: join(LOGS[1]), monitoring: join(MONITORING) };
        let flags = [
            ("--log-directory", folder.display().to_string()),
            ("--metrics-file", log.monitoring.display().to_string()),
        ];
        self.words.extend(flags.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]));
        (self, log)
    }

    /// All that is written besides what the system knows it by.
    pub(crate) fn files(self) -> Vec<Written> {
        [self.secret].into_iter().chain(self.rules).collect()
    }
}

/// What a connector writes that has a folder for its log.
pub(crate) struct OwnLog {
    pub(crate) file: PathBuf,
    old: PathBuf,
    pub(crate) monitoring: PathBuf,
}

impl OwnLog {
    pub(crate) fn leaves(&self) -> Vec<PathBuf> {
        vec![self.file.clone(), self.old.clone(), self.monitoring.clone()]
    }
}

/// Words of a command.
pub(crate) fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}
