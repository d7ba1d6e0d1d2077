//! The short word at the lower right, and what it can take back.

use jiff::{Timestamp, ToSpan};

use super::{Model, Writing};
use crate::{Button, Effect, Toast};

/// The toast that shows.
#[derive(Debug)]
pub(crate) struct ToastState {
    pub(crate) toast: Toast,
    ends: Timestamp,
    /// The pointer or the focus is upon it.
    held: bool,
    /// What its button takes back.
    restores: Option<Restores>,
}

impl ToastState {
    /// When it goes by itself.
    pub(super) fn goes(&self) -> Option<Timestamp> {
        (!self.held).then_some(self.ends)
    }
}

/// A change that can be taken back.
#[derive(Debug)]
pub(super) struct Restores {
    pub(super) serial: u64,
    /// The host that it removed.
    pub(super) removed: Option<String>,
}

impl Model {
    pub(super) fn say(&mut self, text: String, button: Option<Button>) {
        self.toast_for(6, text, button, None);
    }

    pub(super) fn say_with_undo(&mut self, text: String, button: Button, restores: Restores) {
        self.toast_for(10, text, Some(button), Some(restores));
    }

    pub(super) fn settle_toast(&mut self) {
        if self.toast.as_ref().and_then(ToastState::goes).is_some_and(|at| at <= self.now.at) {
            self.toast = None;
        }
    }

    /// Whoever lets go of it still has a moment to press its button.
    pub(super) fn hold_toast(&mut self, held: bool) {
        let soon = self.after(2);
        if let Some(toast) = &mut self.toast {
            toast.held = held;
            toast.ends = toast.ends.max(soon);
        }
    }

    pub(super) fn undo(&mut self) {
        let Some(Restores { serial, removed }) = self.toast.take().and_then(|toast| toast.restores) else {
            return;
        };
        if let Some(alias) = removed {
            self.hosts.leaving.remove(&alias);
        }
        match self.changes.get_mut(&serial) {
            Some(writing) => *writing = Writing::TakenBack,
            None => self.emit(Effect::UndoChange { serial }),
        }
    }

    fn toast_for(&mut self, seconds: i64, text: String, button: Option<Button>, restores: Option<Restores>) {
        self.toasts = self.toasts.wrapping_add(1);
        let toast = Toast { id: self.toasts, text, button, undoable: restores.is_some() };
        self.toast = Some(ToastState { toast, ends: self.after(seconds), held: false, restores });
    }

    fn after(&self, seconds: i64) -> Timestamp {
        self.now.at.checked_add(seconds.seconds()).unwrap_or(Timestamp::MAX)
    }
}
