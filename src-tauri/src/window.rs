//! The window: made when it is wanted, destroyed when it is closed.
//!
//! A hidden window costs as much memory as an open one, a destroyed one half; making it anew takes a third of a second.
//! The page keeps nothing, since it is drawn from one snapshot, so nothing is lost.

mod frame;

use std::path::PathBuf;

use tauri::{
    AppHandle, Manager as _, PhysicalPosition, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Window,
};

pub(crate) use frame::Frame;
use frame::{Place, Screen};

/// The name under which Tauri, the capability and the page's events know the only window.
pub(crate) const LABEL: &str = "main";

/// Brings the window to the front; makes it, with that `frame`, when there is none. Returns whether it was made. What a
/// browser must have on disk goes into the folder `cache`, so that profiles share nothing.
///
/// Waits for the main thread, so it must not be called on it.
pub(crate) fn show(app: &AppHandle, frame: Frame, cache: PathBuf) -> tauri::Result<bool> {
    if let Some(window) = app.get_webview_window(LABEL) {
        raise(&window)?;
        return Ok(false);
    }
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Sallyport")
        .inner_size(f64::from(frame.width), f64::from(frame.height))
        .min_inner_size(f64::from(Frame::LEAST.0), f64::from(Frame::LEAST.1))
        .visible(false)
        .data_directory(cache)
        .zoom_hotkeys_enabled(true)
        .disable_drag_drop_handler()
        .on_navigation(is_own)
        .build()?;
    if let Some(place) = frame.place.filter(|place| place.is_within_reach(&screens(&window))) {
        window.set_position(PhysicalPosition::new(place.x, place.y))?;
    }
    window.show()?;
    window.set_focus()?;
    Ok(true)
}

fn screens(window: &WebviewWindow) -> Vec<Screen> {
    let monitors = window.available_monitors().unwrap_or_default();
    let screen = |monitor: &tauri::Monitor| {
        let (corner, size) = (monitor.position(), monitor.size());
        Screen { corner: Place { x: corner.x, y: corner.y }, width: size.width, height: size.height }
    };
    monitors.iter().map(screen).collect()
}

/// The frame of the window to come back to; none while it fills the screen.
pub(crate) fn frame_of(window: &Window) -> Option<Frame> {
    if window.is_maximized().unwrap_or(false) || window.is_fullscreen().unwrap_or(false) {
        return None;
    }
    let scale = window.scale_factor().ok()?;
    let size = window.inner_size().ok()?.to_logical::<u32>(scale);
    let place = window.outer_position().ok().map(|at| Place { x: at.x, y: at.y });
    Some(Frame { width: size.width, height: size.height, place })
}

fn raise(window: &WebviewWindow) -> tauri::Result<()> {
    window.unminimize()?;
    window.show()?;
    window.set_focus()
}

/// Links open in the person's browser, on the engine's word; the window itself never leaves the page.
fn is_own(url: &Url) -> bool {
    url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_never_leaves_the_page() {
        let goes = |url: &str| is_own(&url.parse().unwrap());
        assert!(goes("tauri://localhost"));
        assert!(goes("http://tauri.localhost/index.html"));
        assert!(!goes("https://team.cloudflareaccess.com/"));
        assert!(!goes("file:///etc/passwd"));
    }
}
