//! Streams: how they are opened, what they carry, how they end.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use access::{AccessError, Break, Carried, Carrier, DialOptions, End, Renewal, ServiceToken};
use edge_sim::{AppPlan, CarryFault, ConnectorHabits, Cut, Plan, UpgradeFault};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadBuf, duplex};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use wire::{AppToken, Cause, Jwt};

use crate::support::{EMAIL, HOST, SOON, World, echo, nowhere, obtain, origin, url};

const MEBIBYTE: usize = 1 << 20;

/// Opens a stream with the token that is at hand.
async fn open(world: &World, host: &str) -> Result<Carrier, AccessError> {
    let target = url(host);
    let lookup = async { Ok(world.access.token_at_hand(&target).await?.map(|held| held.token)) };
    let renew = |renewal: Renewal| async move {
        Err(AccessError::LogInNeeded { host: renewal.app.url.host().to_owned() })
    };
    let options = DialOptions { linger: Duration::from_secs(1), ..DialOptions::default() };
    world.access.connect(&target, &options, lookup, renew).await
}

/// The local program's ends of a stream that is being carried.
struct Local {
    input: DuplexStream,
    output: DuplexStream,
}

fn local(pipe: usize) -> (Local, DuplexStream, DuplexStream) {
    let (reader, input) = duplex(pipe);
    let (writer, output) = duplex(pipe);
    (Local { input, output }, reader, writer)
}

/// Carries one stream on which the local program says `sent` and then closes its side, or keeps it open.
pub(crate) async fn carry(carrier: Carrier, sent: &[u8], close: bool) -> (Carried, Vec<u8>) {
    let (Local { mut input, mut output }, reader, writer) = local(64 * 1024);
    let mut received = Vec::new();
    let say = async {
        // The far side may end before everything is said.
        let _ = input.write_all(sent).await;
        if close { None } else { Some(input) }
    };
    let (carried, _kept, _) =
        tokio::join!(carrier.carry(reader, writer), say, output.read_to_end(&mut received));
    (carried.unwrap(), received)
}

pub(crate) fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 + at / 251) as u8).collect()
}

#[tokio::test]
async fn with_a_token_at_hand_there_are_three_round_trips_and_one_request() {
    let (address, _origin) = origin(|mut stream| async move {
        stream.write_all(b"SSH-2.0-x\r\n").await.unwrap();
        let _ = stream.read(&mut [0; 1]).await;
    })
    .await;
    let world = World::with_origin(address).await;
    world.obtain(HOST).await.unwrap();
    let before = world.sim.log().len();
    let connections = world.sim.connections().len();
    let carrier = open(&world, HOST).await.unwrap();
    let (Local { input, mut output }, reader, writer) = local(4096);
    let banner = async {
        let mut banner = [0; 11];
        output.read_exact(&mut banner).await.unwrap();
        drop((input, output));
        banner
    };
    let (carried, banner) = tokio::join!(carrier.carry(reader, writer), banner);
    assert_eq!(&banner, b"SSH-2.0-x\r\n");
    assert!(carried.unwrap().end.is_clean());
    let requests = &world.sim.log()[before..];
    assert_eq!(requests.len(), 1);
    assert_eq!((requests[0].round_trips, requests[0].status), (3, 101));
    let opened = &world.sim.connections()[connections..];
    assert_eq!(opened.len(), 1);
    assert_eq!(opened[0].round_trips_to_origin, Some(3));
}

#[tokio::test]
async fn a_hundred_mebibytes_each_way_arrive_byte_for_byte() {
    let (address, _origin) = origin(echo).await;
    let world = World::with_origin(address).await;
    world.obtain(HOST).await.unwrap();
    let carrier = open(&world, HOST).await.unwrap();
    let sent = Arc::new(pattern(100 * MEBIBYTE));
    let (Local { mut input, mut output }, reader, writer) = local(64 * 1024);
    let mut received = vec![0; sent.len()];
    let began = std::time::Instant::now();
    let say = async {
        input.write_all(&sent).await.unwrap();
        input
    };
    let listen = async {
        output.read_exact(&mut received).await.unwrap();
        output
    };
    let both = async { drop(tokio::join!(say, listen)) };
    let (carried, ()) = tokio::join!(carrier.carry(reader, writer), both);
    println!("100 MiB each way, edge and echo in this process: {:?}", began.elapsed());
    let carried = carried.unwrap();
    assert_eq!((carried.sent, carried.received), (sent.len() as u64, sent.len() as u64));
    assert!(received == *sent);
    let seen =
        world.sim.wait_for_connection(|seen| seen.carried.is_some(), SOON).await.unwrap().carried.unwrap();
    assert_eq!((seen.dropped, seen.pings, seen.texts), (0, 0, 0));
    assert!(seen.largest_message <= 16_384);
}

/// Input that tells when its reader has come to its end.
struct Telling<'a> {
    input: &'a [u8],
    ended: Option<oneshot::Sender<()>>,
}

impl AsyncRead for Telling<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.input.is_empty() {
            self.ended.take().map(|ended| ended.send(()));
        }
        Pin::new(&mut self.input).poll_read(context, buffer)
    }
}

#[tokio::test]
async fn an_answer_after_the_local_end_is_not_lost() {
    let (ended, told) = oneshot::channel();
    let told = Mutex::new(Some(told));
    let (address, _origin) = origin(move |mut stream| {
        let told = told.lock().unwrap().take().unwrap();
        async move {
            stream.read_exact(&mut [0; 2]).await.unwrap();
            told.await.unwrap();
            stream.write_all(&pattern(3 * MEBIBYTE)).await.unwrap();
        }
    })
    .await;
    let world = World::with_origin(address).await;
    world.obtain(HOST).await.unwrap();
    let carrier = open(&world, HOST).await.unwrap();
    let (Local { input, mut output }, _, writer) = local(64 * 1024);
    drop(input);
    let mut received = Vec::new();
    let (carried, _) = tokio::join!(
        carrier.carry(Telling { input: b"hi", ended: Some(ended) }, writer),
        output.read_to_end(&mut received)
    );
    assert!(received == pattern(3 * MEBIBYTE));
    let end = carried.unwrap().end;
    assert!(end.is_clean(), "{end:?}");
}

#[tokio::test]
async fn everything_said_before_the_local_end_arrives() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let (address, _origin) = origin(move |mut stream| {
        let tell = tell.clone();
        async move {
            let mut heard = vec![0; 5 * MEBIBYTE];
            stream.read_exact(&mut heard).await.unwrap();
            tell.send(heard).unwrap();
        }
    })
    .await;
    let world = World::with_origin(address).await;
    world.obtain(HOST).await.unwrap();
    let sent = pattern(5 * MEBIBYTE);
    let (carried, _) = carry(open(&world, HOST).await.unwrap(), &sent, true).await;
    assert_eq!(carried.sent, sent.len() as u64);
    assert!(told.recv().await.unwrap() == sent);
}

#[tokio::test]
async fn streams_that_end_badly_are_told_apart() {
    let (address, _origin) = origin(echo).await;
    let world = World::with_origin(address).await;
    world.obtain(HOST).await.unwrap();
    for (cut, fits) in [
        (Cut::Reset, (|end| matches!(end, End::Cut(Break::Reset | Break::Truncated))) as fn(&End) -> bool),
        (Cut::Truncate, |end| matches!(end, End::Cut(Break::Truncated | Break::Reset))),
        (Cut::ProtocolError, |end| matches!(end, End::Cut(Break::Protocol(_)))),
        (Cut::Close(1011), |end| matches!(end, End::Cut(Break::Closed { code: 1011, .. }))),
        (Cut::Close(1000), |end| *end == End::Closed(Some(1000))),
        (Cut::TlsClose, |end| *end == End::Ended),
    ] {
        let fault = CarryFault { after: 100_000, how: cut };
        world.sim.faults().set(|faulty| faulty.carry.next(1, fault));
        let (carried, _) = carry(open(&world, HOST).await.unwrap(), &pattern(200_000), false).await;
        assert!(fits(&carried.end), "{cut:?}: {:?}", carried.end);
        assert_eq!(carried.cause(HOST).is_some(), !carried.end.is_clean());
    }
}

#[tokio::test]
async fn pings_under_load_are_answered_and_corrupt_nothing() {
    let (address, _origin) = origin(echo).await;
    let habits = ConnectorHabits { cut_messages: true, ping_every: Duration::from_millis(1) };
    let plan = Plan::default().team("acme").app(AppPlan::new("acme", HOST, address)).connector(habits);
    let world = World::of(plan).await;
    world.obtain(HOST).await.unwrap();
    let carrier = open(&world, HOST).await.unwrap();
    let (Local { mut input, mut output }, reader, writer) = local(64 * 1024);
    let sent = pattern(20 * MEBIBYTE);
    let both = async {
        let mut received = vec![0; sent.len()];
        let (_, read) = tokio::join!(input.write_all(&sent), output.read_exact(&mut received));
        read.unwrap();
        drop((input, output));
        received
    };
    let (carried, received) = tokio::join!(carrier.carry(reader, writer), both);
    assert!(carried.unwrap().end.is_clean());
    assert!(received == sent);
    let seen =
        world.sim.wait_for_connection(|seen| seen.carried.is_some(), SOON).await.unwrap().carried.unwrap();
    assert!(seen.pongs > 0 && seen.pings == 0 && seen.dropped == 0, "{seen:?}");
}

#[tokio::test]
async fn a_revoked_token_costs_one_log_in_and_one_more_dial() {
    let (address, _origin) = origin(echo).await;
    let world = World::with_origin(address).await;
    let old = world.obtain(HOST).await.unwrap();
    world.sim.revoke_app_tokens(None);
    world.sim.revoke_org_tokens(None);
    let before = world.sim.log().len();
    let renewals = AtomicUsize::new(0);
    let target = url(HOST);
    let renew = |renewal: Renewal| {
        renewals.fetch_add(1, Ordering::Relaxed);
        assert_eq!(renewal.rejected.as_ref(), Some(&old.token));
        renew_as_person(&world, renewal)
    };
    let lookup = async { Ok(Some(old.token.clone())) };
    let carrier = world.access.connect(&target, &DialOptions::default(), lookup, renew).await.unwrap();
    assert_eq!(renewals.load(Ordering::Relaxed), 1);
    let upgrades: Vec<_> =
        world.sim.log()[before..].iter().filter(|seen| seen.is_upgrade()).map(|seen| seen.status).collect();
    assert_eq!(upgrades, [302, 101]);
    drop(carrier);
}

async fn renew_as_person(world: &World, renewal: Renewal) -> Result<AppToken, AccessError> {
    let (links, mut opened) = tokio::sync::mpsc::unbounded_channel();
    let events = move |event| {
        if let access::LogInEvent::OpenBrowser { link } = event {
            links.send(link).unwrap();
        }
    };
    let person = async {
        let link = opened.recv().await.unwrap();
        world.sim.person().submit(&link, EMAIL).await.unwrap();
    };
    let renewing =
        world.access.renew(&renewal.app, renewal.rejected.as_ref(), events, CancellationToken::new());
    Ok(tokio::join!(renewing, person).0?.token)
}

#[tokio::test]
async fn without_a_token_the_first_dial_asks_and_the_second_carries() {
    let (address, _origin) = origin(echo).await;
    let world = World::with_origin(address).await;
    let target = url(HOST);
    let renew = |renewal: Renewal| renew_as_person(&world, renewal);
    let nothing = async { Ok(None) };
    let carrier = world.access.connect(&target, &DialOptions::default(), nothing, renew).await.unwrap();
    let (carried, received) = carry(carrier, b"", true).await;
    assert_eq!((carried.received, received.len()), (0, 0));
    assert!(matches!(open(&world, "second.acme.test").await, Err(AccessError::LogInNeeded { .. })));
}

#[tokio::test]
async fn a_token_that_is_never_accepted_is_told_as_such() {
    let world = World::new().await;
    let token = AppToken(Jwt::new("a.b.c"));
    let (lookup, again) = (async { Ok(Some(token.clone())) }, token.clone());
    let renew = |_renewal: Renewal| async move { Ok(again) };
    let error = world.access.connect(&url(HOST), &DialOptions::default(), lookup, renew).await.unwrap_err();
    assert!(matches!(error, AccessError::TokenRejected { .. }), "{error}");
}

#[tokio::test]
async fn refused_upgrades_have_their_own_causes() {
    let (address, _origin) = origin(echo).await;
    let world = World::with_origin(address).await;
    world.obtain(HOST).await.unwrap();
    for (fault, fits) in [
        (UpgradeFault::Denied, (|cause| matches!(cause, Cause::Blocked { .. })) as fn(&Cause) -> bool),
        (UpgradeFault::TunnelDown, |cause| matches!(cause, Cause::TunnelDown { status: 530, .. })),
        (UpgradeFault::OriginDown, |cause| matches!(cause, Cause::OriginRefused { status: 502, .. })),
        (UpgradeFault::Status(503, "x".into()), |cause| {
            matches!(cause, Cause::EdgeTrouble { status: 503, .. })
        }),
        (UpgradeFault::Status(401, "x".into()), |cause| {
            matches!(cause, Cause::UpgradeRefused { status: 401, .. })
        }),
        (UpgradeFault::Redirect("/elsewhere".into()), |cause| {
            matches!(cause, Cause::UpgradeRefused { status: 302, .. })
        }),
        (UpgradeFault::WrongAccept, |cause| matches!(cause, Cause::StrangeAnswer { .. })),
    ] {
        world.sim.faults().set(|faulty| faulty.upgrade.next(1, fault.clone()));
        let cause = open(&world, HOST).await.unwrap_err().cause();
        assert!(fits(&cause), "{fault:?}: {cause:?}");
    }
    world.sim.faults().set(|faulty| faulty.upgrade.next(1, UpgradeFault::Denied));
    match open(&world, HOST).await {
        Err(error @ AccessError::Blocked { .. }) => {
            assert!(error.ray_id().is_some());
            assert!(matches!(error.cause(), Cause::Blocked { email: Some(email), .. } if email == EMAIL));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn policy_refuses_at_the_browser_and_the_wait_can_be_given_up() {
    let world = World::new().await;
    let hurried = world.another().waiting(Duration::from_secs(1));
    let (refused, browsers) = obtain(&hurried, &world.sim, "closed.acme.test", EMAIL).await;
    assert!(matches!(refused, Err(AccessError::LogInTimedOut { .. })));
    assert_eq!(browsers, 1);
}

#[tokio::test]
async fn machines_present_service_tokens_and_name_destinations() {
    let (address, _origin) = origin(echo).await;
    let app =
        AppPlan::new("acme", HOST, nowhere()).service_token("id.access", "s3cret").jump("db:5432", address);
    let world = World::of(Plan::default().team("acme").app(app)).await;
    let service_token = Some(ServiceToken { id: "id.access".into(), secret: Jwt::new("s3cret") });
    let options =
        DialOptions { service_token, destination: Some("db:5432".into()), ..DialOptions::default() };
    let carrier = world.access.dial(&url(HOST), None, &options).await.unwrap();
    let (Local { mut input, mut output }, reader, writer) = local(4096);
    let talk = async {
        input.write_all(b"hello").await.unwrap();
        let mut heard = [0; 5];
        output.read_exact(&mut heard).await.unwrap();
        drop((input, output));
        heard
    };
    let (_, heard) = tokio::join!(carrier.carry(reader, writer), talk);
    assert_eq!(&heard, b"hello");
    let seen = &world.sim.log()[0];
    assert_eq!(seen.header("cf-access-jump-destination"), Some("db:5432"));
    assert!(!format!("{options:?}").contains("s3cret"));
}
