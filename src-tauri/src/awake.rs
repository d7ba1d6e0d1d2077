//! Keeps the machine awake for as long as it is wanted: by the system's own means, which it gives back when this ends.

#[cfg_attr(target_os = "linux", path = "awake/os_linux.rs")]
#[cfg_attr(target_os = "macos", path = "awake/os_mac.rs")]
#[cfg_attr(windows, path = "awake/os_windows.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "macos", windows)), path = "awake/os_other.rs")]
mod os;

use engine::Engine;
use model::{Event, Input};
use tokio::sync::watch;

/// What is said to whoever asks the system why it does not sleep.
#[cfg(target_os = "linux")]
const WHY: &str = "Somebody is connected to this machine";

/// Does so until nobody wants anything any more, and tells whether the system agrees.
pub(crate) async fn watch(mut wanted: watch::Receiver<bool>, engine: Engine) {
    let mut held = None;
    loop {
        let on = *wanted.borrow_and_update();
        if on && held.is_none() {
            held = os::hold()
                .await
                .inspect_err(|error| tracing::warn!(error, "the machine may fall asleep"))
                .ok();
            engine.send(Input::Event(Event::StaysAwake(held.is_some())));
        } else if !on {
            held = None;
        }
        if wanted.changed().await.is_err() {
            return;
        }
    }
}
