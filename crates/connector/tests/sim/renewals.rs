//! Connections over QUIC that are replaced after a rush of streams.

use std::time::Duration;

use connector::{LinkState as Standing, Protocol};
use edge_sim::{LinkSeen, LinkState};
use futures_util::future::try_join_all;
use tokio::task::JoinSet;

use crate::stage::{SOON, Stage, echo, listen};

/// So many on each of four connections are a rush.
const STREAMS: usize = 600;
/// How long a connection has to be at rest before it is replaced.
const CALM: Duration = Duration::from_secs(3);

fn renewed(seen: &LinkSeen) -> bool {
    seen.number > 4 && seen.state == LinkState::Registered
}

/// Least connections that are registered at once, from now on.
async fn least(stage: &Stage) -> usize {
    let mut standing = stage.standing.clone();
    let mut least = usize::MAX;
    loop {
        let links = standing.borrow_and_update().clone();
        least = least.min(links.iter().filter(|link| matches!(link, Standing::Registered { .. })).count());
        let all_new = stage.sim.wait_for_links(3, renewed, Duration::ZERO).await.is_some();
        if all_new && links.iter().all(|link| matches!(link, Standing::Registered { .. })) {
            return least;
        }
        standing.changed().await.unwrap();
    }
}

#[tokio::test]
async fn after_a_rush_connections_at_rest_are_renewed_one_by_one_and_no_stream_is_cut() {
    let (listener, address) = listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(echo(listener));
    let stage = Stage::serving(Protocol::Quic, "http_status:404").await;
    let mut kept = stage.reach(address).await.unwrap();
    let mut rush = Vec::new();
    for _ in 1..STREAMS {
        rush.push(stage.reach(address).await.unwrap());
    }
    let first = |stage: &Stage| -> Vec<LinkSeen> {
        stage
            .sim
            .links()
            .into_iter()
            .filter(|seen| seen.number <= 4 && seen.state == LinkState::Registered)
            .collect()
    };
    assert_eq!(first(&stage).len(), 4, "a rush alone is no reason");
    drop(rush);
    let least = tokio::time::timeout(SOON, least(&stage)).await;
    assert_eq!(least.ok(), Some(3), "{:?}", stage.sim.links());
    // What runs keeps its connection.
    kept.send("still here").await.unwrap();
    assert_eq!(kept.next().await.unwrap().unwrap(), "still here");
    assert_eq!(first(&stage).len(), 1, "{:?}", stage.sim.links());
    // And gives it back in the end.
    drop(kept);
    assert!(stage.sim.wait_for_links(4, renewed, SOON).await.is_some(), "{:?}", stage.sim.links());
}

#[tokio::test]
async fn a_connection_that_is_alone_stays() {
    let (listener, address) = listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(echo(listener));
    let stage = Stage::serving_by_one(Protocol::Quic, "http_status:404").await;
    let mut rush = Vec::new();
    for _ in 0..STREAMS / 4 {
        rush.push(stage.reach(address).await.unwrap());
    }
    drop(rush);
    // Long enough to have asked several times.
    let renewed = stage.sim.wait_for_links(1, |seen| seen.number > 1, Duration::from_secs(5)).await;
    assert!(renewed.is_none(), "{renewed:?}");
}

/// What the edge opens before it hears of the leave runs to its end, however long that takes.
#[tokio::test]
async fn a_stream_that_comes_as_its_connection_leaves_is_not_cut() {
    let (listener, address) = listen().await;
    let mut tasks = JoinSet::new();
    tasks.spawn(echo(listener));
    let stage = Stage::serving(Protocol::Quic, "http_status:404").await;
    let hears_late = |delay| stage.sim.faults().set(|faulty| faulty.from_connectors.delay = delay);
    let mut caught = None;
    for _ in 0..4 {
        hears_late(Duration::ZERO);
        let mut rush = Vec::new();
        for _ in 0..STREAMS {
            rush.push(stage.reach(address).await.unwrap());
        }
        drop(rush);
        hears_late(Duration::from_secs(2));
        // One connection leaves when it has been at rest for so long; a stream on each of them finds it.
        let left = |seen: &LinkSeen| seen.state == LinkState::Unregistered;
        let heard = stage.sim.wait_for_links(1, left, CALM + Duration::from_millis(500)).await;
        assert!(heard.is_none(), "too early: {heard:?}");
        let streams = try_join_all([(); 4].map(|()| stage.reach(address))).await.unwrap();
        if let Some(leaving) = stage.sim.wait_for_links(1, left, Duration::from_secs(2)).await {
            caught = Some((leaving[0].number, streams));
            break;
        }
    }
    hears_late(Duration::ZERO);
    let (leaving, mut streams) = caught.unwrap();
    // Longer than the grace of a connector that is asked to stop.
    let gone = |seen: &LinkSeen| seen.number == leaving && seen.state != LinkState::Unregistered;
    let cut = stage.sim.wait_for_links(1, gone, Duration::from_secs(7)).await;
    assert!(cut.is_none(), "{cut:?}");
    let counts = |link: &Standing| matches!(link, Standing::Registered { .. });
    let registered = stage.standing.borrow().iter().filter(|link| counts(link)).count();
    assert_eq!(registered, 3, "one that only waits for its last stream takes no requests");
    for stream in &mut streams {
        stream.send("still here").await.unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap(), "still here");
    }
    drop(streams);
    assert!(stage.sim.wait_for_links(1, renewed, SOON).await.is_some(), "{:?}", stage.sim.links());
}
