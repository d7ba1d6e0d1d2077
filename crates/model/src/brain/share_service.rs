//! Who runs something that is shared: the desktop, or a service that goes on without it.

use super::Model;
use crate::{Effect, Problem, ServiceFact, ShareFact};

/// How often it is asked how services are, in seconds.
const OFTEN: i64 = 60;

impl Model {
    /// Lets a service run it, or the desktop again.
    pub(super) fn run_as_service(&mut self, name: &str, on: bool) {
        let share = self.share.facts.get(name).filter(|share| share.is_whole);
        let is_news = share.is_some_and(|share| share.service.is_some() != on);
        if !is_news || self.share.work.is_some() || self.share.switching.contains_key(name) {
            return;
        }
        self.share.service_problems.remove(name);
        self.share.switching.insert(name.to_owned(), on);
        self.emit(Effect::SwitchService { hostname: name.to_owned(), on });
    }

    pub(super) fn service_switched(
        &mut self,
        hostname: String,
        result: Result<Option<ServiceFact>, Problem>,
    ) {
        self.share.switching.remove(&hostname);
        match result {
            Ok(service) => self.runs_by(&hostname, service),
            Err(problem) => _ = self.share.service_problems.insert(hostname, problem),
        }
        self.emit(Effect::ReadShares);
    }

    /// Services go on by themselves: how they are is asked again from time to time, while there are any.
    pub(super) fn look_at_services(&mut self) {
        let now = self.seconds();
        if self.has_services() && self.share.services_seen + OFTEN <= now {
            self.share.services_seen = now;
            self.emit(Effect::ReadServices);
        }
    }

    /// When that is to be asked next.
    pub(super) fn next_look_at_services(&self) -> Option<jiff::Timestamp> {
        self.has_services().then(|| crate::times::stamp(self.share.services_seen + OFTEN))
    }

    pub(super) fn services_read(&mut self, shares: Vec<ShareFact>) {
        for share in shares {
            let known = self.share.facts.get_mut(&share.hostname);
            // Whether there is one is told by whoever set it up or took it away.
            if let Some(known) = known.filter(|known| known.service.is_some() && share.service.is_some()) {
                known.service = share.service;
            }
        }
    }

    fn has_services(&self) -> bool {
        self.share.facts.values().any(|share| share.service.is_some())
    }

    fn runs_by(&mut self, hostname: &str, service: Option<ServiceFact>) {
        let Some(share) = self.share.facts.get_mut(hostname) else { return };
        share.service = service;
        self.share.problems.remove(hostname);
        if service.is_none() {
            return self.answer_again(hostname);
        }
        // It ends by itself as well, a moment later.
        if let Some(live) = self.share.lives.get_mut(hostname).filter(|live| !live.stops) {
            live.stops = true;
            let serial = live.serial;
            self.emit(Effect::StopShare { serial });
        }
    }
}
