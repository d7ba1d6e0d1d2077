//! Handing the two ends of a stream to whoever keeps a connection ready for it.
//!
//! ```text
//! helper                                     keeper, a process of its own
//!   ── one byte, with stdin and stdout ────▶
//!   ── Hello ──────────────────────────────▶
//!   ◀────────────────────────────── Hello ──
//!   ── Take { app, token, … } ─────────────▶
//!   ◀──────────────────────────── Refused ──   nothing was read of stdin; or
//!   ◀───────────────────────────── Opened ──
//!   ◀────────────────────────────── Ended ──   when the stream has
//! ```
//!
//! What travels are the open files themselves (`SCM_RIGHTS`): no byte of the stream passes through here. Either side
//! notices when the other is gone, as its socket ends.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Duration;

use profile::DesktopAddress;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};
use tokio::io::Interest;
use wire::{AppUrl, Cause, Jwt};

use crate::frame::Frames;
use crate::message::{cause_in, compact, compact_or_none};
use crate::transport::{self, Stream};
use crate::{Door, IpcError};

/// How long anything may take that needs no answer of the edge.
const GREETING: Duration = Duration::from_secs(1);
/// How long the keeper may take to open a stream or to refuse. Its own limit is shorter.
const OPENING: Duration = Duration::from_secs(5);
/// The byte that the two ends travel with.
const ENDS: &[u8] = b"E";

/// What the keeper needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Take {
    /// The app.
    pub app: AppUrl,
    /// Its token, if there is one.
    #[serde(with = "compact_or_none")]
    pub token: Option<Jwt>,
    /// The way that the helper's own connection would take.
    pub way: String,
    /// `host:port` behind a bastion app.
    pub destination: Option<String>,
    /// Credentials of a machine.
    pub machine: Option<Machine>,
    /// Further headers.
    pub headers: Vec<(String, String)>,
}

/// Client id and secret of a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The client id.
    pub id: String,
    /// The client secret.
    #[serde(with = "compact")]
    pub secret: Jwt,
}

/// What the keeper says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "kebab-case")]
enum Told {
    /// Nothing came of it, and nothing was read.
    Refused,
    /// The stream is open.
    Opened,
    /// It has ended.
    Ended {
        /// Why, if that needs telling: a [`Cause`] in JSON.
        cause: Option<serde_json::Value>,
    },
}

/// The helper's side: somebody who keeps a connection ready.
pub struct Keeper(Stream);

/// The helper's side: a stream that another process carries.
pub struct Elsewhere(Frames<Stream>);

/// The keeper's side: a helper, what it wants, and the two ends that it has handed over.
pub struct Taker {
    frames: Frames<Stream>,
    /// What it wants.
    pub take: Take,
    /// Where bytes for the edge come from.
    pub stdin: OwnedFd,
    /// Where bytes from the edge go.
    pub stdout: OwnedFd,
}

impl Keeper {
    /// Whoever answers at an address; `None`, at once, when nobody does.
    ///
    /// # Errors
    /// When somebody does who is not to be trusted.
    pub async fn find(address: &DesktopAddress) -> Result<Option<Self>, IpcError> {
        let found = within("connecting to a warm connection", GREETING, transport::connect(address)).await?;
        Ok(found.map(Self))
    }

    /// Hands the two ends over; `None` when the stream was not opened, and the ends are as they were.
    ///
    /// # Errors
    /// As above: then nothing was read of them either.
    pub async fn give(
        self,
        take: &Take,
        stdin: BorrowedFd<'_>,
        stdout: BorrowedFd<'_>,
    ) -> Result<Option<Elsewhere>, IpcError> {
        let greeted = within("handing over", GREETING, async {
            send_ends(&self.0, stdin, stdout)
                .await
                .map_err(|source| IpcError::Io { step: "handing over", source })?;
            let mut frames = Frames::new(self.0);
            frames.say_hello()?;
            frames.write(take).await?;
            frames.hear_hello().await?;
            Ok(frames)
        });
        let mut frames = greeted.await?;
        match within("waiting for a warm connection", OPENING, frames.read::<Told>()).await? {
            Some(Told::Opened) => Ok(Some(Elsewhere(frames))),
            Some(Told::Refused | Told::Ended { .. }) | None => Ok(None),
        }
    }
}

impl Elsewhere {
    /// Waits until the stream has ended, and tells why if that needs telling.
    ///
    /// # Errors
    /// When the process that carried it is gone without a word.
    pub async fn ended(mut self) -> Result<Option<Cause>, IpcError> {
        match self.0.read::<Told>().await? {
            Some(Told::Ended { cause }) => Ok(cause.as_ref().map(cause_in)),
            Some(Told::Refused | Told::Opened) | None => Err(IpcError::Closed),
        }
    }
}

impl Taker {
    /// Waits for the next helper at the door.
    ///
    /// # Errors
    /// When it does not say within a second what it wants.
    pub async fn next(door: &Door) -> Result<Self, IpcError> {
        let stream = door.next().await?;
        within("hearing a helper", GREETING, async {
            let ends = receive_ends(&stream).await;
            let (stdin, stdout) = ends.map_err(|source| IpcError::Io { step: "taking over", source })?;
            let mut frames = Frames::new(stream);
            frames.say_hello()?;
            frames.hear_hello().await?;
            let take = frames.read().await?.ok_or(IpcError::Closed)?;
            Ok(Self { frames, take, stdin, stdout })
        })
        .await
    }

    /// Tells the helper to go its own way.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn refuse(mut self) -> Result<(), IpcError> {
        self.frames.write(&Told::Refused).await
    }

    /// Tells the helper that the stream is open; what is left are the ends and the helper's presence.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn opened(mut self) -> Result<(Presence, OwnedFd, OwnedFd), IpcError> {
        self.frames.write(&Told::Opened).await?;
        Ok((Presence(self.frames), self.stdin, self.stdout))
    }
}

/// The keeper's side: the helper, as long as it lives.
pub struct Presence(Frames<Stream>);

impl Presence {
    /// Waits until the helper is gone. May be dropped and called again.
    pub async fn gone(&mut self) {
        // A helper has nothing more to say.
        while let Ok(Some(serde_json::Value::Null)) = self.0.read().await {}
    }

    /// Tells it that the stream has ended, and why if that needs telling.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn end(mut self, cause: Option<&Cause>) -> Result<(), IpcError> {
        let cause = cause.map(|cause| serde_json::to_value(cause).unwrap_or_default());
        self.0.write(&Told::Ended { cause }).await
    }
}

async fn send_ends(stream: &Stream, stdin: BorrowedFd<'_>, stdout: BorrowedFd<'_>) -> io::Result<()> {
    let ends = [stdin, stdout];
    stream
        .async_io(Interest::WRITABLE, || {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
            let mut along = SendAncillaryBuffer::new(&mut space);
            along.push(SendAncillaryMessage::ScmRights(&ends));
            Ok(sendmsg(stream, &[IoSlice::new(ENDS)], &mut along, SendFlags::empty())?)
        })
        .await
        .map(drop)
}

async fn receive_ends(stream: &Stream) -> io::Result<(OwnedFd, OwnedFd)> {
    let ends = stream.async_io(Interest::READABLE, || {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
        let mut along = RecvAncillaryBuffer::new(&mut space);
        let mut byte = [0];
        recvmsg(stream, &mut [IoSliceMut::new(&mut byte)], &mut along, FLAGS)?;
        let mut ends = Vec::new();
        for message in along.drain() {
            if let RecvAncillaryMessage::ScmRights(files) = message {
                ends.extend(files);
            }
        }
        Ok(ends)
    });
    let mut ends = ends.await?.into_iter();
    match (ends.next(), ends.next()) {
        (Some(stdin), Some(stdout)) => Ok((stdin, stdout)),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "two open files are missing")),
    }
}

/// The ends are for this process and none that it starts.
#[cfg(not(target_vendor = "apple"))]
const FLAGS: RecvFlags = RecvFlags::CMSG_CLOEXEC;
#[cfg(target_vendor = "apple")]
const FLAGS: RecvFlags = RecvFlags::empty();

async fn within<T>(
    step: &'static str,
    after: Duration,
    work: impl Future<Output = Result<T, IpcError>>,
) -> Result<T, IpcError> {
    tokio::time::timeout(after, work).await.map_err(|_| IpcError::TimedOut { step, after })?
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").finish_non_exhaustive()
    }
}

impl fmt::Debug for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Elsewhere").finish_non_exhaustive()
    }
}

impl fmt::Debug for Taker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Taker").field("take", &self.take).finish_non_exhaustive()
    }
}

impl fmt::Debug for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presence").finish_non_exhaustive()
    }
}
