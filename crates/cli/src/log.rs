//! Logging to stderr, off unless asked for: ssh shows a helper's stderr to the person.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Turns logging of our own crates on at `level` (`debug`, `info`, `warn`, `error`); an unknown level means `info`.
///
/// Only ours: tokens have no form that we could log, but what a library writes about headers is not ours to vouch for.
pub(crate) fn start(level: &str) {
    let level = level.parse().unwrap_or(LevelFilter::INFO);
    let ours = ["access", "ipc", "profile", "sallyport", "ssh_config", "vault"];
    let targets: Targets = ours.into_iter().map(|target| (target, level)).collect();
    let to_stderr = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    // There is nobody to tell when it is on already.
    let _ = tracing_subscriber::registry().with(targets).with(to_stderr).try_init();
}
