//! Windows: a thread that says that the system is needed, for as long as it lives.

use std::sync::mpsc::{Sender, channel};
use std::thread;

use tokio::sync::oneshot;
use windows_sys::Win32::System::Power::{
    ES_CONTINUOUS, ES_SYSTEM_REQUIRED, EXECUTION_STATE, SetThreadExecutionState,
};

/// As long as this lives, the machine stays awake.
pub(super) struct Held {
    _stop: Sender<()>,
}

pub(super) async fn hold() -> Result<Held, String> {
    let (stop, stopped) = channel::<()>();
    let (tell, told) = oneshot::channel();
    // What is said counts for the thread that says it.
    let thread = thread::Builder::new().name("awake".into()).spawn(move || {
        let _ = tell.send(say(ES_CONTINUOUS | ES_SYSTEM_REQUIRED));
        // It ends when nobody wants it any more.
        let _ = stopped.recv();
        say(ES_CONTINUOUS);
    });
    thread.map_err(|error| error.to_string())?;
    match told.await {
        Ok(true) => Ok(Held { _stop: stop }),
        Ok(false) | Err(_) => Err("SetThreadExecutionState failed".to_owned()),
    }
}

/// Whether it was heard.
#[expect(unsafe_code, reason = "there is no safe way to call it")]
fn say(state: EXECUTION_STATE) -> bool {
    // SAFETY: it takes a number, and touches nothing of this program's.
    unsafe { SetThreadExecutionState(state) != 0 }
}
