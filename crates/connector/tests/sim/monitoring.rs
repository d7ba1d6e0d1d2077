//! What monitoring hears, under the names that dashboards know.

use tokio::task::JoinSet;

use crate::common::HOST;
use crate::socket::Socket;
use crate::stage::{BINARY, BOTH, Stage, echo, exchange, listen, monitored};

#[tokio::test]
async fn what_has_been_served_is_counted() {
    for by in BOTH {
        let (listener, address) = listen().await;
        let mut tasks = JoinSet::new();
        tasks.spawn(echo(listener));
        let stage = Stage::serving(by, &format!("ssh://{address}")).await;
        let mut socket = Socket::open(&stage.sim, &[]).await.unwrap();
        socket.send(BINARY, b"hello").await;
        assert_eq!(socket.read(5).await, b"hello");
        let page = monitored(&stage.monitor, "/metrics").await;
        for line in [
            "cloudflared_tcp_active_sessions 1",
            "cloudflared_tcp_total_sessions 1",
            "cloudflared_tunnel_concurrent_requests_per_tunnel 1",
            "cloudflared_proxy_connect_latency_count 1",
            "cloudflared_proxy_connect_latency_bucket{le=\"+Inf\"} 1",
            "cloudflared_tunnel_ha_connections 4",
            "cloudflared_tunnel_tunnel_register_success{rpcName=\"registerConnection\"} 4",
            "cloudflared_rpc_client_operations{handler=\"registration\",method=\"register_connection\"} 4",
            "cloudflared_config_local_config_pushes 1",
            "cloudflared_orchestration_config_version -1",
        ] {
            assert!(page.contains(&format!("\n{line}\n")), "{by}: {line} is not in: {page}");
        }
        drop(tasks);
        let gone = "{\"version\":1,\"config\":{\"ingress\":[{\"hostname\":\"other.test\",\"service\":\"ssh://127.0.0.1:1\"},\
                    {\"service\":\"http_status:418\"}]}}";
        stage.sim.push_configuration(gone).await.unwrap();
        for _ in 0..2 {
            let request = format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n");
            assert!(exchange(&stage.sim, &request).await.starts_with("HTTP/1.1 418 "));
        }
        let page = monitored(&stage.monitor, "/metrics").await;
        for line in [
            "cloudflared_tunnel_response_by_code{status_code=\"418\"} 2",
            "cloudflared_tunnel_total_requests 3",
            "cloudflared_orchestration_config_version 1",
        ] {
            assert!(page.contains(&format!("\n{line}\n")), "{by}: {line} is not in: {page}");
        }
        #[cfg(target_os = "linux")]
        for name in ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"] {
            assert!(page.contains(&format!("\n{name} ")), "{page}");
        }
        // Every line is a remark, or a name with labels or none and a number.
        let (_, body) = page.split_once("\r\n\r\n").unwrap();
        for line in body.lines().filter(|line| !line.starts_with("# TYPE ")) {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok() && !name.is_empty(), "{line}");
        }
    }
}
