//! `sallyport browser`: which browser opens the log-ins of a team.

use std::path::Path;

use profile::Settings;
use wire::Cause;

use crate::args::{Flag, Misuse, Parsed, Takes};
use crate::commands::Failure;
use crate::context::Context;
use crate::say;

pub(crate) static FLAGS: &[Flag] = &[
    Flag {
        name: "default",
        aliases: &[],
        env: &[],
        takes: Takes::Nothing,
        help: "Open the team's log-ins in the usual browser again",
    },
    Flag { name: "json", aliases: &[], env: &[], takes: Takes::Nothing, help: "For scripts" },
];

const NO_TEAM: &str = "name the team, such as acme";

/// Lists the browsers, or sets the one of a team.
pub(crate) fn browser(context: &Context, given: &Parsed) -> Result<(), Failure> {
    match (given.rest.split_first(), given.on("default")) {
        (None, true) => Err(Misuse::Missing(NO_TEAM).into()),
        (None, false) => {
            list(context.profile.settings(), given.on("json"));
            Ok(())
        }
        (Some((team, [])), true) => {
            let team = team_of(team)?;
            change(context, |settings| drop(settings.browsers.remove(&team)))?;
            say::note(&format!("log-ins of {team} open in the usual browser"));
            Ok(())
        }
        (Some((_, [surplus, ..])), true) => Err(Misuse::Unexpected(surplus.clone()).into()),
        (Some((_, [])), false) => {
            Err(Misuse::Missing("name the program that opens the team's log-ins").into())
        }
        (Some((team, program)), false) => choose(context, &team_of(team)?, &program.join(" ")),
    }
}

fn choose(context: &Context, team: &str, program: &str) -> Result<(), Failure> {
    if !Path::new(program).is_file() {
        let first = program.split_whitespace().next().unwrap_or_default();
        if !is_installed(first) {
            return Err(Cause::NoProgram { program: first.to_owned() }.into());
        }
    }
    change(context, |settings| drop(settings.browsers.insert(team.to_owned(), program.to_owned())))?;
    say::note(&format!("log-ins of {team} open in {program}"));
    Ok(())
}

fn change(context: &Context, change: impl FnOnce(&mut Settings)) -> Result<(), Cause> {
    context.profile.change_settings(change).map(drop).map_err(|error| error.cause())
}

/// `acme` of `acme` and of `acme.cloudflareaccess.com`.
fn team_of(named: &str) -> Result<String, Misuse> {
    let team = named.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_name = !team.is_empty() && team.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_name { Ok(team) } else { Err(Misuse::Missing(NO_TEAM)) }
}

fn list(settings: &Settings, json: bool) {
    if json {
        let found = serde_json::json!({ "browser": settings.browser, "teams": settings.browsers });
        say::data(&format!("{found:#}\n"));
        return;
    }
    let usual = settings.browser.as_deref().unwrap_or("the usual browser");
    let width = settings.browsers.keys().map(String::len).max().unwrap_or_default().max("any team".len());
    let mut rows: Vec<(&str, &str)> =
        settings.browsers.iter().map(|(team, program)| (team.as_str(), program.as_str())).collect();
    rows.push((if rows.is_empty() { "any team" } else { "others" }, usual));
    say::data(&rows.iter().map(|(team, program)| format!("{team:width$}  {program}\n")).collect::<String>());
}

/// Whether a program can be started by this name.
fn is_installed(program: &str) -> bool {
    if program.contains(std::path::is_separator) {
        return Path::new(program).is_file();
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let names = [program.to_owned(), format!("{program}{}", std::env::consts::EXE_SUFFIX)];
    !program.is_empty()
        && std::env::split_paths(&folders).any(|folder| names.iter().any(|name| folder.join(name).is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_team_is_named_by_its_name_or_its_domain() {
        assert_eq!(team_of("Acme").unwrap(), "acme");
        assert_eq!(team_of("acme.cloudflareaccess.com").unwrap(), "acme");
        for named in ["", ".x", "a b", "https://acme"] {
            assert!(team_of(named).is_err(), "{named}");
        }
    }
}
