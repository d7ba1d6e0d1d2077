//! The desktop: window, tray and notifications around an engine.
//!
//! ```text
//! engine ──Host calls──► Orders ──queue──► shell thread ──► window · tray · notifications
//!    ▲                                                              │
//!    └──────────────── Input (requests, events) ◄───────────────────┘
//! ```
//!
//! The engine starts before the toolkit does: a second start finds the first one and ends without having drawn anything.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod args;
mod awake;
mod bridge;
mod host;
mod log;
mod notify;
mod power;
#[cfg(target_os = "linux")]
mod session;
mod shell;
mod signals;
mod tray;
mod window;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use engine::{Engine, EngineError};
use model::{Platform, Problem, Words};
use profile::{Profile, ProfileError};
use tauri::{RunEvent, Window, WindowEvent};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use wire::Cause;

use crate::args::{Args, ArgsError};
use crate::host::{Order, Orders};
use crate::shell::Shell;

/// Why the desktop did not start.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error(transparent)]
    Args(#[from] ArgsError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[cfg(target_os = "linux")]
    #[error("there is no display to open a window on; the command `sallyport` works without one")]
    NoDisplay,
    #[error(transparent)]
    Profile(#[from] ProfileError),
    #[error("cannot start threads: {0}")]
    Threads(#[from] io::Error),
    #[error("cannot start the window system: {0}")]
    Windows(#[from] tauri::Error),
}

impl StartError {
    /// Says what is wrong on stderr and, since a program started from a menu has no terminal, in a notification.
    fn tell(&self) {
        let problem = self.cause().map(|cause| Problem::of(&cause, &Words::of(Platform::current(), None)));
        let line = problem.as_ref().map_or_else(|| self.to_string(), Problem::line);
        // Nobody listens when stderr is closed.
        let _ = writeln!(io::stderr(), "sallyport-desktop: {line}");
        if let Some(problem) = problem {
            notify::say(&problem.title, &format!("{} {}", problem.why, problem.next));
        }
    }

    fn cause(&self) -> Option<Cause> {
        match self {
            Self::Engine(error) => error.cause(),
            Self::Profile(error) => Some(error.cause()),
            #[cfg(target_os = "linux")]
            Self::NoDisplay => None,
            Self::Args(_) | Self::Threads(_) | Self::Windows(_) => None,
        }
    }
}

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error.tell();
            ExitCode::FAILURE
        }
    }
}

fn start() -> Result<(), StartError> {
    match Args::parse(std::env::args_os().skip(1))? {
        Args::Version => Ok(writeln!(io::stdout(), "sallyport-desktop {}", env!("CARGO_PKG_VERSION"))?),
        Args::Run { profile, hidden } => run(profile, hidden),
    }
}

fn run(profile: Option<PathBuf>, hidden: bool) -> Result<(), StartError> {
    log::start(env("SALLYPORT_LOG").as_ref().and_then(|level| level.to_str()));
    let profile = Profile::open(profile, &env)?;
    #[cfg(target_os = "linux")]
    {
        session::join_bus(&profile, &env);
        if !session::has_display(&env) {
            return Err(StartError::NoDisplay);
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (queue, queued) = channel();
    let orders = Orders::new(queue);
    let engine = match runtime.block_on(Engine::start(profile.clone(), Arc::new(orders.clone()))) {
        Err(EngineError::AlreadyRunning) => return Ok(()),
        started => started?,
    };
    if !hidden {
        orders.give(Order::ShowWindow);
    }
    show(runtime, profile, engine, orders, queued)
}

/// Hands the main thread to the toolkit, which ends the process when it is done.
fn show(
    runtime: Runtime,
    profile: Profile,
    engine: Engine,
    orders: Orders,
    queued: Receiver<Order>,
) -> Result<(), StartError> {
    tauri::async_runtime::set(runtime.handle().clone());
    let windows = orders.clone();
    let app = tauri::Builder::default()
        .manage(engine.clone())
        .invoke_handler(bridge::commands())
        .on_window_event(move |window, event| tell(&windows, window, event))
        .build(tauri::generate_context!())?;
    let mut watches = JoinSet::new();
    watches.spawn_on(power::watch(engine.clone()), runtime.handle());
    let told = engine.clone();
    let shell = Shell::new(app.handle().clone(), engine, profile, runtime.handle().clone());
    watches.spawn_on(awake::watch(shell.awake(), told), runtime.handle());
    watches.spawn_on(signals::watch(orders.clone()), runtime.handle());
    watches.spawn_on(tray::watch(orders.clone()), runtime.handle());
    thread::Builder::new().name("shell".into()).spawn(move || shell.run(&queued))?;
    app.run(move |_, event| stay(&orders, &event));
    Ok(())
}

fn tell(orders: &Orders, window: &Window, event: &WindowEvent) {
    if matches!(event, WindowEvent::CloseRequested { .. }) {
        orders.give(Order::WindowCloses(window::frame_of(window)));
    } else if matches!(event, WindowEvent::Destroyed) {
        orders.give(Order::WindowGone);
    } else if let WindowEvent::Focused(focus) = event {
        orders.give(Order::WindowFocus(*focus));
    }
}

/// Only the shell ends the program; the last window's closing does not.
fn stay(orders: &Orders, event: &RunEvent) {
    if let RunEvent::ExitRequested { code: None, api, .. } = event {
        api.prevent_exit();
        // A window that is closed while it is still being made says nothing of its own about it.
        orders.give(Order::WindowGone);
    }
    #[cfg(target_os = "macos")]
    if let RunEvent::Reopen { .. } = event {
        orders.give(Order::ShowWindow);
    }
}

fn env(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
