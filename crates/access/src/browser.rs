//! Starts the person's browser, and never lends it our stdin and stdout: as a `ProxyCommand` they are ssh's stream.

mod ways;

use std::path::Path;
use std::process::{Command, Stdio};

use ways::{Surroundings, Way};

/// Opens `link`, with the program that the person has `chosen` if there is one. Whether a page appeared cannot be known,
/// only whether something was started.
pub async fn open_browser(chosen: Option<String>, link: String) -> bool {
    let opened = tokio::task::spawn_blocking(move || open_blocking(chosen.as_deref(), &link));
    opened.await.unwrap_or(false)
}

/// Whether there is a program that would open a link.
#[must_use]
pub fn has_browser(chosen: Option<&str>) -> bool {
    around(chosen, |around| ways::ways(around, "https://example.com/").iter().any(exists))
}

fn exists(way: &Way) -> bool {
    match way {
        Way::Program(words) => words.first().is_some_and(|program| is_program(program)),
        Way::System => webbrowser::Browser::Default.exists(),
    }
}

fn is_program(name: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    // A name with its own folder stays what it is.
    Path::new(name).is_file() || std::env::split_paths(&folders).any(|folder| folder.join(name).is_file())
}

fn open_blocking(chosen: Option<&str>, link: &str) -> bool {
    around(chosen, |around| {
        ways::ways(around, link).iter().any(|way| match way {
            Way::Program(words) => start(words),
            Way::System => webbrowser::open(link).is_ok(),
        })
    })
}

fn around<T>(chosen: Option<&str>, look: impl FnOnce(&Surroundings<'_>) -> T) -> T {
    let kernel = std::fs::read_to_string("/proc/version").unwrap_or_default();
    look(&Surroundings {
        chosen,
        env: &|name| std::env::var(name).ok().filter(|value| !value.is_empty()),
        kernel: &kernel,
        is_file: &|path| Path::new(path).is_file(),
        needs_display: cfg!(not(any(windows, target_os = "macos"))),
    })
}

fn start(words: &[String]) -> bool {
    let Some((program, arguments)) = words.split_first() else { return false };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().is_ok()
}
