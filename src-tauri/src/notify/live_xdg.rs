//! One notification's life on free desktops: a server on the session bus shows it.

use model::{Notification, Request};
use notify_rust::{Hint, NotificationHandle, NotificationResponse};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{Change, answer, drawn};

/// Shows a notification until it ends; says what was pressed, if anything was.
pub(super) fn live(
    mut shown: Notification,
    mut changes: UnboundedReceiver<Change>,
) -> Result<Option<Request>, notify_rust::error::Error> {
    let mut handle = dressed(&shown).show()?;
    loop {
        match tauri::async_runtime::block_on(next(&handle, &mut changes)) {
            Next::Answered(response) => return Ok(response.and_then(|response| answer(&shown, &response))),
            Next::Changed(Change::Replace(notification)) => {
                *handle = dressed(&notification);
                handle.update()?;
                shown = *notification;
            }
            Next::Changed(Change::Withdraw) => {
                handle.close();
                return Ok(None);
            }
        }
    }
}

enum Next {
    Answered(Option<NotificationResponse>),
    Changed(Change),
}

async fn next(handle: &NotificationHandle, changes: &mut UnboundedReceiver<Change>) -> Next {
    let mut heard = None;
    tokio::select! {
        () = handle.wait_for_action_async(|response| heard = Some(response.clone())) => {}
        Some(change) = changes.recv() => return Next::Changed(change),
    }
    Next::Answered(heard)
}

fn dressed(notification: &Notification) -> notify_rust::Notification {
    let mut dressed = drawn(notification);
    dressed.icon("sallyport-desktop").hint(Hint::DesktopEntry("Sallyport".into()));
    if reads_markup() {
        dressed.body = literal(&notification.body);
    }
    dressed
}

fn reads_markup() -> bool {
    notify_rust::get_capabilities().is_ok_and(|can| can.iter().any(|what| what == "body-markup"))
}

/// Text as text, for servers that take some of it for markup (Desktop Notifications Specification, "Markup").
fn literal(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_bring_markup() {
        assert_eq!(literal("R&D <b>now</b>"), "R&amp;D &lt;b&gt;now&lt;/b&gt;");
    }
}
