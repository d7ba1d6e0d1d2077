//! A long way between connector and edge, and how fast bytes go up over it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::bulk::up;
use super::medians;
use super::stage::{FAR, Origin, Running, Stage};
use super::streams::Kind;
use crate::bench::table::{Aim, Better, Row};

/// How long a byte is on its way, once.
const DELAY: Duration = Duration::from_millis(50);
const RUNS: usize = 3;

const NOT_CAPPED: Aim = Aim::Times(2.0, "no cap of 1 MiB in a round trip");

/// Over HTTP/2 alone: QUIC keeps more on its way than that in any case.
pub(super) fn row(stage: &Stage) -> Row {
    let mut roads = JoinSet::new();
    let edge = stage.edge.connectors_addr();
    let far = stage.runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("its number");
        roads.spawn(serve(listener, edge));
        address
    });
    let running: Vec<Running> =
        stage.programs.iter().map(|program| stage.run(program, "http2", 1, far)).collect();
    let speeds = medians(&running, RUNS, |one| speed(stage, one));
    Row::new("http2, raw up at a delay of 100 ms, MB/s", &speeds, Better::More).aims(&[NOT_CAPPED])
}

#[expect(clippy::cast_precision_loss, reason = "some megabytes fit")]
fn speed(stage: &Stage, through: &Running) -> f64 {
    let begun = Instant::now();
    stage.runtime.block_on(up(stage, Kind::Raw, through, Origin::FarSink, FAR));
    FAR as f64 / 1e6 / begun.elapsed().as_secs_f64()
}

/// Carries every connection to the edge and back, each byte after its delay; any number may be on their way.
async fn serve(listener: TcpListener, edge: SocketAddr) {
    let mut lanes = JoinSet::new();
    loop {
        let (near, _) = listener.accept().await.expect("a connection");
        let far = TcpStream::connect(edge).await.expect("an edge");
        for end in [&near, &far] {
            end.set_nodelay(true).expect("an option of TCP");
        }
        let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
        lanes.spawn(lane(from_near, to_far));
        lanes.spawn(lane(from_far, to_near));
    }
}

async fn lane(from: OwnedReadHalf, to: OwnedWriteHalf) {
    let (depart, arrive) = mpsc::unbounded_channel();
    // Either end may break off: then there is nobody to tell.
    let _ = tokio::try_join!(departures(from, depart), arrivals(arrive, to));
}

async fn departures(
    mut from: OwnedReadHalf,
    depart: mpsc::UnboundedSender<(Instant, Bytes)>,
) -> std::io::Result<()> {
    let mut buffer = BytesMut::new();
    while from.read_buf(&mut buffer).await? > 0 {
        let due = Instant::now() + DELAY;
        depart.send((due, buffer.split().freeze())).map_err(std::io::Error::other)?;
        buffer.reserve(64 * 1024);
    }
    Ok(())
}

async fn arrivals(
    mut arrive: mpsc::UnboundedReceiver<(Instant, Bytes)>,
    mut to: OwnedWriteHalf,
) -> std::io::Result<()> {
    while let Some((due, bytes)) = arrive.recv().await {
        tokio::time::sleep_until(due).await;
        to.write_all(&bytes).await?;
    }
    to.shutdown().await
}
