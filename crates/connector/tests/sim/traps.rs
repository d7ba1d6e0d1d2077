//! What stock connectors stumble over (`tunnel.md` 11.3), as far as it is not told beside what it belongs to.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::task::JoinSet;

use crate::socket::{Frame, Socket};
use crate::stage::{BOTH, PING, Stage, listen};

/// How much comes down in one stream.
const MUCH: usize = 100_000_000;

/// A byte that tells its place.
fn at(place: usize) -> u8 {
    (place ^ (place >> 8) ^ (place >> 16)).to_le_bytes()[0]
}

async fn pinged(by: connector::Protocol, every: Duration) {
    let (listener, address) = listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let piece = 1 << 20;
        for from in (0..MUCH).step_by(piece) {
            let bytes: Vec<u8> = (from..MUCH.min(from + piece)).map(at).collect();
            tcp.write_all(&bytes).await.unwrap();
        }
        // It stays until the client goes: whoever ends while pings are on their way would be reset.
        let _ = tcp.read_u8().await;
    });
    let stage = Stage::serving_by_one(by, &format!("ssh://{address}")).await;
    let mut socket = Socket::open(&stage.sim, &[]).await.unwrap();
    let (mut heard, mut pings, mut pongs, mut last) = (0, 0_u32, 0_u32, Instant::now());
    while heard < MUCH || pongs < pings {
        match socket.next().await.unwrap() {
            Frame::Binary(bytes) => {
                let whole = bytes.iter().zip(heard..).all(|(byte, place)| *byte == at(place));
                assert!(whole, "{by}, a ping every {every:?}: damaged behind byte {heard}");
                heard += bytes.len();
            }
            Frame::Pong(said) => {
                assert_eq!(said, pongs.to_be_bytes(), "pongs come in the order of pings");
                pongs += 1;
            }
            other @ (Frame::Close(_) | Frame::Ping(_) | Frame::Other(_)) => panic!("{other:?}"),
        }
        if heard < MUCH && last.elapsed() >= every {
            last = Instant::now();
            socket.send(PING, &pings.to_be_bytes()).await;
            pings += 1;
        }
    }
    assert!(heard == MUCH && pongs > 0, "{by}: {heard} bytes, {pongs} pongs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pings_of_a_client_do_not_damage_a_download() {
    for by in BOTH {
        for every in [Duration::from_millis(5), Duration::from_micros(100)] {
            pinged(by, every).await;
        }
    }
}
