//! The programs that answer: how their connectors stand, who is connected, and what happened.

use std::collections::VecDeque;

use super::Model;
use crate::{Effect, LinkState, LogLine, Problem, ShareNameNow, Tone, TunnelStatus, VisitorNow, times};

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
    failed: Option<Problem>,
}

/// Something that happened while it answered.
#[derive(Debug)]
pub(crate) struct Happened {
    pub(crate) at: i64,
    pub(crate) text: String,
    pub(crate) tone: Tone,
}

impl Live {
    fn new(serial: u64, by_http2: bool) -> Self {
        Self {
            serial,
            since: None,
            sshd: None,
            // No rules of the edge's count yet.
            status: TunnelStatus { version: -1, ..TunnelStatus::default() },
            events: VecDeque::new(),
            stops: false,
            lost: None,
            is_told: false,
            changed: None,
            refused: None,
            saves: false,
            leads: None,
            checked: None,
            by_http2,
            switches: false,
            failed: None,
        }
    }

    fn note(&mut self, at: i64, text: String, tone: Tone) {
        self.events.push_front(Happened { at, text, tone });
        self.events.truncate(EVENTS);
    }

    /// How its connector stands from now on.
    fn stand(&mut self, at: i64, status: TunnelStatus) {
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
        if status.version > self.status.version {
            let is_own = std::mem::take(&mut self.saves) || self.status.version < 0;
            self.changed = if is_own { None } else { Some(at) };
            self.refused = None;
        }
        let (before, now) = (self.status.up(), status.up());
        self.status = status;
        if now == LINKS && before < LINKS {
            self.note(at, format!("All {LINKS} connections up"), Tone::Ok);
        }
        self.lost = if now == 0 { self.lost.or(Some(at)) } else { None };
    }

    /// A line of its log, in words for a person; the reasons stay as the log has them.
    fn hear(&mut self, line: &LogLine) {
        let field = |name: &str| line.fields.get(name).map(String::as_str).unwrap_or_default();
        let number =
            field("connIndex").parse::<u32>().map_or_else(|_| String::new(), |at| (at + 1).to_string());
        let lost = format!("Connection {number} lost");
        let (text, tone) = match line.message.as_str() {
            "Registered tunnel connection" => {
                let was_lost = self.events.iter().any(|event| event.text.starts_with(&lost));
                let (is, location) = (if was_lost { "back" } else { "up" }, field("location"));
                let by = protocol_words(field("protocol"));
                (format!("Connection {number} is {is} in {location}, over {by}"), Tone::Plain)
            }
            "Unregistered tunnel connection" => (format!("Connection {number} has left"), Tone::Plain),
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
                let why = reason(field("error"));
                (format!("{lost}: {why}. Trying again"), Tone::Warn)
            }
            message if message.starts_with("Looking for the edge again in") => {
                (format!("Cloudflare is not found: {}. Trying again", reason(field("error"))), Tone::Warn)
            }
            message if message.starts_with("Switching to fallback protocol") => {
                (format!("Connection {number} goes over HTTP/2, as QUIC does not get through"), Tone::Plain)
            }
            _ if line.level == crate::Level::Info => return,
            message => {
                let error = field("error");
                let more = if error.is_empty() { String::new() } else { format!(": {error}") };
                (super::super::view::sentence(&format!("{message}{more}")), Tone::Warn)
            }
        };
        self.note(line.at, text, tone);
    }
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

impl Model {
    pub(super) fn answer_again(&mut self, name: &str) {
        self.run_share(name, false);
    }

    /// Over HTTP/2 from now on, for networks that let nothing else through.
    pub(super) fn use_http2(&mut self, name: &str) {
        if let Some(live) = self.share.lives.get_mut(name).filter(|live| !live.stops) {
            live.switches = true;
            live.stops = true;
            let serial = live.serial;
            self.emit(Effect::StopShare { serial });
        }
    }

    fn run_share(&mut self, name: &str, by_http2: bool) {
        let is_busy = self.share.work.as_ref().is_some_and(|work| work.hostname == name && !work.is_over);
        let is_busy = is_busy || self.share.switching.contains_key(name);
        if self.share.lives.contains_key(name) || is_busy {
            return;
        }
        let share = self.share.facts.get(name).filter(|share| share.is_whole && share.service.is_none());
        let tunnel = self.share.found.get(name).filter(|tunnel| tunnel.obstacle.is_none());
        let serial = self.serial + 1;
        let effect = match (share, tunnel) {
            (Some(_), _) => Effect::RunShare { serial, hostname: name.to_owned(), by_http2 },
            (None, Some(tunnel)) => Effect::RunTunnel { serial, tunnel: tunnel.clone(), by_http2 },
            (None, None) => return,
        };
        self.next_serial();
        self.share.problems.remove(name);
        self.begin_live(name.to_owned(), serial, by_http2);
        self.emit(effect);
    }

    pub(super) fn begin_live(&mut self, name: String, serial: u64, by_http2: bool) {
        self.share.lives.insert(name, Live::new(serial, by_http2));
    }

    pub(super) fn stop_answering(&mut self, name: &str) {
        if let Some(tunnel) = self.share.found.get_mut(name) {
            // Stopped by the person, it does not begin by itself.
            tunnel.is_taken = false;
            let id = tunnel.id.clone();
            self.emit(Effect::TakeTunnel { id, taken: false });
        }
        if let Some(live) = self.share.lives.get_mut(name) {
            live.stops = true;
            let serial = live.serial;
            self.emit(Effect::StopShare { serial });
        }
    }

    /// Runs what was set up for cloudflared, from now on also when the program starts, if that was chosen.
    pub(super) fn take_tunnel(&mut self, name: &str) {
        if let Some(tunnel) = self.share.found.get_mut(name).filter(|tunnel| tunnel.obstacle.is_none()) {
            tunnel.is_taken = true;
            let id = tunnel.id.clone();
            self.emit(Effect::TakeTunnel { id, taken: true });
            self.answer_again(name);
        }
    }

    pub(super) fn disconnect(&mut self, name: &str, visitor: u64) {
        if let Some(live) = self.share.lives.get(name) {
            let serial = live.serial;
            self.emit(Effect::Disconnect { serial, visitor });
        }
    }

    /// The person has seen that the rules are others.
    pub(super) fn rules_seen(&mut self, name: &str) {
        if let Some(live) = self.share.lives.get_mut(name) {
            live.changed = None;
        }
    }

    pub(super) fn tunnel_stands(&mut self, serial: u64, status: TunnelStatus) {
        let now = self.seconds();
        let Some((name, live)) = self.live(serial) else { return };
        let (name, is_up) =
            (name.clone(), status.links.iter().any(|link| matches!(link.state, LinkState::Up { .. })));
        live.stand(now, status);
        // Nothing else tells of a tunnel of cloudflared's that it runs.
        if is_up && live.since.is_none() && self.share.found.contains_key(&name) {
            let title = self.share.title(&name);
            self.live_answers(serial, format!("{title} runs on this machine"), None);
        }
    }

    pub(super) fn tunnel_says(&mut self, serial: u64, line: &LogLine) {
        if let Some((_, live)) = self.live(serial) {
            live.hear(line);
        }
    }

    /// It answers from now on; false where it does not run any more.
    pub(super) fn live_answers(&mut self, serial: u64, said: String, sshd: Option<String>) -> bool {
        let now = self.seconds();
        let Some((_, live)) = self.live(serial) else { return false };
        live.since = Some(now);
        live.sshd = sshd;
        live.note(now, said, Tone::Ok);
        true
    }

    pub(super) fn live_failed(&mut self, serial: u64, problem: Problem) {
        if let Some((_, live)) = self.live(serial) {
            live.failed = Some(problem);
        }
    }

    pub(super) fn live_ended(&mut self, serial: u64) {
        let Some(name) = self.live(serial).map(|(name, _)| name.clone()) else { return };
        let Some(live) = self.share.lives.remove(&name) else { return };
        if live.switches {
            self.withdraw_loss(&name, &live);
            return self.run_share(&name, true);
        }
        if let Some(problem) = live.failed.clone().filter(|_| !live.stops && !self.is_at_work(serial)) {
            self.tell_of_end(&name, &live, &problem);
            self.share.problems.insert(name, problem);
        } else {
            self.withdraw_loss(&name, &live);
        }
    }

    pub(super) fn live(&mut self, serial: u64) -> Option<(&String, &mut Live)> {
        self.share.lives.iter_mut().find(|(_, live)| live.serial == serial)
    }
}
