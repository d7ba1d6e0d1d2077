//! Which command was meant, and how its end is told.

use std::process::ExitCode;

use command_line::tunnel::{COMMANDS, FLAGS, FOUND, READY, RULE, RUN, VALIDATE};
use command_line::{SubCommand, flags_before, help, nearest, parse};

use crate::failure::{Failure, MISUSE};
use crate::{found, ingress, manage, ready, run, say, service};

/// Commands of cloudflared's that are not here, and what to know about that.
const ELSEWHERE: [(&str, &str); 5] = [
    (
        "diag",
        "a running tunnel tells how it is at /metrics and /ready, and sallyport doctor looks at the rest",
    ),
    ("route ip", PRIVATE),
    ("route lb", "use the dashboard for load balancers"),
    ("update", "new versions come the way this one was installed"),
    ("vnet", PRIVATE),
];
const PRIVATE: &str = "private networks get their addresses in the dashboard; of them this connector carries TCP, and \
                       neither UDP nor ICMP";

/// Runs the command line.
pub(crate) fn run(words: &[String]) -> ExitCode {
    let asked =
        |names: &[&str]| words.iter().take_while(|word| *word != "--").any(|word| names.contains(&&**word));
    if asked(&["--version", "-version", "-v", "-V"]) {
        say::data(&format!("sallyport version {}\n", env!("CARGO_PKG_VERSION")));
        return ExitCode::SUCCESS;
    }
    let at = flags_before(words, FLAGS);
    let (before, after) = words.split_at(at);
    if after.first().is_some_and(|word| word == service::WORD) {
        return service::run(before, after);
    }
    let command = COMMANDS.iter().find(|command| starts_with(after, command.words));
    if let [help, about @ ..] = after
        && help == "help"
    {
        say::data(&COMMANDS.iter().find(|it| starts_with(about, it.words)).map_or_else(overview, help_of));
        return ExitCode::SUCCESS;
    }
    if asked(&["--help", "-help", "-h"]) {
        say::data(&command.map_or_else(overview, help_of));
        return ExitCode::SUCCESS;
    }
    // `tunnel --url SERVICE` without a command, and without a tunnel's name, is how cloudflared makes a quick one.
    let publishes = ["url", "hello-world"].map(|flag| [format!("--{flag}"), format!("-{flag}")]).concat();
    let is_quick = before
        .iter()
        .any(|word| publishes.iter().any(|flag| word == flag || word.starts_with(&format!("{flag}="))));
    if after.is_empty() && is_quick {
        let words = [before, &["--quick".to_owned()]].concat();
        return match execute(&RUN, &words, &[]) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => ExitCode::from(failure.tell("run")),
        };
    }
    let Some(command) = command else {
        say::note(&format!("{}; see: sallyport tunnel --help", unknown(after)));
        return ExitCode::from(MISUSE);
    };
    let own = &after[command.words.len()..];
    match execute(command, before, own) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => ExitCode::from(failure.tell(&command.words.join(" "))),
    }
}

fn execute(command: &SubCommand, before: &[String], own: &[String]) -> Result<(), Failure> {
    let env = |name: &str| std::env::var(name).ok();
    match command.words {
        words if words == RUN.words => {
            let words = [before, own].concat();
            run::run(parse(&words, FLAGS, &env)?, None)
        }
        words if words == FOUND.words => found::list(before, own),
        words if words == READY.words => {
            // Flags of all commands may stand before this one.
            let (before, own) = (parse(before, FLAGS, &env)?, parse(own, command.flags, &env)?);
            ready::ready(own.value("metrics").or_else(|| before.value("metrics")))
        }
        words if words == VALIDATE.words || words == RULE.words => {
            let (before, own) = (parse(before, FLAGS, &|_| None)?, parse(own, command.flags, &env)?);
            let config = own.value("config").or_else(|| before.value("config"));
            if words == VALIDATE.words {
                ingress::validate(config, &own)
            } else {
                ingress::rule(config, &own)
            }
        }
        _ => manage::run(command, before, own),
    }
}

fn starts_with(words: &[String], command: &[&str]) -> bool {
    words.len() >= command.len() && words.iter().zip(command).all(|(word, expected)| word == expected)
}

/// What is wrong with words that are no command.
fn unknown(words: &[String]) -> String {
    let Some(first) = words.first() else {
        return "say what to do, such as: sallyport tunnel run".to_owned();
    };
    let meant = words.iter().take(2).map(String::as_str).collect::<Vec<_>>().join(" ");
    let elsewhere = ELSEWHERE.iter().find(|(command, _)| [first.as_str(), &meant].contains(command));
    if let Some((command, why)) = elsewhere {
        return format!("`tunnel {command}` is not here: {why}");
    }
    let near = COMMANDS.iter().map(|command| command.words.join(" ")).collect::<Vec<_>>();
    let near = nearest(&meant, near.iter().map(String::as_str));
    let near = near.or_else(|| nearest(first, COMMANDS.iter().map(|command| command.words[0])));
    near.map_or_else(
        || format!("unknown command `tunnel {meant}`"),
        |near| format!("unknown command `tunnel {meant}`; the nearest is `tunnel {near}`"),
    )
}

fn overview() -> String {
    let commands: String = COMMANDS
        .iter()
        .map(|command| format!("  {:<30} {}\n", format!("tunnel {}", command.words.join(" ")), command.help))
        .collect();
    format!(
        "Publish services of this machine through Cloudflare.\n\nUsage: sallyport tunnel [flags] command \
         [arguments]\n\nCommands:\n{commands}\nFlags:\n{}",
        help(&[FLAGS])
    )
}

fn help_of(command: &SubCommand) -> String {
    let words = ["Usage: sallyport tunnel [flags]", &command.words.join(" "), "[flags]", command.takes];
    let usage = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let flags = help(&[command.flags]);
    format!("{}.\n\n{usage}\n\nFlags:\n{flags}", command.help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> String {
        unknown(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn words_that_are_no_command_get_the_nearest() {
        assert_eq!(told("rnu"), "unknown command `tunnel rnu`; the nearest is `tunnel run`");
        assert!(told("ingress validat").ends_with("the nearest is `tunnel ingress validate`"));
        assert!(told("vnet list").starts_with("`tunnel vnet` is not here: private networks"));
        assert!(told("route ip add 10.0.0.0/8 x").starts_with("`tunnel route ip` is not here"));
        assert!(told("route dsn x y").ends_with("the nearest is `tunnel route dns`"));
        assert!(told("creat x").ends_with("the nearest is `tunnel create`"));
        assert_eq!(told("colourful"), "unknown command `tunnel colourful`");
        assert!(told("").contains("tunnel run"));
    }

    #[test]
    fn every_command_explains_itself() {
        for command in COMMANDS {
            assert!(overview().contains(&command.words.join(" ")));
            assert!(help_of(command).contains(&command.words.join(" ")));
        }
        assert!(help_of(&RUN).contains("--token-file value") && !help_of(&RUN).contains("heartbeat"));
    }
}
