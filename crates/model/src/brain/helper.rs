//! What the helper asks on behalf of an `ssh`.

use wire::Cause;

use super::log_in::{By, Wish};
use super::{Model, Trouble};
use crate::clock::Clock;
use crate::problem::Problem;
use crate::{Effect, HelperAsk, HelperReply};

impl Model {
    pub(super) fn asked(&mut self, ticket: u64, ask: HelperAsk) {
        match ask {
            HelperAsk::Token { hostname } => self.asked_for_token(ticket, hostname),
            HelperAsk::LogIn { app, terminal } => {
                let hostname = hostname_of(&app);
                self.want(Wish { app, hostname, by: By::Program { ticket, terminal } });
            }
            HelperAsk::SessionOpened { hostname } => {
                self.hosts.touch(&hostname, self.seconds());
                self.got_through(&hostname);
                self.hosts.open_session(ticket, &hostname);
                self.reply(ticket, HelperReply::Done);
            }
            HelperAsk::Failed { hostname, cause } => {
                self.fell_short(hostname, cause);
                self.reply(ticket, HelperReply::Done);
            }
            HelperAsk::TokensChanged => {
                self.read_logins();
                self.reply(ticket, HelperReply::Done);
            }
            HelperAsk::HostsChanged => {
                self.emit(Effect::ReadHosts);
                self.reply(ticket, HelperReply::Done);
            }
            HelperAsk::Status => self.reply(ticket, HelperReply::Status(self.status())),
        }
    }

    /// What was wrong with a host is over: somebody has reached it.
    pub(super) fn got_through(&mut self, hostname: &str) {
        self.hosts.clear_trouble(hostname);
        self.ran_into.take_if(|(of, _)| of == hostname);
        self.skew = None;
    }

    /// Why a host was not reached, or its stream ended, the last time.
    fn problem_with(&self, hostname: &str) -> Option<&Cause> {
        let ran_into = self.ran_into.as_ref().filter(|(of, _)| of == hostname).map(|(_, cause)| cause);
        ran_into.or_else(|| self.hosts.trouble_of(hostname).map(|(cause, _)| cause))
    }

    /// Remembers that the clock kept somebody out, if that is what did.
    pub(super) fn note_clock(&mut self, cause: &Cause) {
        if let Cause::ClockOff { seconds } = cause {
            self.skew = Some(*seconds);
        }
    }

    /// A program did not reach a host, or was cut off from it. Its own stderr may be read by nobody.
    fn fell_short(&mut self, hostname: String, cause: Cause) {
        match Trouble::of(&cause) {
            // Our own look into the vault says whether it is still so.
            Trouble::Vault => return self.read_logins(),
            Trouble::Clock => return self.note_clock(&cause),
            // Whoever was asked knows, and the row offers to log in.
            Trouble::LogIn => return,
            Trouble::Elsewhere => {}
            Trouble::Blocked | Trouble::NotBehindAccess | Trouble::Unreachable(_) | Trouble::Noted(_) => {
                self.hosts.trouble(&hostname, cause.clone(), self.seconds());
            }
        }
        let problem = Problem::of(&cause, &self.words);
        self.spoken = format!("{} {}", problem.title, problem.next);
        self.ran_into = Some((hostname, cause));
    }

    pub(super) fn helper_gone(&mut self, ticket: u64) {
        if let Some(hostname) = self.hosts.close_session(ticket) {
            self.hosts.touch(&hostname, self.seconds());
        }
        self.forget_ticket(ticket);
    }

    pub(super) fn read_logins(&mut self) {
        let hostnames = self.hosts.hostnames();
        self.emit(Effect::ReadLogins { hostnames });
    }

    fn asked_for_token(&mut self, ticket: u64, hostname: String) {
        let login = self.hosts.fact(&hostname).and_then(|fact| fact.login.as_ref());
        let works = self.hosts.vault.is_none() && login.is_some_and(|login| login.until > self.seconds());
        if works {
            self.hosts.touch(&hostname, self.seconds());
            self.reply(ticket, HelperReply::Token { hostname });
        } else {
            self.reply(ticket, HelperReply::NoToken);
        }
    }

    fn reply(&mut self, ticket: u64, reply: HelperReply) {
        self.emit(Effect::Reply { ticket, reply });
    }

    /// How things stand, for `sallyport status` and its `--json`.
    fn status(&self) -> String {
        let clock = Clock::new(&self.now);
        let hosts: Vec<_> = self
            .hosts
            .all()
            .map(|entry| {
                let state = self.state(&clock, entry);
                let fact = self.hosts.fact(&entry.hostname);
                let refused = fact.and_then(|fact| self.refusal(fact));
                serde_json::json!({
                    "alias": entry.alias,
                    "hostname": entry.hostname,
                    "team": self.hosts.team(&entry.hostname),
                    "state": state.name(),
                    "ready": state.is_ready(),
                    "until": fact.and_then(|fact| fact.login.as_ref()).map(|login| login.until),
                    "renewsUntil": fact.and_then(|fact| fact.renews_until),
                    "renewalRefused": refused.map(|(cause, _)| cause),
                    "problem": self.problem_with(&entry.hostname),
                    "sessions": self.hosts.open_count(&entry.hostname),
                })
            })
            .collect();
        let waiting = self.log_ins.running.as_ref().map(|run| run.hostname.as_str());
        serde_json::json!({ "hosts": hosts, "loggingInTo": waiting }).to_string()
    }
}

/// The hostname of an app's URL; what is no URL stays as it was given.
fn hostname_of(app: &str) -> String {
    app.parse::<wire::AppUrl>().map_or_else(|_| app.to_owned(), |url| url.host().to_owned())
}
