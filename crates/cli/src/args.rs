//! The command line's grammar: one or two dashes, `--flag value` or `--flag=value`, as `cloudflared` reads it.
//!
//! Each command states its flags as a table, so that help, parsing and environment defaults cannot drift apart. Unlike
//! `cloudflared`, a flag after a positional argument still counts, and a mistake is an error rather than a help text
//! with exit code 0, which as a `ProxyCommand` would reach ssh as data.

use std::collections::BTreeMap;

/// One flag of a command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flag {
    /// Its name without dashes.
    pub(crate) name: &'static str,
    /// Other spellings.
    pub(crate) aliases: &'static [&'static str],
    /// Environment variables that stand in for it, first one set wins.
    pub(crate) env: &'static [&'static str],
    /// What follows it.
    pub(crate) takes: Takes,
    /// One line of help; empty hides it.
    pub(crate) help: &'static str,
}

/// What follows a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Nothing: it is on or off.
    Nothing,
    /// One value.
    Value,
    /// One value, any number of times.
    Values,
}

/// A parsed command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parsed {
    flags: BTreeMap<&'static str, Given>,
    /// What the environment says of flags that are not given.
    environment: BTreeMap<&'static str, Vec<String>>,
    /// Arguments that are not flags, in order.
    pub(crate) rest: Vec<String>,
}

/// One flag as it was given.
#[derive(Debug, PartialEq, Eq)]
struct Given {
    spelling: &'static str,
    values: Vec<String>,
}

/// The value of a switch that is on.
const ON: &str = "true";

/// A command line that does not fit its command.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Misuse {
    #[error("unknown flag `{0}`")]
    UnknownFlag(String),
    #[error("flag `--{0}` needs a value")]
    MissingValue(&'static str),
    #[error("flag `--{0}` takes no value, or true or false")]
    UnwantedValue(&'static str),
    #[error("flag `--{0}` is given in two spellings")]
    TwoSpellings(&'static str),
    #[error("unknown command `{0}`")]
    UnknownCommand(String),
    #[error("{0}")]
    Missing(&'static str),
    #[error("`{0}` is not an address to listen on, such as 127.0.0.1:3389")]
    NotAddress(String),
    #[error(
        "`{0}` is not a place to connect to, such as edge.acme.dev:443, or app.acme.dev:443:127.0.0.1 with another name for TLS"
    )]
    NotDetour(String),
    #[error("`{0}` is not a number")]
    NotNumber(String),
    #[error("`{0}` is not a time to wait, such as 500ms, 90s or 5m")]
    NotDuration(String),
    #[error("unexpected argument `{0}`")]
    Unexpected(String),
}

impl Parsed {
    /// Arguments that are another program's, flags and all.
    pub(crate) fn verbatim(
        words: &[String],
        table: &'static [Flag],
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        Self { rest: words.to_vec(), environment: from_environment(table, env), ..Self::default() }
    }

    /// Whether a switch is on.
    pub(crate) fn on(&self, name: &str) -> bool {
        self.value(name) == Some(ON)
    }

    /// The value of a flag, from the command line or the environment.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values(name).last().map(String::as_str)
    }

    /// The value of a flag on the command line itself.
    pub(crate) fn given(&self, name: &str) -> Option<&str> {
        self.flags.get(name)?.values.last().map(String::as_str)
    }

    /// All values of a repeatable flag.
    pub(crate) fn values(&self, name: &str) -> &[String] {
        let given = self.flags.get(name).map(|given| &given.values);
        given.or_else(|| self.environment.get(name)).map_or(&[], Vec::as_slice)
    }

    /// The only positional argument.
    pub(crate) fn one(&self, missing: &'static str) -> Result<&str, Misuse> {
        match self.rest.as_slice() {
            [] => Err(Misuse::Missing(missing)),
            [one] => Ok(one),
            [_, second, ..] => Err(Misuse::Unexpected(second.clone())),
        }
    }

    /// Nothing but flags was given.
    pub(crate) fn none(&self) -> Result<(), Misuse> {
        self.rest.first().map_or(Ok(()), |first| Err(Misuse::Unexpected(first.clone())))
    }
}

/// Parses `args` by a table, with environment values for flags that are not given.
pub(crate) fn parse(
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
        let (flag, spelling) = find(table, name).ok_or_else(|| Misuse::UnknownFlag(word.clone()))?;
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

/// The table as help lines, one column beside the other.
pub(crate) fn help(tables: &[&[Flag]]) -> String {
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

fn split_flag(word: &str) -> Option<(&str, Option<&str>)> {
    let bare = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).filter(|bare| !bare.is_empty())?;
    Some(match bare.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (bare, None),
    })
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
        assert_eq!(run(&["--nope"]), Err(Misuse::UnknownFlag("--nope".into())));
        assert_eq!(run(&["--hostname"]), Err(Misuse::MissingValue("hostname")));
        assert_eq!(run(&["--hostname", "a", "-T", "b"]), Err(Misuse::TwoSpellings("hostname")));
        assert_eq!(run(&["--quiet=maybe"]), Err(Misuse::UnwantedValue("quiet")));
        assert_eq!(run(&["--quiet="]), Err(Misuse::UnwantedValue("quiet")));
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
