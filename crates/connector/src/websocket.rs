//! Ends a WebSocket and carries what is in it to a TCP service and back.
//!
//! Two directions run in one task. Only the one towards the client writes to it, between whole frames; the other one
//! hands it what has to be said: pongs, the echo of the last word.

use std::io::{self, IoSlice};
use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{BufMut as _, Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, UPGRADE};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;

use crate::down::Watched;
use crate::exchange::{Reader, Sender, left};
use crate::frame::{self, Frames, HEADER, Part};
use crate::read_size::ReadSize;
use crate::session::until;

/// Most bytes that are read from the origin at once, and the largest message towards the client.
const CHUNK: usize = 256 * 1024;
/// What every server appends to the client's key (RFC 6455 1.3).
const SALT: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The code for an end that nobody wanted (RFC 6455 7.4.1).
const BROKEN: u16 = 1011;
/// How long an origin may go on answering in silence after the client has said its last word.
const FAREWELL: Duration = Duration::from_secs(10);

/// The headers by which an upgrade is granted.
pub(crate) fn granted(key: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(accept) = key.and_then(|key| HeaderValue::try_from(accept(key)).ok()) {
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
        headers.insert(wire::header::HALF_CLOSE, HeaderValue::from_static("1"));
    }
    headers
}

fn accept(key: &str) -> String {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{SALT}").as_bytes());
    STANDARD.encode(digest.as_ref())
}

/// What has to be told to the client between two messages.
enum Say {
    Pong(Vec<u8>),
    /// The client has said its last word, and this was it.
    Last(Vec<u8>),
}

/// Carries until the origin has ended, or the client and then the origin, or either is gone.
pub(crate) async fn carry(
    mut from: Reader,
    to: Sender,
    origin: TcpStream,
    watched: Option<Box<Watched<'_>>>,
) -> io::Result<()> {
    let (from_origin, to_origin) = origin.into_split();
    let (say, said) = mpsc::channel(4);
    let mut up = std::pin::pin!(up(&mut from, to_origin, say));
    let mut down = std::pin::pin!(down(from_origin, to, said, watched));
    tokio::select! {
        done = &mut down => done,
        done = &mut up => {
            done?;
            down.await
        }
    }
}

/// From the client to the origin. Returns once there is nothing more to come, or nobody to take it.
async fn up(from: &mut Reader, mut origin: OwnedWriteHalf, say: mpsc::Sender<Say>) -> io::Result<()> {
    let mut frames = Frames::default();
    while let Some(bytes) = from.next().await.map_err(left)? {
        let mut owned = bytes.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&*shared));
        let (mut input, mut payload, mut last) = (&mut owned[..], Vec::new(), None);
        while let Some(part) = frames.next(&mut input).map_err(io::Error::other)? {
            match part {
                Part::Bytes(bytes) => payload.push(IoSlice::new(bytes)),
                // Nobody hears it where the way to the client is closed.
                Part::Ping(payload) => drop(say.send(Say::Pong(payload)).await),
                Part::Close(payload) => {
                    last = Some(payload);
                    break;
                }
            }
        }
        if write_all(&mut origin, &mut payload).await.is_err() {
            // What the origin said before it went is still on its way to the client.
            return Ok(());
        }
        if let Some(last) = last {
            drop(say.send(Say::Last(last)).await);
            break;
        }
    }
    origin.shutdown().await.or(Ok(()))
}

/// Writes all parts, as many as the system takes with each call.
async fn write_all(to: &mut OwnedWriteHalf, mut parts: &mut [IoSlice<'_>]) -> io::Result<()> {
    while !parts.is_empty() {
        let written = to.write_vectored(parts).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        IoSlice::advance_slices(&mut parts, written);
    }
    Ok(())
}

/// From the origin to the client, and everything else that is said to the client.
async fn down(
    origin: OwnedReadHalf,
    mut to: Sender,
    mut said: mpsc::Receiver<Say>,
    mut watched: Option<Box<Watched<'_>>>,
) -> io::Result<()> {
    let mut ping = tokio::time::interval(wire::limit::CONNECTOR_PING);
    ping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ping.reset();
    let (mut buffer, mut size) = (BytesMut::new(), ReadSize::up_to(CHUNK));
    let mut last = None;
    let mut is_open = true;
    loop {
        let due = watched.as_ref().and_then(|it| it.due());
        tokio::select! {
            read = message(&origin, &mut buffer, &mut size) => match (read, &mut watched) {
                (Ok(Some(message)), watched) => {
                    watched.iter_mut().for_each(|it| it.spoke());
                    to.send(message).await.map_err(left)?;
                }
                (Ok(None), watched) => {
                    // After the client's last word that is as it should be.
                    watched.iter_mut().filter(|_| is_open).for_each(|it| it.broke_off(None));
                    break;
                }
                (Err(error), watched) => {
                    watched.iter_mut().for_each(|it| it.broke_off(Some(&error)));
                    return broken_off(to, error).await;
                }
            },
            () = until(due) => watched.iter_mut().for_each(|it| it.is_silent()),
            next = said.recv(), if is_open => match next {
                Some(Say::Pong(payload)) => to.say(frame::pong(&payload).into()).await.map_err(left)?,
                Some(Say::Last(payload)) => last = Some(payload),
                None => is_open = false,
            },
            _ = ping.tick(), if is_open => to.say(frame::ping().into()).await.map_err(left)?,
            () = tokio::time::sleep(FAREWELL), if !is_open => break,
        }
    }
    if let Some(payload) = last {
        to.say(frame::close(&payload).into()).await?;
    }
    to.end()
}

/// Tells the client that the origin has not said all: to whoever is behind the edge, an end is an end otherwise.
async fn broken_off(mut to: Sender, why: io::Error) -> io::Result<()> {
    let payload = [&BROKEN.to_be_bytes()[..], b"the service broke off"].concat();
    to.say(frame::close(&payload).into()).await?;
    to.end()?;
    Err(io::Error::new(why.kind(), format!("the service broke off: {why}")))
}

/// The next bytes of the origin as one message. A stream that is silent holds no buffer.
async fn message(
    origin: &OwnedReadHalf,
    buffer: &mut BytesMut,
    size: &mut ReadSize,
) -> io::Result<Option<Bytes>> {
    loop {
        buffer.clear();
        buffer.reserve(HEADER + size.get());
        buffer.resize(HEADER, 0);
        match origin.try_read_buf(&mut (&mut *buffer).limit(size.get())) {
            Ok(0) => return Ok(None),
            Ok(length) => {
                size.got(length);
                let start = frame::put_header(buffer, length);
                let mut message = buffer.split();
                return Ok(Some(message.split_off(start).freeze()));
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                *buffer = BytesMut::new();
                origin.readable().await?;
            }
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_is_granted() {
        // RFC 6455 1.3.
        let headers = granted(Some("dGhlIHNhbXBsZSBub25jZQ=="));
        assert_eq!(headers["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(headers["upgrade"], "websocket");
        assert!(granted(None).is_empty(), "whoever did not ask is not upgraded");
    }
}
