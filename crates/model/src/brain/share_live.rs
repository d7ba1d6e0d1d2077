//! The programs that answer: begun, heard and ended.

use super::Model;
use super::live::Live;
use crate::{Effect, LinkState, LogLine, Problem, Tone, TunnelStatus};

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
            // The connector itself knows best, and speaks first.
            live.problem.get_or_insert(problem);
        }
    }

    pub(super) fn live_ended(&mut self, serial: u64) {
        let Some(name) = self.live(serial).map(|(name, _)| name.clone()) else { return };
        let Some(live) = self.share.lives.remove(&name) else { return };
        if live.switches {
            self.withdraw_loss(&name, &live);
            return self.run_share(&name, true);
        }
        if let Some(problem) = live.problem.clone().filter(|_| !live.stops && !self.is_at_work(serial)) {
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
