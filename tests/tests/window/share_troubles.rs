//! Bad days of the edge and of the SSH server, while a machine is shared: the window names each of them with what helps,
//! and tells by itself when it is over.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use edge_sim::AccountPlan;
use journeys::homes::put;
use journeys::reach::Said;
use journeys::shared::{SHARED, TOKEN, ZONE};
use journeys::{Sshd, wait};
use rustix::net::sockopt::set_socket_linger;
use serde_json::Value;

use crate::page::Page;
use crate::shares::{add_host, keep_token, log_in, set, visit, was_shared_by};
use crate::stage::{Stage, lacks};

/// A server that says nothing is noticed after ten seconds; other things take their time on a machine that has much to do.
const LATE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn bad_days_of_edge_and_server_are_named_with_what_helps_and_pass() {
    if lacks() {
        return;
    }
    let stage = set().await;
    let mut server = Sshd::start();
    put(stage.config(), server.client_lines());
    let (port, right) = (server.address().port().to_string(), stage.desk.home().join("right"));
    let file = right.to_str().expect("a path in UTF-8");
    was_shared_by(&stage, &["--hostname", SHARED, "--port", &port, "--token-file", file]);
    add_host(&stage);
    let token = std::fs::read_to_string(&right).expect("the right to run the tunnel");

    put(&right, with_another_secret(&token));
    let page = stage.window().await;
    page.click("go-share").await;
    a_wrong_secret(&page).await;
    put(&right, token);
    page.click("share-answer").await;
    page.says_within(LATE, "share-count", &["4 of 4"]).await;

    the_edge_restarts(&stage, &page).await;
    rules_that_cannot_be_used(&stage, &page, server.address()).await;
    log_in(&stage, &page).await;
    the_server_has_bad_days(&stage, &page, &mut server).await;
    the_tunnel_is_deleted(&stage, &page).await;
    page.close().await;
}

/// The same tunnel, by a secret that it does not have.
fn with_another_secret(token: &str) -> String {
    let json = STANDARD.decode(token.trim()).expect("a token");
    let mut json: Value = serde_json::from_slice(&json).expect("a token");
    json["s"] = STANDARD.encode([7; 32]).into();
    STANDARD.encode(json.to_string())
}

async fn a_wrong_secret(page: &Page) {
    page.click("share-answer").await;
    let title = "Cloudflare refused to let this machine run the tunnel.";
    page.says_within(
        LATE,
        "problem",
        &[title, "It says: Unauthorized: Invalid tunnel secret.", "then share it again"],
    )
    .await;
    page.says_within(LATE, "share-resting", &["is shared, but does not answer."]).await;
    page.shot("share-wrong-secret").await;
}

async fn the_edge_restarts(stage: &Stage, page: &Page) {
    stage.edge.faults().set(|faulty| faulty.connectors_turned_away = true);
    assert_eq!(stage.edge.kill_links(|link| link.state == edge_sim::LinkState::Registered), 4);
    page.says_within(LATE, "share-trouble", &["Not reachable.", "It is tried again until it gets through."])
        .await;
    page.says_within(LATE, "share-count", &["Not reachable."]).await;
    page.says_within(LATE, "share-events", &["Connection 1 lost: ", "Connection 4 lost: ", "Trying again"])
        .await;
    page.shot("share-edge-restarts").await;
    stage.edge.faults().set(|faulty| faulty.connectors_turned_away = false);
    page.says_within(LATE, "share-count", &["4 of 4"]).await;
    page.gone("share-trouble").await;
    page.says_within(
        LATE,
        "share-events",
        &["All 4 connections up", "Connection 1 is back", "Connection 4 is back"],
    )
    .await;
}

async fn rules_that_cannot_be_used(stage: &Stage, page: &Page, server: SocketAddr) {
    let wrong = r#"{"version":98,"config":{"ingress":[{"service":"carrier-pigeon://x"}]}}"#;
    stage.edge.push_configuration(wrong).await.expect("an answer");
    let title = "The rules at Cloudflare cannot be used.";
    page.says_within(LATE, "share-trouble", &[title, "carrier-pigeon", "Those before them count"]).await;
    page.shot("share-rules-refused").await;
    let others = format!(
        r#"{{"version":99,"config":{{"ingress":[{{"hostname":"{SHARED}","service":"ssh://{server}"}},
            {{"service":"http_status:410"}}]}}}}"#
    );
    stage.edge.push_configuration(&others).await.expect("an answer");
    page.says_within(LATE, "share-trouble", &["The rules were changed at Cloudflare"]).await;
    page.says_within(LATE, "share-rules", &["http_status:410"]).await;
    page.press("share-trouble", "Seen").await;
    page.gone("share-trouble").await;
}

async fn the_server_has_bad_days(stage: &Stage, page: &Page, server: &mut Sshd) {
    let address = server.address();
    server.stop();
    let mut ssh = visit(stage);
    assert!(!ssh.ended(wait::SOON).success(), "{}", ssh.log());
    page.says_within(LATE, "share-trouble", &["stopped answering.", "refused", "Start it"]).await;
    page.says_within(LATE, "share-events", &[&format!("cannot reach {address}")]).await;
    page.shot("share-server-down").await;

    let stand_in = StandIn::at(address);
    let mut ssh = visit(stage);
    let slow = ["is slow to answer.", "has said nothing for 10 s", "People wait"];
    page.says_within(LATE, "share-trouble", &slow).await;
    page.says_within(LATE, "share-events", &["A service is slow: "]).await;
    page.shot("share-server-slow").await;
    ssh.stop();

    stand_in.resets();
    let mut ssh = visit(stage);
    assert!(!ssh.ended(LATE).success(), "{}", ssh.log());
    page.says_within(LATE, "share-trouble", &["breaks connections off.", "reset", "Its log says why."]).await;
    page.says_within(
        LATE,
        "share-events",
        &["A connection could not be served: ", "Connection reset by peer"],
    )
    .await;
    page.shot("share-server-resets").await;
    drop(stand_in);

    // Nobody has to come for this to be seen.
    server.start_again();
    page.gone("share-trouble").await;
    page.says_within(LATE, "share-events", &[&format!("{address} answers again")]).await;
    let line = format!("exec ssh -F '{}' studio 'echo back'", stage.config().display());
    assert_eq!(Said::of(&mut stage.shell(&line)).well().text(), "back\n");
}

async fn the_tunnel_is_deleted(stage: &Stage, page: &Page) {
    let cert = stage.desk.home().join("cert.pem");
    put(&cert, AccountPlan::default().origin_cert(ZONE, TOKEN));
    let cert = cert.to_str().expect("a path in UTF-8");
    Said::of(&mut stage.helper(&["tunnel", "--origincert", cert, "delete", "--force", SHARED])).well();
    let title = "Cloudflare does not let this tunnel run any more.";
    let words = [title, "Unauthorized: Failed to get tunnel.", "Stop sharing, then share it again."];
    page.says_within(LATE, "share-trouble", &words).await;
    page.says_within(LATE, "share-events", &["Connection 1 is not made: the edge refused the connection"])
        .await;
    page.shot("share-tunnel-deleted").await;
    keep_token(page).await;
    page.press("share-trouble", "Stop sharing").await;
    page.click("ask-also").await;
    page.click("ask-yes").await;
    page.says_within(LATE, "toast", &[&format!("{SHARED} is not shared any more")]).await;
    page.see("share-address").await;
}

/// A bad server in the place of a good one: it takes connections and says nothing, or breaks them off.
struct StandIn {
    address: SocketAddr,
    resets: Arc<AtomicBool>,
    is_over: Arc<AtomicBool>,
    taken: Arc<Mutex<Vec<TcpStream>>>,
    thread: Option<JoinHandle<()>>,
}

impl StandIn {
    fn at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).expect("the server's port");
        let (resets, is_over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let taken = Arc::new(Mutex::new(Vec::new()));
        let (breaks, ends, holds) = (Arc::clone(&resets), Arc::clone(&is_over), Arc::clone(&taken));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ends.load(Ordering::Relaxed) {
                    return;
                }
                if breaks.load(Ordering::Relaxed) {
                    // Closed with a linger of nothing it is reset.
                    let _ = set_socket_linger(&stream, Some(Duration::ZERO));
                } else {
                    holds.lock().unwrap_or_else(PoisonError::into_inner).push(stream);
                }
            }
        });
        Self { address, resets, is_over, taken, thread: Some(thread) }
    }

    /// From now on it breaks off whatever comes.
    fn resets(&self) {
        self.resets.store(true, Ordering::Relaxed);
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // It hears of that by whoever comes next.
        drop(TcpStream::connect(self.address));
        drop(self.thread.take().map(JoinHandle::join));
    }
}
