//! The tray, drawn from one value.
//!
//! The brain says what the tray shows; here that is compared with what it shows already, and only the difference is
//! drawn. Where nothing can show a tray yet, or drawing fails, the last value waits until it can be drawn.

mod backoff;
mod menu;
mod picture;

#[cfg_attr(target_os = "linux", path = "tray/presence_linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "tray/presence_other.rs")]
mod presence;

use std::time::Duration;

use engine::Engine;
use model::{Input, Request, Tray};
use tauri::AppHandle;
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};

use backoff::Backoff;
pub(crate) use presence::watch;

/// The place in the panel that is ours.
pub(crate) struct TrayPlace {
    app: AppHandle,
    engine: Engine,
    /// Whether something in this session shows trays.
    host: bool,
    wanted: Option<Tray>,
    drawn: Option<(TrayIcon, Tray)>,
    backoff: Backoff,
    retry: Option<Duration>,
}

impl TrayPlace {
    pub(crate) fn new(app: AppHandle, engine: Engine) -> Self {
        let (wanted, drawn, retry) = (None, None, None);
        Self { app, engine, host: presence::ASSUMED, wanted, drawn, backoff: Backoff::default(), retry }
    }

    /// Shows this from now on.
    pub(crate) fn show(&mut self, tray: Tray) {
        self.wanted = Some(tray);
        self.draw();
    }

    /// Something that shows trays came or went. One that comes back finds the tray by itself.
    pub(crate) fn host(&mut self, there: bool) {
        self.host = there;
        self.draw();
    }

    /// Draws what is not drawn yet. Waits for the main thread, so it must not be called on it.
    pub(crate) fn draw(&mut self) {
        self.retry = None;
        let Some(wanted) = self.wanted.clone().filter(|_| self.host) else { return };
        match self.draw_all(&wanted) {
            Ok(()) => self.backoff = Backoff::default(),
            Err(error) => {
                tracing::warn!(%error, "the tray could not be drawn");
                self.retry = Some(self.backoff.next());
            }
        }
    }

    /// Whether a person can see the tray.
    pub(crate) fn is_there(&self) -> bool {
        self.host && self.drawn.is_some()
    }

    /// How long to wait before `draw` is worth another try; none when nothing is left to draw.
    pub(crate) fn retry(&self) -> Option<Duration> {
        self.retry
    }

    fn draw_all(&mut self, wanted: &Tray) -> tauri::Result<()> {
        match &self.drawn {
            None => {
                let icon = build(&self.app, &self.engine, wanted)?;
                self.drawn = Some((icon, wanted.clone()));
            }
            Some((_, shown)) if shown == wanted => {}
            Some((icon, shown)) => {
                redraw(&self.app, icon, shown, wanted)?;
                self.drawn = Some((icon.clone(), wanted.clone()));
            }
        }
        Ok(())
    }
}

fn build(app: &AppHandle, engine: &Engine, tray: &Tray) -> tauri::Result<TrayIcon> {
    let (pressed, clicked) = (engine.clone(), engine.clone());
    let mut builder = TrayIconBuilder::with_id("sallyport")
        .icon(picture::of(tray.icon))
        .icon_as_template(picture::IS_TEMPLATE)
        .tooltip(&tray.tooltip)
        .menu(&menu::build(app, &tray.menu)?)
        .show_menu_on_left_click(cfg!(target_os = "macos"))
        .on_menu_event(move |_, event| {
            if let Some(request) = menu::request(event.id.as_ref()) {
                pressed.send(Input::Request(request));
            }
        })
        .on_tray_icon_event(move |_, event| {
            if wants_window(&event) {
                clicked.send(Input::Request(Request::ShowWindow));
            }
        });
    if cfg!(target_os = "linux") {
        // Elsewhere a title would stand in the panel beside the picture.
        builder = builder.title("Sallyport");
    }
    builder.build(app)
}

fn redraw(app: &AppHandle, icon: &TrayIcon, shown: &Tray, wanted: &Tray) -> tauri::Result<()> {
    if shown.icon != wanted.icon {
        // Setting both at once spares macOS a flash of the picture in plain black.
        icon.set_icon_with_as_template(Some(picture::of(wanted.icon)), picture::IS_TEMPLATE)?;
    }
    if shown.tooltip != wanted.tooltip {
        icon.set_tooltip(Some(&wanted.tooltip))?;
    }
    if shown.menu != wanted.menu {
        icon.set_menu(Some(menu::build(app, &wanted.menu)?))?;
    }
    Ok(())
}

/// On macOS a click opens the menu, and nothing else.
fn wants_window(event: &TrayIconEvent) -> bool {
    cfg!(not(target_os = "macos"))
        && matches!(
            event,
            TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. }
        )
}
