//! The helper's side.

use std::fmt;
use std::time::Duration;

use profile::DesktopAddress;

use crate::frame::Frames;
use crate::transport::{self, Stream};
use crate::{Answer, Ask, IpcError};

/// How long connecting and greeting may take together.
const CONNECTING: Duration = Duration::from_secs(1);

/// How long the desktop may take to answer what it can answer without a person.
const ANSWERING: Duration = Duration::from_secs(2);

/// A connection to the desktop that runs.
pub struct Desktop {
    frames: Frames<Stream>,
    program: String,
}

impl Desktop {
    /// Connects to the desktop; `None`, at once, when none runs.
    ///
    /// # Errors
    /// When something is there but does not answer within a second, is somebody else's or of another version.
    pub async fn connect(address: &DesktopAddress) -> Result<Option<Self>, IpcError> {
        within("connecting to the desktop", CONNECTING, Self::greet(address)).await
    }

    async fn greet(address: &DesktopAddress) -> Result<Option<Self>, IpcError> {
        let Some(stream) = transport::connect(address).await? else { return Ok(None) };
        let mut frames = Frames::new(stream);
        frames.say_hello()?;
        let program = frames.hear_hello().await?;
        Ok(Some(Self { frames, program }))
    }

    /// The version of the desktop's program.
    #[must_use]
    pub fn program(&self) -> &str {
        &self.program
    }

    /// Asks and waits for the first answer: two seconds, or for a log-in as long as the desktop lives.
    ///
    /// # Errors
    /// When the desktop goes away or does not answer. The connection is of no use then.
    pub async fn ask(&mut self, ask: &Ask) -> Result<Answer, IpcError> {
        self.frames.write(ask).await?;
        match ask {
            Ask::LogIn { .. } => self.next().await,
            Ask::Token { .. }
            | Ask::SessionOpened { .. }
            | Ask::Failed { .. }
            | Ask::TokensChanged
            | Ask::HostsChanged
            | Ask::Show
            | Ask::Status
            | Ask::Quit
            | Ask::Unknown => within("asking the desktop", ANSWERING, self.next()).await,
        }
    }

    /// Waits for a further answer, without limit: a person may be logging in. May be dropped and called again.
    ///
    /// # Errors
    /// At once when the desktop goes away.
    pub async fn next(&mut self) -> Result<Answer, IpcError> {
        self.frames.read().await?.ok_or(IpcError::Closed)
    }
}

impl fmt::Debug for Desktop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desktop").field("program", &self.program).finish_non_exhaustive()
    }
}

async fn within<T>(
    step: &'static str,
    after: Duration,
    work: impl Future<Output = Result<T, IpcError>>,
) -> Result<T, IpcError> {
    tokio::time::timeout(after, work).await.map_err(|_| IpcError::TimedOut { step, after })?
}
