//! The agent that holds a certificate in memory, before the simulated authority.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use access::{Access, Agents, App, CertificateAgent, Renewal, Served, TokenSource, ask_agent};
use edge_sim::{AppPlan, Plan};
use ssh_agent::{Agent as _, Answer, Request};
use tokio::sync::watch;
use tokio::task::JoinSet;
use wire::{AppToken, AppUrl, Cause};

use crate::support::{HOST, World, nowhere, url};

/// The token at hand, else what the team's token buys.
struct AtHand {
    access: Access,
    asked: Arc<AtomicUsize>,
}

impl TokenSource for AtHand {
    async fn token(&self, url: &AppUrl, rejected: Option<Renewal>) -> Result<(App, AppToken), Cause> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let cause = |error: access::AccessError| error.cause();
        let held = match rejected {
            Some(Renewal { app, rejected: Some(token) }) => {
                self.access.forget(&app, &token).await.map_err(cause)?;
                Some(self.access.exchange(&app).await.map_err(cause)?)
            }
            Some(_) | None => self.access.token_at_hand(url).await.map_err(cause)?,
        };
        let needed = || Cause::LogInNeeded { host: url.host().to_owned() };
        held.map(|held| (held.app, held.token)).ok_or_else(needed)
    }
}

fn source(world: &World) -> AtHand {
    AtHand { access: world.access.clone(), asked: Arc::default() }
}

fn agent(world: &World) -> Arc<CertificateAgent<AtHand>> {
    let (changed, _) = watch::channel(());
    let tokens = Arc::new(source(world));
    Arc::new(CertificateAgent::new(world.access.clone(), url(HOST), tokens, changed).unwrap())
}

fn signings(world: &World) -> usize {
    world.requests_to(wire::path::CERT_SIGN)
}

#[tokio::test]
async fn many_at_once_get_one_certificate() {
    let world = World::new().await;
    world.obtain(HOST).await.unwrap();
    let agent = agent(&world);
    let mut asking = JoinSet::new();
    for _ in 0..30 {
        let agent = Arc::clone(&agent);
        asking.spawn(async move { agent.identities().await });
    }
    let listed = asking.join_all().await;
    assert!(listed.iter().all(|identities| identities.len() == 1 && *identities == listed[0]));
    assert_eq!(signings(&world), 1);
}

#[tokio::test]
async fn a_certificate_is_renewed_shortly_before_its_end_and_the_last_one_still_signs() {
    let world = World::new().await;
    world.obtain(HOST).await.unwrap();
    let agent = agent(&world);
    let first = agent.identities().await.remove(0);
    assert!(first.comment.starts_with(HOST));
    let until = agent.current().unwrap().until;

    let now = world.clock.now();
    world.clock.shift(until - now - 40);
    assert_eq!(agent.identities().await[0], first, "it lasts for one more connection");
    world.clock.shift(until - now - 10);
    let second = agent.identities().await.remove(0);
    assert_ne!(second.key, first.key);
    assert_eq!(signings(&world), 2);

    let signature = agent.sign(&first.key, b"data").unwrap();
    assert_eq!(signature[..23], *b"\0\0\0\x13ecdsa-sha2-nistp256");
    assert!(agent.sign(&second.key, b"data").is_some());
    assert!(agent.sign(b"somebody else's", b"data").is_none());
}

#[tokio::test]
async fn a_revoked_token_is_replaced_once() {
    let world = World::new().await;
    world.obtain(HOST).await.unwrap();
    world.sim.revoke_app_tokens(None);
    let agent = agent(&world);
    assert_eq!(agent.identities().await.len(), 1);
    assert_eq!(signings(&world), 2);
}

#[tokio::test]
async fn those_who_wait_share_a_refusal_and_the_next_one_tries_again() {
    let app = AppPlan::new("acme", HOST, nowhere()).without_certificates();
    let world = World::of(Plan::default().team("acme").app(app)).await;
    world.obtain(HOST).await.unwrap();
    let agent = agent(&world);
    let (one, other) = tokio::join!(agent.obtain(), agent.obtain());
    assert!(matches!(one, Err(Cause::CertificateRefused { .. })), "{one:?}");
    assert_eq!(one, other);
    assert_eq!(signings(&world), 1);
    assert!(agent.identities().await.is_empty());
    assert_eq!(signings(&world), 2);
}

#[tokio::test]
async fn an_address_has_one_agent_that_tells_what_it_has() {
    let world = World::new().await;
    let address = world.profile.agent_address(HOST);
    assert_eq!(ask_agent(&address, HOST, true).await, Err(Cause::NoAgent { host: HOST.to_owned() }));

    let wanted = [(url(HOST), address.clone())];
    let mut agents = Agents::new(world.access.clone(), source(&world));
    let mut changes = agents.changes();
    assert_eq!(agents.answer_for(&wanted), [Served::Here]);
    assert_eq!(agents.answer_for(&wanted), [Served::Here], "again is no change");
    let mut others = Agents::new(world.access.clone(), source(&world));
    assert_eq!(others.answer_for(&wanted), [Served::Elsewhere]);

    assert_eq!(ask_agent(&address, HOST, false).await, Ok(None), "nobody has asked for one");
    let why = ask_agent(&address, HOST, true).await;
    assert_eq!(why, Err(Cause::LogInNeeded { host: HOST.to_owned() }));
    world.obtain(HOST).await.unwrap();
    let certificate = ask_agent(&address, HOST, true).await.unwrap().unwrap();
    assert_eq!(certificate.principals, ["ada"]);
    assert_eq!(ask_agent(&address, HOST, false).await, Ok(Some(certificate.clone())));
    changes.changed().await.unwrap();
    assert_eq!(agents.certificates()[0].1.until, certificate.until);

    assert_eq!(agents.answer_for(&[]), []);
    tokio::task::yield_now().await;
    assert_eq!(ask_agent(&address, HOST, false).await, Err(Cause::NoAgent { host: HOST.to_owned() }));
    assert_eq!(others.answer_for(&wanted), [Served::Here], "the address is free again");
}

#[tokio::test]
async fn garbage_on_the_socket_ends_that_connection_alone() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let world = World::new().await;
    world.obtain(HOST).await.unwrap();
    let address = world.profile.agent_address(HOST);
    let mut agents = Agents::new(world.access.clone(), source(&world));
    assert_eq!(agents.answer_for(&[(url(HOST), address.clone())]), [Served::Here]);
    for garbage in [&[0xff_u8; 64][..], &[0, 4, 0, 1, 11], &[0, 0, 0, 0]] {
        let mut stream = ipc::knock(&address).await.unwrap().unwrap();
        stream.write_all(garbage).await.unwrap();
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said).await;
        assert!(said.is_empty(), "{garbage:?}: {said:?}");
    }
    let mut stream = ipc::knock(&address).await.unwrap().unwrap();
    let answer = ssh_agent::ask(&mut stream, &Request::Identities).await.unwrap();
    assert!(matches!(answer, Answer::Identities(identities) if identities.len() == 1));
}
