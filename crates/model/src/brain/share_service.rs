//! Who runs something that is shared: the desktop, or a service that goes on without it.

use super::Model;
use crate::{Effect, Problem, ServiceFact};

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
