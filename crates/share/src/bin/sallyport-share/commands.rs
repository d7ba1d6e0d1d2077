//! Which command was meant, and how its end is told.

use std::process::ExitCode;

use command_line::share::{
    CHECK, COMMANDS, CONTINUE, GROUPS, LIST, PEOPLE, POINT, RULES, RUN, SERVICE_OFF, SERVICE_ON, SSH, UNDO,
    UNSHARE,
};
use command_line::{Misuse, Parsed, SubCommand, flags_before, help, nearest, parse};
use model::problem::Problem;
use share::{InvalidWish, ShareError};
use wire::Cause;

use crate::output::{self, Output};
use crate::{after, continued, groups, listed, people, published, run_again, service_switch, unshared};

/// The code of a command line that does not fit.
pub(crate) const MISUSE: u8 = 2;
/// The code of everything else that goes wrong.
const FAILED: u8 = 1;

/// How a command ends when it does not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line does not fit.
    Misuse(String),
    /// What was asked for cannot be done as things stand.
    Unusable(String),
    /// Something went wrong.
    Cause(Cause),
    /// The connector has told what went wrong.
    Told {
        /// What it was.
        problem: Problem,
        /// Whether whoever listens has it already.
        is_handed_on: bool,
    },
    /// It was called off, and nothing is left of it.
    CalledOff,
}

impl From<Misuse> for Failure {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse.to_string())
    }
}

impl From<InvalidWish> for Failure {
    fn from(invalid: InvalidWish) -> Self {
        Self::Misuse(invalid.to_string())
    }
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        Self::Cause(cause)
    }
}

impl From<ShareError> for Failure {
    fn from(error: ShareError) -> Self {
        if error == ShareError::CalledOff { Self::CalledOff } else { Self::Cause(error.cause()) }
    }
}

/// Runs the command line.
pub(crate) fn run(words: &[String]) -> ExitCode {
    let (before, after) = words.split_at(flags_before(words, SSH.flags));
    let asked = |names: &[&str]| words.iter().any(|word| names.contains(&&**word));
    if asked(&["--version", "-v", "-V"]) {
        output::data(&format!("sallyport version {}\n", env!("CARGO_PKG_VERSION")));
        return ExitCode::SUCCESS;
    }
    let command = COMMANDS.iter().find(|command| starts_with(after, command.words));
    if asked(&["--help", "-help", "-h"]) {
        output::data(&command.map_or_else(overview, help_of));
        return ExitCode::SUCCESS;
    }
    let Some(command) = command else {
        output::note(&format!("{}; see: sallyport share --help", unknown(after)));
        return ExitCode::from(MISUSE);
    };
    // Flags that stand before the command are its own.
    let own = [before, &after[command.words.len()..]].concat();
    let given = match parse(&own, command.flags, &|name| std::env::var(name).ok()) {
        Ok(given) => given,
        Err(misuse) => return told(command, &Output::plain(), Failure::from(misuse)),
    };
    let output = Output::new(given.on("json"));
    match execute(command, &given, &output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => told(command, &output, failure),
    }
}

fn execute(command: &SubCommand, given: &Parsed, output: &Output) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Cause::Unexpected { what: error.to_string() })?;
    let done = runtime.block_on(async {
        match command.words {
            words if words == SSH.words => published::publish(given, output).await,
            words if words == RUN.words => run_again::run(given, output).await,
            words if words == SERVICE_ON.words => service_switch::on(given, output).await,
            words if words == SERVICE_OFF.words => service_switch::off(given, output).await,
            words if words == LIST.words => listed::list(given, output),
            words if words == GROUPS.words => groups::list(given, output).await,
            words if words == PEOPLE.words => people::people(given, output).await,
            words if words == CONTINUE.words => continued::go_on(given, output).await,
            words if words == UNDO.words => continued::undo(given, output).await,
            words if words == CHECK.words => after::check(given, output).await,
            words if words == POINT.words => after::point_here(given, output).await,
            words if words == RULES.words => after::rules(given, output).await,
            words if words == UNSHARE.words => unshared::unshare(given, output).await,
            words => Err(Failure::Misuse(format!("unknown command `{}`", words.join(" ")))),
        }
    });
    // A thread may still wait for a keychain or a name server: the process ends without it.
    runtime.shutdown_background();
    done
}

fn told(command: &SubCommand, output: &Output, failure: Failure) -> ExitCode {
    match failure {
        Failure::Misuse(sentence) => {
            output.misuse(&format!("{sentence}; see: sallyport {} --help", command.words.join(" ")));
            ExitCode::from(MISUSE)
        }
        Failure::Unusable(sentence) => {
            output.misuse(&sentence);
            ExitCode::from(FAILED)
        }
        Failure::Cause(cause) => {
            output.problem(&cause);
            ExitCode::from(FAILED)
        }
        Failure::Told { problem, is_handed_on } => {
            if !is_handed_on {
                output.told(&problem);
            }
            ExitCode::from(FAILED)
        }
        Failure::CalledOff => {
            output.says("called off");
            ExitCode::from(FAILED)
        }
    }
}

fn starts_with(words: &[String], command: &[&str]) -> bool {
    words.len() >= command.len() && words.iter().zip(command).all(|(word, expected)| word == expected)
}

fn unknown(words: &[String]) -> String {
    let example = format!("say what to share, such as: sallyport {}", SSH.words.join(" "));
    if words.len() < 2 && words.first().is_none_or(|word| word == SSH.words[0]) {
        return example;
    }
    let meant = words.iter().take(2).map(String::as_str).collect::<Vec<_>>().join(" ");
    let known = COMMANDS.iter().map(|command| command.words.join(" ")).collect::<Vec<_>>();
    match nearest(&meant, known.iter().map(String::as_str)) {
        Some(near) => format!("unknown command `{meant}`; the nearest is `{near}`"),
        None => example,
    }
}

fn overview() -> String {
    let commands: String = COMMANDS
        .iter()
        .map(|command| format!("  {:<18} {}\n", command.words.join(" "), command.help))
        .collect();
    format!(
        "Publish this machine's SSH server through Cloudflare, and take that back.\n\nCommands:\n{commands}"
    )
}

fn help_of(command: &SubCommand) -> String {
    let usage = ["Usage: sallyport", &command.words.join(" "), "[flags]", command.takes];
    let usage = usage.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    format!("{}.\n\n{usage}\n\nFlags:\n{}", command.help, help(&[command.flags]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_no_command_get_the_nearest() {
        let told = |line: &str| unknown(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(told("share shh"), "unknown command `share shh`; the nearest is `share ssh`");
        assert!(told("share").contains("sallyport share ssh"));
        for command in COMMANDS {
            assert!(overview().contains(&command.words.join(" ")));
            assert!(help_of(command).contains("--json"));
        }
    }
}
