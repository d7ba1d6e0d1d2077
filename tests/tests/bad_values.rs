//! Every flag with a value that it cannot have: one clear line, at once, with nothing written and nobody asked.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::time::Duration;

use journeys::reach::{HOST, Said};
use journeys::{Reach, origin};

/// The most that the answer to a mistake may take, on a machine that has much else to do.
const AT_ONCE: Duration = Duration::from_secs(10);
/// The most bytes of an answer to a mistake.
const LONGEST: usize = 20_000;

/// Commands whose flags another program reads: curl, or one of ours that has tests of its own.
const ELSEWHERE: [&str; 5] = ["access curl", "service ", "share ", "tunnel ", "unshare"];
/// More than any value may have.
const LONG: usize = 100_000;

/// A command, a flag of it with a bad value, and what is said of it. `%LONG` is a text without end, `%HOST` an app.
#[rustfmt::skip] // one value a row, so that the list can be read as a table
const BAD: &[(&str, &[&str], i32, &str)] = &[
    ("access ssh", &["--hostname", ""], 255, "no hostname was given"),
    ("access ssh", &["--hostname", "https://"], 255, "`https://` is not a hostname or URL"),
    ("access ssh", &["--hostname", "a b"], 255, "`a b` is not a hostname or URL"),
    ("access ssh", &["--hostname", "a\nb"], 255, "is not a hostname or URL"),
    ("access ssh", &["--hostname", "a\u{1b}[31m"], 255, "is not a hostname or URL"),
    ("access ssh", &["--hostname", "a:99999"], 255, "`a:99999` is not a hostname or URL"),
    ("access ssh", &["--hostname", "ftp://a"], 255, "`ftp` is not a scheme of an Access application"),
    ("access ssh", &["--hostname", "%LONG"], 255, "is not a hostname or URL"),
    ("access ssh", &["-T", "%HOST", "--destination", "a\nb"], 255, "header `Cf-Access-Jump-Destination` holds what no header may hold"),
    ("access ssh", &["-T", "%HOST", "--url", ""], 255, "`` is not an address to listen on"),
    ("access ssh", &["-T", "%HOST", "--url", "80"], 255, "`80` is not an address to listen on"),
    ("access ssh", &["-T", "%HOST", "--url", "localhost:99999"], 255, "is not an address to listen on"),
    ("access ssh", &["-T", "%HOST", "--url", "%LONG:80"], 255, "is not an address to listen on"),
    ("access ssh", &["-T", "%HOST", "--url", "192.0.2.1:80"], 1, "cannot listen on 192.0.2.1:80"),
    ("access ssh", &["-T", "%HOST", "-H", "nonsense"], 255, "a header has the form `Name: value`"),
    ("access ssh", &["-T", "%HOST", "-H", "N me: x"], 255, "header `N me` holds what no header may hold"),
    ("access ssh", &["-T", "%HOST", "-H", ": x"], 255, "header `` holds what no header may hold"),
    ("access ssh", &["-T", "%HOST", "-H", "X: a\r\nY: b"], 255, "header `X` holds what no header may hold"),
    ("access ssh", &["-T", "%HOST", "--id", "i"], 255, "a service token needs both its id and its secret"),
    ("access ssh", &["-T", "%HOST", "--id", "", "--secret", "s"], 255, "a service token needs both its id and its secret"),
    ("access ssh", &["-T", "%HOST", "--id", "i\nj", "--secret", "s"], 255, "header `Cf-Access-Client-Id` holds"),
    ("access ssh", &["-T", "%HOST", "--id", "i", "--secret", "s\u{1b}t"], 255, "header `Cf-Access-Client-Secret` holds"),
    ("access ssh", &["-T", "%HOST", "--connect-to", "a:b"], 255, "`a:b` is not a place to connect to"),
    ("access ssh", &["-T", "%HOST", "--connect-to", "%LONG"], 255, "is not a place to connect to"),
    ("access ssh", &["-T", "%HOST", "--debug-stream", "-1"], 255, "`-1` is not a number"),
    ("access login", &["--app", ""], 2, "name the app"),
    ("access login", &["--app", "a\tb"], 1, "is not a hostname or URL"),
    ("access login", &["%LONG"], 1, "is not a hostname or URL"),
    ("access token", &["--app", "https://"], 1, "`https://` is not a hostname or URL"),
    ("access token", &["%LONG"], 1, "is not a hostname or URL"),
    ("access ssh-gen", &["--hostname", ""], 2, "flag `--hostname` is needed"),
    ("access ssh-gen", &["--hostname", "%LONG"], 1, "is not a hostname or URL"),
    ("access ssh-config", &["--hostname", "a\nb"], 2, "a hostname has one line"),
    ("host add", &["--no-check", "a.test", "--name", "a b"], 1, "the name must not contain ' '"),
    ("host add", &["--no-check", "a.test", "--name", "%LONG"], 1, "the name has more than 255 bytes"),
    ("host add", &["--no-check", "a.test", "--user", "-x"], 1, "the user must not begin with a dash"),
    ("host add", &["--no-check", "a.test", "--port", "0"], 1, "`0` is not a port"),
    ("host add", &["--no-check", "a.test", "--port", "65536"], 1, "`65536` is not a port"),
    ("host add", &["a.test", "--machine", "--credentials", "/nowhere/at/all"], 2, "`/nowhere/at/all` cannot be used: "),
    ("host add", &["a.test", "--machine", "--credentials", "/dev/null"], 2, "give client id and secret of the service token"),
    ("host remove", &["%LONG"], 1, "there is no host named aaaa"),
    ("wait-ready", &["%HOST", "--timeout", "-1"], 2, "`-1` is not a time to wait"),
    ("wait-ready", &["%HOST", "--timeout", "0"], 2, "`0` is not a time to wait"),
    ("wait-ready", &["%HOST", "--timeout", "99999999999999999999h"], 2, "is not a time to wait"),
    ("doctor", &["--report", ""], 1, "the report cannot be written: "),
    ("doctor", &["--report", "/proc/none/report"], 1, "the report /proc/none/report cannot be written: "),
    ("agent", &["%LONG"], 1, "is not a hostname or URL"),
    ("browser", &["a b", "true"], 2, "name the team"),
    ("completions", &["tcsh"], 2, "name the shell"),
    ("status", &["--profile", "x"], 2, "unknown flag `--profile`"),
];

/// Flags whose every text is a value of theirs.
const ANY_TEXT: [&str; 5] = ["--logfile", "--log-directory", "--log-level", "--loglevel", "--output"];

#[test]
fn a_bad_value_is_said_in_one_line_at_once_and_nobody_is_asked() {
    let reach = Reach::to(origin::answering());
    let before = files(&reach);
    let long = "a".repeat(LONG);
    for (command, values, code, expected) in BAD {
        let fill = |text: &str| text.replace("%LONG", &long).replace("%HOST", HOST);
        let words: Vec<String> =
            command.split(' ').map(str::to_owned).chain(values.iter().map(|it| fill(it))).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let said = reach.run(&words);
        let shown = format!("{command} {values:?}");
        assert_eq!(said.code, Some(*code), "{shown}: {}", said.err);
        is_one_line(&said, &shown);
        assert!(said.err.contains(expected), "{shown}: {}", said.err);
    }
    assert!(reach.edge.log().is_empty() && reach.browsers().is_empty(), "nobody was asked");
    assert_eq!(files(&reach), before, "nothing was written");
}

#[test]
fn every_flag_with_a_value_has_a_bad_one_in_the_list() {
    let reach = Reach::to(origin::answering());
    let listed: BTreeSet<&str> = BAD.iter().flat_map(|(_, values, _, _)| values.iter().copied()).collect();
    let mut missing = Vec::new();
    for command in commands(&reach) {
        for spellings in flags(&reach, &command, true) {
            let known = |flag: &String| listed.contains(flag.as_str()) || ANY_TEXT.contains(&flag.as_str());
            if !spellings.iter().any(known) {
                missing.push(format!("{command} {spellings:?}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn a_value_that_is_missing_or_not_wanted_is_said() {
    let reach = Reach::to(origin::answering());
    for command in commands(&reach) {
        let code = if ["ssh", "tcp", "rdp", "smb"].iter().any(|it| command == format!("access {it}")) {
            255
        } else {
            2
        };
        let run = |flag: &str| {
            let words: Vec<&str> = command.split(' ').chain([flag]).collect();
            let said = reach.run(&words);
            let shown = format!("{command} {flag}");
            assert_eq!(said.code, Some(code), "{shown}: {}", said.err);
            is_one_line(&said, &shown);
            said.err
        };
        for flag in flags(&reach, &command, true).concat() {
            assert!(run(&flag).contains("needs a value"), "{command} {flag}");
        }
        for flag in flags(&reach, &command, false).concat() {
            assert!(
                run(&format!("{flag}=maybe")).contains("takes no value, or true or false"),
                "{command} {flag}"
            );
        }
    }
}

#[track_caller]
fn is_one_line(said: &Said, shown: &str) {
    assert!(
        said.err.starts_with("sallyport: ") && said.err.matches('\n').count() == 1,
        "{shown}: {}",
        said.err
    );
    let plain = |letter: char| !letter.is_control() || letter == '\n';
    assert!(said.err.chars().all(plain) && said.err.len() < LONGEST, "{shown}: {}", said.err);
    assert!(said.err.contains("; "), "a cause and a next step: {shown}: {}", said.err);
    assert!(said.took < AT_ONCE, "{shown}: {:?}", said.took);
    assert_eq!(said.text(), "", "{shown}");
}

/// Every command that the program says it has.
fn commands(reach: &Reach) -> Vec<String> {
    let is_ours = |name: &String| !ELSEWHERE.iter().any(|elsewhere| name.starts_with(elsewhere));
    let all: Vec<String> = reach.commands().into_iter().filter(is_ours).collect();
    assert!(all.len() > 15, "{all:?}");
    all
}

/// The spellings of every flag of a command: of those that a value follows, or of the switches.
fn flags(reach: &Reach, command: &str, with_value: bool) -> Vec<Vec<String>> {
    let words: Vec<&str> = ["help"].into_iter().chain(command.split(' ')).collect();
    let text = reach.run(&words).well().text();
    let lines = text.lines().filter_map(|line| line.strip_prefix("   -")?.split("  ").next());
    let spellings = lines.map(|line| format!("-{line}")).filter(|line| line.contains(" value") == with_value);
    spellings
        .map(|line| line.split(", ").map(|one| one.trim_end_matches(" value").to_owned()).collect())
        .collect()
}

/// What there is below the home, but for the log that was asked for.
fn files(reach: &Reach) -> BTreeSet<std::path::PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![reach.home.path().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path() == reach.home.logs() {
                continue;
            }
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                found.insert(entry.path());
            }
        }
    }
    found
}
