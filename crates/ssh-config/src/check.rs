//! Asking ssh itself what it makes of a file: `ssh -F candidate -G alias` prints the options it would use.

use std::ffi::OsStr;
use std::io::{self, Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::host::Host;

/// A file's `Match exec` commands and name look-ups may take a while, but nobody waits longer for a dialog.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// What ssh says to a candidate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Check {
    /// ssh takes the file and reaches the host as planned.
    Fine {
        /// The command that ssh would run; empty when it would connect by itself.
        proxy_command: String,
        /// The hostname that ssh would use.
        hostname: String,
    },
    /// There is no ssh that this person can run, so nothing was checked.
    NoSsh,
    /// ssh takes the file, but lines other than the block's entry decide how the host is reached.
    OtherEntryWins {
        /// The command that ssh would run; empty when it would connect by itself or through a jump host.
        proxy_command: String,
        /// The hostname that ssh would use.
        hostname: String,
    },
    /// ssh does not take the file.
    Refused {
        /// ssh's own words, with the file's path in place of the candidate's.
        said: String,
    },
}

/// Asks about `host`; with `wanted`, its hostname and this command are what ssh must come to.
pub(crate) fn ask(
    ssh: &OsStr,
    path: &Path,
    candidate: &[u8],
    host: &Host,
    wanted: Option<&str>,
    patience: Duration,
) -> io::Result<Check> {
    let mut file = tempfile::Builder::new().prefix("sallyport-check-").tempfile()?;
    file.write_all(candidate)?;
    file.flush()?;
    let mut command = Command::new(ssh);
    command.arg("-F").arg(file.path()).args(["-G", &host.alias]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    without_window(&mut command);
    let child = match command.spawn() {
        Ok(child) => child,
        // A folder on the PATH that may not be entered hides that there is none in the others.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) => {
            return Ok(Check::NoSsh);
        }
        Err(error) => return Err(error),
    };
    Ok(match answer(child, patience)? {
        Answer::Options(options) => compared(&options, host, wanted),
        Answer::Refusal(said) => {
            let candidate = file.path().display().to_string();
            Check::Refused { said: said.replace(&candidate, &path.display().to_string()) }
        }
    })
}

fn compared(options: &str, host: &Host, wanted: Option<&str>) -> Check {
    let option = |keyword| {
        let values = options.lines().filter_map(|line| line.split_once(' '));
        values
            .clone()
            .find(|(known, _)| known.eq_ignore_ascii_case(keyword))
            .map(|(_, value)| value.trim_end())
    };
    let proxy_command = option("proxycommand").unwrap_or_default().to_owned();
    let hostname = option("hostname").unwrap_or_default().to_owned();
    let is_planned = wanted.is_none_or(|wanted| {
        let is_user = host.user.as_deref().is_none_or(|user| option("user") == Some(user));
        let is_agent = host.agent.as_deref().is_none_or(|agent| option("identityagent") == Some(agent));
        proxy_command == wanted && hostname.eq_ignore_ascii_case(&host.hostname) && is_user && is_agent
    });
    if is_planned {
        Check::Fine { proxy_command, hostname }
    } else {
        Check::OtherEntryWins { proxy_command, hostname }
    }
}

enum Answer {
    Options(String),
    Refusal(String),
}

fn answer(mut child: Child, patience: Duration) -> io::Result<Answer> {
    let out = child.stdout.take().map(listen);
    let errors = child.stderr.take().map(listen);
    let heard = [out, errors].map(|stream| stream.map_or(Ok(String::new()), |it| it.recv_timeout(patience)));
    let [Ok(options), Ok(complaint)] = heard else {
        child.kill()?;
        child.wait()?;
        return Ok(Answer::Refusal(format!("ssh -G gave no answer within {} seconds", patience.as_secs())));
    };
    let status = child.wait()?;
    if status.success() {
        return Ok(Answer::Options(options));
    }
    let said = complaint.trim();
    Ok(Answer::Refusal(if said.is_empty() { status.to_string() } else { said.to_owned() }))
}

/// Reads to the end on a thread of its own: two full pipes read one after the other could block each other.
fn listen(mut stream: impl Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let _ = send.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receive
}

/// Keeps Windows from opening a console for a moment when a program without one asks.
#[cfg(windows)]
fn without_window(command: &mut Command) {
    use std::os::windows::process::CommandExt as _;

    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(CREATE_NO_WINDOW);
}

#[cfg(not(windows))]
fn without_window(_command: &mut Command) {}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_for_an_ssh_that_does_not_answer() {
        let candidate = b"Match exec \"exec sleep 20\"\n  Port 22\n";
        let host = Host::new("a", "a.dev").unwrap();
        let patience = Duration::from_millis(200);
        let check = ask(OsStr::new("ssh"), Path::new("config"), candidate, &host, None, patience).unwrap();
        assert_eq!(check, Check::Refused { said: "ssh -G gave no answer within 0 seconds".into() });
    }
}
