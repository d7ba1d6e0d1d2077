//! The loop that owns the brain: inputs in order, effects out, what there is to show to the shell.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::{Effect, Input, Model, Now, Snapshot, Tray};
use tokio::sync::mpsc;

use crate::Host;
use crate::hands::Hands;

/// A machine that slept wakes with old timers: this bounds how late the brain hears of it.
const LONGEST_NAP: Duration = Duration::from_secs(60);

pub(crate) struct Driver {
    model: Model,
    hands: Hands,
    host: Arc<dyn Host>,
    shown: Arc<Mutex<Arc<Snapshot>>>,
    tray: Option<Tray>,
}

impl Driver {
    pub(crate) fn new(model: Model, hands: Hands, host: Arc<dyn Host>) -> Self {
        let shown = Arc::new(Mutex::new(Arc::new(model.snapshot(&now()))));
        Self { model, hands, host, shown, tray: None }
    }

    /// Where the newest snapshot can be read at any time.
    pub(crate) fn shown(&self) -> Arc<Mutex<Arc<Snapshot>>> {
        self.shown.clone()
    }

    pub(crate) async fn run(mut self, mut inputs: mpsc::UnboundedReceiver<Input>) {
        loop {
            let input = match self.model.next_wake() {
                Some((at, why)) => tokio::select! {
                    input = inputs.recv() => input,
                    () = nap(at, why) => Some(Input::Woke),
                },
                None => inputs.recv().await,
            };
            let Some(input) = input else { return };
            self.step(input);
        }
    }

    fn step(&mut self, input: Input) {
        let effects = self.model.handle(&now(), input);
        let mut last = None;
        for effect in effects {
            if matches!(effect, Effect::Quit) {
                last = Some(effect);
            } else {
                self.hands.carry_out(effect);
            }
        }
        self.show();
        if let Some(quit) = last {
            self.hands.carry_out(quit);
        }
    }

    fn show(&mut self) {
        let now = now();
        let snapshot = self.model.snapshot(&now);
        let newer = {
            let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
            let newer = snapshot.revision != shown.revision;
            if newer {
                *shown = Arc::new(snapshot.clone());
            }
            newer
        };
        if newer {
            self.host.publish(&snapshot);
        }
        let tray = self.model.tray(&now);
        if self.tray.as_ref() != Some(&tray) {
            self.host.tray(&tray);
            self.tray = Some(tray);
        }
    }
}

fn now() -> Now {
    Now { at: Timestamp::now(), zone: TimeZone::system() }
}

async fn nap(at: Timestamp, why: &'static str) {
    let left = Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or_default();
    tracing::trace!(why, ?left, "next wake");
    tokio::time::sleep(left.min(LONGEST_NAP)).await;
}
