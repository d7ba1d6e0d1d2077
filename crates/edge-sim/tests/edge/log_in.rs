//! Discovery, log-in and transfer as programs see them (`access.md` 1, 2, 9.2).

use std::time::Duration;

use crate::common::{HOST, MAIL, SOON, TEAM, Transfer, ask, header, json, log_in, plan, start};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edge_sim::{EdgeSim, KeySetFault, MetadataFault, People, TokenFault, TransferFault};
use reqwest::Method;
use serde_json::Value;

const APP: &str = "https://build-01.acme.test/some/path?x=1";
const CERTS: &str = "https://acme.cloudflareaccess.com/cdn-cgi/access/certs";

async fn metadata(sim: &EdgeSim) -> String {
    let answer = ask(sim, Method::HEAD, APP, &[("cf-access-metadata-request", "true")]).await;
    assert!(header(&answer, "cf-ray").len() > 16);
    header(&answer, "cf-access-metadata").to_owned()
}

/// The claims, if a key of the published set has signed them. Written against the standards, not with the edge's code.
async fn verified(sim: &EdgeSim, token: &str) -> Option<Value> {
    let set: Value = json(ask(sim, Method::GET, CERTS, &[]).await).await;
    let parts: Vec<&str> = token.split('.').collect();
    let [head, claims, signature] = parts[..] else { return None };
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let head: Value = serde_json::from_slice(&decode(head)).unwrap();
    assert_eq!(head["alg"], "RS256");
    let key = set["keys"].as_array()?.iter().find(|key| key["kid"] == head["kid"])?;
    assert_eq!((&key["kty"], &key["alg"], &key["use"]), (&"RSA".into(), &"RS256".into(), &"sig".into()));
    let number = |name: &str| decode(key[name].as_str().unwrap());
    let public = RsaPublicKeyComponents { n: number("n"), e: number("e") };
    let signed = token.rsplit_once('.').unwrap().0;
    public.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &decode(signature)).ok()?;
    Some(serde_json::from_slice(&decode(claims)).unwrap())
}

#[tokio::test]
async fn an_app_is_described_and_the_key_set_proves_it() {
    let sim = start().await;
    let claims = verified(&sim, &metadata(&sim).await).await.unwrap();
    assert_eq!(claims["type"], "match");
    assert_eq!(claims["hostname"], HOST);
    assert_eq!(claims["app_hostname"], HOST);
    assert_eq!(claims["auth_domain"], TEAM);
    assert_eq!(claims["aud"].as_str().unwrap().len(), 64);
    let now = jiff::Timestamp::now().as_second();
    assert!((now - claims["iat"].as_i64().unwrap()).abs() < 60);
}

#[tokio::test]
async fn without_credentials_an_app_redirects_to_its_teams_login_page() {
    let sim = start().await;
    let answer = ask(&sim, Method::GET, APP, &[]).await;
    assert_eq!(answer.status(), 302);
    let location = header(&answer, "location");
    let audience = sim.app(HOST).unwrap().audience();
    assert!(location.starts_with(&format!("https://{TEAM}/cdn-cgi/access/login/{HOST}?kid={audience}&")));
    assert!(location.contains("redirect_url=%2Fsome%2Fpath%3Fx%3D1"), "{location}");
    let cookie = header(&answer, "set-cookie");
    assert!(
        cookie.starts_with("CF_AppSession=") && cookie.ends_with("; Path=/; Secure; HttpOnly"),
        "{cookie}"
    );
}

#[tokio::test]
async fn a_person_logs_in_and_the_program_gets_both_tokens() {
    let sim = start().await;
    let transfer = Transfer::new();
    let mailbox = transfer.url();
    let poll = ask(&sim, Method::GET, &mailbox, &[]);
    let person = async {
        let polling = sim.wait_for(|seen| seen.path().starts_with("/transfer/"), SOON).await.unwrap();
        assert!(polling.path_and_query.ends_with('='), "the mailbox keeps its padding");
        sim.person().submit(&transfer.link(), MAIL).await.unwrap()
    };
    let (answer, page) = tokio::join!(poll, person);
    assert!(page.is_logged_in() && page.body.contains("You can close this window"), "{page:?}");
    assert_eq!(answer.status(), 200);
    let tokens = transfer.tokens(answer).await;
    let claims = verified(&sim, &tokens.app).await.unwrap();
    assert_eq!(claims["aud"][0], sim.app(HOST).unwrap().audience().as_str());
    assert_eq!(claims["iss"], format!("https://{TEAM}"));
    assert_eq!(claims["email"], MAIL);
    assert!(verified(&sim, &tokens.org).await.unwrap()["aud"].is_string());
    let check = format!("https://{HOST}/?cloudflared_token_check=true");
    let answer = ask(&sim, Method::GET, &check, &[("cf-access-token", &tokens.app)]).await;
    assert_eq!(answer.status(), 200);
    let shown = format!("{:?}", sim.log());
    assert!(!shown.contains(&tokens.app), "the log shows a token");
}

#[tokio::test]
async fn a_poll_is_held_and_then_not_found() {
    let sim =
        EdgeSim::start(plan(crate::common::nowhere()).poll_hold(Duration::from_millis(300))).await.unwrap();
    let began = std::time::Instant::now();
    let answer = ask(&sim, Method::GET, &Transfer::new().url(), &[]).await;
    assert_eq!(answer.status(), 404);
    assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());
}

#[tokio::test]
async fn strangers_and_the_unwelcome_are_stopped() {
    let people = People::Known(vec![MAIL.to_owned(), "eve@evil.test".to_owned()]);
    let sim = EdgeSim::start(plan(crate::common::nowhere()).people(people)).await.unwrap();
    let link = Transfer::new().link();
    let page = sim.person().submit(&link, "bob@acme.test").await.unwrap();
    assert!(page.asks_to_log_in() && page.body.contains("Nobody in this team"), "{page:?}");
    assert!(!page.body.contains("Type any e-mail address"), "{page:?}");
    let page = sim.person().submit(&link, "not an address").await.unwrap();
    assert!(page.asks_to_log_in() && page.body.contains("role=\"alert\""), "{page:?}");
    let page = sim.person().submit(&link, "eve@evil.test").await.unwrap();
    assert!(page.is_denied() && page.body.contains("Ray ID"), "{page:?}");
    let page = sim.person().cancel(&link).await.unwrap();
    assert_eq!((page.status, page.title.as_str()), (403, "Log-in cancelled"));
}

#[tokio::test]
async fn a_browser_that_is_logged_in_is_not_asked_again() {
    let sim = start().await;
    let mut person = sim.person();
    assert!(person.submit(&Transfer::new().link(), MAIL).await.unwrap().is_logged_in());
    assert!(person.open(&Transfer::new().link()).await.unwrap().is_logged_in());
    sim.revoke_app_tokens(None);
    assert!(person.open(&Transfer::new().link()).await.unwrap().is_logged_in());
    sim.revoke_app_tokens(None);
    sim.revoke_org_tokens(Some(MAIL));
    assert!(person.open(&Transfer::new().link()).await.unwrap().asks_to_log_in());
}

#[tokio::test]
async fn the_login_page_says_what_it_is() {
    let sim = start().await;
    let page = sim.person().open(&Transfer::new().link()).await.unwrap();
    for text in
        ["Log in to acme", "Build box", HOST, "This is a simulated team.", "prefers-color-scheme:dark"]
    {
        assert!(page.body.contains(text), "{text}");
    }
}

#[tokio::test]
async fn descriptions_go_wrong_as_scripted() {
    let sim = start().await;
    let claim = |claims: &Value, name: &str| claims[name].clone();
    for fault in [MetadataFault::WrongSignature, MetadataFault::NoKeyId, MetadataFault::Garbage] {
        sim.faults().set(|faulty| faulty.metadata.next(1, fault.clone()));
        let token = metadata(&sim).await;
        let ok = token != "not.a.token" && verified(&sim, &token).await.is_some();
        assert!(!ok, "{fault:?}");
    }
    for (fault, name, value) in [
        (MetadataFault::WrongHost, "hostname", "elsewhere.example"),
        (MetadataFault::WrongType, "type", "none"),
        (MetadataFault::NoAudience, "aud", ""),
    ] {
        sim.faults().set(|faulty| faulty.metadata.next(1, fault));
        let claims = verified(&sim, &metadata(&sim).await).await.unwrap();
        assert_eq!(claim(&claims, name), value);
    }
    for (fault, seconds) in [(MetadataFault::TooOld, -25 * 3600), (MetadataFault::InFuture, 600)] {
        sim.faults().set(|faulty| faulty.metadata.next(1, fault));
        let claims = verified(&sim, &metadata(&sim).await).await.unwrap();
        let off = claims["iat"].as_i64().unwrap() - jiff::Timestamp::now().as_second();
        assert!((off - seconds).abs() < 60, "{off}");
    }
    sim.faults().set(|faulty| faulty.metadata.next(1, MetadataFault::ForeignTeam));
    let claims = verified(&sim, &metadata(&sim).await).await.unwrap();
    assert!(sim.realm().team_domain(claims["auth_domain"].as_str().unwrap()).is_err());
    sim.faults().set(|faulty| faulty.metadata.next(1, MetadataFault::Missing));
    let answer = ask(&sim, Method::HEAD, APP, &[("cf-access-metadata-request", "true")]).await;
    assert!(!answer.headers().contains_key("cf-access-metadata"));
    assert!(verified(&sim, &metadata(&sim).await).await.is_some(), "one fault happens once");
}

#[tokio::test]
async fn transfers_go_wrong_as_scripted() {
    let sim = start().await;
    for (fault, status) in
        [(TransferFault::Status(500), 500), (TransferFault::NotFoundAtOnce, 404), (TransferFault::Empty, 200)]
    {
        sim.faults().set(|faulty| faulty.transfer.next(1, fault));
        let answer = ask(&sim, Method::GET, &Transfer::new().url(), &[]).await;
        assert_eq!(answer.status(), status);
    }
    for (fault, opens) in [
        (TransferFault::Undecryptable, false),
        (TransferFault::BadBase64, false),
        (TransferFault::NotJson, true),
    ] {
        sim.faults().set(|faulty| faulty.transfer.next(1, fault.clone()));
        let transfer = Transfer::new();
        sim.person().submit(&transfer.link(), MAIL).await.unwrap();
        let opened = transfer.open(ask(&sim, Method::GET, &transfer.url(), &[]).await).await;
        assert_eq!(opened.is_some(), opens, "{fault:?}");
        assert!(opened.is_none_or(|text| serde_json::from_slice::<Value>(&text).is_err()));
    }
}

#[tokio::test]
async fn tokens_go_wrong_as_scripted() {
    let sim = start().await;
    sim.faults().set(|faulty| faulty.tokens.next(1, TokenFault::WrongSignature));
    assert_eq!(verified(&sim, &log_in(&sim, MAIL).await.app).await, None);
    sim.faults().set(|faulty| faulty.tokens.next(1, TokenFault::OtherAudience));
    let claims = verified(&sim, &log_in(&sim, MAIL).await.app).await.unwrap();
    assert_ne!(claims["aud"][0], sim.app(HOST).unwrap().audience().as_str());
    sim.faults().set(|faulty| faulty.tokens.next(1, TokenFault::Expired));
    let claims = verified(&sim, &log_in(&sim, MAIL).await.app).await.unwrap();
    assert!(claims["exp"].as_i64().unwrap() < jiff::Timestamp::now().as_second());
}

#[tokio::test]
async fn key_sets_go_wrong_as_scripted() {
    let sim = start().await;
    let set = |fault| sim.faults().set(|faulty| faulty.key_set.next(1, fault));
    set(KeySetFault::Down);
    assert_eq!(ask(&sim, Method::GET, CERTS, &[]).await.status(), 503);
    set(KeySetFault::UnknownType);
    let keys: Value = json(ask(&sim, Method::GET, CERTS, &[]).await).await;
    assert_eq!(keys["keys"][0]["kty"], "AKP");
    assert_eq!(keys["keys"][1]["kty"], "RSA");
    set(KeySetFault::TooLarge);
    assert!(ask(&sim, Method::GET, CERTS, &[]).await.bytes().await.unwrap().len() > 1 << 20);
}
