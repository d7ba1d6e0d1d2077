//! A program that answers: how its connector stands, who is connected, and what happened.

use std::collections::VecDeque;

use crate::{
    LinkFailed, LinkFault, LogLine, Problem, ShareNameNow, Tone, TunnelStatus, VisitorNow, times, view,
};

/// How much of what happened is kept.
const EVENTS: usize = 500;
/// So many connections a connector has.
pub(crate) const LINKS: usize = 4;

/// A program that answers.
#[derive(Debug)]
pub(crate) struct Live {
    pub(super) serial: u64,
    /// Since when it answers, seconds since the Unix epoch; nothing before it does.
    pub(crate) since: Option<i64>,
    pub(crate) sshd: Option<String>,
    /// How its connector stood last.
    pub(crate) status: TunnelStatus,
    /// Newest first.
    pub(crate) events: VecDeque<Happened>,
    pub(crate) stops: bool,
    /// Since when the edge takes none of its connections.
    pub(crate) lost: Option<i64>,
    /// Why it takes none, as far as that is known; nothing before the first attempt has failed.
    pub(crate) failed: Option<LinkFailed>,
    /// Whether the person was told of that.
    pub(super) is_told: bool,
    /// When somebody else changed the rules.
    pub(crate) changed: Option<i64>,
    /// Why the newest rules cannot be used.
    pub(crate) refused: Option<String>,
    /// Whether rules are under way that were set here.
    pub(super) saves: bool,
    /// Where its name leads, as far as that was asked.
    pub(crate) leads: Option<ShareNameNow>,
    /// When that was asked last.
    pub(super) checked: Option<i64>,
    /// Whether it goes by HTTP/2 only.
    pub(crate) by_http2: bool,
    /// Whether it is to begin again that way once it has ended.
    pub(super) switches: bool,
    /// Why it has ended, or is about to.
    pub(super) problem: Option<Problem>,
}

/// Something that happened while it answered.
#[derive(Debug)]
pub(crate) struct Happened {
    pub(crate) at: i64,
    pub(crate) text: String,
    pub(crate) tone: Tone,
}

impl Live {
    pub(super) fn new(serial: u64, by_http2: bool) -> Self {
        Self {
            serial,
            since: None,
            sshd: None,
            // No rules of the edge's count yet.
            status: TunnelStatus { version: -1, ..TunnelStatus::default() },
            events: VecDeque::new(),
            stops: false,
            lost: None,
            failed: None,
            is_told: false,
            changed: None,
            refused: None,
            saves: false,
            leads: None,
            checked: None,
            by_http2,
            switches: false,
            problem: None,
        }
    }

    pub(super) fn note(&mut self, at: i64, text: String, tone: Tone) {
        self.events.push_front(Happened { at, text, tone });
        self.events.truncate(EVENTS);
    }

    /// How its connector stands from now on.
    pub(super) fn stand(&mut self, at: i64, status: TunnelStatus) {
        self.note_visitors(at, &status);
        self.note_services(at, &status);
        if status.version > self.status.version {
            let is_own = std::mem::take(&mut self.saves) || self.status.version < 0;
            self.changed = if is_own { None } else { Some(at) };
            self.refused = None;
        }
        let (before, now) = (self.status.up(), status.up());
        self.status = status;
        if now == LINKS && before < LINKS {
            self.note(at, all_up(), Tone::Ok);
        }
        if now > 0 {
            (self.lost, self.failed) = (None, None);
        } else {
            self.lost = self.lost.or(Some(at));
            let news = self.status.links.iter().rev().find_map(|link| link.failed.clone());
            self.failed = news.or(self.failed.take());
        }
    }

    fn note_visitors(&mut self, at: i64, status: &TunnelStatus) {
        for visitor in &status.visitors {
            if !self.status.visitors.iter().any(|known| known.id == visitor.id) {
                self.note(visitor.since, format!("{} connected", who(visitor)), Tone::Plain);
            }
        }
        let gone = std::mem::take(&mut self.status.visitors);
        for visitor in gone.iter().filter(|known| status.visitors.iter().all(|one| one.id != known.id)) {
            let after = times::span(at.saturating_sub(visitor.since));
            self.note(at, format!("{} disconnected after {after}", who(visitor)), Tone::Plain);
        }
    }

    fn note_services(&mut self, at: i64, status: &TunnelStatus) {
        let before = std::mem::take(&mut self.status.down);
        for well in before.iter().filter(|known| status.down.iter().all(|one| one.address != known.address)) {
            self.note(at, format!("{} answers again", well.address), Tone::Ok);
        }
    }

    /// A line of its log, in words for a person; the reasons stay as the log has them.
    pub(super) fn hear(&mut self, line: &LogLine) {
        let field = |name: &str| line.fields.get(name).map(String::as_str).unwrap_or_default();
        let number = field("connIndex").parse::<u32>().map(|at| at + 1).unwrap_or_default();
        let (text, tone) = match line.message.as_str() {
            "Registered tunnel connection" => {
                let (is, location) = (if self.was_lost(number) { "back" } else { "up" }, field("location"));
                let by = protocol_words(field("protocol"));
                (format!("Connection {number} is {is} in {location}, over {by}"), Tone::Plain)
            }
            "Unregistered tunnel connection" => (format!("Connection {number} has left"), Tone::Plain),
            message if message.starts_with("Renewing connection") => {
                (format!("Connection {number} is replaced after a rush of streams"), Tone::Plain)
            }
            "Updated to new configuration" => {
                (format!("Rules of version {} are in force", field("version")), Tone::Plain)
            }
            "a configuration of the edge cannot be used" => {
                let why = field("error").to_owned();
                self.refused = Some(why.clone());
                (format!("The rules at Cloudflare cannot be used: {why}"), Tone::Warn)
            }
            "a request could not be served" => {
                (format!("A connection could not be served: {}", field("error")), Tone::Warn)
            }
            message if message.starts_with("Retrying connection in") => {
                let Some(text) = self.setback(number, reason(field("error"))) else { return };
                (text, Tone::Warn)
            }
            message if message.starts_with("Looking for the edge again in") => {
                let why = reason(field("error")).to_owned();
                let text = format!("Cloudflare is not found: {why}. Trying again");
                self.failed = Some(LinkFailed { fault: LinkFault::NoAddress, why });
                if self.events.front().is_some_and(|last| last.text == text) {
                    return;
                }
                (text, Tone::Warn)
            }
            message if message.starts_with("Switching to fallback protocol") => {
                let text = match message.rsplit(' ').next() {
                    Some("http2") => {
                        "QUIC does not get through, so it goes over HTTP/2: a firewall drops UDP, most likely"
                    }
                    _ => "HTTP/2 does not get through, so it goes over QUIC",
                };
                if self.says_since_all_were_up(text) {
                    return;
                }
                (text.to_owned(), Tone::Plain)
            }
            message if message.starts_with("You requested ") => {
                ("Cloudflare has no more addresses here: fewer connections are kept".to_owned(), Tone::Plain)
            }
            // The line before has said it.
            message if message.starts_with("nothing comes back by UDP from") => return,
            // How it stands says it.
            "a service answers again" => return,
            _ if line.level == crate::Level::Info => return,
            message => {
                let error = field("error");
                let more = if error.is_empty() { String::new() } else { format!(": {error}") };
                (view::sentence(&format!("{message}{more}")), Tone::Warn)
            }
        };
        self.note(line.at, text, tone);
    }

    /// What is to be said of an attempt that has failed; nothing where the same was said since the connection stood: one is
    /// made every other second, and what else has happened would be pushed out by it.
    fn setback(&self, number: u32, why: &str) -> Option<String> {
        let [lost, not_made] =
            ["lost", "is not made"].map(|what| format!("Connection {number} {what}: {why}. Trying again"));
        let [this, up, back] = ["", "is up ", "is back "].map(|what| format!("Connection {number} {what}"));
        let texts = self.events.iter().map(|event| event.text.as_str());
        let mut told = texts.filter(|text| text.starts_with(&this)).peekable();
        let stood = |text: &&str| text.starts_with(&up) || text.starts_with(&back);
        let was_up = told.peek().map_or(self.status.up() > 0, stood);
        if told.take_while(|text| !stood(text)).any(|text| text == lost || text == not_made) {
            return None;
        }
        Some(if was_up { lost } else { not_made })
    }

    /// What holds for all of them is said once.
    fn says_since_all_were_up(&self, text: &str) -> bool {
        let all_up = all_up();
        self.events.iter().take_while(|event| event.text != all_up).any(|event| event.text == text)
    }

    fn was_lost(&self, number: u32) -> bool {
        let lost = format!("Connection {number} lost: ");
        self.events.iter().any(|event| event.text.starts_with(&lost))
    }
}

fn all_up() -> String {
    format!("All {LINKS} connections up")
}

/// A protocol as people call it.
pub(crate) fn protocol_words(protocol: &str) -> &str {
    match protocol {
        "quic" => "QUIC",
        "http2" => "HTTP/2",
        other => other,
    }
}

/// Whoever is connected, for a person.
pub(crate) fn who(visitor: &VisitorNow) -> &str {
    if visitor.email.is_empty() { "Somebody" } else { &visitor.email }
}

fn reason(error: &str) -> &str {
    if error.is_empty() { "no reason was told" } else { error }
}
