//! Every answer of the edge cut, swollen, slow or in another language: a cause, and an end in time, whatever comes.
//!
//! That memory stays bounded shows in the cause: a body without an end would else be read until time is over.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use access::{AccessError, Break, DialOptions, End, Held};
use edge_sim::{CarryFault, Cut, Spoil, Which};
use tokio::task::JoinSet;
use vault::Slot;
use wire::Cause;

use crate::carry::{carry, pattern};
use crate::support::{EMAIL, HOST, World, echo, obtain, origin, url};

/// How one answer is spoilt, the stable name of the cause, and how many seconds it may take.
type Row = (Which, Spoil, &'static str, u64);

/// A byte in a while, for which no answer is short enough.
const DRIP: Spoil = Spoil::Drip(Duration::from_millis(250));
const LONG: Spoil = Spoil::LongHeader(1 << 20);
const MANY: Spoil = Spoil::ManyHeaders(200);
/// What every question may take at once beyond its own limit, on a busy machine.
const SLACK: u64 = 8;
/// How long a person has for a log-in that ends by itself, and for one that does not.
const PATIENT: Duration = Duration::from_secs(30);
const HURRIED: Duration = Duration::from_secs(2);

#[rustfmt::skip] // a table
const ROWS: &[Row] = &[
    (Which::Metadata, Spoil::CutAfter(0),     "unreachable",    0),
    (Which::Metadata, Spoil::CutAfter(100),   "unreachable",    0),
    (Which::Metadata, LONG,                   "strange-answer", 0),
    (Which::Metadata, MANY,                   "strange-answer", 0),
    (Which::Metadata, Spoil::OtherProtocol,   "strange-answer", 0),
    (Which::Metadata, DRIP,                   "timed-out",      7),
    (Which::Metadata, Spoil::Silence,         "timed-out",      7),
    (Which::KeySet,   Spoil::CutAfter(0),     "unreachable",    0),
    (Which::KeySet,   Spoil::CutAfter(400),   "unreachable",    0),
    (Which::KeySet,   LONG,                   "strange-answer", 0),
    (Which::KeySet,   MANY,                   "strange-answer", 0),
    (Which::KeySet,   Spoil::EndlessBody,     "strange-answer", 0),
    (Which::KeySet,   Spoil::OtherProtocol,   "strange-answer", 0),
    (Which::KeySet,   DRIP,                   "timed-out",      10),
    (Which::KeySet,   Spoil::Silence,         "timed-out",      10),
    // Six polls with growing pauses between them.
    (Which::Transfer, Spoil::CutAfter(0),     "unreachable",    8),
    (Which::Transfer, Spoil::CutAfter(100),   "unreachable",    8),
    (Which::Transfer, LONG,                   "strange-answer", 8),
    (Which::Transfer, MANY,                   "strange-answer", 8),
    (Which::Transfer, Spoil::EndlessBody,     "strange-answer", 8),
    (Which::Transfer, Spoil::OtherProtocol,   "strange-answer", 8),
    // As long as a person has for the log-in: two seconds here.
    (Which::Transfer, DRIP,                   "log-in-timed-out", 2),
    (Which::Transfer, Spoil::Silence,         "log-in-timed-out", 2),
    // Three tries.
    (Which::Exchange, Spoil::CutAfter(0),     "unreachable",    2),
    (Which::Exchange, Spoil::CutAfter(100),   "unreachable",    2),
    (Which::Exchange, LONG,                   "strange-answer", 2),
    (Which::Exchange, MANY,                   "strange-answer", 2),
    (Which::Exchange, Spoil::OtherProtocol,   "strange-answer", 2),
    (Which::Exchange, DRIP,                   "timed-out",      23),
    (Which::Exchange, Spoil::Silence,         "timed-out",      23),
    (Which::Upgrade,  Spoil::CutAfter(0),     "unreachable",    0),
    (Which::Upgrade,  Spoil::CutAfter(60),    "unreachable",    0),
    (Which::Upgrade,  LONG,                   "strange-answer", 0),
    (Which::Upgrade,  MANY,                   "strange-answer", 0),
    (Which::Upgrade,  Spoil::OtherProtocol,   "strange-answer", 0),
    (Which::Upgrade,  DRIP,                   "timed-out",      20),
    (Which::Upgrade,  Spoil::Silence,         "timed-out",      20),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_may_be_cut_long_slow_or_in_another_language() {
    let mut rows = JoinSet::new();
    for which in [Which::Metadata, Which::KeySet, Which::Transfer, Which::Exchange, Which::Upgrade] {
        let (slow, quick): (Vec<Row>, Vec<Row>) =
            ROWS.iter().filter(|row| row.0 == which).partition(|(which, how, ..)| {
                matches!(how, Spoil::Drip(_) | Spoil::Silence) || *which == Which::Transfer
            });
        // Those that wait for time do so side by side.
        rows.spawn(play(quick));
        for row in slow {
            rows.spawn(play(vec![row]));
        }
    }
    let wrong: Vec<String> = rows.join_all().await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Plays rows one after the other before one edge; returns what went otherwise.
async fn play(rows: Vec<Row>) -> Vec<String> {
    let (address, _origin) = origin(echo).await;
    let world = World::with_origin(address).await;
    let mut wrong = Vec::new();
    for (which, how, kind, seconds) in rows {
        prepare(&world, which).await;
        world.sim.faults().set(|faulty| faulty.spoilt.always((which, how)));
        let patience = if kind == "log-in-timed-out" { HURRIED } else { PATIENT };
        let began = Instant::now();
        let cause = asked(&world, which, patience).await.err().map(|error| error.cause());
        let took = began.elapsed();
        world.sim.faults().clear();
        if cause.as_ref().map(Cause::kind).as_deref() != Some(kind)
            || took > Duration::from_secs(seconds + SLACK)
        {
            wrong.push(format!("{which:?}, {how:?}: {cause:?} after {took:?}"));
        }
        // Nothing of it stays behind.
        if let Err(error) = asked(&world, which, patience).await {
            wrong.push(format!("{which:?} after {how:?}: {error}"));
        }
    }
    wrong
}

/// Leaves what makes the client ask this question next.
async fn prepare(world: &World, which: Which) {
    match which {
        Which::Metadata => {}
        Which::KeySet => drop(std::fs::remove_dir_all(world.profile.state_dir().join("keys"))),
        Which::Transfer => forget(world).await,
        Which::Exchange | Which::Upgrade => drop(world.obtain(HOST).await.unwrap()),
    }
}

async fn forget(world: &World) {
    let app = world.access.discover(&url(HOST)).await.unwrap();
    for slot in [Slot::App { audience: app.audience.clone() }, Slot::Org { team: app.team.clone() }] {
        world.vault.remove(&slot).await.unwrap();
    }
}

type Asking<'a> = Pin<Box<dyn Future<Output = Result<(), AccessError>> + Send + 'a>>;

/// Asks the question.
fn asked(world: &World, which: Which, patience: Duration) -> Asking<'_> {
    Box::pin(async move {
        match which {
            Which::Metadata | Which::KeySet => world.access.discover(&url(HOST)).await.map(drop),
            Which::Transfer => {
                let access = world.another().waiting(patience);
                obtain(&access, &world.sim, HOST, EMAIL).await.0.map(drop)
            }
            Which::Exchange => {
                let held: Held = world.obtain(HOST).await?;
                world.sim.revoke_app_tokens(None);
                exchanged(world, &held).await
            }
            Which::Upgrade => {
                let held = world.obtain(HOST).await?;
                world.access.dial(&url(HOST), Some(&held.token), &DialOptions::default()).await.map(drop)
            }
        }
    })
}

/// Gets another token without a browser.
async fn exchanged(world: &World, held: &Held) -> Result<(), AccessError> {
    let nobody = |event| panic!("a browser does not mend this: {event:?}");
    let cancel = tokio_util::sync::CancellationToken::new();
    world.access.renew(&held.app, Some(&held.token), nobody, cancel).await.map(drop)
}

#[tokio::test]
async fn frames_may_be_forbidden_too_long_or_unfinished() {
    let (address, _origin) = origin(echo).await;
    let world = World::with_origin(address).await;
    let held = world.obtain(HOST).await.unwrap();
    for (how, fits) in [
        (Cut::ProtocolError, (|end| matches!(end, End::Cut(Break::Protocol(_)))) as fn(&End) -> bool),
        (Cut::LongPing, |end| matches!(end, End::Cut(Break::Protocol(_)))),
        (Cut::EndlessFrame, |end| *end == End::Cut(Break::Truncated)),
    ] {
        let fault = CarryFault { after: 100_000, how };
        world.sim.faults().set(|faulty| faulty.carry.next(1, fault));
        let dialled = world.access.dial(&url(HOST), Some(&held.token), &DialOptions::default()).await;
        let (carried, received) = carry(dialled.unwrap(), &pattern(200_000), false).await;
        assert!(fits(&carried.end), "{how:?}: {:?}", carried.end);
        // A frame counts as far as it came.
        let before = received.strip_suffix(b"the beginning of it").unwrap_or(&received);
        assert!(pattern(200_000).starts_with(before), "{how:?}");
        assert!(carried.cause(HOST).is_some(), "{how:?}");
    }
}
