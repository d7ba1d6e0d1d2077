//! A connector's TCP connection over a slow line: what either end says is held back as long as the line takes.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, duplex, split};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::line::{Lane, Line};

/// Bytes that go into the line at once.
const PIECE: usize = 16 * 1024;
/// Pieces that may be on their way, through the narrow part already.
const UNDER_WAY: usize = 1024;
/// How much of what a connector says the system takes in by itself, in bytes: on a slow line it is the connector that has to
/// wait.
const TAKEN_IN: usize = 64 * 1024;

/// The edge's end of the line, and what carries over it until the edge is done or the connector is gone.
pub(super) fn slowed(tcp: TcpStream, line: &Line) -> (DuplexStream, impl Future<Output = ()>) {
    let (near, far) = duplex(PIECE);
    (near, carry(tcp, far, line))
}

async fn carry(tcp: TcpStream, far: DuplexStream, line: &Line) {
    if let Err(error) = socket2::SockRef::from(&tcp).set_recv_buffer_size(TAKEN_IN) {
        tracing::warn!(%error, "a connector may say more than the line takes");
    }
    let (from_connector, to_connector) = tcp.into_split();
    let (from_edge, to_edge) = split(far);
    let down = lane(from_edge, to_connector, &line.to_connectors);
    tokio::pin!(down);
    // An edge that is done takes nothing any more; a connector that is may still be told something.
    let connector_is_done = tokio::select! {
        done = &mut down => {
            tell(done);
            false
        }
        done = lane(from_connector, to_edge, &line.from_connectors) => {
            tell(done);
            true
        }
    };
    if connector_is_done {
        tell(down.await);
    }
}

fn tell(done: io::Result<()>) {
    if let Err(error) = done {
        tracing::debug!(%error, "a slow line broke");
    }
}

/// Carries one direction to its end.
async fn lane(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    lane: &Lane,
) -> io::Result<()> {
    let (sender, mut under_way) = mpsc::channel::<(Instant, Bytes)>(UNDER_WAY);
    let enter = async move {
        let mut piece = BytesMut::new();
        loop {
            piece.reserve(PIECE);
            if (&mut from).take(PIECE as u64).read_buf(&mut piece).await? == 0 {
                return Ok(());
            }
            let passage = lane.enter(Instant::now(), piece.len());
            sleep_until(passage.through).await;
            // Nobody is at the other end any more: it says why.
            if sender.send((passage.arrives, piece.split().freeze())).await.is_err() {
                return Ok(());
            }
        }
    };
    let arrive = async move {
        while let Some((arrives, piece)) = under_way.recv().await {
            sleep_until(arrives).await;
            to.write_all(&piece).await?;
            to.flush().await?;
        }
        to.shutdown().await
    };
    tokio::try_join!(enter, arrive).map(drop)
}
