//! What was found, in lines: no file, no network, no clock here, so that every line can be tested by a table.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use profile::VaultChoice;
use serde::Serialize;
use ssh_config::Check;
use wire::Cause;

use crate::say;

/// How a check came out. Declared in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Broken,
    Check,
    Fine,
    Skipped,
}

/// One check, one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) state: State,
    /// What was found.
    pub(super) what: String,
    /// What to do about it; empty when there is nothing to do.
    pub(super) next: String,
    /// The stable name of the cause, where the closed list has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cause: Option<String>,
}

/// The helper that the block runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Helper {
    /// The block runs none.
    Unused,
    Missing(PathBuf),
    Silent(PathBuf, String),
    Starts(PathBuf, String),
}

/// Something below `~/.ssh` with its permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Guarded {
    pub(super) path: PathBuf,
    pub(super) is_folder: bool,
    /// Whether ssh refuses it as soon as others can read it.
    pub(super) is_key: bool,
    /// The lowest nine bits.
    pub(super) mode: u32,
}

impl Line {
    pub(super) fn new(name: &'static str, state: State, what: impl Into<String>, next: &str) -> Self {
        Self { name, state, what: what.into(), next: next.to_owned(), cause: None }
    }

    fn fine(name: &'static str, what: impl Into<String>) -> Self {
        Self::new(name, State::Fine, what, "")
    }

    pub(super) fn skipped(name: &'static str, why: &str) -> Self {
        Self::new(name, State::Skipped, why, "")
    }

    pub(super) fn broken(name: &'static str, cause: &Cause) -> Self {
        let problem = say::words_of(cause);
        let bare = |sentence: &str| sentence.trim_end_matches('.').to_owned();
        Self {
            name,
            state: State::Broken,
            what: bare(&problem.title),
            next: bare(&problem.next),
            cause: Some(cause.kind()),
        }
    }

    /// A check that found no end in its time.
    pub(super) fn late(name: &'static str, limit: Duration) -> Self {
        Self::new(name, State::Check, format!("no answer within {} s", limit.as_secs()), "try again")
    }

    pub(super) fn as_text(&self) -> String {
        let state = match self.state {
            State::Broken => "Broken",
            State::Check => "Check",
            State::Fine => "Fine",
            State::Skipped => "Skipped",
        };
        let next = if self.next.is_empty() { String::new() } else { format!(" ({})", self.next) };
        format!("{state:<7}  {}: {}{next}\n", self.name, self.what)
    }
}

/// `said` is what `ssh -V` said; nothing when there is no ssh.
pub(super) fn ssh(said: Option<&str>) -> Line {
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

pub(super) fn block(hosts: &Result<usize, Cause>) -> Line {
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
pub(super) fn ssh_config(checks: &[(String, Result<Check, Cause>)], taken: &[(String, usize)]) -> Vec<Line> {
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
            "remove it, or move it below the Sallyport block",
        ),
    };
    vec![valid, wins]
}

pub(super) fn helper(found: &Helper, ours: &str) -> Line {
    const NAME: &str = "helper";
    match found {
        Helper::Unused => Line::skipped(NAME, "no host runs it yet"),
        Helper::Missing(path) => {
            Line::new(NAME, State::Broken, format!("{} is not there any more", path.display()), FIX)
        }
        Helper::Silent(path, why) => {
            let what = format!("{} does not start: {}", path.display(), one_line(why));
            Line::new(NAME, State::Broken, what, FIX)
        }
        Helper::Starts(_, version) if version == ours => Line::fine(NAME, "starts, same version"),
        Helper::Starts(path, version) => {
            let what = format!("{} is version {version}, this is {ours}", path.display());
            Line::new(NAME, State::Check, what, FIX)
        }
    }
}

pub(super) fn permissions(found: &[Guarded]) -> Line {
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
pub(super) fn cloudflared(lines: &[usize]) -> Line {
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

pub(super) fn keychain(place: VaultChoice, probed: Result<(), Cause>) -> Line {
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
pub(super) fn desktop(running: Result<Option<String>, Cause>, ours: &str) -> Line {
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

pub(super) fn name(host: &str, addresses: &Result<Vec<SocketAddr>, Cause>) -> Line {
    match addresses {
        Ok(found) if found.len() == 1 => Line::fine("name", format!("{host} has 1 address")),
        Ok(found) => Line::fine("name", format!("{host} has {} addresses", found.len())),
        Err(cause) => Line::broken("name", cause),
    }
}

/// How connecting by each family went; `None` where the name has no address of it.
pub(super) struct Families {
    pub(super) v4: Option<Result<Duration, String>>,
    pub(super) v6: Option<Result<Duration, String>>,
}

pub(super) fn families(host: &str, port: u16, found: &Families) -> Vec<Line> {
    let is_open = |family: &Option<Result<Duration, String>>| matches!(family, Some(Ok(_)));
    let any = is_open(&found.v4) || is_open(&found.v6);
    let line = |name, family: &Option<Result<Duration, String>>| match family {
        None => Line::skipped(name, "the name has no such address"),
        Some(Ok(took)) => Line::fine(name, format!("connects in {} ms", took.as_millis())),
        Some(Err(why)) if any => {
            Line::new(name, State::Check, one_line(why), "the other family is used, a little later")
        }
        Some(Err(why)) => Line::new(name, State::Broken, one_line(why), "check the network"),
    };
    let reached = if any {
        Line::fine("port", format!("{port} can be reached"))
    } else {
        let detail = format!("nothing answers on port {port}");
        Line::broken("port", &Cause::Unreachable { host: host.to_owned(), detail })
    };
    vec![line("IPv4", &found.v4), line("IPv6", &found.v6), reached]
}

/// What the direct way lacks is no fault where another way leads to the edge, as through a proxy.
pub(super) fn tempered(direct: Vec<Line>, tls: &Line) -> Vec<Line> {
    let temper = |line: Line| match (line.state, tls.state) {
        (State::Broken, State::Fine) => {
            let next = "nothing to do, as another way leads there".to_owned();
            Line { state: State::Check, next, ..line }
        }
        _ => line,
    };
    direct.into_iter().map(temper).collect()
}

pub(super) fn tls(secured: Result<Duration, Cause>) -> Line {
    match secured {
        Ok(took) => Line::fine("TLS", format!("the certificate is trusted, after {} ms", took.as_millis())),
        Err(cause) => Line::broken("TLS", &cause),
    }
}

/// `ahead` is how far this machine's clock is ahead of the edge's, in seconds.
pub(super) fn clock(ahead: Result<Option<i64>, Cause>) -> Line {
    const NAME: &str = "clock";
    match ahead {
        Ok(Some(seconds)) if seconds.abs() <= 5 => Line::fine(NAME, "within 5 s"),
        Ok(Some(seconds)) => {
            let line = Line::broken(NAME, &Cause::ClockOff { seconds });
            let state = if seconds.abs() <= 60 { State::Check } else { State::Broken };
            Line { state, ..line }
        }
        Ok(None) => Line::skipped(NAME, "the edge does not tell the time"),
        Err(cause @ Cause::ClockOff { .. }) => Line::broken(NAME, &cause),
        Err(_) => Line::skipped(NAME, "the edge was not reached"),
    }
}

/// `team` is the name of the team whose app was found.
pub(super) fn app(team: Result<String, Cause>) -> Line {
    match team {
        Ok(team) => Line::fine("app", format!("behind Cloudflare Access, team {team}")),
        Err(cause) => Line::broken("app", &cause),
    }
}

/// `until` is the end of the login at hand, as a person reads it.
pub(super) fn login(host: &str, until: Result<Option<String>, Cause>) -> Line {
    match until {
        Ok(Some(until)) => Line::fine("login", format!("valid until {until}")),
        Ok(None) => Line::new("login", State::Check, "none at hand", &format!("sallyport login {host}")),
        Err(cause) => Line::broken("login", &cause),
    }
}

/// `greeting` is the SSH server's first line.
pub(super) fn banner(greeting: Result<String, Cause>) -> Line {
    const NAME: &str = "SSH banner";
    match greeting {
        Ok(greeting) => Line::fine(NAME, greeting),
        Err(cause) => {
            let needs_log_in = matches!(cause, Cause::LogInNeeded { .. } | Cause::TokenRejected { .. });
            if needs_log_in {
                Line::skipped(NAME, "a login is needed first")
            } else {
                Line::broken(NAME, &cause)
            }
        }
    }
}

/// The lines outside Sallyport's entries that run cloudflared, from 1.
pub(super) fn cloudflared_lines(config: &str) -> Vec<usize> {
    let runs = |line: &str| {
        let line = line.trim_start().to_ascii_lowercase();
        let is_command =
            line.starts_with("proxycommand") || (line.starts_with("match") && line.contains("exec"));
        is_command && line.contains("cloudflared") && !line.contains("sallyport")
    };
    config.lines().enumerate().filter(|(_, line)| runs(line)).map(|(index, _)| index + 1).collect()
}

/// The text without what is nobody else's business: tokens, addresses of people, the folder of the home.
pub(super) fn redacted(text: &str, home: Option<&str>) -> String {
    let text = match home.filter(|home| home.len() > 1) {
        Some(home) => text.replace(home, "~"),
        None => text.to_owned(),
    };
    let is_secret = |word: &str| word.contains('@') || word.contains("eyJ");
    let clean = |word: &str| if is_secret(word) { "[removed]".to_owned() } else { word.to_owned() };
    text.split('\n')
        .map(|line| line.split(' ').map(clean).collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join("\n")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
