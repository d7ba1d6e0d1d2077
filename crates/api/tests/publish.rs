//! The calls that publish a machine, before the simulated edge.
#![expect(clippy::unwrap_used, reason = "what the tests here build on has to be there")]

use api::{Api, ApiError, ApiToken, NewApp, Policy, Whom, Zone, tunnel_host};
use edge_sim::{AccountPlan, ApiFault, EdgeSim, Plan, Right};
use serde_json::json;

const ZONE: &str = "acme.test";
const HOST: &str = "ssh.acme.test";
const TOKEN: &str = "publishes-machines";

async fn edge(change: impl FnOnce(AccountPlan) -> AccountPlan) -> EdgeSim {
    let account = AccountPlan::default().zone(ZONE).token(TOKEN, &Right::SHARE);
    EdgeSim::start(Plan::default().team("acme").account(change(account))).await.unwrap()
}

async fn api(edge: &EdgeSim, token: &str) -> (Api, Zone) {
    let api = Api::of_token(&edge.realm(), &ApiToken::new(token), None).unwrap();
    let zone = api.zones().await.unwrap().into_iter().find(|zone| zone.name == ZONE).unwrap();
    (api.within(&zone.account.id, &zone.id), zone)
}

async fn policy(api: &Api) -> Policy {
    let whom = [Whom::read("ada@acme.test").unwrap(), Whom::read("@corp.test").unwrap()];
    api.create_policy("SSH", &whom, "24h").await.unwrap()
}

fn app(hostname: &str, policy: &Policy) -> NewApp {
    NewApp {
        name: "SSH".to_owned(),
        hostname: hostname.to_owned(),
        session: "24h".to_owned(),
        policy: policy.id.clone(),
    }
}

#[tokio::test]
async fn what_publishes_a_machine_is_made_found_and_taken_away() {
    let edge = edge(|account| account).await;
    let (api, zone) = api(&edge, TOKEN).await;
    assert_eq!(
        (zone.status.as_str(), api.verify_token().await.unwrap().status.as_str()),
        ("active", "active")
    );
    assert_eq!(api.team().await.unwrap(), "acme");
    assert_eq!(api.ways().await.unwrap().len(), 1);
    let before = edge.account();

    let policy = policy(&api).await;
    let app = api.create_app(&app(HOST, &policy)).await.unwrap();
    assert_eq!((app.aud.len(), app.policies.len()), (64, 1));
    assert_eq!(api.apps(HOST).await.unwrap(), std::slice::from_ref(&app));
    assert_eq!(api.apps("sh.acme.test").await.unwrap(), [], "parts of names are other names");
    assert_eq!(api.policy(&policy.id).await.unwrap().unwrap().app_count, 1);
    let tunnel = api.create_managed_tunnel("box").await.unwrap().tunnel;
    let rules = json!({ "ingress": [
        { "hostname": HOST, "service": "ssh://127.0.0.1:22" }, { "service": "http_status:404" } ] });
    assert_eq!(api.configure(&tunnel.id, &rules).await.unwrap().config, rules);
    assert_eq!(api.configuration(&tunnel.id).await.unwrap().config, rules);
    let record = api.create_record(HOST, &tunnel.id, "ours").await.unwrap();
    assert_eq!(record.content, tunnel_host(&tunnel.id));
    assert_eq!(api.records(HOST).await.unwrap(), std::slice::from_ref(&record));
    assert_eq!(api.authority(&app.id).await.unwrap(), None);
    let line = api.create_authority(&app.id).await.unwrap();
    assert!(line.starts_with("ecdsa-sha2-nistp256 ") && line.ends_with(" open-ssh-ca@cloudflareaccess.org"));
    assert_eq!(api.authority(&app.id).await.unwrap(), Some(line));

    let in_use = api.delete_policy(&policy.id).await.unwrap_err();
    assert!(in_use.to_string().contains("policy_in_use"), "{in_use}");
    api.delete_record(&record.id).await.unwrap();
    api.delete_record(&record.id).await.unwrap();
    api.delete_tunnel(&tunnel.id, true).await.unwrap();
    api.delete_authority(&app.id).await.unwrap();
    api.delete_app(&app.id).await.unwrap();
    api.delete_policy(&policy.id).await.unwrap();
    assert_eq!(edge.account(), before);
}

#[tokio::test]
async fn what_is_in_the_way_is_told_apart() {
    let edge = edge(|account| account.pending_zone("new.test").record("www.acme.test")).await;
    let (api, _) = api(&edge, TOKEN).await;
    let tunnel = api.create_managed_tunnel("box").await.unwrap().tunnel;
    let taken = api.create_record("www.acme.test", &tunnel.id, "ours").await.unwrap_err();
    assert!(matches!(taken, ApiError::Refused { code: 81_053, .. }), "{taken}");
    let there = api.records("www.acme.test").await.unwrap().remove(0);
    assert_eq!((there.kind.as_str(), there.content.as_str()), ("A", "203.0.113.7"));
    let pointed = api.point_record(&there, &tunnel.id, "ours").await.unwrap();
    assert_eq!((pointed.id, pointed.content), (there.id, tunnel_host(&tunnel.id)));
    let twice = api.create_record("www.acme.test", &tunnel.id, "ours").await.unwrap_err();
    assert!(twice.is_identical_record(), "{twice}");

    let policy = policy(&api).await;
    for hostname in ["ssh.new.test", "ssh.foreign.test"] {
        let refused = api.create_app(&app(hostname, &policy)).await.unwrap_err();
        assert!(refused.to_string().contains("domain does not belong to zone"), "{refused}");
    }
    api.create_app(&app(HOST, &policy)).await.unwrap();
    let second = api.create_app(&app(HOST, &policy)).await.unwrap_err();
    assert!(matches!(second, ApiError::NameTaken { .. }), "{second}");
    let rules = json!({ "ingress": [{ "hostname": HOST, "service": "ssh://127.0.0.1:22" }] });
    let refused = api.configure(&tunnel.id, &rules).await.unwrap_err();
    assert!(refused.to_string().contains("must match all URLs"), "{refused}");
}

#[tokio::test]
async fn each_right_is_asked_for_where_it_is_needed() {
    let lacking = |missing: Right| {
        let rights: Vec<Right> = Right::SHARE.into_iter().filter(|right| *right != missing).collect();
        move |account: AccountPlan| account.token("lacks-one", &rights)
    };
    let refused = |error: ApiError| assert!(matches!(error, ApiError::TokenRefused { .. }), "{error}");
    let edge_without = |right| edge(lacking(right));

    let edge = edge_without(Right::ReadZones).await;
    refused(
        Api::of_token(&edge.realm(), &ApiToken::new("lacks-one"), None).unwrap().zones().await.unwrap_err(),
    );
    let edge = edge_without(Right::WriteTunnels).await;
    refused(api(&edge, "lacks-one").await.0.create_managed_tunnel("box").await.unwrap_err());
    let edge = edge_without(Right::WriteDns).await;
    refused(api(&edge, "lacks-one").await.0.create_record(HOST, "x", "").await.unwrap_err());
    let edge = edge_without(Right::WriteApps).await;
    refused(api(&edge, "lacks-one").await.0.policies().await.unwrap_err());
    let edge = edge_without(Right::ReadOrganization).await;
    let (api, _) = api(&edge, "lacks-one").await;
    refused(api.team().await.unwrap_err());
    refused(api.create_one_time_pin().await.unwrap_err());
}

#[tokio::test]
async fn a_team_that_is_missing_and_an_answer_that_is_lost_are_told() {
    let edge = edge(AccountPlan::without_team).await;
    let (without, _) = api(&edge, TOKEN).await;
    assert_eq!(without.team().await.unwrap_err(), ApiError::NoTeam);

    edge.faults().set(|faulty| faulty.api_calls = vec![("POST", "/cfd_tunnel", ApiFault::Lost(502))]);
    let lost = without.create_managed_tunnel("box").await.unwrap_err();
    assert!(lost.may_be_done(), "{lost}");
    assert!(edge.account().contains(&"tunnel box".to_owned()), "it was made all the same");
}
