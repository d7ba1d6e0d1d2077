//! The short word at the lower right, and what it can take back.

use jiff::{Timestamp, ToSpan};

use super::Model;
use crate::{Button, Effect, Toast};

/// The toast that shows.
#[derive(Debug)]
pub(crate) struct ToastState {
    pub(crate) toast: Toast,
    pub(crate) ends: Timestamp,
    /// The host that its button brings back.
    restores: Option<String>,
}

impl Model {
    pub(super) fn say(&mut self, text: String, button: Option<Button>) {
        self.toast_for(6, text, button, None);
    }

    pub(super) fn say_with_undo(&mut self, text: String, undo: Button, removed: String) {
        self.toast_for(10, text, Some(undo), Some(removed));
    }

    pub(super) fn settle_toast(&mut self) {
        if self.toast.as_ref().is_some_and(|toast| toast.ends <= self.now.at) {
            self.toast = None;
        }
    }

    pub(super) fn undo(&mut self) {
        if let Some(alias) = self.toast.take().and_then(|toast| toast.restores) {
            self.hosts.leaving.remove(&alias);
            self.emit(Effect::UndoChange);
        }
    }

    fn toast_for(&mut self, seconds: i64, text: String, button: Option<Button>, restores: Option<String>) {
        self.toasts = self.toasts.wrapping_add(1);
        let ends = self.now.at.checked_add(seconds.seconds()).unwrap_or(Timestamp::MAX);
        self.toast = Some(ToastState { toast: Toast { id: self.toasts, text, button }, ends, restores });
    }
}
