//! What a person may paste into the hostname field, taken apart: a hostname, `user@host`, a URL, a whole
//! `ssh -p 2222 user@host`, or a block of an ssh config.

use crate::{Field, FieldError};

/// The parts that were found in the field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Typed {
    pub(crate) hostname: String,
    pub(crate) name: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) port: Option<u16>,
}

/// Options of ssh that take a value in the next word.
const WITH_VALUE: &str = "BbcDEeFIiJLlmOoPpQRSWw";

impl Typed {
    /// Takes the field apart. Whatever cannot be understood is left in `hostname`, for the fault to name.
    pub(crate) fn parse(text: &str) -> Self {
        let text = text.trim();
        if is_block(text) {
            return Self::from_block(text);
        }
        let mut words = text.split_whitespace();
        if words.next().is_some_and(|first| first == "ssh" || first.ends_with("/ssh")) && text.contains(' ') {
            return Self::from_command(words);
        }
        Self::from_address(text)
    }

    /// What is wrong with the hostname, once the person stopped typing.
    pub(crate) fn fault(&self) -> Option<FieldError> {
        let text = if self.hostname.is_empty() {
            return None;
        } else if self.hostname.contains('*') || self.hostname.contains('?') {
            "This covers many hosts. Type the hostname of one."
        } else if !is_hostname(&self.hostname) {
            "Type a whole hostname, such as build-01.acme.dev"
        } else {
            return None;
        };
        Some(FieldError { field: Field::Hostname, text: text.to_owned() })
    }

    pub(crate) fn is_whole(&self) -> bool {
        is_hostname(&self.hostname)
    }

    /// The first label, a good name for a host.
    pub(crate) fn first_label(&self) -> &str {
        self.hostname.split('.').next().unwrap_or_default()
    }

    fn from_address(text: &str) -> Self {
        let (rest, is_web) = match text.split_once("://") {
            Some((scheme, rest)) => (rest, !scheme.eq_ignore_ascii_case("ssh")),
            None => (text, false),
        };
        let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, rest),
        };
        let user = user.and_then(|user| user.split(':').next()).filter(|user| !user.is_empty());
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') && is_port(port) => (host, port.parse().ok()),
            _ => (rest, None),
        };
        // The port of a web address is not where ssh would listen.
        let port = if is_web { None } else { port };
        Self { hostname: normal(host), name: None, user: user.map(str::to_owned), port }
    }

    fn from_command<'a>(mut words: impl Iterator<Item = &'a str>) -> Self {
        let mut typed = Self::default();
        while let Some(word) = words.next() {
            let Some(option) = word.strip_prefix('-') else {
                let address = Self::from_address(word);
                typed.hostname = address.hostname;
                typed.user = address.user.or(typed.user);
                typed.port = address.port.or(typed.port);
                break;
            };
            let mut letters = option.chars();
            let letter = letters.next().unwrap_or_default();
            if WITH_VALUE.contains(letter) {
                let glued = letters.as_str();
                let value = if glued.is_empty() { words.next().unwrap_or_default() } else { glued };
                typed.take_option(letter, value);
            }
        }
        typed
    }

    fn take_option(&mut self, letter: char, value: &str) {
        match letter {
            'p' => self.port = value.parse().ok().filter(|port| *port > 0),
            'l' => self.user = Some(value.to_owned()),
            'o' => {
                let (key, value) = value.split_once('=').unwrap_or((value, ""));
                self.take_line(key, value);
            }
            _ => {}
        }
    }

    fn from_block(text: &str) -> Self {
        let mut typed = Self::default();
        let lines = text.lines().filter_map(|line| line.trim().split_once([' ', '\t', '=']));
        let mut hosts = 0;
        for (key, value) in lines {
            hosts += i32::from(key.eq_ignore_ascii_case("host"));
            if hosts > 1 {
                break;
            }
            typed.take_line(key, value);
        }
        if typed.hostname.is_empty() {
            typed.hostname = normal(typed.name.as_deref().unwrap_or_default());
            typed.name = None;
        }
        typed
    }

    fn take_line(&mut self, key: &str, value: &str) {
        let value = value.trim_matches([' ', '\t', '=', '"']);
        if value.is_empty() {
            return;
        }
        match key.to_ascii_lowercase().as_str() {
            "host" => self.name = value.split_whitespace().next().map(str::to_owned),
            "hostname" => self.hostname = normal(value),
            "user" => self.user = Some(value.to_owned()),
            "port" => self.port = value.parse().ok().filter(|port| *port > 0),
            _ => {}
        }
    }
}

/// What is wrong with a name, apart from being taken.
pub(crate) fn faults_of_name(name: &str) -> Option<&'static str> {
    if name.contains(|letter: char| letter.is_whitespace() || "*?".contains(letter)) {
        Some("Names cannot contain spaces or *")
    } else if name.contains(|letter: char| letter.is_control() || "\"'#!,%$`\\;|&<>(){}[]".contains(letter))
        || name.starts_with(['-', '='])
        || name.contains('@')
    {
        Some("Names are made of letters, digits, dots and dashes")
    } else {
        None
    }
}

pub(crate) fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_block(text: &str) -> bool {
    text.lines().any(|line| {
        let key = line.trim().split([' ', '\t', '=']).next().unwrap_or_default();
        let has_value = line.trim().len() > key.len();
        has_value && (key.eq_ignore_ascii_case("host") || key.eq_ignore_ascii_case("hostname"))
    })
}

/// Lower case, in punycode, without a final dot; what is not a hostname stays as it is.
fn normal(host: &str) -> String {
    let host = host.trim().trim_end_matches('.');
    host.parse::<wire::AppUrl>().map_or_else(|_| host.to_owned(), |url| url.host().to_owned())
}

fn is_hostname(host: &str) -> bool {
    let labels = || host.split('.');
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253
        && labels().count() >= 2
        && labels().all(is_label)
        // An address is not a name that Access could stand before.
        && labels().next_back().is_some_and(|last| last.bytes().any(|byte| !byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (String, Option<String>, Option<String>, Option<u16>) {
        let typed = Typed::parse(text);
        (typed.hostname, typed.name, typed.user, typed.port)
    }

    #[test]
    fn whatever_is_pasted_is_taken_apart() {
        let (host, user) = ("build-01.acme.dev".to_owned(), Some("ada".to_owned()));
        for (text, expected) in [
            (" Build-01.ACME.dev. ", (host.clone(), None, None, None)),
            ("https://build-01.acme.dev:8443/login?x=1", (host.clone(), None, None, None)),
            ("ssh://ada@build-01.acme.dev:2222/", (host.clone(), None, user.clone(), Some(2222))),
            ("ada@build-01.acme.dev", (host.clone(), None, user.clone(), None)),
            ("build-01.acme.dev:2222", (host.clone(), None, None, Some(2222))),
            ("ssh -v -p 2222 ada@build-01.acme.dev uptime", (host.clone(), None, user.clone(), Some(2222))),
            (
                "ssh -lada -oPort=22 -i ~/.ssh/id build-01.acme.dev",
                (host.clone(), None, user.clone(), Some(22)),
            ),
            (
                "# mine\nHost build-01 b1\n  HostName build-01.acme.dev\n\tUser=ada\n  Port 2222\nHost other\n  User x",
                (host.clone(), Some("build-01".to_owned()), user.clone(), Some(2222)),
            ),
            ("Host build-01.acme.dev\n  User ada", (host, None, user, None)),
        ] {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    #[test]
    fn faults_are_named() {
        for bad in ["*.acme.dev", "build", "a b.c", "10.0.0.1", "-x.acme.dev", "build..dev"] {
            assert!(Typed::parse(bad).fault().is_some(), "{bad}");
        }
        assert_eq!(Typed::parse("").fault(), None);
        assert_eq!(Typed::parse("bücher.example").hostname, "xn--bcher-kva.example");
        assert_eq!(faults_of_name("a b"), Some("Names cannot contain spaces or *"));
        assert_eq!(faults_of_name("build-01.x"), None);
    }
}
