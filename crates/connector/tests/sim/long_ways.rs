//! Long ways to the edge: speed comes from how much is on its way at once.

use std::net::SocketAddr;

use connector::{Edge, Protocol, Setup, Wanted};
use edge_sim::LinkState;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::stage::{SOON, Stage, listen};

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
