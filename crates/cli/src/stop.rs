//! The person or the system asks a running program to end.

use std::io;

use tokio::sync::watch;

/// Listens for that from its making on, instead of ending at once.
pub(crate) struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
    #[cfg(windows)]
    terminate: tokio::signal::windows::CtrlBreak,
}

impl Stop {
    /// Takes over what would have ended the program. Must run inside a tokio runtime.
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Takes over what would have ended the program. Must run inside a tokio runtime.
    #[cfg(windows)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c};
        Ok(Self { interrupt: ctrl_c()?, terminate: ctrl_break()? })
    }
}

/// Whatever can be asked to end, more than once.
pub(crate) trait Asked {
    /// Waits until it is asked to end; every further call waits for the next time.
    async fn asked(&mut self);
}

impl Asked for Stop {
    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The same for one of several that end apart from each other.
pub(crate) struct Told(watch::Receiver<u32>);

impl Told {
    /// With what tells it, by every change.
    pub(crate) fn new() -> (watch::Sender<u32>, Self) {
        let (tells, told) = watch::channel(0);
        (tells, Self(told))
    }
}

impl Asked for Told {
    async fn asked(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending().await
        }
    }
}
