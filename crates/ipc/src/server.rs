//! The desktop's side.

use std::fmt;
use std::time::Duration;

use profile::DesktopAddress;
use tokio::time::Instant;

use crate::frame::Frames;
use crate::transport::{self, Listening, Stream};
use crate::{Answer, Ask, IpcError};

/// How long a helper may take to greet.
const GREETING: Duration = Duration::from_secs(1);

/// What came of trying to listen.
#[derive(Debug)]
pub enum Bound {
    /// Another desktop of this profile lives.
    AlreadyRunning,
    /// This process is the desktop now.
    Listener(Listener),
}

/// The right to be this profile's desktop, until it is dropped.
#[derive(Debug)]
pub struct Listener(Listening);

/// A helper that has connected.
pub struct Peer {
    frames: Frames<Stream>,
    greeting: Greeting,
}

enum Greeting {
    Awaited { until: Instant },
    Done,
}

impl Listener {
    /// Listens at the profile's address. What a dead desktop has left there is replaced, a living one never. Must be
    /// called inside a runtime.
    ///
    /// # Errors
    /// When the address cannot be used or belongs to somebody else.
    pub fn bind(address: &DesktopAddress) -> Result<Bound, IpcError> {
        Ok(match transport::bind(address)? {
            Some(listening) => Bound::Listener(Self(listening)),
            None => Bound::AlreadyRunning,
        })
    }

    /// Waits for the next helper of this person; anybody else is turned away. May be dropped and called again.
    ///
    /// # Errors
    /// When the operating system cannot take one now; trying again at once may fail at once.
    pub async fn accept(&self) -> Result<Peer, IpcError> {
        let mut frames = Frames::new(self.0.accept().await?);
        frames.say_hello()?;
        Ok(Peer { frames, greeting: Greeting::Awaited { until: Instant::now() + GREETING } })
    }
}

impl Peer {
    /// Waits for what the helper asks next; `None` when it has gone. May be dropped and called again, so that a
    /// helper's leaving can be waited for beside other things.
    ///
    /// # Errors
    /// When the helper does not greet within a second of connecting, is of another version or sends what is no
    /// question. The connection is of no use then.
    pub async fn next(&mut self) -> Result<Option<Ask>, IpcError> {
        if let Greeting::Awaited { until } = self.greeting {
            let late = |_| IpcError::TimedOut { step: "greeting a helper", after: GREETING };
            let heard = tokio::time::timeout_at(until, self.frames.hear_hello()).await.map_err(late)?;
            match heard {
                Ok(program) => tracing::debug!(program, "a helper has connected"),
                // Somebody only looked whether a desktop runs.
                Err(IpcError::Closed) => return Ok(None),
                Err(error) => return Err(error),
            }
            self.greeting = Greeting::Done;
        }
        match self.frames.read().await {
            Err(IpcError::Closed) => Ok(None),
            other => other,
        }
    }

    /// Answers. A helper that does not read cannot hold this up for more than two seconds.
    ///
    /// # Errors
    /// When the helper has gone or does not read, or the answer is too large.
    pub async fn answer(&mut self, answer: &Answer) -> Result<(), IpcError> {
        self.frames.write(answer).await
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").finish_non_exhaustive()
    }
}
