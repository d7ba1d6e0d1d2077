//! The command line's grammar: one or two dashes, `--flag value` or `--flag=value`, as `cloudflared` reads it.
//!
//! Each command states its flags as a table, so that help, parsing and environment defaults cannot drift apart. Unlike
//! `cloudflared`, a flag after a positional argument still counts, and a mistake is an error rather than a help text
//! with exit code 0, which as a `ProxyCommand` would reach ssh as data.

use std::collections::BTreeMap;

/// One flag of a command.
#[derive(Debug)]
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
    flags: BTreeMap<&'static str, Vec<String>>,
    /// Arguments that are not flags, in order.
    pub(crate) rest: Vec<String>,
}

/// A command line that does not fit its command.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Misuse {
    #[error("unknown flag `{0}`")]
    UnknownFlag(String),
    #[error("flag `--{0}` needs a value")]
    MissingValue(&'static str),
    #[error("flag `--{0}` takes no value, or true or false")]
    UnwantedValue(&'static str),
    #[error("flag `--{0}` is given twice")]
    Repeated(&'static str),
    #[error("unknown command `{0}`")]
    UnknownCommand(String),
    #[error("{0}")]
    Missing(&'static str),
    #[error("`{0}` is not an address to listen on, such as 127.0.0.1:3389")]
    NotAddress(String),
    #[error("`{0}` is not a time to wait, such as 500ms, 90s or 5m")]
    NotDuration(String),
    #[error("unexpected argument `{0}`")]
    Unexpected(String),
}

impl Parsed {
    /// Arguments that are another program's, flags and all.
    pub(crate) fn verbatim(words: &[String]) -> Self {
        Self { rest: words.to_vec(), ..Self::default() }
    }

    /// Whether a switch is on.
    pub(crate) fn on(&self, name: &str) -> bool {
        self.flags.contains_key(name)
    }

    /// The value of a flag, if it was given.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.flags.get(name)?.last().map(String::as_str)
    }

    /// All values of a repeatable flag.
    pub(crate) fn values(&self, name: &str) -> &[String] {
        self.flags.get(name).map_or(&[], Vec::as_slice)
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
        let flag = find(table, name).ok_or_else(|| Misuse::UnknownFlag(word.clone()))?;
        let value = match (flag.takes, inline) {
            (Takes::Nothing, None | Some("true")) => String::new(),
            (Takes::Nothing, Some("false")) => continue,
            (Takes::Nothing, Some(_)) => return Err(Misuse::UnwantedValue(flag.name)),
            (Takes::Value | Takes::Values, Some(value)) => value.to_owned(),
            (Takes::Value | Takes::Values, None) => {
                words.next().cloned().ok_or(Misuse::MissingValue(flag.name))?
            }
        };
        let seen = parsed.flags.entry(flag.name).or_default();
        if flag.takes == Takes::Value && !seen.is_empty() {
            return Err(Misuse::Repeated(flag.name));
        }
        seen.push(value);
    }
    fill_from_environment(&mut parsed, table, env);
    Ok(parsed)
}

/// The table as help lines.
pub(crate) fn help(table: &[Flag]) -> String {
    let shown = table.iter().filter(|flag| !flag.help.is_empty());
    shown.map(|flag| format!("  {:<30} {}\n", spelled(flag), flag.help)).collect()
}

fn spelled(flag: &Flag) -> String {
    let names = std::iter::once(&flag.name).chain(flag.aliases);
    let names: Vec<String> =
        names.map(|name| if name.len() == 1 { format!("-{name}") } else { format!("--{name}") }).collect();
    let value = if flag.takes == Takes::Nothing { "" } else { " VALUE" };
    format!("{}{value}", names.join(", "))
}

fn split_flag(word: &str) -> Option<(&str, Option<&str>)> {
    let bare = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).filter(|bare| !bare.is_empty())?;
    Some(match bare.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (bare, None),
    })
}

fn find(table: &'static [Flag], name: &str) -> Option<&'static Flag> {
    table.iter().find(|flag| flag.name == name || flag.aliases.contains(&name))
}

fn fill_from_environment(parsed: &mut Parsed, table: &'static [Flag], env: &dyn Fn(&str) -> Option<String>) {
    for flag in table {
        if parsed.flags.contains_key(flag.name) {
            continue;
        }
        let set = flag.env.iter().find_map(|name| env(name)).filter(|value| !value.is_empty());
        match (set, flag.takes) {
            (Some(value), Takes::Nothing) if value != "true" && value != "1" => {}
            (Some(value), Takes::Nothing | Takes::Value | Takes::Values) => {
                parsed.flags.insert(flag.name, vec![value]);
            }
            (None, _) => {}
        }
    }
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
        assert_eq!(run(&["--hostname", "a", "-T", "b"]), Err(Misuse::Repeated("hostname")));
        assert_eq!(run(&["--quiet=maybe"]), Err(Misuse::UnwantedValue("quiet")));
    }

    #[test]
    fn the_environment_fills_what_is_not_given() {
        let env = |name: &str| (name == "HOSTNAME_ENV").then(|| "from-env".to_owned());
        assert_eq!(parse(&[], TABLE, &env).unwrap().value("hostname"), Some("from-env"));
        let given = ["--hostname".to_owned(), "given".to_owned()];
        assert_eq!(parse(&given, TABLE, &env).unwrap().value("hostname"), Some("given"));
        assert!(!parse(&[], TABLE, &|_| Some("false".to_owned())).unwrap().on("quiet"));
    }
}
