//! Waiting for a person who chooses a zone, before the simulated edge.
#![expect(clippy::unwrap_used, reason = "what the tests here build on has to be there")]

use std::time::{Duration, Instant};

use api::{ApiError, LogIn};
use edge_sim::{AccountPlan, EdgeSim, Plan, Right, Spoil, TransferFault, Which};

const ZONE: &str = "acme.test";
/// No wait of a test is longer.
const LIMIT: Duration = Duration::from_secs(60);

async fn edge() -> EdgeSim {
    let account = AccountPlan::default().zone(ZONE).token("token-of-a-manager", &[Right::WriteTunnels]);
    EdgeSim::start(Plan::default().account(account)).await.unwrap()
}

/// The person chooses the zone on the page that the link leads to.
async fn choose(edge: &EdgeSim, log_in: &LogIn) {
    let page = edge.person().open(&format!("{}&zone={ZONE}", log_in.link)).await.unwrap();
    assert_eq!((page.status, page.title.as_str()), (200, "Success"), "{}", page.body);
}

async fn until_polls(edge: &EdgeSim, count: usize) {
    let polls = || edge.log().iter().filter(|seen| seen.host.starts_with("login.")).count();
    let enough = async {
        while polls() < count {
            edge.wait_for(|_| polls() >= count, LIMIT).await;
        }
    };
    tokio::time::timeout(LIMIT, enough).await.unwrap();
}

#[tokio::test]
async fn a_mailbox_that_does_not_hold_questions_is_asked_with_pauses() {
    let edge = edge().await;
    edge.faults().set(|faulty| faulty.transfer.always(TransferFault::NotFoundAtOnce));
    let log_in = LogIn::new(&edge.realm(), None, None).unwrap();
    let began = Instant::now();
    let chosen = async {
        until_polls(&edge, 5).await;
        assert!(began.elapsed() >= Duration::from_secs(3), "0.2 s, 0.4 s, 0.8 s and 1.6 s lie between five");
        edge.faults().set(|faulty| faulty.transfer.off());
        choose(&edge, &log_in).await;
    };
    let (waited, ()) = tokio::join!(log_in.wait(), chosen);
    assert!(waited.unwrap().1.contains("ARGO TUNNEL TOKEN"));
}

#[tokio::test]
async fn a_service_that_fails_for_a_moment_does_not_end_it() {
    let edge = edge().await;
    edge.faults().set(|faulty| faulty.transfer.next(2, TransferFault::Status(503)));
    let log_in = LogIn::new(&edge.realm(), None, None).unwrap();
    let (waited, ()) = tokio::join!(log_in.wait(), choose(&edge, &log_in));
    assert!(waited.is_ok(), "{waited:?}");
    edge.faults().set(|faulty| faulty.transfer.always(TransferFault::Status(503)));
    let log_in = LogIn::new(&edge.realm(), None, None).unwrap();
    let failed = log_in.wait().await.unwrap_err();
    assert!(matches!(failed, ApiError::Trouble { status: 503, .. }), "{failed}");
}

#[tokio::test]
async fn what_is_cut_short_is_told_as_cut() {
    let edge = edge().await;
    let log_in = LogIn::new(&edge.realm(), None, None).unwrap();
    edge.faults().set(|faulty| faulty.spoilt.next(1, (Which::Transfer, Spoil::CutAfter(300))));
    let (waited, ()) = tokio::join!(log_in.wait(), choose(&edge, &log_in));
    let cut = waited.unwrap_err();
    assert!(cut.to_string().contains("it was cut short after "), "{cut}");
}
