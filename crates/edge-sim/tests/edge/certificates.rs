//! SSH certificates (`access.md` 6.6).

use edge_sim::EdgeSim;
use reqwest::Method;
use serde_json::{Value, json};
use ssh_key::rand_core::OsRng;
use ssh_key::{Algorithm, Certificate, EcdsaCurve, PrivateKey, PublicKey};

use crate::common::{HOST, MAIL, client, log_in, start};

const SIGN: &str = "https://acme.cloudflareaccess.com/cdn-cgi/access/cert_sign";

async fn sign(sim: &EdgeSim, key: &str, token: &str) -> (u16, Value) {
    let body = json!({"public_key": key, "jwt": token, "issuer": "https://acme.cloudflareaccess.com"});
    let request = client(sim).request(Method::POST, SIGN).header("content-type", "application/json");
    let answer = request.body(body.to_string()).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap())
}

fn key() -> String {
    let curve = EcdsaCurve::NistP256;
    let key = PrivateKey::random(&mut OsRng, Algorithm::Ecdsa { curve }).unwrap();
    format!("{}\n", key.public_key().to_openssh().unwrap())
}

#[tokio::test]
async fn a_key_is_certified_for_the_name_before_the_at_sign() {
    let sim = start().await;
    let token = log_in(&sim, MAIL).await.app;
    let (status, answer) = sign(&sim, &key(), &token).await;
    assert_eq!(status, 200, "{answer}");
    let certificate: Certificate = answer["certificate"].as_str().unwrap().parse().unwrap();
    assert_eq!(certificate.valid_principals(), ["ada"]);
    assert_eq!(certificate.key_id(), answer["id"].as_str().unwrap());
    let authority: PublicKey = sim.ssh_ca().parse().unwrap();
    certificate.validate(&[authority.fingerprint(ssh_key::HashAlg::Sha256)]).unwrap();
    let ends: jiff::Timestamp = answer["expires_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(u64::try_from(ends.as_second()).unwrap(), certificate.valid_before());
    let minutes = (ends.as_second() - jiff::Timestamp::now().as_second()) / 60;
    assert!((1..=5).contains(&minutes), "{minutes}");
}

#[tokio::test]
async fn refusals_have_a_status_and_a_message() {
    let sim = start().await;
    let token = log_in(&sim, MAIL).await.app;
    let (status, answer) = sign(&sim, &key(), "a.b.c").await;
    assert_eq!((status, &answer["status"]), (403, &json!(403)));
    assert!(answer["message"].is_string());
    assert_eq!(sign(&sim, "ssh-rsa nonsense", &token).await.0, 400);
    sim.change_app(HOST, |app| app.certificates = false);
    assert_eq!(sign(&sim, &key(), &token).await.0, 404);
}
