//! What is said on stderr, and how much of it.
//!
//! `SALLYPORT_LOG` is one level, not a filter: it turns up our own crates only. Libraries stay at warnings, because some
//! of them would write headers and messages that carry tokens.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

const OWN: [&str; 9] =
    ["access", "engine", "ipc", "model", "profile", "sallyport_desktop", "ssh_config", "vault", "wire"];

/// Starts logging at `level` (`error`, `warn`, `info`, `debug`, `trace`, `off`); anything else means `warn`.
pub(crate) fn start(level: Option<&str>) {
    let stderr = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(targets(level));
    // Failing means that someone set a subscriber before; there is nobody to tell then.
    let _ = tracing_subscriber::registry().with(stderr).try_init();
}

fn targets(level: Option<&str>) -> Targets {
    let level = level.and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::WARN);
    Targets::new().with_default(level.min(LevelFilter::WARN)).with_targets(OWN.map(|name| (name, level)))
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn a_level_turns_up_our_own_crates_only() {
        let targets = targets(Some("trace"));
        assert!(targets.would_enable("engine::driver", &Level::TRACE));
        assert!(!targets.would_enable("hyper::proto", &Level::INFO));
        assert!(targets.would_enable("hyper::proto", &Level::WARN));
    }

    #[test]
    fn a_filter_cannot_turn_up_a_library() {
        let targets = targets(Some("hyper=trace"));
        assert!(!targets.would_enable("hyper", &Level::INFO));
        assert!(targets.would_enable("engine", &Level::WARN));
        assert!(!targets.would_enable("engine", &Level::INFO));
    }

    #[test]
    fn off_silences_all() {
        assert!(!targets(Some("off")).would_enable("hyper", &Level::ERROR));
    }
}
