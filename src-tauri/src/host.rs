//! What the engine asks of the shell, put into one queue.
//!
//! The engine may not wait for a window to be drawn, and Tauri's window calls wait for the main thread. So every call
//! becomes an [`Order`], and one thread (`shell`) carries orders out, one after the other.

use std::fmt;
use std::sync::mpsc::Sender;

use engine::Host;
use model::{Notification, Snapshot, Tray};

use crate::window::Frame;

/// One thing for the shell to do or to know.
#[derive(Debug)]
pub(crate) enum Order {
    /// The page is to show this.
    Publish(Box<Snapshot>),
    /// The tray is to show this.
    Tray(Tray),
    /// There is something that can show a tray, or no longer.
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only there do tray hosts come and go"))]
    TrayHost(bool),
    /// Show a notification.
    Notify(Notification),
    /// Withdraw a notification.
    Withdraw(String),
    /// Put this on the clipboard.
    Copy(Copied),
    /// Keep the machine from falling asleep, or let it again.
    StayAwake(bool),
    /// Bring the window to the front, making it if need be.
    ShowWindow,
    CloseWindow,
    /// The person closes the window, which has this frame; none when it fills the screen.
    WindowCloses(Option<Frame>),
    /// The person turned to the window, or away from it.
    WindowFocus(bool),
    /// The window is no more.
    WindowGone,
    /// End the program.
    Quit,
}

/// What goes to the clipboard, such as the link of a log-in. It does not show in logs.
pub(crate) struct Copied(pub(crate) String);

impl fmt::Debug for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Where orders are dropped. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Orders(Sender<Order>);

impl Orders {
    pub(crate) fn new(queue: Sender<Order>) -> Self {
        Self(queue)
    }

    pub(crate) fn give(&self, order: Order) {
        // Nobody listens only while the program ends.
        let _ = self.0.send(order);
    }
}

impl Host for Orders {
    fn publish(&self, snapshot: &Snapshot) {
        self.give(Order::Publish(Box::new(snapshot.clone())));
    }

    fn tray(&self, tray: &Tray) {
        self.give(Order::Tray(tray.clone()));
    }

    fn notify(&self, notification: &Notification) {
        self.give(Order::Notify(notification.clone()));
    }

    fn withdraw(&self, tag: &str) {
        self.give(Order::Withdraw(tag.to_owned()));
    }

    fn copy(&self, text: String) {
        self.give(Order::Copy(Copied(text)));
    }

    fn stay_awake(&self, on: bool) {
        self.give(Order::StayAwake(on));
    }

    fn show_window(&self) {
        self.give(Order::ShowWindow);
    }

    fn close_window(&self) {
        self.give(Order::CloseWindow);
    }

    fn quit(&self) {
        self.give(Order::Quit);
    }
}
