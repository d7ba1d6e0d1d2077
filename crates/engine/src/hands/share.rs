//! Sharing this machine: the bundled program does it as a child, and what it says becomes events.
//!
//! The desktop neither calls Cloudflare's API nor runs a connector. The child stops when its standard input ends, so that
//! it never outlives a desktop unheard, however that ends.

mod log;

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::{Event, Platform, Problem, Secret, ShareTold, ShareWish, Words};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio_util::sync::CancellationToken;
use vault::Slot;
use wire::{Cause, Jwt};

use crate::hands::{Hands, logins};
use log::Log;

/// The program, beside the helper.
const PROGRAM: &str = "sallyport-share";
/// A token for whatever else the person runs is not meant for this.
const VARIABLE: &str = "CLOUDFLARE_API_TOKEN";
/// The child stops as soon as we are gone.
const UNTIL_STDIN_ENDS: &str = "--until-stdin-ends";
/// How often the connector's log is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// The children that can be asked to stop, by their serials. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Sharings {
    running: Arc<Mutex<BTreeMap<u64, CancellationToken>>>,
}

impl Sharings {
    fn begin(&self, serial: u64) -> CancellationToken {
        let stop = CancellationToken::new();
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(serial, stop.clone());
        stop
    }

    pub(super) fn stop(&self, serial: u64) {
        if let Some(stop) = self.running.lock().unwrap_or_else(PoisonError::into_inner).get(&serial) {
            stop.cancel();
        }
    }

    fn end(&self, serial: u64) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&serial);
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
        let words = [wished(wish), vec![UNTIL_STDIN_ENDS.to_owned()]].concat();
        self.keep_sharing(serial, words, Some(wish.hostname.clone()));
    }

    pub(super) fn run_share(&self, serial: u64, hostname: String) {
        let words = ["share", "run", &hostname, UNTIL_STDIN_ENDS].map(str::to_owned);
        self.keep_sharing(serial, words.into(), Some(hostname));
    }

    pub(super) fn unshare(&self, serial: u64, hostname: String) {
        self.keep_sharing(serial, vec!["unshare".to_owned(), hostname], None);
    }

    pub(super) fn answer_at_start(&self, on: bool) {
        self.quietly("remember a choice", move |hands| async move {
            if let Err(error) = hands.profile.change_settings(|settings| settings.answer_at_start = on) {
                tracing::warn!(%error, "the choice to answer again is not remembered");
            }
        });
    }

    async fn shares(&self) -> Event {
        let shares = match self.last_word(&["share".to_owned(), "list".to_owned()]).await {
            Ok(ShareTold::List(shares)) => Ok(shares),
            Ok(ShareTold::Failed(problem)) | Err(problem) => Err(problem),
            Ok(_) => Err(told(&silent())),
        };
        Event::Shares { shares, has_token: self.has_token().await }
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
        let (child, stdin, mut lines) = self.spawn(words).map_err(|cause| told(&cause))?;
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

    /// Runs the program for as long as it stays; tells all that it says, and what its connector notes.
    fn keep_sharing(&self, serial: u64, words: Vec<String>, hostname: Option<String>) {
        let stop = self.sharings.begin(serial);
        self.quietly("share", move |hands| async move {
            let mut log = hostname.map(|hostname| Log::of(&hands.profile, &hostname));
            match hands.spawn(&words) {
                Ok((mut child, stdin, lines)) => {
                    hands.listen(serial, stdin, lines, log.as_mut(), &stop).await;
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
        mut log: Option<&mut Log>,
        stop: &CancellationToken,
    ) {
        let mut stdin = Some(stdin);
        let mut looks = tokio::time::interval(LOOK);
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
                _ = looks.tick() => {
                    for news in log.as_mut().map(|log| log.news()).unwrap_or_default() {
                        self.tell(Event::LinkNews { serial, news });
                    }
                }
                // The end of its stdin is the word to stop.
                () = stop.cancelled(), if stdin.is_some() => stdin = None,
            }
        }
    }

    fn spawn(&self, words: &[String]) -> Result<(Child, ChildStdin, Lines<BufReader<ChildStdout>>), Cause> {
        let path = self.helper().helper.with_file_name(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX));
        let mut command = Command::new(path);
        command.args(words).arg("--json").args(self.profile.helper_flags()).env_remove(VARIABLE);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // What ends the desktop from a terminal is told to it by us, once.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(|error| {
            if error.kind() == std::io::ErrorKind::NotFound {
                Cause::NoProgram { program: PROGRAM.to_owned() }
            } else {
                Cause::Unexpected { what: format!("{PROGRAM}: {error}") }
            }
        })?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(stdin), Some(stdout)) => Ok((child, stdin, BufReader::new(stdout).lines())),
            _ => Err(silent()),
        }
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
