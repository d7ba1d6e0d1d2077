//! Which app stands before a name.

use access::{AccessError, Lookup, MetadataFault as Fault};
use edge_sim::{KeySetFault, MetadataFault};
use wire::Cause;

use crate::support::{HOST, World, url};

#[tokio::test]
async fn an_app_is_found_and_remembered() {
    let world = World::new().await;
    let app = world.access.discover(&url(HOST)).await.unwrap();
    assert_eq!(app.hostname, HOST);
    assert_eq!(app.team.as_str(), "acme.cloudflareaccess.com");
    assert_eq!(app.audience, world.sim.app(HOST).unwrap().audience());
    assert_eq!(world.another().known_app(&url(HOST)), Some(app));
    let request = &world.sim.log()[0];
    assert_eq!(
        (request.method.as_str(), request.header("cf-access-metadata-request")),
        ("HEAD", Some("true"))
    );
    assert!(request.header("user-agent").unwrap().starts_with("sallyport/"));
    assert_eq!(request.tls.as_ref().unwrap().group, "X25519MLKEM768");
    assert_eq!(request.tls.as_ref().unwrap().alpn, None);
}

#[tokio::test]
async fn keys_are_fetched_once_for_all_programs() {
    let world = World::new().await;
    world.access.discover(&url(HOST)).await.unwrap();
    world.another().discover(&url("second.acme.test")).await.unwrap();
    assert_eq!(world.requests_to("/cdn-cgi/access/certs"), 1);
    world.clock.shift(25 * 3600);
    let later = world.access.discover(&url(HOST)).await;
    assert!(later.is_err(), "the clock is a day off");
    assert_eq!(world.requests_to("/cdn-cgi/access/certs"), 2);
}

#[tokio::test]
async fn all_hosts_of_a_wildcard_app_are_known_by_one() {
    let world = World::new().await;
    let found = world.access.discover(&url("a.wild.test")).await.unwrap();
    assert_eq!(found.hostname, "*.wild.test");
    assert_eq!(world.access.known_app(&url("b.wild.test")).unwrap().audience, found.audience);
    assert_eq!(world.access.known_app(&url("b.c.wild.test")), None);
}

#[tokio::test]
async fn descriptions_that_cannot_be_trusted_are_named() {
    let world = World::new().await;
    for (fault, expected) in [
        (MetadataFault::WrongSignature, "its signature is not by the team's keys"),
        (MetadataFault::NoKeyId, "it is not a signed token with the expected claims"),
        (MetadataFault::Garbage, "it is not a signed token with the expected claims"),
        (MetadataFault::WrongHost, "it describes"),
        (MetadataFault::WrongType, "its type is"),
        (MetadataFault::NoAudience, "it names no audience"),
        (MetadataFault::TooOld, "it was signed more than a day ago"),
        (MetadataFault::InFuture, "it was signed in the future"),
        (MetadataFault::ForeignTeam, "is not a team domain"),
    ] {
        world.sim.faults().set(|faulty| faulty.metadata.next(1, fault.clone()));
        match world.access.discover(&url(HOST)).await {
            Err(AccessError::BadMetadata { what, .. }) => {
                assert!(what.to_string().contains(expected), "{fault:?}: {what}");
            }
            other => panic!("{fault:?}: {other:?}"),
        }
        assert_eq!(world.access.known_app(&url(HOST)), None);
    }
}

#[tokio::test]
async fn key_sets_may_hold_strangers_but_must_be_there() {
    let world = World::new().await;
    for fault in [KeySetFault::Down, KeySetFault::Garbage, KeySetFault::TooLarge, KeySetFault::Empty] {
        world.sim.faults().set(|faulty| faulty.key_set.next(1, fault));
        let error = world.access.discover(&url(HOST)).await.unwrap_err();
        assert!(
            matches!(error.cause(), Cause::BadMetadata { .. } | Cause::StrangeAnswer { .. }),
            "{fault:?}: {error}"
        );
    }
    world.sim.faults().set(|faulty| faulty.key_set.next(1, KeySetFault::UnknownType));
    world.access.discover(&url(HOST)).await.unwrap();
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_apart_from_bad_descriptions() {
    let world = World::new().await;
    for shift in [90_000, -90_000] {
        world.clock.shift(shift);
        match world.access.discover(&url(HOST)).await {
            Err(AccessError::ClockOff { seconds, .. }) => assert!((seconds - shift).abs() < 30, "{seconds}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn probing_says_what_stands_there() {
    let world = World::new().await;
    let probe = async |host: &str| world.access.probe(&url(host)).await;
    assert!(matches!(probe(HOST).await, Lookup::Found(_)));
    assert!(matches!(probe("open.acme.test").await, Lookup::Failed(Cause::NotBehindAccess { .. })));
    let nowhere = probe("nowhere.invalid").await;
    assert!(
        matches!(nowhere, Lookup::Failed(Cause::NoSuchName { .. } | Cause::Unreachable { .. })),
        "{nowhere:?}"
    );
    let closed = crate::support::nowhere();
    let refused = probe(&closed.to_string()).await;
    assert!(matches!(refused, Lookup::Failed(Cause::Unreachable { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_server_with_an_unknown_certificate_is_not_trusted() {
    let world = World::new().await;
    let stranger = World::new().await;
    // The stranger's edge is reached by its address, for which nobody vouches here.
    let error = world.access.discover(&url(&stranger.sim.addr().to_string())).await.unwrap_err();
    assert!(
        matches!(error.cause(), Cause::UntrustedCertificate { .. } | Cause::Unreachable { .. }),
        "{error}"
    );
}

#[test]
fn every_fault_has_words() {
    assert_eq!(Fault::TooOld.to_string(), "it was signed more than a day ago");
}
