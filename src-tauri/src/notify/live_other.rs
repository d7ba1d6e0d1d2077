//! One notification's life on macOS and Windows, where what was shown can be neither changed nor taken back.

use model::{Notification, Request};
use notify_rust::NotificationResponse;
use tokio::sync::mpsc::UnboundedReceiver;

use super::{Change, answer, drawn};

/// Shows a notification until it ends; says what was pressed, if anything was. A replacement is shown as one more.
pub(super) fn live(
    shown: Notification,
    changes: UnboundedReceiver<Change>,
) -> Result<Option<Request>, notify_rust::error::Error> {
    // Closed at once, so that the next one with this tag gets a thread of its own.
    drop(changes);
    let mut pressed = None;
    let handle = drawn(&shown).show()?;
    handle.wait_for_response(|response: &NotificationResponse| pressed = answer(&shown, response))?;
    Ok(pressed)
}
