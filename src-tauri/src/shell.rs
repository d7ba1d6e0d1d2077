//! The thread that carries out what is asked of window, tray and notifications, one order after the other.
//!
//! It alone knows what is shown, so nothing here needs a lock, and since it is not the main thread, Tauri's calls may
//! wait for that one. It decides nothing, except what no other part can know: that without a tray a person could not
//! come back to a program whose window is closed.

use std::path::PathBuf;
use std::process;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use arboard::Clipboard;
use engine::Engine;
use model::{Event, Input, Request};
use profile::Profile;
use tauri::{AppHandle, Manager as _};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::bridge;
use crate::host::{Copied, Order};
use crate::notify::Notices;
use crate::tray::TrayPlace;
use crate::window::{self, Frame};

/// How long the engine may take to end, a little more than it takes itself.
const DRAIN: Duration = Duration::from_secs(5);
/// How long Tauri may take to end after that.
const LEAVE: Duration = Duration::from_secs(2);

/// What is shown, and all that is needed to change it.
pub(crate) struct Shell {
    app: AppHandle,
    engine: Engine,
    runtime: Handle,
    tray: TrayPlace,
    notices: Notices,
    profile: Profile,
    frame: Frame,
    // On Linux what was copied is there only as long as this is.
    clipboard: Option<Clipboard>,
    /// Whether the machine is to stay awake.
    awake: watch::Sender<bool>,
}

impl Shell {
    pub(crate) fn new(app: AppHandle, engine: Engine, profile: Profile, runtime: Handle) -> Self {
        let pressed = engine.clone();
        let press = move |request| pressed.send(Input::Event(Event::NotificationPressed { request }));
        Self {
            tray: TrayPlace::new(app.clone(), engine.clone()),
            notices: Notices::new(Arc::new(press)),
            frame: Frame::load(&frame_file(&profile)),
            clipboard: None,
            awake: watch::Sender::new(false),
            app,
            engine,
            runtime,
            profile,
        }
    }

    /// Whether the machine is to stay awake, for whoever keeps it so.
    pub(crate) fn awake(&self) -> watch::Receiver<bool> {
        self.awake.subscribe()
    }

    /// Carries out orders until the program ends.
    pub(crate) fn run(mut self, orders: &Receiver<Order>) {
        self.in_dock(false);
        loop {
            match self.next(orders) {
                Ok(order) => self.carry_out(order),
                Err(RecvTimeoutError::Timeout) => self.tray.draw(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn next(&self, orders: &Receiver<Order>) -> Result<Order, RecvTimeoutError> {
        match self.tray.retry() {
            Some(wait) => orders.recv_timeout(wait),
            None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Publish(snapshot) => bridge::publish(&self.app, &snapshot),
            Order::Tray(tray) => self.tray.show(tray),
            Order::TrayHost(there) => self.tray.host(there),
            Order::Notify(notification) => self.notices.show(&notification),
            Order::Withdraw(tag) => self.notices.withdraw(&tag),
            Order::Copy(copied) => self.copy(copied),
            Order::StayAwake(on) => drop(self.awake.send_replace(on)),
            Order::ShowWindow => self.show_window(),
            Order::CloseWindow => self.close_window(),
            Order::WindowCloses(frame) => self.remember(frame),
            Order::WindowFocus(focus) => self.engine.send(Input::Event(Event::Focus(focus))),
            Order::WindowGone => self.window_gone(),
            Order::Quit => self.quit(),
        }
    }

    fn copy(&mut self, Copied(text): Copied) {
        let clipboard = match self.clipboard.take() {
            Some(clipboard) => Ok(clipboard),
            None => Clipboard::new(),
        };
        let copied = clipboard.and_then(|mut clipboard| {
            clipboard.set_text(text)?;
            Ok(clipboard)
        });
        match copied {
            Ok(clipboard) => self.clipboard = Some(clipboard),
            Err(error) => tracing::error!(%error, "nothing could be copied"),
        }
    }

    fn show_window(&self) {
        let cache = self.profile.state_dir().join("webview");
        match window::show(&self.app, self.frame, cache) {
            Ok(true) => {
                self.in_dock(true);
                self.engine.send(Input::Event(Event::Window(true)));
            }
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "the window could not be shown"),
        }
    }

    fn close_window(&self) {
        let closed = self.app.get_webview_window(window::LABEL).map(|window| window.close());
        if let Some(Err(error)) = closed {
            tracing::error!(%error, "the window could not be closed");
        }
    }

    fn window_gone(&self) {
        self.in_dock(false);
        let stays = self.profile.settings().keep_running && self.tray.is_there();
        if stays && first_time(&self.profile) {
            self.engine.send(Input::Request(Request::WindowClosed));
        } else {
            self.engine.send(Input::Event(Event::Window(false)));
        }
        if !stays {
            self.engine.send(Input::Request(Request::Quit));
        }
    }

    /// On macOS a program without a window has no place in the Dock.
    fn in_dock(&self, there: bool) {
        #[cfg(target_os = "macos")]
        if let Err(error) = self.app.set_dock_visibility(there) {
            tracing::warn!(%error, "the Dock could not be told");
        }
        #[cfg(not(target_os = "macos"))]
        let _ = there;
    }

    fn remember(&mut self, frame: Option<Frame>) {
        if let Some(frame) = frame.filter(|frame| *frame != self.frame) {
            self.frame = frame;
            frame.save(&frame_file(&self.profile));
        }
    }

    fn quit(&mut self) {
        if let Some(window) = self.app.get_webview_window(window::LABEL) {
            self.remember(window::frame_of(&window.as_ref().window()));
        }
        let engine = self.engine.clone();
        let drained = self.runtime.block_on(async { tokio::time::timeout(DRAIN, engine.shutdown()).await });
        if drained.is_err() {
            tracing::warn!("the engine did not end in time");
        }
        self.app.exit(0);
        // A toolkit that hangs must not keep a program that a person has ended.
        std::thread::park_timeout(LEAVE);
        process::exit(0);
    }
}

/// Whether this person closes the window for the first time ever, and should be told that the program goes on.
fn first_time(profile: &Profile) -> bool {
    let mark = profile.state_dir().join("window-closed");
    if mark.exists() {
        return false;
    }
    if let Err(error) = profile::write_atomically(&mark, b"") {
        tracing::debug!(%error, "that the window was closed is not remembered");
    }
    true
}

fn frame_file(profile: &Profile) -> PathBuf {
    profile.state_dir().join("window.json")
}
