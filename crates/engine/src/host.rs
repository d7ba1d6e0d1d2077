//! What only the shell can do.

use model::{Notification, Snapshot, Tray};

/// The desktop as the engine sees it. Calls come from engine tasks and must not block.
pub trait Host: Send + Sync + 'static {
    /// Something visible changed.
    fn publish(&self, snapshot: &Snapshot);
    /// The tray changed.
    fn tray(&self, tray: &Tray);
    /// Show a notification, in place of an earlier one with the same tag.
    fn notify(&self, notification: &Notification);
    /// Withdraw a notification.
    fn withdraw(&self, tag: &str);
    /// Put this on the clipboard.
    fn copy(&self, text: String);
    /// Keep the machine from falling asleep, or let it again.
    fn stay_awake(&self, on: bool);
    /// Bring the window to the front, making it if need be.
    fn show_window(&self);
    /// Close the window, as its frame's button does.
    fn close_window(&self);
    /// End the program.
    fn quit(&self);
}
