//! Calls before the simulated edge.
#![expect(clippy::unwrap_used, reason = "what the tests here build on has to be there")]

use api::{Api, ApiError, Filter, OriginCert, RouteChange};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edge_sim::{AccountPlan, ApiFault, EdgeSim, Plan, Right, TunnelPlan};
use wire::tunnel::Credentials;

const ZONE: &str = "acme.test";
const MANAGER: &str = "manager-of-tunnels";
const READER: &str = "reader-of-tunnels";

async fn edge() -> EdgeSim {
    let account = AccountPlan::default()
        .zone(ZONE)
        .record("www.acme.test")
        .token(MANAGER, &[Right::WriteTunnels])
        .token(READER, &[Right::ReadTunnels]);
    EdgeSim::start(Plan::default().tunnel(TunnelPlan::new("office")).account(account)).await.unwrap()
}

fn api(edge: &EdgeSim, token: &str) -> Api {
    let account = AccountPlan::default().zone(ZONE);
    let cert = OriginCert::from_pem(&account.origin_cert(ZONE, token)).unwrap();
    Api::new(&edge.realm(), &cert, None).unwrap()
}

fn secret() -> String {
    STANDARD.encode([7; 32])
}

#[tokio::test]
async fn a_tunnel_is_made_listed_named_and_deleted() {
    let edge = edge().await;
    let api = api(&edge, MANAGER);
    let made = api.create_tunnel("home", &secret()).await.unwrap();
    let id = made.tunnel.id.clone();
    let credentials = Credentials::from_token(&made.token.unwrap()).unwrap();
    assert_eq!(
        (credentials.tunnel.unwrap().to_string(), credentials.secret.expose()),
        (id.clone(), &[7; 32][..])
    );
    assert_eq!(Credentials::from_token(&api.tunnel_token(&id).await.unwrap()).unwrap(), credentials);
    let taken = api.create_tunnel("home", &secret()).await.unwrap_err();
    assert!(matches!(taken, ApiError::NameTaken { .. }), "{taken}");

    let names = |tunnels: Vec<api::Tunnel>| tunnels.into_iter().map(|it| it.name).collect::<Vec<_>>();
    assert_eq!(names(api.list_tunnels(&Filter::default()).await.unwrap()), ["office", "home"]);
    let homes = Filter { prefix: Some("ho".to_owned()), ..Filter::default() };
    assert_eq!(names(api.list_tunnels(&homes).await.unwrap()), ["home"]);
    assert_eq!(api.connections(&id).await.unwrap(), []);

    let route = api.route_dns(&id, "ssh.acme.test", false).await.unwrap();
    assert_eq!((route.hostname.as_str(), route.change), ("ssh.acme.test", RouteChange::New));
    assert_eq!(api.route_dns(&id, "ssh.acme.test", false).await.unwrap().change, RouteChange::Unchanged);
    let taken = api.route_dns(&id, "www.acme.test", false).await.unwrap_err();
    assert!(matches!(taken, ApiError::Refused { code: 1003, .. }), "{taken}");
    assert_eq!(api.route_dns(&id, "www.acme.test", true).await.unwrap().change, RouteChange::Updated);

    api.clean_connections(&id, None).await.unwrap();
    api.delete_tunnel(&id, false).await.unwrap();
    assert_eq!(names(api.list_tunnels(&homes).await.unwrap()), [""; 0]);
    let deleted = Filter { with_deleted: true, ..homes };
    assert_eq!(names(api.list_tunnels(&deleted).await.unwrap()), ["home"]);
    assert_ne!(api.tunnel(&id).await.unwrap().deleted_at, "0001-01-01T00:00:00Z");
    let gone = api.delete_tunnel(&id, false).await.unwrap_err();
    assert!(matches!(gone, ApiError::NotFound { .. }), "{gone}");
}

#[tokio::test]
async fn long_lists_are_read_page_by_page() {
    let edge = edge().await;
    let api = api(&edge, MANAGER);
    for number in 0..230 {
        api.create_tunnel(&format!("t{number:03}"), &secret()).await.unwrap();
    }
    let all = api.list_tunnels(&Filter::default()).await.unwrap();
    assert_eq!(all.len(), 231);
    let asked = edge.log().iter().filter(|seen| seen.method == "GET").count();
    assert_eq!(asked, 3, "a hundred to a page");
}

#[tokio::test]
async fn rights_and_tokens_are_told_apart_from_the_rest() {
    let edge = edge().await;
    let reader = api(&edge, READER);
    assert_eq!(reader.list_tunnels(&Filter::default()).await.unwrap().len(), 1);
    let id = TunnelPlan::new("office").id.to_string();
    for refused in [
        reader.create_tunnel("x", &secret()).await.map(drop),
        reader.tunnel_token(&id).await.map(drop),
        reader.delete_tunnel(&id, true).await,
        api(&edge, "unknown").list_tunnels(&Filter::default()).await.map(drop),
    ] {
        assert!(matches!(refused, Err(ApiError::TokenRefused { .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn bad_moments_are_waited_out_and_what_lasts_is_said() {
    let edge = edge().await;
    let api = api(&edge, MANAGER);
    edge.faults().set(|faulty| faulty.api.next(1, ApiFault::Throttled { seconds: 1 }));
    assert_eq!(api.list_tunnels(&Filter::default()).await.unwrap().len(), 1);
    edge.faults().set(|faulty| faulty.api.next(2, ApiFault::Page(502)));
    assert_eq!(api.list_tunnels(&Filter::default()).await.unwrap().len(), 1);
    edge.faults().set(|faulty| faulty.api.next(3, ApiFault::Page(502)));
    let trouble = api.list_tunnels(&Filter::default()).await.unwrap_err();
    assert!(matches!(trouble, ApiError::Trouble { status: 502, .. }), "{trouble}");

    edge.faults().set(|faulty| faulty.api.next(1, ApiFault::Page(502)));
    let before = edge.log().len();
    assert!(api.create_tunnel("once", &secret()).await.unwrap_err().is_transient());
    assert_eq!(edge.log().len() - before, 1, "what may have been done is not done again unasked");
    edge.faults().set(|faulty| faulty.api.next(1, ApiFault::Throttled { seconds: 300 }));
    let throttled = api.list_tunnels(&Filter::default()).await.unwrap_err();
    assert_eq!(throttled, ApiError::Throttled { seconds: 300 }, "nobody waits for that long");
    edge.faults().set(|faulty| faulty.api.next(1, ApiFault::Garbage));
    let garbage = api.list_tunnels(&Filter::default()).await.unwrap_err();
    assert!(matches!(garbage, ApiError::Unreadable { .. }), "{garbage}");
}

#[tokio::test]
async fn an_api_that_is_not_there_is_named() {
    let edge = edge().await;
    let mut realm = edge.realm();
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for route in &mut realm.routes {
        route.to = nowhere;
    }
    let cert = OriginCert::from_pem(&AccountPlan::default().origin_cert(ZONE, MANAGER)).unwrap();
    let error = Api::new(&realm, &cert, None).unwrap().list_tunnels(&Filter::default()).await.unwrap_err();
    assert!(matches!(&error, ApiError::Unreachable { host, .. } if host == "api.cloudflare.com"), "{error}");
    assert!(!format!("{error} {:?}", Api::new(&realm, &cert, None).unwrap()).contains(MANAGER));
}
