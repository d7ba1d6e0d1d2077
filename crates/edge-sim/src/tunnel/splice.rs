//! Carries a client's WebSocket through a connector, byte for byte: the frames are the business of the two ends.

use std::io;
use std::sync::Arc;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::stream::{FromConnector, ToConnector};
use crate::carry::{Client, End, finish};
use crate::edge::Edge;
use crate::seen::CarriedSeen;

/// Bytes that are read from the client at once.
const CHUNK: usize = 64 * 1024;

/// One stream under way.
pub(super) struct Splice {
    pub(super) edge: Arc<Edge>,
    pub(super) connection: u64,
    pub(super) client: Client,
    /// What the client sent right behind its upgrade.
    pub(super) early: BytesMut,
    pub(super) to: ToConnector,
    pub(super) from: FromConnector,
}

impl Splice {
    /// Carries until the connector has ended the stream, or either side is gone.
    pub(super) async fn carry(self) {
        let Self { edge, connection, client, early, mut to, mut from } = self;
        let (mut from_client, mut to_client) = tokio::io::split(client);
        let (mut sent, mut received) = (0, 0);
        let mut cut = edge.cut.subscribe();
        let end = tokio::select! {
            error = up(&mut from_client, early, &mut to, &mut sent) => {
                tracing::debug!(connection, %error, "the client is gone");
                End::ClientGone
            }
            done = down(&mut from, &mut to_client, &mut received) => match done {
                Ok(()) => End::OriginGone,
                Err(error) => {
                    tracing::debug!(connection, %error, "the connector broke the stream");
                    End::Broken
                }
            },
            Ok(how) = cut.wait_for(Option::is_some) => how.map_or(End::OriginGone, End::Cut),
        };
        to.drop_it(matches!(end, End::OriginGone));
        let carried = CarriedSeen { sent, received, ..CarriedSeen::default() };
        edge.log.change_connection(connection, |seen| seen.carried = Some(carried));
        finish(end, from_client.unsplit(to_client)).await;
        edge.log.change_connection(connection, |seen| seen.closed = true);
    }
}

/// From the client to the connector; returns only when that has failed. The client's end is the end of its body.
async fn up(
    client: &mut (impl AsyncRead + Unpin),
    early: BytesMut,
    to: &mut ToConnector,
    sent: &mut u64,
) -> io::Error {
    let mut input = early;
    loop {
        if !input.is_empty() {
            let bytes = input.split().freeze();
            *sent += bytes.len() as u64;
            if let Err(error) = to.send(bytes).await {
                return error;
            }
        }
        input.reserve(CHUNK);
        match client.read_buf(&mut input).await {
            Ok(0) => match to.end() {
                Ok(()) => return std::future::pending().await,
                Err(error) => return error,
            },
            Ok(_) => {}
            Err(error) => return error,
        }
    }
}

async fn down(
    from: &mut FromConnector,
    client: &mut (impl AsyncWrite + Unpin),
    received: &mut u64,
) -> io::Result<()> {
    while let Some(bytes) = from.next().await? {
        client.write_all(&bytes).await?;
        client.flush().await?;
        *received += bytes.len() as u64;
    }
    Ok(())
}
