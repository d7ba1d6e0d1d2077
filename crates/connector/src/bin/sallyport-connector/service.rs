//! `service install`, `uninstall`, `status`, `logs`: the operating system runs a tunnel.

#[cfg(windows)]
mod entry;
mod look;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use command_line::service::{COMMANDS, INSTALL, LOGS, STATUS, UNINSTALL};
use command_line::{Parsed, SubCommand, help, nearest, parse};
use service::{Init, Job, Place, RunsBy, Scope, ServiceError};
use wire::tunnel::Credentials;
use zeroize::Zeroizing;

use crate::chosen::{Found, in_home};
use crate::failure::{Failure, MISUSE};
use crate::say;

/// The word that all of these begin with.
pub(crate) const WORD: &str = "service";
/// What the service is called unless it is said otherwise.
const NAME: &str = "sallyport";

/// Runs one of these commands; flags of all commands stood `before` its words.
pub(crate) fn run(before: &[String], words: &[String]) -> ExitCode {
    #[cfg(windows)]
    if words.get(1).is_some_and(|word| word == entry::WORD) {
        return entry::answer_the_system(&words[2..]);
    }
    let asks_help = words.iter().any(|word| ["--help", "-help", "-h"].contains(&&**word));
    let found = COMMANDS.iter().find(|command| starts_with(words, command.words));
    if asks_help || words.len() == 1 {
        say::data(&found.map_or_else(overview, help_of));
        return ExitCode::SUCCESS;
    }
    let Some(command) = found else {
        let meant = words.iter().take(2).map(String::as_str).collect::<Vec<_>>().join(" ");
        let known = COMMANDS.iter().map(|command| command.words.join(" ")).collect::<Vec<_>>();
        let near = nearest(&meant, known.iter().map(String::as_str));
        let near = near.map(|near| format!("; the nearest is `{near}`")).unwrap_or_default();
        say::note(&format!("unknown command `{meant}`{near}; see: sallyport service --help"));
        return ExitCode::from(MISUSE);
    };
    let own = [before, &words[command.words.len()..]].concat();
    let done = parse(&own, command.flags, &|name| std::env::var(name).ok()).map_err(Failure::from);
    match done.and_then(|given| execute(command, &given)) {
        Ok(code) => code,
        Err(failure) => ExitCode::from(failure.tell_of(&command.words.join(" "))),
    }
}

fn execute(command: &SubCommand, given: &Parsed) -> Result<ExitCode, Failure> {
    let place = place(given)?;
    let name = given.value("name").unwrap_or(NAME).to_owned();
    match command.words {
        words if words == INSTALL.words => install(&place, given, name).map(|()| ExitCode::SUCCESS),
        words if words == UNINSTALL.words => uninstall(&place, given, &name).map(|()| ExitCode::SUCCESS),
        words if words == STATUS.words => look::status(&place, given, &name),
        words if words == LOGS.words => look::logs(&place, given, &name).map(|()| ExitCode::SUCCESS),
        words => Err(Failure::Misuse(format!("unknown command `{}`", words.join(" ")))),
    }
}

fn install(place: &Place, given: &Parsed, name: String) -> Result<(), Failure> {
    let runs_by = runs_by(given)?;
    // A profile of one's own is that of the service, too.
    let profile = given.value("profile").filter(|path| !path.is_empty()).map(in_home);
    let profile = profile.map(|path| std::path::absolute(&path).unwrap_or(path));
    let flags =
        profile.into_iter().flat_map(|path| ["--profile".to_owned(), path.display().to_string()]).collect();
    let service = Job { name, program: program()?, runs_by, flags };
    let layout = place.init.layout(place, &service).map_err(failed)?;
    for lacks in service::install(place, &layout).map_err(failed)? {
        say::note(&format!("the service goes without this: {lacks}"));
    }
    let user = if place.scope == Scope::User { " --user" } else { "" };
    let named = if service.name == NAME { String::new() } else { format!(" --name {}", service.name) };
    let lingers = match (place.init, place.scope) {
        (Init::Systemd, Scope::User) => "; loginctl enable-linger lets it run while you are not logged in",
        (Init::Launchd | Init::OpenRc | Init::Systemd | Init::Windows, _) => "",
    };
    say::note(&format!("installed {}; its log: sallyport service logs{user}{named}{lingers}", layout.name));
    Ok(())
}

fn uninstall(place: &Place, given: &Parsed, name: &str) -> Result<(), Failure> {
    given.none()?;
    let layout = service::find(place, name).map_err(failed)?;
    service::uninstall(place, &layout).map_err(failed)?;
    say::note(&format!("the service {name} is gone, and all of its files"));
    Ok(())
}

fn place(given: &Parsed) -> Result<Place, Failure> {
    let scope = if given.on("user") { Scope::User } else { Scope::System };
    let root = given.value("root").filter(|root| !root.is_empty()).map(PathBuf::from);
    match given.value("init") {
        Some(name) => {
            let init = Init::named(name).ok_or(ServiceError::NoInit).map_err(failed)?;
            let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
            Ok(Place { init, scope, root, home })
        }
        None => Ok(Place { root, ..Place::here(scope).map_err(failed)? }),
    }
}

/// A token, else the configuration file with the credentials that it names.
fn runs_by(given: &Parsed) -> Result<RunsBy, Failure> {
    let from_file = given.value("token-file").filter(|path| !path.is_empty()).map(in_home);
    let token = match (given.one("no token").ok().or_else(|| given.value("token")), from_file) {
        (Some(token), _) => Some(Zeroizing::new(token.trim().to_owned())),
        (None, Some(path)) => Some(Zeroizing::new(String::from_utf8_lossy(&bytes(&path)?).trim().to_owned())),
        (None, None) => None,
    };
    if let Some(token) = token.filter(|token| !token.is_empty()) {
        Credentials::from_token(&token).map_err(|error| Failure::Misuse(format!("the token: {error}")))?;
        return Ok(RunsBy::Token(token));
    }
    let wants = || {
        Failure::Unusable(
            "a service is run by a token, or by a config.yml that names its tunnel and its credentials-file: give a \
             token by --token-file, or name such a file with --config"
                .to_owned(),
        )
    };
    let found = Found::read(given.value("config"))?.ok_or_else(wants)?;
    let credentials =
        found.config.flag("credentials-file").and_then(|mut all| all.pop()).ok_or_else(wants)?;
    let credentials = Zeroizing::new(bytes(&in_home(&credentials))?);
    let usable = Credentials::from_file(&credentials)
        .map_err(|error| Failure::Unusable(format!("the credentials cannot be used: {error}")))?;
    if usable.tunnel.is_none() {
        return Err(wants());
    }
    let config = String::from_utf8_lossy(&bytes(&found.path)?).into_owned();
    Ok(RunsBy::Config { config, credentials })
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path)
        .map_err(|error| Failure::Unusable(format!("{} cannot be read: {error}", path.display())))
}

/// This program, by its real path.
fn program() -> Result<PathBuf, Failure> {
    let own = std::env::current_exe().and_then(|path| path.canonicalize());
    own.map_err(|error| Failure::Unusable(format!("it is not known where this program lies: {error}")))
}

#[expect(clippy::needless_pass_by_value, reason = "it stands where errors are mapped")]
pub(crate) fn failed(error: ServiceError) -> Failure {
    let hint = if error.needs_root() { "; run it as root, or add --user" } else { "" };
    Failure::Unusable(format!("{error}{hint}"))
}

fn starts_with(words: &[String], command: &[&str]) -> bool {
    words.len() >= command.len() && words.iter().zip(command).all(|(word, expected)| word == expected)
}

fn overview() -> String {
    let commands: String = COMMANDS
        .iter()
        .map(|command| format!("  {:<20} {}\n", command.words.join(" "), command.help))
        .collect();
    format!(
        "Let the system run a tunnel.\n\nUsage: sallyport service command [flags]\n\nCommands:\n{commands}"
    )
}

fn help_of(command: &SubCommand) -> String {
    let usage = format!("Usage: sallyport {} [flags] {}", command.words.join(" "), command.takes);
    format!("{}.\n\n{}\n\nFlags:\n{}", command.help, usage.trim_end(), help(&[command.flags]))
}
