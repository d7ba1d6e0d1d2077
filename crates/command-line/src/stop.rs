//! Whoever a program runs for asks it to end: a person at the terminal, the system, or what started it.

use std::io::{self, BufRead as _};

use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Tells one [`Stop`] to end, as often as it is called: the second time is for what does not end by itself.
#[derive(Clone, Debug)]
pub struct Tells(watch::Sender<u32>);

/// Listens for that from its making on, instead of ending at once.
#[derive(Debug)]
pub struct Stop {
    signals: Option<Signals>,
    /// The wait for the end of standard input, where that counts and has not come.
    input: Option<JoinHandle<()>>,
    told: Option<watch::Receiver<u32>>,
}

impl Tells {
    /// Once more.
    pub fn tell(&self) {
        self.0.send_modify(|times| *times = times.wrapping_add(1));
    }

    /// Whether there is still somebody to tell.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        !self.0.is_closed()
    }
}

impl Stop {
    /// Takes over the signals that would have ended the program. Must run inside a tokio runtime.
    ///
    /// # Errors
    /// When the system has no place left for them.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { signals: Some(Signals::listen()?), input: None, told: None })
    }

    /// One that hears no signal: for one of several things that end apart from each other, and for a service that its
    /// system speaks to in another way.
    #[must_use]
    pub fn told() -> (Tells, Self) {
        let (tells, told) = watch::channel(0);
        (Tells(tells), Self { signals: None, input: None, told: Some(told) })
    }

    /// The same that hears the end of standard input as well: whoever started the program holds the other end, and lets
    /// go of it at the latest when it ends itself.
    #[must_use]
    pub fn or_end_of_input(self) -> Self {
        let wait = tokio::task::spawn_blocking(|| {
            // An input that cannot be read has ended as well.
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        });
        Self { input: Some(wait), ..self }
    }

    /// The same where every line of it is for somebody.
    #[must_use]
    pub fn or_end_of_lines(self, each: impl Fn(&str) + Send + 'static) -> Self {
        let wait = tokio::task::spawn_blocking(move || {
            let (mut input, mut line) = (io::stdin().lock(), Vec::new());
            while input.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                each(String::from_utf8_lossy(&line).trim_end());
                line.clear();
            }
        });
        Self { input: Some(wait), ..self }
    }

    /// Waits until it is asked to end, and says how; every further call waits for the next time.
    pub async fn asked(&mut self) -> &'static str {
        tokio::select! {
            signal = Signals::next(&mut self.signals) => signal,
            () = ended(&mut self.input) => "end of input",
            () = was_told(&mut self.told) => "stop",
        }
    }
}

/// Once only.
async fn ended(input: &mut Option<JoinHandle<()>>) {
    match input {
        Some(wait) => _ = wait.await,
        None => std::future::pending().await,
    }
    *input = None;
}

/// Whoever could have told is gone when nobody can any more, and has told nothing.
async fn was_told(told: &mut Option<watch::Receiver<u32>>) {
    let heard = match told {
        Some(told) => told.changed().await.is_ok(),
        None => false,
    };
    if !heard {
        std::future::pending().await
    }
}

#[cfg(unix)]
#[derive(Debug)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(signals: &mut Option<Self>) -> &'static str {
        let Some(Self { interrupt, terminate }) = signals else { return std::future::pending().await };
        tokio::select! {
            _ = interrupt.recv() => "interrupt",
            _ = terminate.recv() => "terminated",
        }
    }
}

/// Windows has signals for programs with a console only: two keys, its window that closes, and the system that goes down.
#[cfg(windows)]
#[derive(Debug)]
struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
    break_key: tokio::signal::windows::CtrlBreak,
    close: tokio::signal::windows::CtrlClose,
    shutdown: tokio::signal::windows::CtrlShutdown,
}

#[cfg(windows)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
        let (interrupt, break_key) = (ctrl_c()?, ctrl_break()?);
        Ok(Self { interrupt, break_key, close: ctrl_close()?, shutdown: ctrl_shutdown()? })
    }

    async fn next(signals: &mut Option<Self>) -> &'static str {
        let Some(Self { interrupt, break_key, close, shutdown }) = signals else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => "interrupt",
            _ = break_key.recv() => "break",
            _ = close.recv() => "close",
            _ = shutdown.recv() => "shutdown",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
    }

    #[test]
    fn every_word_is_heard_once_and_one_before_the_wait_as_well() {
        run(async {
            let (tells, mut stop) = Stop::told();
            tells.tell();
            assert_eq!(stop.asked().await, "stop");
            let (heard, ()) = tokio::join!(stop.asked(), async { tells.tell() });
            assert_eq!(heard, "stop");
            drop(tells);
            let silence = tokio::time::timeout(Duration::from_millis(20), stop.asked()).await;
            assert!(silence.is_err(), "nobody has told anything");
        });
    }

    #[test]
    #[cfg(unix)]
    fn a_signal_is_heard_instead_of_ending_the_program() {
        run(async {
            let mut stop = Stop::listen().unwrap();
            let own = std::process::id().to_string();
            assert!(std::process::Command::new("kill").args(["-TERM", &own]).status().unwrap().success());
            assert_eq!(stop.asked().await, "terminated");
        });
    }
}
