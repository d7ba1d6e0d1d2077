//! What a connector does when the edge refuses, is silent, or goes away.

use std::time::{Duration, Instant};

use connector::{Connector, ConnectorError, Setup, Wanted};
#[cfg(target_os = "linux")]
use connector::{Edge, LinkState as Standing};
use edge_sim::{EdgeSim, LinkSeen, LinkState, RegistrationFault, TunnelPlan};
use tokio::task::JoinSet;
use wire::tunnel::Secret;
use wire::tunnel::rpc::Refusal;

use crate::socket::Socket;
use crate::stage::{BOTH, SOON, Stage, echo, listen, plan, setup};

fn refusal(cause: &str, retry: bool, after: Duration) -> RegistrationFault {
    RegistrationFault::Refused(Refusal { cause: cause.to_owned(), retry, after })
}

fn registered(seen: &LinkSeen) -> bool {
    seen.state == LinkState::Registered
}

#[tokio::test]
async fn a_refusal_that_may_pass_is_tried_again_and_not_before_the_edge_said() {
    for by in BOTH {
        let after = Duration::from_secs(2);
        let since = Instant::now();
        let stage = Stage::begun(Wanted::Only(by), "http_status:204", 1, |sim| {
            sim.faults().set(|faulty| faulty.registration.next(1, refusal("busy", true, after)));
        })
        .await;
        let link = stage.sim.wait_for_links(1, registered, SOON).await.unwrap().remove(0);
        assert!(since.elapsed() >= after, "{:?}", since.elapsed());
        assert_eq!((link.number, link.attempts), (2, 1));
    }
}

#[tokio::test]
async fn what_is_wrong_with_one_call_or_one_address_is_tried_again_at_once() {
    for by in BOTH {
        for fault in [
            RegistrationFault::Exception("context deadline exceeded".to_owned()),
            refusal("EDUPCONN", true, Duration::ZERO),
            refusal("EDUPCONN", false, Duration::ZERO),
        ] {
            let stage = Stage::begun(Wanted::Only(by), "http_status:204", 1, |sim| {
                sim.faults().set(|faulty| faulty.registration.next(1, fault.clone()));
            })
            .await;
            let links = stage.sim.wait_for_links(1, registered, SOON).await;
            assert_eq!(links.unwrap()[0].number, 2, "{fault:?}");
        }
    }
}

/// Stock connectors end when one takes longer than five seconds.
#[tokio::test]
async fn a_registration_that_takes_its_time_is_waited_for() {
    let slow = |by| async move {
        let stage = Stage::begun(Wanted::Only(by), "http_status:204", 1, |sim| {
            sim.faults().set(|faulty| faulty.registration_late.next(1, Duration::from_secs(6)));
        })
        .await;
        let links = stage.sim.wait_for_links(1, registered, SOON).await;
        assert_eq!(links.unwrap()[0].number, 1, "{by}: the first attempt is the one");
    };
    tokio::join!(slow(BOTH[0]), slow(BOTH[1]));
}

#[tokio::test]
async fn a_registration_that_never_comes_keeps_nobody_who_is_to_leave() {
    for by in BOTH {
        let mut stage = Stage::begun(Wanted::Only(by), "http_status:204", 1, |sim| {
            sim.faults().set(|faulty| faulty.registration.always(RegistrationFault::Silence));
        })
        .await;
        // The edge may take longer than that for its answer.
        let limit = Duration::from_secs(10);
        stage.links(1, LinkState::Connected).await;
        stage.stop.cancel();
        let ended = tokio::time::timeout(limit, stage.running.join_next()).await;
        assert!(matches!(ended, Ok(Some(Ok(Ok(()))))), "{by}: {ended:?}");
    }
}

/// A listener that takes nobody any more, and a socket that nobody reads, under one number.
#[cfg(target_os = "linux")]
pub(crate) async fn black_hole() -> (std::net::SocketAddr, impl Sized) {
    use socket2::{Domain, Socket as Any, Type};
    use tokio::net::{TcpStream, UdpSocket};

    let socket = Any::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let mut waiting = Vec::new();
    let short = Duration::from_millis(300);
    while let Ok(taken) = tokio::time::timeout(short, TcpStream::connect(address)).await {
        waiting.push(taken.unwrap());
    }
    (address, (socket, waiting, UdpSocket::bind(address).await.unwrap()))
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_address_that_swallows_everything_is_left_for_another() {
    for by in BOTH.map(Wanted::Only).into_iter().chain([Wanted::Auto]) {
        let (hole, _held) = black_hole().await;
        let mut stage = Stage::set_up(by, "http_status:204", |sim, setup| {
            // The second region is asked first where both have one address.
            let named = vec![sim.connectors_addr().to_string(), hole.to_string()];
            Setup { edge: Edge::Named(named), connections: 1, ..setup }
        })
        .await;
        stage.stands_like(|link| matches!(link, Standing::Connecting { to, .. } if *to == hole)).await;
        let waits = stage.stands_like(|link| matches!(link, Standing::Waiting { .. })).await;
        assert!(
            matches!(&waits, Standing::Waiting { failed, .. } if failed.why.contains("silent for")),
            "{waits:?}"
        );
        let links = stage.sim.wait_for_links(1, registered, SOON).await;
        assert!(links.is_some(), "{by:?}: {:?}", stage.sim.links());
    }
}

#[tokio::test]
async fn the_edge_is_reached_from_the_address_that_is_named() {
    for by in BOTH {
        let from = std::net::IpAddr::from([127, 0, 0, 5]);
        let stage = Stage::set_up(Wanted::Only(by), "http_status:204", |_, setup| Setup {
            from: Some(from),
            connections: 1,
            ..setup
        })
        .await;
        let link = stage.sim.wait_for_links(1, registered, SOON).await.unwrap().remove(0);
        assert_eq!(link.local, Some(from), "{by}");
    }
}

#[tokio::test]
async fn a_tunnel_that_has_stood_is_not_given_up() {
    for by in BOTH {
        let mut stage = Stage::serving_by_one(by, "http_status:204").await;
        stage.sim.faults().set(|faulty| {
            faulty.registration.next(2, refusal("Unauthorized: revoked", false, Duration::ZERO));
        });
        assert_eq!(stage.sim.kill_links(registered), 1);
        let again = |seen: &LinkSeen| seen.number > 1 && registered(seen);
        assert_eq!(stage.sim.wait_for_links(1, again, SOON).await.unwrap()[0].number, 4);
        assert!(stage.running.try_join_next().is_none(), "it runs");
    }
}

#[tokio::test]
async fn a_connection_that_the_edge_drops_comes_back() {
    for by in BOTH {
        let stage = Stage::serving(by, "http_status:204").await;
        assert_eq!(stage.sim.kill_links(|seen| seen.state == LinkState::Registered), 4);
        let again = |seen: &LinkSeen| seen.number > 4 && seen.state == LinkState::Registered;
        assert_eq!(stage.sim.wait_for_links(4, again, SOON).await.unwrap().len(), 4);
        assert_eq!(Socket::open(&stage.sim, &[]).await.err().unwrap().status, 204);
    }
}

#[tokio::test]
async fn a_connection_goes_and_comes_back_when_it_is_told_to_and_cuts_nothing() {
    for by in BOTH {
        let (echo_listener, origin) = listen().await;
        let mut beside = JoinSet::new();
        beside.spawn(echo(echo_listener));
        let mut stage = Stage::serving(by, "http_status:204").await;
        let mut streams = Vec::new();
        // One on each of the connections, so that whichever goes has one.
        for _ in 0..8 {
            streams.push(stage.reach(origin).await.unwrap());
        }
        stage.reconnect.one(Duration::ZERO).await;
        let left = |seen: &LinkSeen| seen.state == LinkState::Unregistered;
        stage.sim.wait_for_links(1, left, SOON).await.unwrap();
        for stream in &mut streams {
            stream.send(&b"more"[..]).await.unwrap();
            assert_eq!(stream.next().await.unwrap().as_deref(), Some(&b"more"[..]), "{by}");
        }
        drop(streams);
        let back = |seen: &LinkSeen| seen.number > 4 && seen.state == LinkState::Registered;
        stage.sim.wait_for_links(1, back, SOON).await.unwrap();
        assert!(stage.running.try_join_next().is_none(), "it runs");
    }
}

#[tokio::test]
async fn a_wrong_secret_is_said_so_and_not_tried_again() {
    for by in BOTH {
        let tunnel = TunnelPlan::new("office");
        let sim = EdgeSim::start(plan(&tunnel)).await.unwrap();
        let mut setup = setup(&sim, &tunnel, Wanted::Only(by), "http_status:204");
        setup.credentials.secret = Secret::new(vec![1]);
        let error = Connector::new(setup).unwrap().run().await.unwrap_err();
        let ConnectorError::Refused { said } = error else { panic!("{error}") };
        assert_eq!(said, "Unauthorized: Invalid tunnel secret");
        assert_eq!(sim.links().len(), 1);
    }
}
