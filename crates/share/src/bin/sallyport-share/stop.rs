//! The person or the system asks the program to end.

use std::io;

use command_line::Parsed;
use tokio::task::JoinHandle;

/// Listens for that from its making on, instead of ending at once.
pub(crate) struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
    #[cfg(windows)]
    terminate: tokio::signal::windows::CtrlShutdown,
    /// The wait for the end of standard input, where that was asked for and has not come.
    input: Option<JoinHandle<()>>,
}

impl Stop {
    /// Takes over what would have ended the program. Must run inside a tokio runtime.
    #[cfg(unix)]
    pub(crate) fn listen(given: &Parsed) -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            input: input(given),
        })
    }

    /// Takes over what would have ended the program. Must run inside a tokio runtime.
    #[cfg(windows)]
    pub(crate) fn listen(given: &Parsed) -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_c, ctrl_shutdown};
        Ok(Self { interrupt: ctrl_c()?, terminate: ctrl_shutdown()?, input: input(given) })
    }

    /// Waits until it is asked to end, and says how; every further call waits for the next time.
    pub(crate) async fn asked(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "interrupt",
            _ = self.terminate.recv() => "terminated",
            () = ended(&mut self.input) => "end of input",
        }
    }
}

/// Whoever started us holds the other end, and lets go of it at the latest when it ends.
fn input(given: &Parsed) -> Option<JoinHandle<()>> {
    given.on("until-stdin-ends").then(|| {
        tokio::task::spawn_blocking(|| {
            // An input that cannot be read has ended as well.
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        })
    })
}

/// Once only.
async fn ended(input: &mut Option<JoinHandle<()>>) {
    match input {
        Some(wait) => _ = wait.await,
        None => std::future::pending().await,
    }
    *input = None;
}
