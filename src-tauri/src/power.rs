//! Whether the machine saves its battery: then nothing is kept ready for later.

#[cfg_attr(target_os = "linux", path = "power/os_linux.rs")]
#[cfg_attr(target_os = "macos", path = "power/os_mac.rs")]
#[cfg_attr(not(any(target_os = "linux", target_os = "macos")), path = "power/os_other.rs")]
mod os;

use engine::Engine;
use model::{Event, Input};

/// Tells the engine of it and of every change, for as long as the program runs.
pub(crate) async fn watch(engine: Engine) {
    let tell = move |saves: bool| engine.send(Input::Event(Event::SavesPower(saves)));
    os::watch(tell).await;
}
