//! `access curl`: runs the system's curl with the login of the app that its URL names (`access.md` 6.4).
//!
//! The arguments are curl's own and are passed on as they are. The token is not among them, where every user of the
//! machine could read it: curl reads it as a configuration from a pipe. Input, output and exit status are curl's.

#[cfg(not(unix))]
#[path = "curl/os_other.rs"]
mod os;
#[cfg(unix)]
#[path = "curl/os_unix.rs"]
mod os;
mod redirects;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::process::Command;

use access::Access;
use wire::{AppToken, AppUrl, Cause};
use zeroize::Zeroizing;

use crate::args::{Flag, Misuse, Takes};
use crate::commands::{Failure, log_in};
use crate::context::{Context, app_url};
use crate::log;
use crate::machine;
use crate::tokens::{self, Announce};
use redirects::Redirects;

/// For the help and the environment: the flag counts only where it stands first, and what else there is are curl's.
pub(crate) static FLAGS: &[Flag] = &[
    Flag {
        name: "allow-request",
        aliases: &["ar"],
        env: &[],
        takes: Takes::Nothing,
        help: "As the first argument: go on without a login where there is none",
    },
    Flag { help: "", ..log::OF_COMMAND[0] },
    Flag { help: "", ..log::OF_COMMAND[1] },
    Flag { help: "", ..log::OF_COMMAND[2] },
];

const ALLOW: [&str; 4] = ["--allow-request", "-allow-request", "--ar", "-ar"];

/// Options of curl's of one letter that are followed by a value.
const SHORT: &str = "AbcCdDeEFHhKmoPQrtTuUwxXyYz";

/// Options of curl's whose value may look like a URL and is none that it visits.
const LONG: [&str; 32] = [
    "connect-to",
    "cookie",
    "data",
    "data-ascii",
    "data-binary",
    "data-raw",
    "data-urlencode",
    "dns-servers",
    "doh-url",
    "form",
    "form-string",
    "header",
    "ipfs-gateway",
    "json",
    "output",
    "preproxy",
    "proxy",
    "proxy-header",
    "proxy-service-name",
    "proxy1.0",
    "referer",
    "request-target",
    "resolve",
    "socks4",
    "socks4a",
    "socks5",
    "socks5-hostname",
    "stderr",
    "url-query",
    "user-agent",
    "variable",
    "write-out",
];

/// One line for curl, read.
struct Asked<'a> {
    /// Whether to go on without a login.
    allow: bool,
    /// What curl gets.
    words: &'a [String],
    urls: Vec<&'a str>,
}

/// Runs curl; returns only when that cannot be done.
pub(crate) async fn curl(context: &Context, words: &[String]) -> Result<(), Failure> {
    let asked = Asked::read(words);
    let Some(first) = asked.urls.first() else {
        return Err(Misuse::Missing("give curl a URL, such as https://wiki.acme.dev").into());
    };
    if asked.urls.iter().any(|url| is_plain(url)) {
        if !asked.allow {
            return Err(Misuse::Missing("http would send the login in the clear; use https").into());
        }
        return run(asked.words, None);
    }
    let app = app_url(first)?;
    for url in &asked.urls {
        if is_ambiguous(url) {
            return Err(Misuse::Missing("a URL that can be read in two ways gets no login").into());
        }
        if app_url(url)?.authority() != app.authority() {
            return Err(Misuse::Missing("one app at a time: its login is for no other host").into());
        }
    }
    if redirects::files_name_urls(asked.words, &|name| std::env::var_os(name)) {
        return Err(Misuse::Missing("a URL in a file of options gets no login; name it here").into());
    }
    let redirects = redirects::allowed(asked.words, &|name| std::env::var_os(name));
    if redirects == Redirects::Trust {
        return Err(
            Misuse::Missing("--location-trusted would send the login to any host; use --location").into()
        );
    }
    let access = context.access()?;
    if let Some(service) = machine::token_of(context, &access, &app).await? {
        if redirects == Redirects::Follow {
            let refused = "curl would take the service token along to any host; use it without --location";
            return Err(Misuse::Missing(refused).into());
        }
        let headers = [
            ("Cf-Access-Client-Id", service.id.as_str()),
            ("Cf-Access-Client-Secret", service.secret.reveal()),
        ];
        return run(asked.words, Some(&configuration(&headers)));
    }
    let token = token(context, &access, &app, asked.allow).await?;
    let login = token.map(|token| asked.login(&token, redirects));
    run(asked.words, login.as_ref())
}

async fn token(
    context: &Context,
    access: &Access,
    app: &AppUrl,
    allow: bool,
) -> Result<Option<AppToken>, Failure> {
    let present = tokens::at_hand(context, access, app).await.map_err(|error| error.cause())?;
    if allow && present.is_none() {
        return Ok(None);
    }
    log_in::accepted(context, access, app, present, Announce::AfterBrowser).await.map(Some)
}

impl<'a> Asked<'a> {
    fn read(words: &'a [String]) -> Self {
        let allow = words.first().is_some_and(|first| ALLOW.contains(&first.as_str()));
        let words = if allow { &words[1..] } else { words };
        Self { allow, words, urls: urls(words) }
    }

    /// How curl is told the token: as a header, or, where it may go on to other hosts, as the cookie of the same
    /// meaning, which it keeps from them.
    fn login(&self, token: &AppToken, redirects: Redirects) -> Zeroizing<String> {
        if redirects == Redirects::Stay {
            return configuration(&[("Cf-Access-Token", token.0.reveal())]);
        }
        let mut cookies = Zeroizing::new(format!("CF_Authorization={}", token.0.reveal()));
        for own in redirects::cookies(self.words) {
            let _ = write!(cookies, "; {own}");
        }
        let mut text = configuration(&[("Cookie", &cookies)]);
        text.push_str("proto-redir = \"=https\"\n");
        text
    }
}

/// The URLs that curl will visit, as far as they can be told from values of its options.
fn urls(words: &[String]) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = words.iter().map(String::as_str);
    while let Some(word) = rest.next() {
        if word == "--url" {
            found.extend(rest.next());
        } else if takes_value(word) {
            rest.next();
        } else if !word.starts_with('-') && word.contains("://") {
            found.push(word);
        }
    }
    found
}

/// Whether the word after this one is its value.
fn takes_value(word: &str) -> bool {
    if let Some(long) = word.strip_prefix("--") {
        return LONG.contains(&long);
    }
    let Some(letters) = word.strip_prefix('-') else { return false };
    letters.find(|letter| SHORT.contains(letter)).is_some_and(|at| at + 1 == letters.len())
}

fn is_plain(url: &str) -> bool {
    url.split_once("://").is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("http"))
}

/// Whether curl may take another part of it for the host than we do: readers differ about a backslash, and about an @
/// behind a host that no slash follows.
fn is_ambiguous(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (_, behind) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    url.contains('\\') || (!behind.starts_with('/') && behind.contains('@'))
}

/// The arguments with a configuration before each of curl's operations, and its limits once more behind it, where no
/// word of the caller's can lift them. It must stand after `-q`, which counts only in the first place, and be given anew
/// after `--next`, which forgets what came before.
fn with_configuration(
    words: &[String],
    mut configuration: impl FnMut(Part) -> Result<OsString, Cause>,
) -> Result<Vec<OsString>, Cause> {
    let mut arguments: Vec<OsString> = Vec::new();
    let starts = words.first().is_some_and(|first| first == "-q" || first == "--disable");
    let (front, words) = words.split_at(usize::from(starts));
    arguments.extend(front.iter().map(Into::into));
    arguments.extend(["--config".into(), configuration(Part::Login)?]);
    for word in words {
        if word == "--next" || word == "-:" {
            arguments.extend(["--config".into(), configuration(Part::Limits)?, word.into()]);
            arguments.extend(["--config".into(), configuration(Part::Login)?]);
        } else {
            arguments.push(word.into());
        }
    }
    arguments.extend(["--config".into(), configuration(Part::Limits)?]);
    Ok(arguments)
}

/// What a configuration of ours says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The login, and how it may travel.
    Login,
    /// How it may travel.
    Limits,
}

/// Headers go by https alone, and a word without a scheme is not asked by it: one that was meant for something else, as
/// after a blank too many, curl takes for the name of a host.
const LIMITS: &str = "proto = \"=https\"\nproto-default = \"http\"\n";

/// What curl reads: these headers, and how they may travel.
fn configuration(headers: &[(&str, &str)]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(LIMITS.to_owned());
    for (name, value) in headers {
        let value = Zeroizing::new(value.replace('\\', "\\\\").replace('"', "\\\""));
        let _ = writeln!(text, "header = \"{name}: {}\"", *value);
    }
    text
}

fn run(words: &[String], login: Option<&Zeroizing<String>>) -> Result<(), Failure> {
    let mut passed = os::Passed::default();
    let arguments = match login {
        Some(login) => {
            with_configuration(words, |part| passed.pass(if part == Part::Login { login } else { LIMITS }))?
        }
        None => words.iter().map(Into::into).collect(),
    };
    let error = os::become_program(Command::new("curl").args(arguments), passed);
    let missing = error.kind() == std::io::ErrorKind::NotFound;
    let cause = if missing {
        Cause::NoProgram { program: "curl".to_owned() }
    } else {
        Cause::Unexpected { what: format!("curl does not start: {error}") }
    };
    Err(cause.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    fn urls_of(line: &str) -> Vec<String> {
        urls(&words(line)).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn the_url_may_stand_anywhere() {
        for line in [
            "https://a.test/x",
            "-s https://a.test/x",
            "https://a.test/x -o out",
            "-sSo out https://a.test/x -H Accept:*/*",
            "-x http://proxy:3128 https://a.test/x",
            "--proxy http://proxy:3128 --url https://a.test/x",
            "-d next=https://b.test -e https://c.test --data-raw https://d.test https://a.test/x",
            "-ohttps://b.test https://a.test/x",
        ] {
            assert_eq!(urls_of(line), ["https://a.test/x"], "{line}");
        }
        assert_eq!(urls_of("-s a.test"), Vec::<String>::new());
        assert_eq!(urls_of("https://a.test https://b.test").len(), 2);
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_seen() {
        for url in [
            "https://a.test\\@b.test/",
            "https://a.test/\\b",
            "https://a.test?@b.test/",
            "https://a.test#@b.test",
        ] {
            assert!(is_ambiguous(url), "{url}");
        }
        for url in ["https://a.test", "https://me@a.test/", "https://a.test/@b?c=@d", "https://a.test?b=c"] {
            assert!(!is_ambiguous(url), "{url}");
        }
    }

    #[test]
    fn the_flag_of_ours_counts_in_the_first_place_only() {
        for flag in ALLOW {
            let line = words(&format!("{flag} -s https://a.test"));
            let asked = Asked::read(&line);
            assert!(asked.allow && asked.words == words("-s https://a.test"));
        }
        assert!(!Asked::read(&words("-s -ar")).allow);
    }

    #[test]
    fn every_operation_gets_the_configuration() {
        let arguments = with_configuration(&words("-q https://a.test --next https://a.test/2"), |part| {
            Ok(format!("{part:?}").into())
        });
        let expected = "-q --config Login https://a.test --config Limits --next --config Login https://a.test/2 --config Limits";
        assert_eq!(arguments.unwrap(), words(expected).iter().map(OsString::from).collect::<Vec<_>>());
    }

    #[test]
    fn the_configuration_is_one_header_whatever_the_token() {
        let text = configuration(&[("Cf-Access-Token", "a.b\"\\.c")]);
        assert_eq!(
            *text,
            "proto = \"=https\"\nproto-default = \"http\"\nheader = \"Cf-Access-Token: a.b\\\"\\\\.c\"\n"
        );
    }
}
