//! Connections over QUIC that are replaced after a rush of streams.

use connector::{LinkState as Standing, Protocol};
use edge_sim::{LinkSeen, LinkState};
use tokio::task::JoinSet;

use crate::stage::{SOON, Stage, echo, listen};

/// So many on each of four connections are a rush.
const STREAMS: usize = 600;

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
        let all_new = stage.sim.wait_for_links(3, renewed, std::time::Duration::ZERO).await.is_some();
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
    let renewed =
        stage.sim.wait_for_links(1, |seen| seen.number > 1, std::time::Duration::from_secs(5)).await;
    assert!(renewed.is_none(), "{renewed:?}");
}
