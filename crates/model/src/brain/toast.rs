//! The short word at the lower right, and what it can take back.

use jiff::{Timestamp, ToSpan};

use super::{Model, Writing};
use crate::{Button, Effect, Toast};

/// The toast that shows.
#[derive(Debug)]
pub(crate) struct ToastState {
    pub(crate) toast: Toast,
    pub(crate) ends: Timestamp,
    /// What its button takes back.
    restores: Option<Removal>,
}

/// A host that was removed: its name, and the change that did it.
#[derive(Debug)]
pub(super) struct Removal {
    pub(super) alias: String,
    pub(super) serial: u64,
}

impl Model {
    pub(super) fn say(&mut self, text: String, button: Option<Button>) {
        self.toast_for(6, text, button, None);
    }

    pub(super) fn say_with_undo(&mut self, text: String, undo: Button, removed: Removal) {
        self.toast_for(10, text, Some(undo), Some(removed));
    }

    pub(super) fn settle_toast(&mut self) {
        if self.toast.as_ref().is_some_and(|toast| toast.ends <= self.now.at) {
            self.toast = None;
        }
    }

    pub(super) fn undo(&mut self) {
        let Some(Removal { alias, serial }) = self.toast.take().and_then(|toast| toast.restores) else {
            return;
        };
        self.hosts.leaving.remove(&alias);
        match self.changes.get_mut(&serial) {
            Some(writing) => *writing = Writing::TakenBack,
            None => self.emit(Effect::UndoChange { serial }),
        }
    }

    fn toast_for(&mut self, seconds: i64, text: String, button: Option<Button>, restores: Option<Removal>) {
        self.toasts = self.toasts.wrapping_add(1);
        let ends = self.now.at.checked_add(seconds.seconds()).unwrap_or(Timestamp::MAX);
        self.toast = Some(ToastState { toast: Toast { id: self.toasts, text, button }, ends, restores });
    }
}
