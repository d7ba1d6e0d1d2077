//! The doorway of the page: one command to wish, one to see, one event to be told.

use engine::Engine;
use model::{Input, Request, Snapshot};
use tauri::{AppHandle, Emitter as _, Manager as _, State};

use crate::window;

/// The event that carries a snapshot to the page.
const SNAPSHOT: &str = "snapshot";

/// What the page may call. Each command also stands in `build.rs` and `capabilities/main.json`.
pub(crate) fn commands() -> impl Fn(tauri::ipc::Invoke<tauri::Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![request, snapshot]
}

/// Tells the page, if there is one.
pub(crate) fn publish(app: &AppHandle, snapshot: &Snapshot) {
    if app.get_webview_window(window::LABEL).is_none() {
        return;
    }
    if let Err(error) = app.emit_to(window::LABEL, SNAPSHOT, snapshot) {
        tracing::warn!(%error, "the page could not be told");
    }
}

#[tauri::command]
fn request(engine: State<'_, Engine>, request: Request) {
    engine.send(Input::Request(request));
}

#[tauri::command]
fn snapshot(engine: State<'_, Engine>) -> Snapshot {
    Snapshot::clone(&engine.snapshot())
}
