//! Which programs may open a link here, in the order in which they are tried.
//!
//! The person's choice wins, then `$BROWSER` (programs split by `:`, the first that starts), then, inside of WSL, the
//! browser of the Windows around it, then what the desktop names. Browsers that draw in a terminal are left out: with
//! ssh's stream they would break it, without it nobody sees them. Where there is no screen there is no browser either.

use std::ffi::OsStr;
use std::path::Path;

const IN_TERMINAL: [&str; 9] =
    ["curl", "elinks", "eww", "links", "links2", "lynx", "netrik", "retawq", "w3m"];

/// What opens a link in Windows from within WSL: what distributions bring along, then Windows' own, by its name and by
/// its place, as its folders may be missing from `PATH`. No shell in between, which would read the `&` of a link.
const IN_WINDOWS: [&[&str]; 3] = [
    &["wslview"],
    &["rundll32.exe", "url.dll,FileProtocolHandler"],
    &["/mnt/c/Windows/System32/rundll32.exe", "url.dll,FileProtocolHandler"],
];

/// What the choice depends on.
pub(super) struct Surroundings<'a> {
    pub(super) chosen: Option<&'a str>,
    pub(super) env: &'a dyn Fn(&str) -> Option<String>,
    /// How the kernel calls itself.
    pub(super) kernel: &'a str,
    pub(super) is_file: &'a dyn Fn(&str) -> bool,
    /// Whether windows need a display that the environment names.
    pub(super) needs_display: bool,
}

/// One way to open a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// A program and its arguments.
    Program(Vec<String>),
    /// Whatever the system takes for the person's browser.
    System,
}

impl Surroundings<'_> {
    fn is_wsl(&self) -> bool {
        (self.env)("WSL_DISTRO_NAME").is_some() || self.kernel.to_ascii_lowercase().contains("microsoft")
    }

    fn has_screen(&self) -> bool {
        !self.needs_display || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| (self.env)(name).is_some())
    }
}

pub(super) fn ways(around: &Surroundings<'_>, link: &str) -> Vec<Way> {
    if let Some(chosen) = around.chosen {
        return vec![Way::Program(chosen_line(around, chosen, link))];
    }
    let named = (around.env)("BROWSER").unwrap_or_default();
    let (drawing, windowed): (Vec<_>, Vec<_>) = named
        .split(':')
        .filter_map(|entry| command_line(entry, link))
        .partition(|words| draws_in_terminal(&words[0]));
    let mut ways: Vec<Way> = windowed.into_iter().map(Way::Program).collect();
    // Who names one for the terminal has no other.
    if !drawing.is_empty() {
        return ways;
    }
    if around.is_wsl() {
        ways.extend(
            IN_WINDOWS
                .map(|words| Way::Program(words.iter().copied().chain([link]).map(str::to_owned).collect())),
        );
    }
    if around.has_screen() {
        ways.push(Way::System);
    }
    ways
}

/// The path of a program, blanks and all, or a program with its arguments as in `$BROWSER`.
fn chosen_line(around: &Surroundings<'_>, chosen: &str, link: &str) -> Vec<String> {
    let whole = || vec![chosen.to_owned(), link.to_owned()];
    if (around.is_file)(chosen) { whole() } else { command_line(chosen, link).unwrap_or_else(whole) }
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

    const LINK: &str = "https://app.acme.test/cdn-cgi/access/cli?aud=1&token=2%3D";
    const LINUX: &str = "Linux version 6.8.0-31-generic (build@lcy02) (gcc)";
    const WSL1: &str = "Linux version 4.4.0-19041-Microsoft (Microsoft@Microsoft.com) (gcc)";
    const WSL2: &str = "Linux version 5.15.153.1-microsoft-standard-WSL2 (root@b) (gcc)";

    /// The command lines tried, each as one text, by the variables that are set.
    fn tried(chosen: Option<&str>, variables: &[(&str, &str)], kernel: &str) -> Vec<String> {
        let env = |wanted: &str| {
            variables.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).to_owned())
        };
        let around = Surroundings {
            chosen,
            env: &env,
            kernel,
            is_file: &|path| path == "/opt/my browser/run",
            needs_display: true,
        };
        let text = |way| match way {
            Way::Program(words) => words.join("|").replace(LINK, "LINK"),
            Way::System => "system".to_owned(),
        };
        ways(&around, LINK).into_iter().map(text).collect()
    }

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

    #[test]
    fn what_was_chosen_is_all_that_is_tried() {
        let all = [("BROWSER", "w3m"), ("DISPLAY", ":0"), ("WSL_DISTRO_NAME", "Debian")];
        assert_eq!(tried(Some("firefox"), &all, WSL2), ["firefox|LINK"]);
        assert_eq!(
            tried(Some("chrome --profile-directory=Work"), &all, LINUX),
            ["chrome|--profile-directory=Work|LINK"]
        );
        assert_eq!(tried(Some("/opt/my browser/run"), &all, LINUX), ["/opt/my browser/run|LINK"]);
    }

    #[test]
    fn a_screen_has_a_browser_and_a_server_has_none() {
        assert_eq!(tried(None, &[("WAYLAND_DISPLAY", "wayland-0")], LINUX), ["system"]);
        assert_eq!(tried(None, &[("BROWSER", "a:b -n")], LINUX), ["a|LINK", "b|-n|LINK"]);
        assert_eq!(tried(None, &[], LINUX), Vec::<String>::new());
        assert_eq!(tried(None, &[("BROWSER", "w3m:firefox"), ("DISPLAY", ":0")], LINUX), ["firefox|LINK"]);
    }

    #[test]
    fn wsl_opens_the_browser_of_windows() {
        let windows = [
            "wslview|LINK",
            "rundll32.exe|url.dll,FileProtocolHandler|LINK",
            "/mnt/c/Windows/System32/rundll32.exe|url.dll,FileProtocolHandler|LINK",
        ];
        for (variables, kernel) in
            [(&[("WSL_DISTRO_NAME", "Ubuntu")][..], LINUX), (&[][..], WSL1), (&[][..], WSL2)]
        {
            assert_eq!(tried(None, variables, kernel), windows, "{kernel}");
        }
        let with_screen = tried(None, &[("DISPLAY", ":0"), ("BROWSER", "firefox")], WSL2);
        assert_eq!((with_screen[0].as_str(), with_screen[4].as_str()), ("firefox|LINK", "system"));
    }
}
