//! Upgrades that are refused and streams that break, on purpose.

use std::io::ErrorKind;
use std::time::Duration;

use edge_sim::{AppPlan, CarryFault, Cut, EdgeSim, Plan, UpgradeFault};

use crate::common::{Echo, GREETING, HOST};
use crate::socket::{Frame, Socket};

async fn open_edge() -> (Echo, EdgeSim) {
    let echo = Echo::start().await;
    let app = AppPlan::new("acme", HOST, echo.address).not_behind_access();
    let sim = EdgeSim::start(Plan::default().team("acme").app(app)).await.unwrap();
    (echo, sim)
}

#[tokio::test]
async fn upgrades_are_refused_as_scripted() {
    let (_echo, sim) = open_edge().await;
    for (fault, status) in [
        (UpgradeFault::Status(500, "no".to_owned()), 500),
        (UpgradeFault::Redirect("https://elsewhere.test/".to_owned()), 302),
        (UpgradeFault::Denied, 403),
        (UpgradeFault::OriginDown, 502),
        (UpgradeFault::TunnelDown, 530),
    ] {
        sim.faults().set(|faulty| faulty.upgrade.next(1, fault));
        let refusal = Socket::open(&sim, &[]).await.err().unwrap();
        assert_eq!(refusal.status, status);
        assert!(refusal.head.contains("cf-ray: "), "{}", refusal.head);
    }
    assert!(Socket::open(&sim, &[]).await.is_ok());
}

#[tokio::test]
async fn an_upgrade_may_never_be_answered() {
    let (_echo, sim) = open_edge().await;
    sim.faults().set(|faulty| faulty.upgrade.always(UpgradeFault::Silence));
    let waited = tokio::time::timeout(Duration::from_millis(300), Socket::open(&sim, &[])).await;
    assert!(waited.is_err());
    assert_eq!(sim.log().last().unwrap().status, 0);
}

/// How a stream ends after the greeting.
async fn ended(how: Cut) -> (Vec<Frame>, std::io::Error) {
    let (_echo, sim) = open_edge().await;
    let after = GREETING.len() as u64;
    sim.faults().set(|faulty| faulty.carry.always(CarryFault { after, how }));
    let mut socket = Socket::open(&sim, &[]).await.unwrap();
    assert_eq!(socket.read(GREETING.len()).await, GREETING);
    let mut frames = Vec::new();
    loop {
        match socket.next().await {
            Ok(frame) => frames.push(frame),
            Err(end) => return (frames, end),
        }
    }
}

#[tokio::test]
async fn streams_break_as_scripted() {
    let (frames, end) = ended(Cut::Reset).await;
    assert_eq!((frames.len(), end.kind()), (0, ErrorKind::ConnectionReset));
    let (frames, end) = ended(Cut::Close(1000)).await;
    assert_eq!((frames, end.kind()), (vec![Frame::Close(vec![0x03, 0xe8])], ErrorKind::UnexpectedEof));
    let (frames, end) = ended(Cut::ProtocolError).await;
    assert_eq!((frames, end.kind()), (vec![Frame::Other(5)], ErrorKind::UnexpectedEof));
    let (frames, proper) = ended(Cut::TlsClose).await;
    assert!(frames.is_empty() && !proper.to_string().contains("close_notify"), "{proper}");
    let (frames, truncated) = ended(Cut::Truncate).await;
    assert!(frames.is_empty() && truncated.to_string().contains("close_notify"), "{truncated}");
}

#[tokio::test]
async fn a_cut_falls_at_its_byte_and_a_stall_keeps_the_connection() {
    let (_echo, sim) = open_edge().await;
    sim.faults().set(|faulty| faulty.carry.next(1, CarryFault { after: 4, how: Cut::Stall }));
    let mut socket = Socket::open(&sim, &[]).await.unwrap();
    assert_eq!(socket.read(4).await, GREETING[..4]);
    assert!(tokio::time::timeout(Duration::from_millis(200), socket.next()).await.is_err());
}

#[tokio::test]
async fn every_stream_can_be_cut_at_once() {
    let (_echo, sim) = open_edge().await;
    let mut sockets = [Socket::open(&sim, &[]).await.unwrap(), Socket::open(&sim, &[]).await.unwrap()];
    for socket in &mut sockets {
        socket.read(GREETING.len()).await;
    }
    sim.cut(Cut::Close(1001));
    for socket in &mut sockets {
        assert_eq!(socket.next().await.unwrap(), Frame::Close(vec![0x03, 0xe9]));
    }
    let mut later = Socket::open(&sim, &[]).await.unwrap();
    assert_eq!(later.read(GREETING.len()).await, GREETING);
}
