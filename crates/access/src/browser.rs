//! Starts the person's browser, and never lends it our stdin and stdout: as a `ProxyCommand` they are ssh's stream.
//!
//! The person's choice wins, then `$BROWSER` (programs split by `:`, the first that starts), then what the desktop
//! names. Browsers that draw in a terminal are left out: with the stream they would break it, without it nobody sees
//! them.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

const IN_TERMINAL: [&str; 9] =
    ["curl", "elinks", "eww", "links", "links2", "lynx", "netrik", "retawq", "w3m"];

/// Opens `link`, with the program that the person has `chosen` if there is one. Whether a page appeared cannot be known,
/// only whether something was started.
pub async fn open_browser(chosen: Option<String>, link: String) -> bool {
    let opened = tokio::task::spawn_blocking(move || open_blocking(chosen.as_deref(), &link));
    opened.await.unwrap_or(false)
}

fn open_blocking(chosen: Option<&str>, link: &str) -> bool {
    if let Some(chosen) = chosen {
        return start(&mut Command::new(chosen), &[link.to_owned()]);
    }
    let named = std::env::var("BROWSER").unwrap_or_default();
    let mut terminal = false;
    for words in named.split(':').filter_map(|entry| command_line(entry, link)) {
        if draws_in_terminal(&words[0]) {
            terminal = true;
        } else if start(&mut Command::new(&words[0]), &words[1..]) {
            return true;
        }
    }
    !terminal && webbrowser::open(link).is_ok()
}

fn start(command: &mut Command, arguments: &[String]) -> bool {
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().is_ok()
}

/// The words of one entry of `$BROWSER`, with the link for its `%s` or at its end; nothing for an empty entry.
fn command_line(entry: &str, link: &str) -> Option<Vec<String>> {
    let mut words: Vec<String> = entry.split_whitespace().map(|word| word.replace("%s", link)).collect();
    words.first()?;
    if !entry.contains("%s") {
        words.push(link.to_owned());
    }
    Some(words)
}

fn draws_in_terminal(program: &str) -> bool {
    Path::new(program).file_name().and_then(OsStr::to_str).is_some_and(|name| IN_TERMINAL.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_stands_where_the_entry_wants_it() {
        let words = |entry| command_line(entry, "https://l").unwrap_or_default();
        assert_eq!(words("firefox"), ["firefox", "https://l"]);
        assert_eq!(words(" chrome --app=%s -x "), ["chrome", "--app=https://l", "-x"]);
        assert!(words(" ").is_empty());
    }

    #[test]
    fn browsers_of_the_terminal_are_known_by_their_file_name() {
        assert!(draws_in_terminal("/usr/bin/w3m") && draws_in_terminal("lynx"));
        assert!(!draws_in_terminal("/opt/lynx/firefox") && !draws_in_terminal("w3mimg"));
    }
}
