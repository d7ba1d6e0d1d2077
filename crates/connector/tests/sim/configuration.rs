//! Rules that the edge sends while the connector runs.

use serde_json::{Value, json};

use crate::socket::Socket;
use crate::stage::{BINARY, BOTH, Stage, echo, listen};

async fn pushed(stage: &Stage, version: i32, config: Value) -> Value {
    stage.sim.push_configuration(&json!({"version": version, "config": config}).to_string()).await.unwrap()
}

async fn status(stage: &Stage) -> u16 {
    Socket::open(&stage.sim, &[]).await.err().unwrap().status
}

#[tokio::test]
async fn new_rules_count_at_once_and_leave_what_runs_alone() {
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(echo(listener));
        let stage = Stage::serving(by, &format!("tcp://{address}")).await;
        let mut running = Socket::open(&stage.sim, &[]).await.unwrap();
        let told = pushed(&stage, 3, json!({"ingress": [{"service": "http_status:418"}]})).await;
        assert_eq!(told, json!({"lastAppliedVersion": 3, "err": null}));
        assert_eq!(status(&stage).await, 418);
        running.send(BINARY, b"still here").await;
        assert_eq!(running.read(10).await, b"still here");
    }
}

#[tokio::test]
async fn rules_that_are_old_or_cannot_be_used_change_nothing_and_the_edge_is_told_why() {
    for by in BOTH {
        let stage = Stage::serving(by, "http_status:204").await;
        pushed(&stage, 2, json!({"ingress": [{"service": "http_status:418"}]})).await;
        let old = pushed(&stage, 1, json!({"ingress": [{"service": "http_status:404"}]})).await;
        assert_eq!(old, json!({"lastAppliedVersion": 2, "err": null}));
        let broken =
            pushed(&stage, 5, json!({"ingress": [{"hostname": "a.test", "service": "http_status:404"}]}))
                .await;
        assert_eq!(broken["lastAppliedVersion"], 2);
        assert!(
            broken["err"].as_str().unwrap().starts_with("The last ingress rule must match all URLs"),
            "{broken}"
        );
        assert_eq!(status(&stage).await, 418);
    }
}

#[tokio::test]
async fn a_check_for_all_rules_lets_nobody_through_without_a_token() {
    for by in BOTH {
        let stage = Stage::serving(by, "http_status:204").await;
        let check = json!({"required": true, "teamName": "acme", "audTag": ["a"]});
        let rules = json!({"originRequest": {"access": check}, "ingress": [{"service": "http_status:204"}]});
        assert_eq!(pushed(&stage, 1, rules).await, json!({"lastAppliedVersion": 1, "err": null}));
        assert_eq!(status(&stage).await, 403);
        // Whoever says so by himself is not believed: the edge takes it away.
        let forged =
            Socket::open(&stage.sim, &[("Cf-Access-Jwt-Assertion", "eyJ.e30.x")]).await.err().unwrap();
        assert_eq!(forged.status, 403);
    }
}
