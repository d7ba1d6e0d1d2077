//! The page of Prometheus: what is counted, under the names that dashboards know (`tunnel.md` 8.2).

use std::fmt::{Display, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};

use super::process;
use crate::board::{Counts, Dials, LinkState};
use crate::connector::Shared;

/// A number that only grows.
const COUNTER: &str = "counter";
/// A number that says how things are now.
const GAUGE: &str = "gauge";

/// The whole page.
pub(super) fn text(shared: &Shared) -> String {
    let (board, mut text) = (&shared.board, String::new());
    let version = env!("CARGO_PKG_VERSION");
    put(&mut text, "build_info", GAUGE, &[(&format!("{{version=\"{version}\"}}"), 1)]);
    requests(&mut text, &board.counts);
    streams(&mut text, &board.counts);
    registrations(&mut text, &board.counts);
    let version = shared.rules_version();
    put(&mut text, "cloudflared_orchestration_config_version", GAUGE, &[("", version)]);
    put(&mut text, "cloudflared_tunnel_ha_connections", GAUGE, &[("", board.registered())]);
    head(&mut text, "cloudflared_tunnel_server_locations", GAUGE);
    for (index, link) in board.watch().borrow().iter().enumerate() {
        if let LinkState::Registered { location, .. } = link {
            let labels = format!("{{connection_id=\"{index}\",edge_location=\"{location}\"}}");
            let _ = writeln!(text, "cloudflared_tunnel_server_locations{labels} 1");
        }
    }
    board.quic.tell(&mut text);
    process::tell(&mut text);
    text
}

fn requests(text: &mut String, counts: &Counts) {
    for (name, kind, value) in [
        ("total_requests", COUNTER, &counts.requests),
        ("request_errors", COUNTER, &counts.failures),
        ("concurrent_requests_per_tunnel", GAUGE, &counts.running),
        ("max_concurrent_requests_per_tunnel", GAUGE, &counts.most_running),
    ] {
        put(text, &format!("cloudflared_tunnel_{name}"), kind, &[("", read(value))]);
    }
    head(text, "cloudflared_tunnel_response_by_code", COUNTER);
    for (status, count) in counts.answers() {
        let _ = writeln!(text, "cloudflared_tunnel_response_by_code{{status_code=\"{status}\"}} {count}");
    }
}

fn streams(text: &mut String, counts: &Counts) {
    let dials = &counts.dials;
    put(text, "cloudflared_tcp_total_sessions", COUNTER, &[("", read(&counts.streams))]);
    put(text, "cloudflared_tcp_active_sessions", GAUGE, &[("", read(&counts.running_streams))]);
    put(text, "cloudflared_proxy_connect_streams_errors", COUNTER, &[("", read(&dials.failed))]);
    let (name, reached) = ("cloudflared_proxy_connect_latency", read(&dials.reached));
    head(text, name, "histogram");
    for (limit, count) in Dials::LIMITS.iter().zip(&dials.within) {
        let _ = writeln!(text, "{name}_bucket{{le=\"{limit}\"}} {}", read(count));
    }
    let _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {reached}");
    let _ = writeln!(text, "{name}_sum {}\n{name}_count {reached}", read(&dials.millis));
}

fn registrations(text: &mut String, counts: &Counts) {
    let (taken, refused) = (read(&counts.registrations), read(&counts.refusals));
    let (told, not_taken) = (read(&counts.rules_told), read(&counts.rules_not_taken));
    let register = "{rpcName=\"registerConnection\"}";
    put(text, "cloudflared_tunnel_tunnel_register_success", COUNTER, &[(register, taken)]);
    let register = "{error=\"server_error\",rpcName=\"registerConnection\"}";
    put(text, "cloudflared_tunnel_tunnel_register_fail", COUNTER, &[(register, refused)]);
    put(text, "cloudflared_config_local_config_pushes", COUNTER, &[("", told)]);
    put(text, "cloudflared_config_local_config_pushes_errors", COUNTER, &[("", not_taken)]);
    let [register, update] = ["register_connection", "update_local_configuration"]
        .map(|method| format!("{{handler=\"registration\",method=\"{method}\"}}"));
    let calls = [(register.as_str(), taken + refused), (update.as_str(), told)];
    put(text, "cloudflared_rpc_client_operations", COUNTER, &calls);
    let failed = [(register.as_str(), refused), (update.as_str(), not_taken)];
    put(text, "cloudflared_rpc_client_failures", COUNTER, &failed);
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

fn head(text: &mut String, name: &str, kind: &str) {
    let _ = writeln!(text, "# TYPE {name} {kind}");
}

/// One name, and its values under their labels.
pub(super) fn put(text: &mut String, name: &str, kind: &str, values: &[(&str, impl Display)]) {
    head(text, name, kind);
    for (labels, value) in values {
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}
