//! Sharing this machine: the bundled programs do it as children, and what they say becomes events.
//!
//! The desktop neither calls Cloudflare's API nor runs a connector. The child stops when its standard input ends, so that
//! it never outlives a desktop unheard, however that ends.

mod after;
mod found;
mod server;

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{Event, Platform, Problem, Secret, ShareTold, ShareWish, Words};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;
use vault::Slot;
use wire::{Cause, Jwt};

use crate::hands::{Hands, logins};

/// The program, beside the helper.
const PROGRAM: &str = "sallyport-share";
/// A token for whatever else the person runs is not meant for this.
const VARIABLE: &str = "CLOUDFLARE_API_TOKEN";
/// The child stops as soon as we are gone.
const UNTIL_STDIN_ENDS: &str = "--until-stdin-ends";
/// Finished steps stay when it fails, or is called off.
const KEEP: &str = "--keep";
/// What ends a stream, on the child's standard input.
const DISCONNECT: &str = "disconnect";
/// What lets a destination be reached.
const ALLOW: &str = "allow";

/// The children that can be asked to stop, or for something else, by their serials. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Sharings {
    running: Arc<Mutex<BTreeMap<u64, Running>>>,
}

struct Running {
    stop: CancellationToken,
    words: UnboundedSender<String>,
}

impl Sharings {
    fn begin(&self, serial: u64) -> (CancellationToken, UnboundedReceiver<String>) {
        let (stop, (words, asked)) = (CancellationToken::new(), unbounded_channel());
        self.running().insert(serial, Running { stop: stop.clone(), words });
        (stop, asked)
    }

    pub(super) fn stop(&self, serial: u64) {
        if let Some(running) = self.running().get(&serial) {
            running.stop.cancel();
        }
    }

    pub(super) fn disconnect(&self, serial: u64, visitor: u64) {
        if let Some(running) = self.running().get(&serial) {
            let _ = running.words.send(format!("{DISCONNECT} {visitor}\n"));
        }
    }

    pub(super) fn allow(&self, serial: u64, destination: &str) {
        if let Some(running) = self.running().get(&serial) {
            let _ = running.words.send(format!("{ALLOW} {destination}\n"));
        }
    }

    fn end(&self, serial: u64) {
        self.running().remove(&serial);
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<u64, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hands {
    pub(super) fn keep_api_token(&self, token: Secret) {
        self.report("keep the API token", |hands| async move {
            let token = Jwt::new(token.reveal());
            let kept = hands.reach().vault.patient().write(&Slot::ApiToken, &token).await;
            Event::ApiTokenKept(kept.map_err(|error| error.cause()))
        });
    }

    pub(super) fn read_shares(&self) {
        self.report("read shares", |hands| async move { hands.shares().await });
    }

    pub(super) fn plan_share(&self, serial: u64, wish: ShareWish) {
        self.report("plan sharing", move |hands| async move {
            let mut words = wished(&wish);
            words.push("--dry-run".to_owned());
            let plan = match hands.last_word(&words).await {
                Ok(ShareTold::Plan(plan)) => Ok(plan),
                Ok(ShareTold::Failed(problem)) | Err(problem) => Err(problem),
                Ok(_) => Err(told(&silent())),
            };
            Event::SharePlanned { serial, plan }
        });
    }

    pub(super) fn share(&self, serial: u64, wish: &ShareWish) {
        let words = [wished(wish), [KEEP, UNTIL_STDIN_ENDS].map(str::to_owned).into()].concat();
        self.keep_sharing(serial, words);
    }

    pub(super) fn run_share(&self, serial: u64, hostname: String, by_http2: bool) {
        let protocol = if by_http2 { "http2" } else { "auto" };
        let words = ["share", "run", &hostname, "--protocol", protocol, UNTIL_STDIN_ENDS];
        self.keep_sharing(serial, words.map(str::to_owned).into());
    }

    pub(super) fn continue_share(&self, serial: u64, hostname: String) {
        let words = ["share", "continue", &hostname, UNTIL_STDIN_ENDS];
        self.keep_sharing(serial, words.map(str::to_owned).into());
    }

    pub(super) fn undo_share_step(&self, serial: u64, hostname: String) {
        self.keep_sharing(serial, ["share", "undo", &hostname].map(str::to_owned).into());
    }

    pub(super) fn unshare(&self, serial: u64, hostname: String) {
        self.keep_sharing(serial, vec!["unshare".to_owned(), hostname]);
    }

    pub(super) fn answer_at_start(&self, on: bool) {
        self.quietly("remember a choice", move |hands| async move {
            if let Err(error) = hands.profile.change_settings(|settings| settings.answer_at_start = on) {
                tracing::warn!(%error, "the choice to answer again is not remembered");
            }
        });
    }

    pub(super) fn remember_keep_awake(&self, on: bool) {
        self.quietly("remember a choice", move |hands| async move {
            if let Err(error) = hands.profile.change_settings(|settings| settings.keep_awake = on) {
                tracing::warn!(%error, "the choice to stay awake is not remembered");
            }
        });
    }

    pub(super) fn read_groups(&self) {
        self.quietly("read groups", |hands| async move {
            match hands.last_word(&["share", "groups"].map(str::to_owned)).await {
                Ok(ShareTold::Groups(groups)) => hands.tell(Event::Groups(groups)),
                other => tracing::debug!(?other, "the groups of the account are not known"),
            }
        });
    }

    async fn shares(&self) -> Event {
        let shares = match self.last_word(&["share".to_owned(), "list".to_owned()]).await {
            Ok(ShareTold::List(shares)) => Ok(shares),
            Ok(ShareTold::Failed(problem)) | Err(problem) => Err(problem),
            Ok(_) => Err(told(&silent())),
        };
        Event::Shares { shares, found: self.found().await, has_token: self.has_token().await }
    }

    /// Whether there is an API token; where a keychain is locked it may well be, and the program will tell.
    async fn has_token(&self) -> bool {
        let vault = self.reach().vault;
        if let Err(error) = logins::may_read(&vault).await {
            tracing::debug!(%error, "whether there is an API token is not known");
            return true;
        }
        matches!(vault.read(&Slot::ApiToken).await, Ok(Some(_)))
    }

    /// Runs the program to its end; has the last that it said.
    async fn last_word(&self, words: &[String]) -> Result<ShareTold, Problem> {
        let command = self.command(PROGRAM, words, &["--json"]);
        let (child, stdin, mut lines) = spawn(PROGRAM, command).map_err(|cause| told(&cause))?;
        let mut last = None;
        while let Ok(Some(line)) = lines.next_line().await {
            last = match ShareTold::read(&line) {
                Some(ShareTold::Note { .. }) | None => last,
                Some(told) => Some(told),
            };
        }
        drop((child, stdin));
        last.ok_or_else(|| told(&silent()))
    }

    /// Runs the program for as long as it stays, and tells all that it says.
    fn keep_sharing(&self, serial: u64, words: Vec<String>) {
        self.keep_running(serial, PROGRAM, self.command(PROGRAM, &words, &["--json"]));
    }

    /// The same of either program.
    pub(super) fn keep_running(&self, serial: u64, program: &'static str, command: Command) {
        let (stop, asked) = self.sharings.begin(serial);
        self.quietly("share", move |hands| async move {
            match spawn(program, command) {
                Ok((mut child, stdin, lines)) => {
                    hands.listen(serial, stdin, lines, asked, &stop).await;
                    let _ = child.wait().await;
                }
                Err(cause) => {
                    hands.tell(Event::ShareTold { serial, told: ShareTold::Failed(told(&cause)) });
                }
            }
            hands.sharings.end(serial);
            hands.tell(Event::ShareEnded { serial });
        });
    }

    async fn listen(
        &self,
        serial: u64,
        stdin: ChildStdin,
        mut lines: Lines<BufReader<ChildStdout>>,
        mut asked: UnboundedReceiver<String>,
        stop: &CancellationToken,
    ) {
        let mut stdin = Some(stdin);
        loop {
            tokio::select! {
                line = lines.next_line() => match line {
                    Ok(Some(line)) => {
                        if let Some(told) = ShareTold::read(&line) {
                            self.tell(Event::ShareTold { serial, told });
                        }
                    }
                    Ok(None) | Err(_) => return,
                },
                Some(word) = asked.recv() => {
                    if let Some(stdin) = &mut stdin {
                        // A child that hears no more is about to end.
                        let _ = stdin.write_all(word.as_bytes()).await;
                    }
                }
                // The end of its stdin is the word to stop.
                () = stop.cancelled(), if stdin.is_some() => stdin = None,
            }
        }
    }

    /// A program beside the helper, for this profile.
    pub(super) fn command(&self, program: &str, words: &[String], more: &[&str]) -> Command {
        let path = self.helper().helper.with_file_name(format!("{program}{}", std::env::consts::EXE_SUFFIX));
        let mut command = Command::new(path);
        command.args(words).args(more).args(self.profile.helper_flags());
        command
    }
}

/// Starts it, with pipes to talk by.
fn spawn(
    program: &str,
    mut command: Command,
) -> Result<(Child, ChildStdin, Lines<BufReader<ChildStdout>>), Cause> {
    command.env_remove(VARIABLE).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    // What ends the desktop from a terminal is told to it by us, once.
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn().map_err(|error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            Cause::NoProgram { program: program.to_owned() }
        } else {
            Cause::Unexpected { what: format!("{program}: {error}") }
        }
    })?;
    match (child.stdin.take(), child.stdout.take()) {
        (Some(stdin), Some(stdout)) => Ok((child, stdin, BufReader::new(stdout).lines())),
        _ => Err(silent()),
    }
}

fn wished(wish: &ShareWish) -> Vec<String> {
    let port = wish.port.to_string();
    let allow = wish.allow.join(",");
    let valued = [
        ("--hostname", &wish.hostname),
        ("--allow", &allow),
        ("--port", &port),
        ("--session", &wish.session),
    ];
    let mut words = vec!["share".to_owned(), "ssh".to_owned()];
    words.extend(valued.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value.clone()]));
    if wish.certificates {
        words.push("--certificates".to_owned());
    }
    words
}

fn silent() -> Cause {
    Cause::Unexpected { what: format!("{PROGRAM} ended without a word") }
}

fn told(cause: &Cause) -> Problem {
    Problem::of(cause, &Words::of(Platform::current(), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wished_for_is_one_command_line() {
        let wish = ShareWish {
            hostname: "studio.acme.dev".to_owned(),
            allow: vec!["jo@corp.test".to_owned(), "@acme.dev".to_owned()],
            session: "8h".to_owned(),
            port: 2222,
            certificates: true,
        };
        let line = "share ssh --hostname studio.acme.dev --allow jo@corp.test,@acme.dev --port 2222 --session 8h --certificates";
        assert_eq!(wished(&wish).join(" "), line);
    }
}
