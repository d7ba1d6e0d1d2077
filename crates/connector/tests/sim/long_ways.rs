//! Long ways to the edge, on which speed comes from how much is on its way at once, and narrow ones.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use connector::{Edge, Protocol, Setup, Wanted};
use edge_sim::{DirectStream, LinkState, Slow};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::stage::{BOTH, SOON, Stage, echo, listen};

const MIB: u64 = 1 << 20;

/// Carries a connection to the edge. What the connector says is held back for as long as `held` says so; `passed` counts
/// the bytes to it.
async fn road(
    listener: TcpListener,
    edge: SocketAddr,
    mut held: watch::Receiver<bool>,
    passed: watch::Sender<u64>,
) {
    let (near, _) = listener.accept().await.unwrap();
    let (mut from_connector, mut to_connector) = near.into_split();
    let (mut from_edge, mut to_edge) = TcpStream::connect(edge).await.unwrap().into_split();
    let up = async {
        let mut bytes = Vec::new();
        while from_connector.read_buf(&mut bytes).await.unwrap() > 0 {
            held.wait_for(|held| !held).await.unwrap();
            to_edge.write_all(&bytes).await.unwrap();
            bytes.clear();
        }
    };
    let down = async {
        let mut bytes = Vec::with_capacity(65_536);
        while from_edge.read_buf(&mut bytes).await.unwrap() > 0 {
            to_connector.write_all(&bytes).await.unwrap();
            passed.send_modify(|passed| *passed += bytes.len() as u64);
            bytes.clear();
        }
    };
    tokio::join!(up, down);
}

#[tokio::test]
async fn an_upload_over_http2_has_more_than_a_mebibyte_on_its_way() {
    let (origin, address) = listen().await;
    let (near, start) = listen().await;
    let (hold, held) = watch::channel(false);
    let (passed, mut has_passed) = watch::channel(0);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (mut tcp, _) = origin.accept().await.unwrap();
        let mut all = Vec::new();
        tcp.read_to_end(&mut all).await.unwrap();
        tcp.write_all(all.len().to_string().as_bytes()).await.unwrap();
    });
    let service = format!("tcp://{address}");
    let stage = Stage::set_up(Wanted::Only(Protocol::Http2), &service, |sim, setup| {
        tasks.spawn(road(near, sim.connectors_addr(), held, passed));
        Setup { edge: Edge::Named(vec![start.to_string()]), connections: 1, ..setup }
    })
    .await;
    stage.links(1, LinkState::Registered).await;
    let mut stream = stage.reach(address).await.unwrap();

    // From here on the edge hears nothing: what it still sends is all that fits into one round trip.
    hold.send(true).unwrap();
    let before = *has_passed.borrow();
    let mut upload = JoinSet::new();
    upload.spawn(async move {
        stream.send(vec![7; 8 * MIB as usize]).await.unwrap();
        stream.end().unwrap();
        stream.next().await.unwrap().unwrap()
    });
    let much = has_passed.wait_for(|passed| *passed > before + 3 * MIB);
    assert!(tokio::time::timeout(SOON, much).await.is_ok_and(|passed| passed.is_ok()), "it is capped");
    hold.send(false).unwrap();
    let received = upload.join_next().await.unwrap().unwrap();
    assert_eq!(received, (8 * MIB).to_string());
}

/// One connection over a line that is as slow both ways.
async fn over(by: Protocol, slow: Slow) -> Stage {
    let stage = Stage::begun(Wanted::Only(by), "http_status:404", 1, |sim| {
        sim.faults().set(|faulty| (faulty.from_connectors, faulty.to_connectors) = (slow, slow));
    })
    .await;
    stage.links(1, LinkState::Registered).await;
    stage
}

/// So many bytes of what comes.
async fn hear(stream: &mut DirectStream, count: usize) {
    let mut heard = 0;
    while heard < count {
        heard += stream.next().await.unwrap().unwrap().len();
    }
    assert_eq!(heard, count);
}

/// How long a short word takes there and back.
async fn round_trip(stream: &mut DirectStream) -> Duration {
    let since = Instant::now();
    stream.send(&b"word"[..]).await.unwrap();
    hear(stream, 4).await;
    since.elapsed()
}

#[tokio::test]
async fn a_narrow_way_is_filled_in_both_directions() {
    const RATE: u64 = 4 * MIB;
    const MUCH: usize = 6 << 20;
    let (least, most) = (Duration::from_millis(1400), Duration::from_secs(12));
    for by in BOTH {
        let (origin, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let (mut tcp, _) = origin.accept().await.unwrap();
            let mut all = vec![0; MUCH];
            tcp.read_exact(&mut all).await.unwrap();
            tcp.write_all(b"got").await.unwrap();
            tcp.read_exact(&mut [0]).await.unwrap();
            tcp.write_all(&all).await.unwrap();
        });
        let stage = over(by, Slow { delay: Duration::from_millis(20), rate: RATE }).await;
        let mut stream = stage.reach(address).await.unwrap();
        let since = Instant::now();
        stream.send(vec![7; MUCH]).await.unwrap();
        hear(&mut stream, 3).await;
        let up = since.elapsed();
        let since = Instant::now();
        stream.send(&b"!"[..]).await.unwrap();
        hear(&mut stream, MUCH).await;
        let down = since.elapsed();
        assert!([up, down].iter().all(|took| (least..most).contains(took)), "{by}: {up:?} up, {down:?} down");
    }
}

#[tokio::test]
async fn what_goes_a_long_way_arrives_so_much_later() {
    let delay = Duration::from_millis(150);
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(echo(listener));
        let stage = over(by, Slow { delay, rate: 0 }).await;
        let mut stream = stage.reach(address).await.unwrap();
        for _ in 0..3 {
            assert!(round_trip(&mut stream).await >= 2 * delay, "{by}");
        }
        stage.sim.faults().clear();
        let short = async { while round_trip(&mut stream).await >= 2 * delay {} };
        assert!(tokio::time::timeout(SOON, short).await.is_ok(), "{by}: the way is short again");
    }
}

#[tokio::test]
async fn a_stalled_upload_over_a_narrow_way_leaves_its_neighbour_alone() {
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            // The first stream is taken and never read.
            let _stalled = listener.accept().await.unwrap();
            echo(listener).await;
        });
        let stage = over(by, Slow { delay: Duration::from_millis(20), rate: 4 * MIB }).await;
        let mut stalled = stage.reach(address).await.unwrap();
        let mut live = stage.reach(address).await.unwrap();
        tasks.spawn(async move { while stalled.send(vec![7; 1 << 20]).await.is_ok() {} });
        let talk = async {
            for round in 0..32_u8 {
                live.send(vec![round; 10_000]).await.unwrap();
                hear(&mut live, 10_000).await;
            }
        };
        assert!(tokio::time::timeout(SOON, talk).await.is_ok(), "{by}: the live one stands still as well");
    }
}
