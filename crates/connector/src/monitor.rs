//! What monitoring asks a connector by plain HTTP: `/ready`, `/healthcheck` and `/metrics`, with the names that
//! dashboards know from cloudflared.

mod metrics;
mod process;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::connector::Shared;

/// How long a request's head may take to arrive.
const HEAD: Duration = Duration::from_secs(10);
/// How many may ask at once.
const GUESTS: usize = 64;

/// Answers for monitoring.
#[derive(Clone, Debug)]
pub struct Monitor {
    shared: Arc<Shared>,
}

impl Monitor {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// How many requests and connections to the edge came so far, and how many requests run.
    #[must_use]
    pub fn load(&self) -> (u64, u64) {
        let counts = &self.shared.board.counts;
        let (requests, links) = (&counts.requests, &counts.registrations);
        let came = requests.load(Ordering::Relaxed) + links.load(Ordering::Relaxed);
        (came, counts.running.load(Ordering::Relaxed))
    }

    /// Serves until it is dropped.
    pub async fn serve(self, listener: TcpListener) {
        let mut guests = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept(), if guests.len() < GUESTS => match accepted {
                    Ok((tcp, _)) => drop(guests.spawn(self.clone().guest(tcp))),
                    Err(error) => {
                        tracing::warn!(%error, "a connection of the monitoring could not be accepted");
                        // Out of descriptors, most likely: the next attempt would fail as quickly.
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                },
                Some(_) = guests.join_next() => {}
            }
        }
    }

    async fn guest(self, tcp: TcpStream) {
        let service = service_fn(move |request: Request<Incoming>| {
            let answer = self.answer(request.uri().path());
            async move { Ok::<_, Infallible>(answer) }
        });
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .serve_connection(TokioIo::new(tcp), service)
            .await;
        if let Err(error) = served {
            tracing::debug!(%error, "a connection of the monitoring ended badly");
        }
    }

    fn answer(&self, path: &str) -> Response<Full<Bytes>> {
        let (status, kind, body) = match path {
            "/ready" => self.ready(),
            "/healthcheck" => (StatusCode::OK, "text/plain; charset=utf-8", "OK\n".to_owned()),
            "/quicktunnel" => {
                let hostname = self.shared.quick_hostname.clone().unwrap_or_default();
                (StatusCode::OK, "application/json", json!({ "hostname": hostname }).to_string())
            }
            "/config" => {
                let config = self.shared.rules().to_json();
                let told = json!({ "version": self.shared.rules_version(), "config": config });
                (StatusCode::OK, "application/json", told.to_string())
            }
            "/metrics" => {
                (StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", metrics::text(&self.shared))
            }
            _ => (StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "404 page not found\n".to_owned()),
        };
        let built = Response::builder().status(status).header("content-type", kind);
        built.body(Full::from(body)).unwrap_or_default()
    }

    fn ready(&self) -> (StatusCode, &'static str, String) {
        let ready = self.shared.board.registered();
        let status = if ready > 0 { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let id = self.shared.client().to_string();
        let body = json!({"status": status.as_u16(), "readyConnections": ready, "connectorId": id});
        (status, "application/json", body.to_string())
    }
}

/// Listens where monitoring is to ask: at `address`, or else at the first free port that cloudflared uses.
///
/// # Errors
/// When the address is none, or taken; or when no port is free at all.
pub async fn listen_for_monitoring(address: Option<&str>) -> io::Result<TcpListener> {
    if let Some(address) = address {
        return TcpListener::bind(address).await;
    }
    for port in 20_241..=20_245 {
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await {
            return Ok(listener);
        }
    }
    TcpListener::bind(("127.0.0.1", 0)).await
}
