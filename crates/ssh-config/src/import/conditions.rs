//! What a `Match` line asks for.

use wire::LeftAlone;

use super::command::expanded;
use super::pattern::is_pattern;
use super::reading::Reading;

/// The conditions of a `Match` line that can be a list of names.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Conditions {
    section: usize,
    /// The names.
    pub(super) names: Option<Vec<String>>,
    /// Whether those names are the ones that were typed.
    original: bool,
    /// The command that has to go well.
    pub(super) exec: Option<String>,
    /// Whether something else is asked for, too.
    further: bool,
}

impl Conditions {
    /// Those of the section at `at`, if it is one of `Match`.
    pub(super) fn of(reading: &Reading, at: usize) -> Option<Self> {
        let header = reading.header(at).filter(|it| it.is("Match"))?;
        let mut words = header.words().into_iter().map(|word| word.to_text());
        let mut found = Self { section: at, ..Self::default() };
        while let Some(word) = words.next() {
            let (keyword, inline) =
                word.split_once('=').map_or((&*word, None), |(it, value)| (it, Some(value)));
            let mut value = || inline.map(str::to_owned).or_else(|| words.next());
            match keyword.to_ascii_lowercase().as_str() {
                "exec" if found.exec.is_none() => found.exec = value(),
                kind @ ("host" | "originalhost") if found.names.is_none() => {
                    found.original = kind == "originalhost";
                    found.names = Some(value()?.split(',').map(str::to_owned).collect());
                }
                "all" | "canonical" | "final" => found.further = true,
                _ => {
                    found.further = true;
                    value();
                }
            }
        }
        Some(found)
    }

    /// The names that are typed to get there: for hostnames also every name that stands for one.
    pub(super) fn aliases(self, reading: &Reading) -> Result<Vec<String>, LeftAlone> {
        let names = self.names.filter(|_| !self.further).ok_or(LeftAlone::Condition)?;
        if self.original || names.iter().any(|name| is_pattern(name)) {
            return Ok(names);
        }
        let leads_there = |alias: &str| {
            hostname(reading, alias, self.section).is_some_and(|hostname| names.contains(&hostname))
        };
        let mut aliases: Vec<String> =
            reading.names().filter(|it| leads_there(it)).map(str::to_owned).collect();
        aliases.sort_unstable();
        aliases.extend(names.iter().filter(|it| leads_there(it)).cloned());
        Ok(aliases)
    }
}

/// What ssh makes of a name, where `also` is a section that it heeds for it.
pub(super) fn hostname(reading: &Reading, alias: &str, also: usize) -> Option<String> {
    match reading.effective(alias, also, "HostName") {
        Some((_, template)) => expanded(&template, alias, alias, 22),
        None => Some(alias.to_owned()),
    }
}
