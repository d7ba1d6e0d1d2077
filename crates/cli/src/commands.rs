//! Which command was meant, and what its end means to the caller.

pub(crate) mod agent;
pub(crate) mod beside;
pub(crate) mod browser;
pub(crate) mod carry;
pub(crate) mod completions;
pub(crate) mod curl;
pub(crate) mod doctor;
pub(crate) mod exit;
pub(crate) mod forward;
pub(crate) mod forwards;
pub(crate) mod front;
pub(crate) mod help;
pub(crate) mod host;
pub(crate) mod import;
pub(crate) mod log_in;
pub(crate) mod man;
pub(crate) mod ready;
pub(crate) mod ssh_gen;
pub(crate) mod ssh_lines;
pub(crate) mod status;
mod table;
#[cfg(unix)]
pub(crate) mod warm;

use std::process::ExitCode;

use wire::Cause;

use crate::args::{self, Misuse, Parsed};
use crate::called::Called;
use crate::context::{Context, NO_LOGIN};
use crate::{log, say};

pub(crate) use exit::MISUSE;
use exit::{FAILED, NOT_CARRIED};
use table::{Command, Does, GLOBAL, commands};

/// How a command ends when it does not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something went wrong.
    Cause(Cause),
    /// The same, with a code of its own.
    Coded(u8, Cause),
    /// The command line does not fit.
    Misuse(Misuse),
    /// A scripted answer: nothing was found. Already said.
    Quiet,
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        Self::Cause(cause)
    }
}

impl From<Misuse> for Failure {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

/// Runs the command line and says how it ended.
pub(crate) fn run(words: &[String]) -> ExitCode {
    if let Some(beside) = args::beside(words, GLOBAL) {
        return beside::hand_over(beside);
    }
    let env = |name: &str| std::env::var(name).ok();
    let called = Called::now();
    // Before all else, as a mistake is said in the form that was asked for too.
    if let Ok(global) = args::parse(&front::split(words).0, GLOBAL, &env) {
        log::choose_form(&global);
    }
    match plan(words, called, &env) {
        Ok(Plan::Say(text)) => {
            say::data(&text);
            ExitCode::SUCCESS
        }
        Ok(Plan::Run { command, global, given }) => {
            log::start(&given, &global);
            finish(command, execute(command, &global, &given))
        }
        Err((misuse, Some(command))) => finish(command, Err(misuse.into())),
        Err((misuse, None)) => {
            say::misuse(&misuse, called.name());
            ExitCode::from(MISUSE)
        }
    }
}

enum Plan {
    Say(String),
    Run { command: &'static Command, global: Parsed, given: Parsed },
}

/// Splits the line into global flags, the command's words and the command's own arguments. A mistake comes with the
/// command that it was made in.
fn plan(
    words: &[String],
    called: Called,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Plan, (Misuse, Option<&'static Command>)> {
    let (front, rest) = front::split(words);
    let global = args::parse(&front, GLOBAL, env).map_err(|misuse| (misuse, None))?;
    let rest = &*rest;
    if global.on("version") {
        return Ok(Plan::Say(help::version(false, called)));
    }
    if global.on("help") {
        return Ok(Plan::Say(help::overview("", called)));
    }
    let mut meant: Vec<&str> = rest.iter().map(String::as_str).collect();
    if let Some(first) = meant.first_mut() {
        *first = todays_name(first);
    } else if called == Called::Cloudflared {
        return bare(words, global, env);
    }
    if let Some(subject) = help::subject(&meant) {
        let unknown = || (Misuse::UnknownCommand(subject.join(" ")), None);
        return help::about(&subject, called).map(Plan::Say).ok_or_else(unknown);
    }
    let Some(command) = help::known(called).find(|command| meant.starts_with(command.words)) else {
        meant.truncate(2);
        return Err((Misuse::UnknownCommand(meant.join(" ")), None));
    };
    let own = &rest[command.words.len()..];
    if command.does == Does::Curl {
        return Ok(Plan::Run { command, global, given: Parsed::verbatim(own, command.flags, env) });
    }
    let given = args::parse(own, command.flags, env).map_err(|misuse| (misuse, Some(command)))?;
    if given.asks_for_help() {
        return Ok(Plan::Say(help::of(command, called)));
    }
    if command.does == Does::Version {
        given.none().map_err(|misuse| (misuse, Some(command)))?;
        return Ok(Plan::Say(help::version(given.on("short"), called)));
    }
    Ok(Plan::Run { command, global, given })
}

/// By the name `cloudflared` and with nothing at all behind it, what `config.yml` lists is meant.
fn bare(
    words: &[String],
    global: Parsed,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Plan, (Misuse, Option<&'static Command>)> {
    let meant = commands().find(|command| words.is_empty() && command.does == Does::Forwards);
    let command = meant.ok_or((Misuse::Missing("name a command of access or of tunnel"), None))?;
    let given = args::parse(&[], command.flags, env).map_err(|misuse| (misuse, Some(command)))?;
    Ok(Plan::Run { command, global, given })
}

/// `forward` is the old name of `access`.
fn todays_name(word: &str) -> &str {
    if word == "forward" { "access" } else { word }
}

fn execute(command: &Command, global: &Parsed, given: &Parsed) -> Result<(), Failure> {
    if global.value("profile") == Some("") {
        return Err(Misuse::Missing("flag `--profile` needs a folder").into());
    }
    let no_login = [global, given].iter().any(|flags| flags.on(NO_LOGIN.name));
    let context = Context::open(global.value("profile"), global.on("fedramp"), no_login)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Cause::Unexpected { what: error.to_string() })?;
    let result = runtime.block_on(async {
        match command.does {
            Does::Agent => agent::agent(&context, given).await,
            Does::Browser => browser::browser(&context, given),
            Does::Carry => carry::carry(&context, given).await,
            Does::AccessLogIn => log_in::access_log_in(&context, given).await,
            Does::AccessToken => log_in::access_token(&context, given).await,
            Does::Curl => curl::curl(&context, &given.rest).await,
            Does::SshGen => ssh_gen::generate(&context, given).await,
            Does::SshLines => ssh_lines::print(&context, given),
            Does::HostAdd => host::add(&context, given).await,
            Does::HostList => host::list(&context, given),
            Does::HostRemove => host::remove(&context, given).await,
            Does::Import => import::import(&context, given).await,
            Does::LogIn => log_in::log_in(&context, given).await,
            Does::LogOut => log_in::log_out(&context, given).await,
            Does::Status => status::status(&context, given).await,
            Does::Completions => completions::print(given),
            Does::Doctor => doctor::doctor(&context, given).await,
            Does::Forwards => forwards::forwards(&context, given).await,
            Does::Man => man::print(given),
            // Said, or handed over, before anything was opened.
            Does::Beside | Does::Version => Ok(()),
            Does::WaitReady => ready::wait_ready(&context, given).await,
            #[cfg(unix)]
            Does::Warm => warm::warm(&context, given).await,
        }
    });
    // A thread may still wait for a keychain or a read of stdin that never comes: the process ends without it.
    runtime.shutdown_background();
    result
}

fn finish(command: &Command, result: Result<(), Failure>) -> ExitCode {
    let carries = command.does == Does::Carry;
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Cause(cause)) => {
            say::problem(&cause);
            ExitCode::from(exit::of(&cause, carries))
        }
        Err(Failure::Coded(code, cause)) => {
            say::problem(&cause);
            ExitCode::from(code)
        }
        Err(Failure::Misuse(misuse)) => {
            say::misuse(&misuse, &call(command, Called::now()));
            ExitCode::from(if carries { NOT_CARRIED } else { MISUSE })
        }
        Err(Failure::Quiet) => ExitCode::from(FAILED),
    }
}

/// What a person has typed to call this command.
fn call(command: &Command, called: Called) -> String {
    match (called, command.does) {
        (Called::Cloudflared, Does::Forwards) => called.name().to_owned(),
        _ => format!("{} {}", called.name(), command.words.join(" ")),
    }
}

/// Lets a running desktop know at once; without one there is nobody to tell.
pub(crate) async fn tell_desktop(context: &Context, news: ipc::Ask) {
    let told = match ipc::Desktop::connect(&context.profile.desktop_address()).await {
        Ok(Some(mut desktop)) => desktop.ask(&news).await.map(drop),
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = told {
        tracing::debug!(%error, "the desktop was not told");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    fn planned(line: &str) -> (Parsed, Parsed, &'static [&'static str]) {
        match plan(&words(line), Called::Sallyport, &|_| None) {
            Ok(Plan::Run { command, global, given }) => (global, given, command.words),
            Ok(Plan::Say(text)) => panic!("said {text}"),
            Err((misuse, _)) => panic!("{misuse}"),
        }
    }

    #[test]
    fn the_proxy_command_of_a_private_profile_is_understood() {
        let (global, given, command) = planned("--profile /tmp/x access ssh --hostname build-01.acme.dev");
        assert_eq!(global.value("profile"), Some("/tmp/x"));
        assert_eq!(given.value("hostname"), Some("build-01.acme.dev"));
        assert_eq!(command, ["access", "ssh"]);
    }

    #[test]
    fn forward_is_the_old_name_of_access() {
        assert_eq!(planned("forward ssh -T h").2, ["access", "ssh"]);
    }

    #[test]
    fn flags_may_stand_before_the_command_or_within_it() {
        for line in [
            "--fedramp access ssh -T h",
            "-fedramp access ssh -T h",
            "access --fedramp ssh -T h",
            "forward -fedramp=true ssh -T h",
        ] {
            let (global, given, command) = planned(line);
            assert!(global.on("fedramp"), "{line}");
            assert_eq!((given.value("hostname"), command), (Some("h"), &["access", "ssh"][..]), "{line}");
        }
        let (global, _, _) = planned("access --logfile f --fedramp ssh -T h");
        assert_eq!((global.value("logfile"), global.on("fedramp")), (Some("f"), true));
        assert!(!planned("access ssh -T h").0.on("fedramp"));
    }

    #[test]
    fn the_log_flags_of_carriers_are_known() {
        let line = "access tcp -T h --logfile f --log-directory d --log-level chatty --debug-stream 0";
        let (_, given, _) = planned(line);
        assert_eq!((given.value("logfile"), given.value("log-directory")), (Some("f"), Some("d")));
        let Ok(Plan::Say(text)) = plan(&words("access tcp --help"), Called::Sallyport, &|_| None) else {
            panic!()
        };
        assert!(text.contains("--log-directory") && !text.contains("debug-stream"), "{text}");
    }

    #[test]
    fn a_mistake_in_a_proxy_command_is_told_apart() {
        let Err((misuse, Some(command))) = plan(&words("access ssh --nope"), Called::Sallyport, &|_| None)
        else {
            panic!()
        };
        assert_eq!(misuse, Misuse::UnknownFlag("--nope".into()));
        assert_eq!(command.words, ["access", "ssh"]);
        assert!(matches!(
            plan(&words("acces ssh"), Called::Sallyport, &|_| None),
            Err((Misuse::UnknownCommand(_), None))
        ));
    }
}
