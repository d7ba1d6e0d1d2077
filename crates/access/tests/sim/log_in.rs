//! Tokens: transferred, exchanged, refused, revoked, and one browser for everyone.

use std::time::Duration;

use access::{AccessError, LogInEvent, TransferFault as Fault};
use edge_sim::{ExchangeFault, TokenFault, TransferFault};
use tokio_util::sync::CancellationToken;
use vault::Slot;
use wire::Cause;

use crate::support::{EMAIL, HOST, World, obtain, url};

#[tokio::test]
async fn a_log_in_brings_both_tokens_and_the_next_program_finds_them() {
    let world = World::new().await;
    let held = world.obtain(HOST).await.unwrap();
    assert_eq!(held.claims.email, EMAIL);
    assert!(held.org_until.unwrap() > held.claims.exp);
    assert_eq!(held.unkept, None);
    let before = world.sim.log().len();
    let again = world.another().token_at_hand(&url(HOST)).await.unwrap().unwrap();
    assert_eq!(again.token, held.token);
    assert_eq!(world.sim.log().len(), before, "what is at hand costs no request");
    assert!(world.another().token_at_hand_blocking(&url(HOST)).unwrap().is_some());
}

#[tokio::test]
async fn the_team_token_buys_other_apps_without_a_browser() {
    let world = World::new().await;
    world.obtain(HOST).await.unwrap();
    let (held, browsers) = obtain(&world.access, &world.sim, "second.acme.test", EMAIL).await;
    assert_eq!((held.unwrap().claims.email.as_str(), browsers), (EMAIL, 0));
    let team = world.access.known_app(&url(HOST)).unwrap().team;
    assert!(world.access.org_until(&team).await.unwrap().is_some());
}

#[tokio::test]
async fn hosts_of_a_wildcard_app_share_one_token() {
    let world = World::new().await;
    let one = world.obtain("a.wild.test").await.unwrap();
    let other = world.another().token_at_hand(&url("b.wild.test")).await.unwrap().unwrap();
    assert_eq!(one.token, other.token);
}

#[tokio::test]
async fn a_revoked_team_token_leads_to_the_browser_and_is_replaced() {
    let world = World::new().await;
    world.obtain(HOST).await.unwrap();
    let slot = Slot::Org { team: world.access.known_app(&url(HOST)).unwrap().team };
    let before = world.vault.read(&slot).await.unwrap();
    world.sim.revoke_org_tokens(None);
    let (held, browsers) = obtain(&world.access, &world.sim, "second.acme.test", EMAIL).await;
    assert!(held.is_ok());
    assert_eq!(browsers, 1);
    assert_ne!(world.vault.read(&slot).await.unwrap(), before);
    let (third, browsers) = obtain(&world.access, &world.sim, "a.wild.test", EMAIL).await;
    assert!(third.is_ok());
    assert_eq!(browsers, 0);
}

#[tokio::test]
async fn policy_can_refuse_an_exchange() {
    let world = World::new().await;
    world.obtain(HOST).await.unwrap();
    let (refused, browsers) = obtain(&world.access, &world.sim, "closed.acme.test", EMAIL).await;
    let cause = refused.unwrap_err().cause();
    assert!(matches!(&cause, Cause::Blocked { host, .. } if host == "closed.acme.test"), "{cause:?}");
    assert!(matches!(&cause, Cause::Blocked { email: Some(email), .. } if email == EMAIL), "{cause:?}");
    assert_eq!(browsers, 0);
}

#[tokio::test]
async fn an_edge_in_passing_trouble_is_asked_again_and_no_browser_opens() {
    let world = World::new().await;
    world.obtain(HOST).await.unwrap();
    world.sim.faults().set(|faulty| faulty.exchange.next(2, ExchangeFault::Status(503)));
    let (held, browsers) = obtain(&world.access, &world.sim, "second.acme.test", EMAIL).await;
    assert_eq!((held.unwrap().claims.email.as_str(), browsers), (EMAIL, 0));
}

#[tokio::test]
async fn an_edge_that_stays_in_trouble_is_an_error_and_no_reason_for_a_browser() {
    let world = World::new().await;
    world.obtain(HOST).await.unwrap();
    world.sim.faults().set(|faulty| faulty.exchange.always(ExchangeFault::Status(503)));
    let (refused, browsers) = obtain(&world.access, &world.sim, "second.acme.test", EMAIL).await;
    let cause = refused.unwrap_err().cause();
    assert!(matches!(cause, Cause::EdgeTrouble { status: 503, .. }), "{cause:?}");
    assert_eq!(browsers, 0);
    assert_eq!(world.requests_to(wire::path::LOGIN), 3);
}

#[tokio::test]
async fn an_exchange_led_to_a_foreign_host_ends_there_without_the_team_token() {
    let world = World::new().await;
    world.obtain(HOST).await.unwrap();
    let app = world.access.discover(&url("second.acme.test")).await.unwrap();
    let before = world.sim.log().len();
    let foreign = "https://open.acme.test/cdn-cgi/access/login/second.acme.test";
    world.sim.faults().set(|faulty| faulty.exchange.next(1, ExchangeFault::Redirect(foreign.into())));
    world.access.exchange(&app).await.unwrap_err();
    let log = world.sim.log();
    let bearers: Vec<_> =
        log[before..].iter().filter(|seen| seen.header("cookie").is_some()).map(|seen| &seen.host).collect();
    assert_eq!(bearers, [app.team.as_str()]);
    assert!(log[before..].iter().any(|seen| seen.host == "open.acme.test"), "it was led there");
}

#[tokio::test]
async fn an_exchange_led_in_circles_ends() {
    let world = World::new().await;
    world.obtain(HOST).await.unwrap();
    let app = world.access.discover(&url("second.acme.test")).await.unwrap();
    let before = world.sim.log().len();
    world.sim.faults().set(|faulty| faulty.exchange.always(ExchangeFault::Circle));
    assert!(world.access.exchange(&app).await.unwrap_err().needs_log_in());
    assert_eq!(world.sim.log().len() - before, 8);
}

#[tokio::test]
async fn answers_that_cannot_be_used_are_named_and_nothing_is_kept() {
    let world = World::new().await;
    for (fault, expected) in [
        (TransferFault::Undecryptable, Fault::Sealed),
        (TransferFault::BadBase64, Fault::NotBase64),
        (TransferFault::NotJson, Fault::NoTokens),
        (TransferFault::NoSenderKey, Fault::SenderKey),
    ] {
        world.sim.faults().set(|faulty| faulty.transfer.always(fault.clone()));
        match world.obtain(HOST).await {
            Err(AccessError::TransferUnreadable { what, .. }) => assert_eq!(what, expected, "{fault:?}"),
            other => panic!("{fault:?}: {other:?}"),
        }
        assert!(world.access.token_at_hand(&url(HOST)).await.unwrap().is_none());
    }
    world.sim.faults().clear();
    world.obtain(HOST).await.unwrap();
}

#[tokio::test]
async fn tokens_are_verified_before_they_are_believed() {
    let world = World::new().await;
    for (fault, expected) in [
        (TokenFault::OtherAudience, Fault::OtherAudience),
        (TokenFault::WrongSignature, Fault::Signature),
        (TokenFault::Expired, Fault::Expired),
    ] {
        world.sim.faults().set(|faulty| faulty.tokens.always(fault));
        match world.obtain(HOST).await {
            Err(AccessError::TransferUnreadable { what, .. }) => assert_eq!(what, expected, "{fault:?}"),
            other => panic!("{fault:?}: {other:?}"),
        }
        assert!(world.access.token_at_hand(&url(HOST)).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_service_in_trouble_is_asked_again() {
    let world = World::new().await;
    world.sim.faults().set(|faulty| faulty.transfer.next(3, TransferFault::Status(503)));
    world.obtain(HOST).await.unwrap();
}

#[tokio::test]
async fn a_service_that_stays_in_trouble_is_an_error() {
    let world = World::new().await;
    world.sim.faults().set(|faulty| faulty.transfer.always(TransferFault::Status(503)));
    let error = world.obtain(HOST).await.unwrap_err();
    assert!(matches!(error, AccessError::TransferRefused { status: 503, .. }), "{error}");
}

#[tokio::test]
async fn a_hurried_service_does_not_end_the_log_in() {
    let world = World::new().await;
    world.sim.faults().set(|faulty| faulty.transfer.next(6, TransferFault::NotFoundAtOnce));
    world.obtain(HOST).await.unwrap();
    assert!(world.requests_to("/transfer/") < 20, "there are pauses");
}

#[tokio::test]
async fn a_person_may_cancel() {
    let world = World::new().await;
    let cancel = CancellationToken::new();
    let events = |event| {
        assert!(matches!(event, LogInEvent::OpenBrowser { .. }));
        cancel.cancel();
    };
    let error = world.access.obtain(&url(HOST), events, cancel.clone()).await.unwrap_err();
    assert!(matches!(error, AccessError::LogInCancelled { .. }), "{error}");
}

#[tokio::test]
async fn a_person_who_closes_the_tab_runs_out_of_time_and_may_try_again() {
    let world = World::new().await;
    let hurried = world.another().waiting(Duration::from_secs(1));
    let error = hurried.obtain(&url(HOST), |_| {}, CancellationToken::new()).await.unwrap_err();
    assert_eq!(error.cause(), Cause::LogInTimedOut { host: HOST.into(), seconds: 1 });
    world.obtain(HOST).await.unwrap();
}

#[tokio::test]
async fn a_clock_that_is_ahead_is_not_blamed_on_the_tokens() {
    let world = World::new().await;
    world.access.discover(&url(HOST)).await.unwrap();
    let app = world.access.known_app(&url(HOST)).unwrap();
    let shift = 2 * 86_400;
    let (links, mut opened) = tokio::sync::mpsc::unbounded_channel();
    let log_in = world.access.log_in(&app, move |event| links.send(event).unwrap(), CancellationToken::new());
    let person = async {
        let Some(LogInEvent::OpenBrowser { link }) = opened.recv().await else { panic!("no link") };
        world.clock.shift(shift);
        world.sim.person().submit(&link, EMAIL).await.unwrap();
    };
    match tokio::join!(log_in, person).0 {
        Err(AccessError::ClockOff { seconds, .. }) => assert!((seconds - shift).abs() < 30, "{seconds}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn two_programs_at_once_open_one_browser_and_both_go_on() {
    let world = World::new().await;
    let (one, other) = (world.another(), world.another());
    let (one, other) =
        tokio::join!(obtain(&one, &world.sim, HOST, EMAIL), obtain(&other, &world.sim, HOST, EMAIL),);
    assert_eq!(one.1 + other.1, 1);
    assert_eq!(one.0.unwrap().token, other.0.unwrap().token);
}

#[tokio::test]
async fn two_apps_of_one_team_at_once_open_one_browser_too() {
    let world = World::new().await;
    let (one, other) = (world.another(), world.another());
    let (one, other) = tokio::join!(
        obtain(&one, &world.sim, HOST, EMAIL),
        obtain(&other, &world.sim, "second.acme.test", EMAIL),
    );
    assert_eq!(one.1 + other.1, 1);
    assert_ne!(one.0.unwrap().token, other.0.unwrap().token);
}

/// Starts so many at once for a person who opens no page; returns what became of them, and how many browsers opened.
async fn ignored(world: &World, hosts: &[&str], wait: Duration) -> (Vec<AccessError>, usize) {
    let browsers = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for host in hosts {
        let (access, host, browsers) = (world.another().waiting(wait), url(host), browsers.clone());
        tasks.spawn(async move {
            let count = |event| {
                if let LogInEvent::OpenBrowser { .. } = event {
                    browsers.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                }
            };
            access.obtain(&host, count, CancellationToken::new()).await.unwrap_err()
        });
    }
    let refused = tokio::time::timeout(crate::support::SOON, tasks.join_all()).await.unwrap();
    (refused, browsers.load(std::sync::atomic::Ordering::SeqCst))
}

#[tokio::test]
async fn a_refusal_is_everybodys_who_waited_and_nobodys_who_comes_later() {
    let world = World::new().await;
    for host in [HOST, "second.acme.test"] {
        world.access.discover(&url(host)).await.unwrap();
    }
    let wait = Duration::from_secs(2);
    let crowd = [HOST, "second.acme.test", HOST, HOST, "second.acme.test", HOST, HOST, HOST];
    let (refused, browsers) = ignored(&world, &crowd, wait).await;
    assert_eq!((refused.len(), browsers), (crowd.len(), 1), "{refused:?}");
    let mut causes: Vec<String> = refused.iter().map(|error| format!("{:?}", error.cause())).collect();
    causes.sort();
    causes.dedup();
    let expected = |host: &str| format!("{:?}", Cause::LogInTimedOut { host: host.to_owned(), seconds: 2 });
    assert_eq!(causes, [expected(HOST), expected("second.acme.test")], "each with its own host");
    let (held, browsers) = obtain(&world.access, &world.sim, HOST, EMAIL).await;
    assert_eq!((held.unwrap().claims.email.as_str(), browsers), (EMAIL, 1), "who comes later is asked");
}

#[tokio::test]
async fn what_the_transfer_service_refused_one_it_need_not_refuse_the_others() {
    let world = World::new().await;
    world.access.discover(&url(HOST)).await.unwrap();
    world.sim.faults().set(|faulty| faulty.transfer.always(TransferFault::Status(503)));
    let (refused, browsers) = ignored(&world, &[HOST; 6], Duration::from_secs(60)).await;
    assert_eq!(browsers, 1);
    for error in refused {
        assert_eq!(error.cause(), Cause::TransferRefused { host: HOST.to_owned(), status: 503 });
    }
}

#[tokio::test]
async fn a_cancelled_log_in_is_cancelled_for_all_who_wait() {
    let world = World::new().await;
    world.access.discover(&url(HOST)).await.unwrap();
    let cancel = CancellationToken::new();
    let (opened, mut waiting) = tokio::sync::mpsc::unbounded_channel();
    let one = world.another();
    let (target, stop) = (url(HOST), cancel.clone());
    let first = one.obtain(&target, |event| opened.send(event).unwrap(), stop);
    let others = async {
        assert!(matches!(waiting.recv().await, Some(LogInEvent::OpenBrowser { .. })));
        let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let (access, url) = (world.another(), url(HOST));
        let second = access.obtain(&url, move |event| told.send(event).unwrap(), CancellationToken::new());
        let person = async {
            assert!(matches!(heard.recv().await, Some(LogInEvent::Waiting { .. })));
            cancel.cancel();
            assert_eq!(heard.recv().await, None, "no browser for the second");
        };
        tokio::join!(second, person).0
    };
    let (first, second) = tokio::join!(first, others);
    for ended in [first, second] {
        assert_eq!(ended.unwrap_err().cause(), Cause::LogInCancelled { host: HOST.to_owned() });
    }
}

#[tokio::test]
async fn logging_out_forgets_the_app_and_what_would_buy_it_again() {
    let world = World::new().await;
    let app = world.obtain(HOST).await.unwrap().app;
    let second = world.obtain("second.acme.test").await.unwrap().app;
    assert!(world.access.log_out(&url(HOST)).await.unwrap());
    assert!(world.access.token_at_hand(&url(HOST)).await.unwrap().is_none());
    assert!(world.access.exchange(&app).await.unwrap_err().needs_log_in());
    assert!(world.access.token_at_hand(&second.url).await.unwrap().is_some());
    assert!(world.access.log_out_of_team(&app.team).await.unwrap());
    assert!(world.access.token_at_hand(&second.url).await.unwrap().is_none());
    assert!(!world.access.log_out_of_team(&app.team).await.unwrap());
}

/// The owner of a task may move it between threads.
#[tokio::test]
async fn log_ins_and_streams_may_run_in_tasks_of_their_own() {
    fn movable<T: Send>(work: T) -> T {
        work
    }
    let world = World::new().await;
    let (seen, access, target) = (std::cell::Cell::new(0), world.another(), url(HOST));
    let cancel = CancellationToken::new();
    cancel.cancel();
    let events = move |_| seen.set(seen.get() + 1);
    let error = movable(access.obtain(&target, events, cancel)).await.unwrap_err();
    assert!(matches!(error, AccessError::LogInCancelled { .. }), "{error}");
    let options = access::DialOptions::default();
    let renew = |_: access::Renewal| async { Err(AccessError::LogInNeeded { host: HOST.to_owned() }) };
    let connecting = movable(access.connect(&target, &options, async { Ok(None) }, renew));
    assert!(connecting.await.unwrap_err().needs_log_in());
}

#[tokio::test]
async fn a_login_of_somebody_else_asks_the_browser_although_the_team_token_is_good() {
    let world = World::new().await;
    let first = world.obtain(HOST).await.unwrap();
    let (access, seen) = (world.access.clone(), std::sync::Mutex::new(None));
    let (links, mut shown) = tokio::sync::mpsc::unbounded_channel();
    let tell = move |event| {
        if let LogInEvent::OpenBrowser { link } = event {
            let _ = links.send(link);
        }
    };
    let person = async {
        let link = shown.recv().await.unwrap();
        let page = world.sim.person().submit(&link, "grace@acme.test").await.unwrap();
        *seen.lock().unwrap() = Some(page.is_logged_in());
    };
    let target = url(HOST);
    let (held, ()) = tokio::join!(access.obtain_anew(&target, false, tell, CancellationToken::new()), person);
    assert_eq!(held.unwrap().claims.email, "grace@acme.test");
    assert_eq!(*seen.lock().unwrap(), Some(true));
    let none = |_| panic!("the team's token buys it");
    let bought = world.access.obtain_anew(&target, true, none, CancellationToken::new()).await.unwrap();
    assert_ne!(bought.token, first.token);
    assert_eq!(bought.claims.email, "grace@acme.test");
}

#[tokio::test]
async fn a_login_is_renewed_ahead_of_its_end_once_and_without_a_browser() {
    let world = World::new().await;
    let first = world.obtain(HOST).await.unwrap();
    world.sim.set_lifetimes(Duration::from_secs(48 * 3600), Duration::from_secs(3600));
    let ends = first.claims.exp;
    let renewed = world.access.renew_ahead(&url(HOST), ends).await.unwrap();
    assert!(renewed.claims.exp > ends && renewed.org_until.is_some());
    let before = world.sim.log().len();
    let again = world.another().renew_ahead(&url(HOST), ends).await.unwrap();
    assert_eq!((again.token, world.sim.log().len()), (renewed.token, before), "what is there already does");
    world.sim.revoke_org_tokens(None);
    let refused = world.access.renew_ahead(&url(HOST), i64::MAX).await.unwrap_err();
    assert!(matches!(refused, AccessError::TokenRejected { .. }), "{refused}");
    assert!(world.access.token_at_hand(&url(HOST)).await.unwrap().is_some(), "the present one stays");
}
