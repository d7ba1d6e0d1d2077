//! The log: on stderr in the form that cloudflared's readers know, or in JSON; in a file as well where that was asked for.
//!
//! ```text
//! 2026-11-20T16:01:20Z INF Registered tunnel connection connIndex=0 location=sim01 protocol=http2
//! ```

mod file;
mod line;

use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::chosen::Chosen;
use crate::failure::Failure;
use crate::report::Reports;
use file::LogFile;
use line::Line;

/// Where what comes from is for the file alone.
const LAST_WORD: &str = "last word";
/// The file in a folder of logs, under the name that scripts look for.
const NAME: &str = "cloudflared.log";

/// Starts the log that was asked for; a program that runs this one hears it as well.
pub(crate) fn start(chosen: &Chosen, reports: Option<Reports>) -> Result<(), Failure> {
    let level = chosen.understood("loglevel", level, "debug, info, warn or error")?;
    let json = |text: &str| match text {
        "json" => Some(true),
        "default" | "" => Some(false),
        _ => None,
    };
    let in_json = chosen.understood("output", json, "default or json")?.unwrap_or_default();
    let opened = match (chosen.path("logfile"), chosen.path("log-directory")) {
        (Some(path), _) => Some((path.clone(), LogFile::open(path, false))),
        (None, Some(folder)) => {
            let path = folder.join(NAME);
            Some((path.clone(), LogFile::open(path, true)))
        }
        (None, None) => None,
    };
    let file = opened
        .map(|(path, opened)| {
            opened.map_err(|error| Failure::Unusable(format!("cannot log to {}: {error}", path.display())))
        })
        .transpose()?;
    let level = level.unwrap_or(LevelFilter::INFO);
    let ours = ["connector", "profile", env!("CARGO_CRATE_NAME")];
    let targets: Targets = ours.into_iter().chain([LAST_WORD]).map(|target| (target, level)).collect();
    let lines = Lines { in_json, file: file.map(Mutex::new), reports }.with_filter(targets);
    // There is nobody to tell when it is on already.
    let _ = tracing_subscriber::registry().with(lines).try_init();
    Ok(())
}

/// What the program says as it fails: stderr has it from elsewhere, the file does not.
pub(crate) fn last_word(line: &str) {
    if !line.is_empty() {
        tracing::error!(target: LAST_WORD, "{line}");
    }
}

fn level(text: &str) -> Option<LevelFilter> {
    Some(match text.to_ascii_lowercase().as_str() {
        "trace" => LevelFilter::TRACE,
        "debug" => LevelFilter::DEBUG,
        "info" => LevelFilter::INFO,
        "warn" => LevelFilter::WARN,
        "error" | "fatal" => LevelFilter::ERROR,
        _ => return None,
    })
}

/// Writes one line an event.
struct Lines {
    in_json: bool,
    file: Option<Mutex<LogFile>>,
    reports: Option<Reports>,
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut said = Line::default();
        event.record(&mut said);
        let (level, now) = (event.metadata().level(), Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ"));
        if let Some(reports) = self.reports.as_ref().filter(|_| *level <= Level::INFO) {
            reports.put(&said.report(word(*level), &now.to_string()));
        }
        let line = if self.in_json {
            said.json(word(*level), &now.to_string())
        } else {
            said.plain(short(*level), &now.to_string())
        };
        // Nobody is left to tell when stderr is gone, or the disk full.
        if event.metadata().target() != LAST_WORD {
            let _ = io::stderr().lock().write_all(line.as_bytes());
        }
        if let Some(file) = &self.file {
            let _ = file.lock().unwrap_or_else(PoisonError::into_inner).write(line.as_bytes());
        }
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG | Level::TRACE => "debug",
    }
}

fn short(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERR",
        Level::WARN => "WRN",
        Level::INFO => "INF",
        Level::DEBUG | Level::TRACE => "DBG",
    }
}
