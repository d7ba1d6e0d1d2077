//! The machine stays awake while somebody is connected to it, if the person wants that: sharing pauses while it sleeps.

use super::Model;
use crate::Effect;

impl Model {
    pub(super) fn keep_awake(&mut self, on: bool) {
        self.facts.keep_awake = on;
        self.share.is_refused_awake = false;
        self.emit(Effect::RememberKeepAwake { on });
    }

    /// Holds it as long as there is somebody, and no longer.
    pub(super) fn settle_awake(&mut self) {
        let has_visitors = self.share.lives.values().any(|live| !live.status.visitors.is_empty());
        let wanted = self.facts.keep_awake && has_visitors;
        if wanted != self.share.is_awake {
            self.share.is_awake = wanted;
            self.emit(Effect::StayAwake { on: wanted });
        }
    }

    /// Whether the system agreed.
    pub(super) fn stays_awake(&mut self, agreed: bool) {
        self.share.is_refused_awake = !agreed;
    }
}
