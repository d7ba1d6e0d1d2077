//! The desktop without a window, in the test's own process: what it decides and does, and nothing to look at.

use std::sync::Arc;

use engine::{Engine, Host};
use model::{Notification, Snapshot, Tray};
use profile::Profile;

use crate::{Reach, wait};

/// A running one, on the profile of a person before the simulated edge.
pub struct Background {
    runtime: tokio::runtime::Runtime,
    engine: Engine,
}

/// A shell that shows nothing.
struct Blind;

impl Host for Blind {
    fn publish(&self, _snapshot: &Snapshot) {}
    fn tray(&self, _tray: &Tray) {}
    fn notify(&self, _notification: &Notification) {}
    fn withdraw(&self, _tag: &str) {}
    fn copy(&self, _: String) {}
    fn stay_awake(&self, _on: bool) {}
    fn show_window(&self) {}
    fn close_window(&self) {}
    fn quit(&self) {}
}

impl Background {
    /// Starts it and waits until it has read the hosts.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(reach: &Reach) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let profile = Profile::open(Some(reach.home.profile()), &|_| None).expect("a profile");
        let engine = runtime.block_on(Engine::start(profile, Arc::new(Blind))).expect("an engine");
        wait::until("the hosts", wait::SOON, || engine.snapshot().loaded.then_some(()));
        Self { runtime, engine }
    }

    /// What a window would show now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.engine.snapshot()
    }

    /// Tells it something that its shell would.
    pub fn tell(&self, event: model::Event) {
        self.engine.send(model::Input::Event(event));
    }

    /// Asks for something, as its window would.
    pub fn ask(&self, request: model::Request) {
        self.engine.send(model::Input::Request(request));
    }

    /// Ends it.
    pub fn end(self) {
        self.runtime.block_on(self.engine.shutdown());
    }
}

impl std::fmt::Debug for Background {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Background").finish_non_exhaustive()
    }
}
