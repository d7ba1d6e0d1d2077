//! Certificates from the simulated authority, and what it refuses.

use access::{AccessError, CertificateKey};
use edge_sim::{AppPlan, FrontFault, Plan};
use wire::Cause;

use crate::support::{EMAIL, HOST, World, nowhere};

#[tokio::test]
async fn the_authority_certifies_the_key_for_the_person() {
    let world = World::new().await;
    let held = world.obtain(HOST).await.unwrap();
    let key = CertificateKey::generate().unwrap();
    let certificate = world.access.certify(&held.app, &held.token, &key).await.unwrap();
    assert!(certificate.is_for(&key));
    assert_eq!(Some(certificate.principals[0].as_str()), EMAIL.split('@').next());
    assert!(world.access.is_fresh(&certificate));

    let asked = world.sim.log().into_iter().find(|seen| seen.path() == wire::path::CERT_SIGN).unwrap();
    assert_eq!(asked.header("content-type"), Some("application/json"));
    assert!(asked.header("cf-access-token").is_none() && asked.header("cookie").is_none());

    world.clock.shift(certificate.until - world.clock.now() - 10);
    assert!(!world.access.is_fresh(&certificate), "it ends before a connection is made");
}

#[tokio::test]
async fn an_app_without_certificates_says_so() {
    let app = AppPlan::new("acme", HOST, nowhere()).without_certificates();
    let world = World::of(Plan::default().team("acme").app(app)).await;
    let held = world.obtain(HOST).await.unwrap();
    let key = CertificateKey::generate().unwrap();
    let error = world.access.certify(&held.app, &held.token, &key).await.unwrap_err();
    assert!(matches!(error, AccessError::CertificateRefused { status: 404, .. }), "{error}");
    assert_eq!(
        error.cause(),
        Cause::CertificateRefused {
            host: HOST.to_owned(),
            said: "404: the application has no certificate authority".to_owned(),
        }
    );
}

#[tokio::test]
async fn a_revoked_token_is_told_apart_before_it_is_used() {
    let world = World::new().await;
    let held = world.obtain(HOST).await.unwrap();
    assert!(world.access.accepts(&held.app.url, &held.token).await.unwrap());
    let accepted = || world.access.accepts(&held.app.url, &held.token);
    world.sim.faults().set(|faulty| faulty.front.next(1, FrontFault::TunnelDown));
    assert!(accepted().await.unwrap(), "an app that is down says nothing of a token");
    assert!(world.sim.change_app(HOST, |app| app.allow = vec!["boss@acme.test".to_owned()]));
    let refused = accepted().await;
    assert!(
        matches!(&refused, Err(AccessError::Blocked { email: Some(email), .. }) if email == EMAIL),
        "{refused:?}"
    );
    assert!(world.sim.change_app(HOST, |app| app.allow.clear()));
    world.sim.revoke_app_tokens(None);
    assert!(!world.access.accepts(&held.app.url, &held.token).await.unwrap());
    let key = CertificateKey::generate().unwrap();
    let error = world.access.certify(&held.app, &held.token, &key).await.unwrap_err();
    assert!(matches!(error, AccessError::CertificateRefused { status: 403, .. }), "{error}");
}
