//! The window: made when it is wanted, destroyed when it is closed.
//!
//! A hidden window costs as much memory as an open one, a destroyed one half; making it anew takes a third of a second.
//! The page keeps nothing, since it is drawn from one snapshot, so nothing is lost.

mod size;

use std::path::PathBuf;

use tauri::{AppHandle, Manager as _, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Window};

pub(crate) use size::Size;

/// The name under which Tauri, the capability and the page's events know the only window.
pub(crate) const LABEL: &str = "main";

/// Brings the window to the front; makes it, `size` large, when there is none. Returns whether it was made. What a
/// browser must have on disk goes into the folder `cache`, so that profiles share nothing.
///
/// Waits for the main thread, so it must not be called on it.
pub(crate) fn show(app: &AppHandle, size: Size, cache: PathBuf) -> tauri::Result<bool> {
    if let Some(window) = app.get_webview_window(LABEL) {
        raise(&window)?;
        return Ok(false);
    }
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Sallyport")
        .inner_size(f64::from(size.width), f64::from(size.height))
        .min_inner_size(f64::from(Size::LEAST.width), f64::from(Size::LEAST.height))
        .data_directory(cache)
        .zoom_hotkeys_enabled(true)
        .disable_drag_drop_handler()
        .on_navigation(is_own)
        .build()?;
    window.set_focus()?;
    Ok(true)
}

/// The size of the window to come back to; none while it fills the screen.
pub(crate) fn size_of(window: &Window) -> Option<Size> {
    if window.is_maximized().unwrap_or(false) || window.is_fullscreen().unwrap_or(false) {
        return None;
    }
    let scale = window.scale_factor().ok()?;
    let size = window.inner_size().ok()?.to_logical::<u32>(scale);
    Some(Size { width: size.width, height: size.height })
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
