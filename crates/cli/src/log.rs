//! Logging to stderr, off unless asked for: ssh shows a helper's stderr to the person.

use tracing_subscriber::EnvFilter;

/// Turns logging on at `level` (`debug`, `info`, `warn`, `error`). Tokens have no form that could be logged.
pub(crate) fn start(level: &str) {
    let filter = EnvFilter::try_new(format!("access={level},vault={level},ipc={level},sallyport={level}"));
    let Ok(filter) = filter else { return };
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
