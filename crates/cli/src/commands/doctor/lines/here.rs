//! Lines about this machine: ssh and its files, the helper, the keychain, the desktop.

use std::path::PathBuf;

use profile::VaultChoice;
use ssh_config::Check;
use wire::Cause;

use super::{Line, State, one_line};

/// The helper that the block runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// The block runs none.
    Unused,
    Missing(PathBuf),
    Silent(PathBuf, String),
    Starts(PathBuf, String),
}

/// Something below `~/.ssh` with its permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guarded {
    pub(crate) path: PathBuf,
    pub(crate) is_folder: bool,
    /// Whether ssh refuses it as soon as others can read it.
    pub(crate) is_key: bool,
    /// The lowest nine bits.
    pub(crate) mode: u32,
}

/// `said` is what `ssh -V` said; nothing when there is no ssh.
pub(crate) fn ssh(said: Option<&str>) -> Line {
    let Some(said) = said else {
        let what = "no ssh was found on the PATH";
        return Line::new("ssh", State::Broken, what, "install the OpenSSH client");
    };
    let version = said.split([',', ' ']).next().unwrap_or_default().trim();
    match version_of(version) {
        Some(found) if found >= (7, 3) => Line::fine("ssh", version),
        Some(_) => Line::new(
            "ssh",
            State::Broken,
            format!("{version} is older than 7.3"),
            "install a newer OpenSSH client",
        ),
        None => {
            Line::new("ssh", State::Check, format!("not OpenSSH: {version}"), "install the OpenSSH client")
        }
    }
}

/// `OpenSSH_9.2p1` and `OpenSSH_for_Windows_8.6p1`.
fn version_of(text: &str) -> Option<(u32, u32)> {
    let number = text.strip_prefix("OpenSSH_")?.trim_start_matches("for_Windows_");
    let (major, rest) = number.split_once('.')?;
    let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, minor.parse().ok()?))
}

pub(crate) fn block(hosts: &Result<usize, Cause>) -> Line {
    match hosts {
        Ok(0) => Line::new("managed block", State::Skipped, "no hosts yet", "sallyport host add HOSTNAME"),
        Ok(1) => Line::fine("managed block", "1 host"),
        Ok(count) => Line::fine("managed block", format!("{count} hosts")),
        Err(cause @ Cause::ConfigDamaged { .. }) => {
            Line { next: FIX.to_owned(), ..Line::broken("managed block", cause) }
        }
        Err(cause) => Line::broken("managed block", cause),
    }
}

const FIX: &str = "sallyport doctor --fix";

/// What ssh itself makes of every host: whether it takes the file, and whose lines it follows. `taken` are the names of
/// entries outside the block with their lines.
pub(crate) fn ssh_config(checks: &[(String, Result<Check, Cause>)], taken: &[(String, usize)]) -> Vec<Line> {
    const VALID: &str = "ssh config";
    const WINS: &str = "other entries";
    if checks.is_empty() {
        return vec![Line::skipped(VALID, "no hosts to ask ssh about"), Line::skipped(WINS, "no hosts")];
    }
    let mut refused = None;
    let mut others = Vec::new();
    for (alias, check) in checks {
        match check {
            Ok(Check::Fine { .. }) => {}
            Ok(Check::NoSsh) => {
                return vec![Line::skipped(VALID, "no ssh to ask"), Line::skipped(WINS, "no ssh to ask")];
            }
            Ok(Check::OtherEntryWins { .. }) => {
                let line = taken.iter().find(|(pattern, _)| pattern == alias).map(|(_, line)| *line);
                others.push(line.map_or_else(|| alias.clone(), |line| format!("{alias} (line {line})")));
            }
            Ok(Check::Refused { said }) => {
                refused = Some(Line::new(
                    VALID,
                    State::Broken,
                    format!("ssh does not take it: {}", one_line(said)),
                    "mend the line that ssh names",
                ));
            }
            Err(cause) => refused = Some(Line::broken(VALID, cause)),
        }
    }
    let is_refused = refused.is_some();
    let valid = refused.unwrap_or_else(|| Line::fine(VALID, "ssh takes it"));
    let wins = match (others.as_slice(), is_refused) {
        ([], true) => Line::skipped(WINS, "ssh does not take the file"),
        ([], false) => Line::fine(WINS, "each host uses Sallyport's lines"),
        (names, _) => Line::new(
            WINS,
            State::Broken,
            format!("another entry wins over Sallyport's for {}", names.join(", ")),
            FIX,
        ),
    };
    vec![valid, wins]
}

pub(crate) fn helper(found: &Program, ours: &str) -> Line {
    const NAME: &str = "helper";
    match found {
        Program::Unused => Line::skipped(NAME, "no host runs it yet"),
        Program::Missing(path) => {
            Line::new(NAME, State::Broken, format!("{} is not there any more", path.display()), FIX)
        }
        Program::Silent(path, why) => {
            let what = format!("{} does not start: {}", path.display(), one_line(why));
            Line::new(NAME, State::Broken, what, FIX)
        }
        Program::Starts(_, version) if version == ours => Line::fine(NAME, "starts, same version"),
        Program::Starts(path, version) => {
            let what = format!("{} is version {version}, this is {ours}", path.display());
            Line::new(NAME, State::Check, what, FIX)
        }
    }
}

pub(crate) fn permissions(found: &[Guarded]) -> Line {
    const NAME: &str = "permissions";
    if found.is_empty() {
        return Line::skipped(NAME, "nothing there yet, or this system has none of that kind");
    }
    let named = |it: &Guarded, who: &str| format!("{} can be {who} by others", it.path.display());
    let written = found.iter().find(|it| it.mode & 0o022 != 0);
    let key = found.iter().find(|it| it.is_key && it.mode & 0o077 != 0);
    let read = found.iter().find(|it| it.mode & 0o077 != 0);
    match (written, key, read) {
        (Some(it), _, _) => {
            Line::new(NAME, State::Broken, format!("{}, ssh ignores it", named(it, "written")), FIX)
        }
        (None, Some(it), _) => {
            Line::new(NAME, State::Broken, format!("{}, ssh refuses it", named(it, "read")), FIX)
        }
        (None, None, Some(it)) => Line::new(NAME, State::Check, named(it, "read"), FIX),
        (None, None, None) => Line::fine(NAME, "700 and 600"),
    }
}

/// `lines` are those outside our block that run cloudflared, from 1.
pub(crate) fn cloudflared(lines: &[usize]) -> Line {
    let numbers: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let plural = if lines.len() == 1 { "line" } else { "lines" };
    match lines {
        [] => Line::fine("cloudflared", "not needed"),
        _ => Line::new(
            "cloudflared",
            State::Check,
            format!(
                "still runs by {plural} {} of the ssh config, and may open a second login",
                numbers.join(", ")
            ),
            "add those hosts to Sallyport, then remove the lines",
        ),
    }
}

pub(crate) fn keychain(place: VaultChoice, probed: Result<(), Cause>) -> Line {
    const NAME: &str = "keychain";
    match (place, probed) {
        (_, Err(cause)) => Line::broken(NAME, &cause),
        (VaultChoice::Keychain, Ok(())) => Line::fine(NAME, "can be reached"),
        (VaultChoice::File, Ok(())) => Line::fine(NAME, "a private file instead, as chosen in settings.json"),
        (VaultChoice::Memory, Ok(())) => Line::new(
            NAME,
            State::Check,
            "logins are kept in memory only, as chosen in settings.json",
            "choose the keychain to keep them",
        ),
    }
}

/// `running` is the version of the desktop that runs.
pub(crate) fn desktop(running: Result<Option<String>, Cause>, ours: &str) -> Line {
    const NAME: &str = "desktop";
    match running {
        Ok(None) => Line::skipped(NAME, "it does not run; ssh works without it"),
        Ok(Some(version)) if version == ours => Line::fine(NAME, "runs, same version"),
        Ok(Some(version)) => Line::new(
            NAME,
            State::Check,
            format!("version {version} runs, this is {ours}"),
            "quit and start it again",
        ),
        Err(cause) => Line::broken(NAME, &cause),
    }
}

/// The lines outside Sallyport's entries that run cloudflared, from 1.
pub(crate) fn cloudflared_lines(config: &str) -> Vec<usize> {
    let runs = |line: &str| {
        let line = line.trim_start().to_ascii_lowercase();
        let is_command =
            line.starts_with("proxycommand") || (line.starts_with("match") && line.contains("exec"));
        is_command && line.contains("cloudflared") && !line.contains("sallyport")
    };
    config.lines().enumerate().filter(|(_, line)| runs(line)).map(|(index, _)| index + 1).collect()
}
