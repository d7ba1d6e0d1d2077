//! What our programs on a terminal have in common: how they are asked to end, and the grammar of their command lines: one or two dashes, `--flag value` or `--flag=value`, as `cloudflared`
//! reads it.
//!
//! Each command states its flags as a table, so that help, parsing and environment defaults cannot drift apart. Unlike
//! `cloudflared`, a flag after a positional argument still counts, and a mistake is an error rather than a help text
//! with exit code 0, which as a `ProxyCommand` would reach ssh as data.

mod beside;
mod flag;
mod nearest;
pub mod service;
pub mod share;
mod stop;
pub mod tunnel;

use std::collections::BTreeMap;

pub use beside::{Beside, Variables, beside};
pub use nearest::nearest;
pub use stop::{Stop, Tells};

/// One flag of a command.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Its name without dashes.
    pub name: &'static str,
    /// Other spellings.
    pub aliases: &'static [&'static str],
    /// Environment variables that stand in for it, first one set wins.
    pub env: &'static [&'static str],
    /// What follows it.
    pub takes: Takes,
    /// One line of help; empty hides it.
    pub help: &'static str,
}

/// One command of a program that lies beside the helper.
#[derive(Clone, Copy, Debug)]
pub struct SubCommand {
    /// Its words; those of a tunnel's stand without `tunnel`.
    pub words: &'static [&'static str],
    /// What follows them.
    pub takes: &'static str,
    /// Its flags, and those that may stand before it.
    pub flags: &'static [Flag],
    /// One line about it.
    pub help: &'static str,
}

/// What follows a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing: it is on or off.
    Nothing,
    /// One value.
    Value,
    /// One value, any number of times.
    Values,
}

/// A parsed command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    flags: BTreeMap<&'static str, Given>,
    /// What the environment says of flags that are not given.
    environment: BTreeMap<&'static str, Vec<String>>,
    /// Arguments that are not flags, in order.
    pub rest: Vec<String>,
}

/// One flag as it was given.
#[derive(Debug, PartialEq, Eq)]
struct Given {
    spelling: &'static str,
    values: Vec<String>,
}

/// What every command knows, whatever stands in its table: see [`Parsed::asks_for_help`].
const HELP: &[Flag] = &[Flag { name: "help", aliases: &["h"], env: &[], takes: Takes::Nothing, help: "" }];
/// Letters of a wrong text that are repeated.
const QUOTED: usize = 100;
/// The value of a switch that is on.
const ON: &str = "true";

/// A command line that does not fit its command.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence says what it is for")]
pub enum Misuse {
    #[error("unknown flag `{}`", beginning(.0))]
    UnknownFlag(String),
    #[error("unknown flag `{flag}`; the nearest is `--{meant}`")]
    Misspelt { flag: String, meant: &'static str },
    #[error("flag `--{0}` needs a value")]
    MissingValue(&'static str),
    #[error("flag `--{0}` takes no value, or true or false")]
    UnwantedValue(&'static str),
    #[error("flag `--{0}` is given in two spellings")]
    TwoSpellings(&'static str),
    #[error("unknown command `{}`", beginning(.0))]
    UnknownCommand(String),
    #[error("{0}")]
    Missing(&'static str),
    #[error("`{}` is not an address to listen on, such as 127.0.0.1:3389", beginning(.0))]
    NotAddress(String),
    #[error(
        "`{}` is not a place to connect to, such as edge.acme.dev:443, or app.acme.dev:443:127.0.0.1 with another name \
         for TLS",
        beginning(.0)
    )]
    NotDetour(String),
    #[error("header `{}` holds what no header may hold", beginning(.0))]
    InvalidHeader(String),
    #[error("`{}` cannot be used: {detail}", beginning(path))]
    File { path: String, detail: String },
    #[error("`{}` is not a number", beginning(.0))]
    NotNumber(String),
    #[error("`{}` is not a time to wait, such as 500ms, 90s or 5m", beginning(.0))]
    NotDuration(String),
    #[error("unexpected argument `{}`", beginning(.0))]
    Unexpected(String),
}

/// What of a wrong text is worth repeating.
#[must_use]
pub fn beginning(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl Parsed {
    /// Arguments that are another program's, flags and all.
    #[must_use]
    pub fn verbatim(words: &[String], table: &'static [Flag], env: &dyn Fn(&str) -> Option<String>) -> Self {
        Self { rest: words.to_vec(), environment: from_environment(table, env), ..Self::default() }
    }

    /// Whether a switch is on.
    #[must_use]
    pub fn on(&self, name: &str) -> bool {
        self.value(name) == Some(ON)
    }

    /// Whether help was asked for rather than what the command does.
    #[must_use]
    pub fn asks_for_help(&self) -> bool {
        self.on(HELP[0].name)
    }

    /// The value of a flag, from the command line or the environment.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values(name).last().map(String::as_str)
    }

    /// The value of a flag on the command line itself.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&str> {
        self.flags.get(name)?.values.last().map(String::as_str)
    }

    /// All values of a repeatable flag.
    #[must_use]
    pub fn values(&self, name: &str) -> &[String] {
        let given = self.flags.get(name).map(|given| &given.values);
        given.or_else(|| self.environment.get(name)).map_or(&[], Vec::as_slice)
    }

    /// The only positional argument.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn one(&self, missing: &'static str) -> Result<&str, Misuse> {
        match self.rest.as_slice() {
            [] => Err(Misuse::Missing(missing)),
            [one] => Ok(one),
            [_, second, ..] => Err(Misuse::Unexpected(second.clone())),
        }
    }

    /// Nothing but flags was given.
    ///
    /// # Errors
    /// When something else was.
    pub fn none(&self) -> Result<(), Misuse> {
        self.rest.first().map_or(Ok(()), |first| Err(Misuse::Unexpected(first.clone())))
    }
}

/// Parses `args` by a table, with environment values for flags that are not given.
///
/// # Errors
/// When something does not fit.
pub fn parse(
    args: &[String],
    table: &'static [Flag],
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Parsed, Misuse> {
    let mut parsed = Parsed::default();
    let mut words = args.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            parsed.rest.extend(words.cloned());
            break;
        }
        let Some((name, inline)) = split_flag(word) else {
            parsed.rest.push(word.clone());
            continue;
        };
        let found = find(table, name).or_else(|| find(HELP, name));
        let (flag, spelling) = found.ok_or_else(|| unknown(table, word, name))?;
        let value = match (flag.takes, inline) {
            (Takes::Nothing, None) => ON.to_owned(),
            (Takes::Nothing, Some(text)) => switch(text).ok_or(Misuse::UnwantedValue(flag.name))?.to_string(),
            (Takes::Value | Takes::Values, Some(value)) => value.to_owned(),
            (Takes::Value | Takes::Values, None) => {
                words.next().cloned().ok_or(Misuse::MissingValue(flag.name))?
            }
        };
        let seen = parsed.flags.entry(flag.name).or_insert(Given { spelling, values: Vec::new() });
        if flag.takes != Takes::Values && seen.spelling != spelling {
            return Err(Misuse::TwoSpellings(flag.name));
        }
        seen.values.push(value);
    }
    parsed.environment = from_environment(table, env);
    Ok(parsed)
}

/// The spellings of a truth value that `cloudflared` takes, which are Go's.
fn switch(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "True" | "TRUE" => Some(true),
        "0" | "f" | "F" | "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// How many words stand before the first that is neither a flag nor the value of one.
#[must_use]
pub fn flags_before(args: &[String], table: &[Flag]) -> usize {
    let mut at = 0;
    while let Some((name, value)) = args.get(at).and_then(|word| split_flag(word)) {
        let flag = table.iter().find(|flag| flag.name == name || flag.aliases.contains(&name));
        let has_value = flag.is_some_and(|flag| flag.takes != Takes::Nothing) && value.is_none();
        at += if has_value { 2 } else { 1 };
    }
    at.min(args.len())
}

/// The table as help lines, one column beside the other.
#[must_use]
pub fn help(tables: &[&[Flag]]) -> String {
    let shown = || tables.iter().copied().flatten().filter(|flag| !flag.help.is_empty());
    let width = shown().map(|flag| spelled(flag).len()).max().unwrap_or_default();
    let lines = shown().map(|flag| {
        let from = flag.env.iter().map(|name| format!(" [${name}]")).collect::<String>();
        format!("   {:<width$}  {}{from}\n", spelled(flag), flag.help)
    });
    lines.collect()
}

/// Every spelling of a flag, each followed by what follows it.
fn spelled(flag: &Flag) -> String {
    let value = if flag.takes == Takes::Nothing { "" } else { " value" };
    let names = std::iter::once(&flag.name).chain(flag.aliases);
    let names = names.map(|name| format!("{}{name}{value}", if name.len() == 1 { "-" } else { "--" }));
    names.collect::<Vec<_>>().join(", ")
}

/// The name of a flag without its dashes, and the value behind its equals sign; `None` where it is no flag.
#[must_use]
pub fn split_flag(word: &str) -> Option<(&str, Option<&str>)> {
    let bare = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).filter(|bare| !bare.is_empty())?;
    Some(match bare.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (bare, None),
    })
}

/// Without its value, which may be what was meant for a flag that takes a secret.
fn unknown(table: &'static [Flag], word: &str, name: &str) -> Misuse {
    let flag = word.split('=').next().unwrap_or(word).to_owned();
    nearest(name, table.iter().map(|flag| flag.name))
        .map_or(Misuse::UnknownFlag(flag.clone()), |meant| Misuse::Misspelt { flag, meant })
}

fn find(table: &'static [Flag], name: &str) -> Option<(&'static Flag, &'static str)> {
    table.iter().find_map(|flag| {
        let mut spellings = std::iter::once(&flag.name).chain(flag.aliases);
        Some((flag, *spellings.find(|spelling| **spelling == name)?))
    })
}

fn from_environment(
    table: &'static [Flag],
    env: &dyn Fn(&str) -> Option<String>,
) -> BTreeMap<&'static str, Vec<String>> {
    let of = |flag: &Flag| flag.env.iter().find_map(|name| env(name).filter(|value| !value.is_empty()));
    let set = table.iter().filter_map(|flag| Some((flag, of(flag)?)));
    set.map(|(flag, value)| match (flag.takes, switch(&value)) {
        (Takes::Nothing, on) => (flag.name, vec![on.unwrap_or_default().to_string()]),
        (Takes::Value | Takes::Values, _) => (flag.name, vec![value]),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    static TABLE: &[Flag] = &[
        Flag { name: "hostname", aliases: &["T"], env: &["HOSTNAME_ENV"], takes: Takes::Value, help: "h" },
        Flag { name: "header", aliases: &["H"], env: &[], takes: Takes::Values, help: "h" },
        Flag { name: "quiet", aliases: &["q"], env: &["QUIET_ENV"], takes: Takes::Nothing, help: "h" },
    ];

    fn run(words: &[&str]) -> Result<Parsed, Misuse> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        parse(&words, TABLE, &|_| None)
    }

    #[test]
    fn one_or_two_dashes_and_both_forms_of_value_are_equal() {
        for words in [["-hostname", "a"], ["--hostname", "a"], ["-T", "a"]] {
            assert_eq!(run(&words).unwrap().value("hostname"), Some("a"), "{words:?}");
        }
        assert_eq!(run(&["--hostname=a=b"]).unwrap().value("hostname"), Some("a=b"));
    }

    #[test]
    fn flags_count_wherever_they_stand_until_two_dashes() {
        let parsed = run(&["x", "-q", "--", "-y"]).unwrap();
        assert!(parsed.on("quiet"));
        assert_eq!(parsed.rest, ["x", "-y"]);
    }

    #[test]
    fn repeatable_flags_keep_all_values_and_their_commas() {
        assert_eq!(run(&["-H", "A: 1,2", "-H", "B: 3"]).unwrap().values("header"), ["A: 1,2", "B: 3"]);
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(run(&["--nope=x"]), Err(Misuse::UnknownFlag("--nope".into())));
        let misspelt = Misuse::Misspelt { flag: "--hostnam".into(), meant: "hostname" };
        assert_eq!(run(&["--hostnam=x"]), Err(misspelt));
        let long = run(&[&format!("--{}", "ö".repeat(9000))]).unwrap_err().to_string();
        assert!(long.chars().count() < 150, "only its beginning: {long}");
        assert_eq!(run(&["--hostname"]), Err(Misuse::MissingValue("hostname")));
        assert_eq!(run(&["--hostname", "a", "-T", "b"]), Err(Misuse::TwoSpellings("hostname")));
        assert_eq!(run(&["--quiet=maybe"]), Err(Misuse::UnwantedValue("quiet")));
        assert_eq!(run(&["--quiet="]), Err(Misuse::UnwantedValue("quiet")));
    }

    #[test]
    fn help_is_a_switch_of_every_command_and_a_text_where_one_is_expected() {
        for words in [&["-h"][..], &["--help"], &["-q", "-help=T", "x"], &["x", "--help"]] {
            assert!(run(words).unwrap().asks_for_help(), "{words:?}");
        }
        for words in [&["--help=false"][..], &["-h", "-h=0"], &["--", "-h"], &["--hostname", "-h"]] {
            assert!(!run(words).unwrap().asks_for_help(), "{words:?}");
        }
    }

    #[test]
    fn the_last_of_several_counts() {
        assert_eq!(run(&["-T", "a", "-T=b"]).unwrap().value("hostname"), Some("b"));
        assert!(!run(&["-q", "-q=0"]).unwrap().on("quiet"));
        assert!(run(&["--quiet=F", "--quiet=T"]).unwrap().on("quiet"));
        assert_eq!(run(&["-H", "A:1", "--header", "B:2"]).unwrap().values("header"), ["A:1", "B:2"]);
    }

    #[test]
    fn the_environment_fills_what_is_not_given() {
        let env = |name: &str| (name == "HOSTNAME_ENV").then(|| "from-env".to_owned());
        assert_eq!(parse(&[], TABLE, &env).unwrap().value("hostname"), Some("from-env"));
        let given = ["--hostname".to_owned(), "given".to_owned()];
        assert_eq!(parse(&given, TABLE, &env).unwrap().value("hostname"), Some("given"));
        assert_eq!(parse(&given, TABLE, &env).unwrap().given("hostname"), Some("given"));
        assert_eq!(parse(&[], TABLE, &env).unwrap().given("hostname"), None);
        for (text, on) in [("false", false), ("maybe", false), ("1", true), ("TRUE", true)] {
            assert_eq!(parse(&[], TABLE, &|_| Some(text.to_owned())).unwrap().on("quiet"), on, "{text}");
        }
    }
}
